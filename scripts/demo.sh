#!/usr/bin/env bash
# A fresh demo city in the home folder. An older demo city there is moved aside, never deleted; anything else is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${LIANXIN_HOME:-var}
if [ -z "${DATABASE_URL:-}" ] && [ -e "$home/demo-accounts" ]; then
  if [ -e "$home/run/lianxin.lock" ] && ! flock --nonblock "$home/run/lianxin.lock" true; then
    echo "这个数据目录的连心正在运行。请先按 Ctrl-C 停止，再重建演示城市。" >&2
    exit 2
  fi
  aside=${home%/}.before-$(date +%Y%m%d-%H%M%S)
  mv "$home" "$aside"
  echo "原来的演示城市已移到 $aside ，确认不需要后可以删除。"
fi
exec .venv/bin/lianxin demo
