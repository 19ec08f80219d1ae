"""The command ``lianxin``: everything an operator does. Exit codes: 0 done, 1 failed, 2 refused or wrongly called."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code."""
    parser = argparse.ArgumentParser(prog="lianxin")
    sub = parser.add_subparsers(dest="command", required=True)
    run = sub.add_parser("run"); run.add_argument("--demo", action="store_true"); run.add_argument("--console", action="store_true")
    w = sub.add_parser("worker"); w.add_argument("queue", choices=["fast","slow"])
    p = sub.add_parser("prepare"); p.add_argument("--demo", action="store_true")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.settings")
    if options.command == "run":
        from lianxin.foundation import supervisor
        return supervisor.run(demo=options.demo, console=options.console)
    import django
    django.setup()
    if options.command == "worker":
        from lianxin.foundation.jobs.worker import Worker
        Worker(options.queue).run()
        return 0
    from django.core.management import call_command
    call_command("prepare", demo=options.demo)
    return 0
