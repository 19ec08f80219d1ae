# 连心的命令。先看 README.zh-CN.md；make 不带参数时列出各命令。
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check bench demo lock tools

# Compiled modules are kept: every start after the first is quicker by seconds.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
# Whatever is only loaded to be checked gets a home folder of its own, not the one with data.
CHECK_HOME := build/check-home

help:
	@echo '  make run     启动：第一次会准备环境、数据库和演示城市，然后打开 http://127.0.0.1:8000'
	@echo '  make test    完整测试：SQLite 与 PostgreSQL 各一遍，含浏览器故事'
	@echo '  make check   代码检查：格式、类型、分层、迁移'
	@echo '  make bench   性能测量，结果写入 build/bench.md'
	@echo '  make demo    重新生成演示城市（原来的移到一旁）'
	@echo '  make lock    按 pyproject.toml 与 requirements/*.in 重新锁定依赖版本'
	@echo '  可用变量：PORT（端口，默认 8000）、LIANXIN_HOME（数据目录，默认 ./var）、ARGS（传给 make test、make bench）'

run:
	@scripts/environment.sh base
	@exec $(BIN)/lianxin run --demo

demo:
	@scripts/environment.sh base
	@exec scripts/demo.sh

test: tools
	@exec $(BIN)/python scripts/suite.py $(ARGS)

bench: tools
	@exec $(BIN)/python -m bench.run $(ARGS)

check: export LIANXIN_HOME := $(CHECK_HOME)
check: export DJANGO_SETTINGS_MODULE := lianxin.settings
check: export DATABASE_URL :=
check:
	@scripts/environment.sh dev
	@echo '— ruff';         $(BIN)/ruff check
	@echo '— ruff format';  $(BIN)/ruff format --check
	@echo '— lint-imports'; $(BIN)/lint-imports --config pyproject.toml
	@echo '— mypy';         $(BIN)/mypy
	@echo '— migrations';   $(BIN)/python -m django makemigrations --check --dry-run
	@echo '— django check'; $(BIN)/python -m django check --fail-level WARNING

tools:
	@scripts/environment.sh dev
	@scripts/packages.sh test

lock:
	@scripts/environment.sh dev
	@compile() { $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command 'make lock' "$$1" --output-file "requirements/$$2.txt"; }; \
	compile requirements/bootstrap.in bootstrap; compile pyproject.toml base; compile requirements/dev.in dev
