"""``python -m lianxin`` is the command ``lianxin``."""

from lianxin.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
