#!/usr/bin/env bash
# Makes sure that the system has what pip cannot bring: `packages.sh python` (to make .venv) or `packages.sh test`
# (PostgreSQL, Redis, Chromium, Chinese fonts, Java for the HTML checker). Where the user may install, it installs; otherwise it says what is missing.
set -euo pipefail
say() { echo "$*" >&2; }

have_postgres() {
  local bin version
  for bin in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
    [ -x "$bin/initdb" ] || continue
    version=$("$bin/initdb" --version | grep -oE '[0-9]+' | head -1)
    [ "$version" -ge 15 ] && return
  done
  return 1
}
have_chromium() { command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
have_pango() { ldconfig -p 2>/dev/null | grep -q 'libpangoft2-1\.0\.so\.0' && ldconfig -p | grep -q 'libharfbuzz-subset\.so\.0'; }
have_fonts() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; }

packages=() names=()
need() { names+=("$1"); packages+=("$2"); }
case $1 in
  python) need 'Python 3.11（含 venv）' 'python3 python3-venv' ;;
  test)
    have_postgres || need 'PostgreSQL 15 或更新版本' postgresql
    have_chromium || need Chromium chromium
    have_pango || need 'Pango（生成 PDF 用）' 'libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0'
    have_fonts || need '中文字体' 'fontconfig fonts-noto-cjk'
    command -v redis-server >/dev/null || need Redis redis-server
    command -v java >/dev/null || need 'Java（检查网页代码用）' default-jre-headless
    ;;
esac
[ ${#packages[@]} -gt 0 ] || exit 0

missing=$(printf '、%s' "${names[@]}")
missing=${missing:1}
as_root=()
if [ "$(id -u)" != 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(no); fi
fi
if ! command -v apt-get >/dev/null || [ "${as_root[0]:-}" = no ]; then
  if [ "${packages[*]}" = default-jre-headless ]; then
    say '没有 Java，网页代码改用较简单的办法检查。'
    exit 0
  fi
  say "缺少：$missing。请让管理员执行：apt-get install ${packages[*]}，然后重试。"
  exit 2
fi
say "缺少：$missing。正在用系统软件源安装……"
install() {
  # The shell without a window draws the same pages with half the work.
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then packages=("${packages[@]/%chromium/chromium-headless-shell}"); fi
  # shellcheck disable=SC2068  # one entry may name two packages
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ${packages[@]} </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update -q && install; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  say "未能安装：$missing。请让管理员执行：apt-get install ${packages[*]}，然后重试。"
  exit 2
fi
