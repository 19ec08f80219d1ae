#!/usr/bin/env bash
# Prepares .venv with exactly the pinned packages: `environment.sh base` to run, `environment.sh dev` to test and check as well.
# Nothing is asked of pip or the network when the requirements have not changed since the last time.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1
say() { echo "$*" >&2; }

files=(requirements/bootstrap.txt requirements/base.txt)
[ "$kind" = base ] || files+=(requirements/dev.txt)
# The folder is part of it, because the scripts in .venv/bin name it.
wanted=$({ pwd; cat pyproject.toml "${files[@]}"; } | sha256sum | cut -d' ' -f1)
ready() { [ -x .venv/bin/lianxin ] && .venv/bin/python -c '' 2>/dev/null && [ "$(cat ".venv/ready-$kind" 2>/dev/null)" = "$wanted" ]; }

ready && exit 0
mkdir -p build
exec 9>build/environment.lock
flock 9
ready && exit 0

usable() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    usable "$candidate" && "$candidate" -c 'import venv, ensurepip' 2>/dev/null && { echo "$candidate"; return; }
  done
  return 1
}
if ! .venv/bin/python -c '' 2>/dev/null || ! [ -x .venv/bin/uv ]; then
  python=$(find_python) || { scripts/packages.sh python && python=$(find_python); } || {
    say '没有可用的 Python 3.11 或更新版本（需带 venv）。请先安装：apt-get install python3 python3-venv'
    exit 2
  }
  say "第一次启动：正在准备 Python 环境（$("$python" --version)）……"
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt || {
    say '下载软件包失败。请检查网络；若本地有镜像，请设置 PIP_INDEX_URL 后重试。'
    exit 1
  }
fi

# uv does not read pip's configuration, where a mirror is commonly named.
index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
export VIRTUAL_ENV=$PWD/.venv
say '正在安装锁定版本的软件包……'
.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode "${files[@]}" || {
  say '安装软件包失败。请检查网络；若本地有镜像，请设置 PIP_INDEX_URL 后重试。'
  exit 1
}
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
rm -f .venv/ready-*
echo "$wanted" > ".venv/ready-$kind"
if [ "$kind" = dev ]; then
  { pwd; cat pyproject.toml requirements/bootstrap.txt requirements/base.txt; } | sha256sum | cut -d' ' -f1 > .venv/ready-base
fi
