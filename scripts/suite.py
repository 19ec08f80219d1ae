"""``make test``: the whole suite on SQLite and on PostgreSQL, and one sum of all as the last line.

Three runs go side by side, each in a random order whose seed it prints: everything but browser stories on SQLite; the stories, in full, on
SQLite too, where waiting for the browser leaves the cores to the others; and on PostgreSQL everything with those stories that are marked
``smoke``. Arguments are handed to pytest; ``--only sqlite``, ``--only stories`` or ``--only postgres`` leaves the other runs out.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from postgres import end_on_signal, private_server

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build"


@dataclass
class Run:
    """One pass of the suite over one database."""

    name: str
    marks: str
    database_url: str
    scratch: str
    prefix: tuple[str, ...] = ()
    process: subprocess.Popen | None = None
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)
    """The tests that failed, each with the first line of what it said."""

    @property
    def report(self) -> Path:
        return BUILD / f"test-{self.name.lower()}.xml"

    def start(self, extra: list[str]) -> threading.Thread:
        """Start pytest; its output appears line by line, marked with the database's name."""
        self.report.unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "LIANXIN_HOME")}
        environment["TMPDIR"] = self.scratch
        if self.database_url:
            environment["DATABASE_URL"] = self.database_url
        command = [*self.prefix, sys.executable, "-m", "pytest", "-q", "--durations=10", f"--junitxml={self.report}", "-o", "junit_family=xunit2"]
        self.process = subprocess.Popen(
            [*command, "-m", self.marks, *extra], cwd=TOP, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        reader = threading.Thread(target=self._show, daemon=True)
        reader.start()
        return reader

    def _show(self) -> None:
        with (BUILD / f"test-{self.name.lower()}.log").open("wb") as log:
            for line in self.process.stdout:
                log.write(line)
                sys.stdout.write(f"{self.name:>10} | {line.decode(errors='replace')}")
                sys.stdout.flush()

    def count(self) -> None:
        """Read pytest's report; a run that broke down without one counts as one failure."""
        code = self.process.wait()
        if self.report.exists():
            for suite in ElementTree.parse(self.report).getroot().iter("testsuite"):
                failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                self.failed += failed
                self.skipped += skipped
                self.passed += int(suite.get("tests", 0)) - failed - skipped
                self.broken += [self._told(case, fault) for case in suite.iter("testcase") for fault in case if fault.tag in ("failure", "error")]
        if code and not self.failed:
            print(f"{self.name}: pytest ended with exit code {code}")
            self.failed = 1

    @staticmethod
    def _told(case: ElementTree.Element, fault: ElementTree.Element) -> str:
        said = (fault.get("message") or fault.text or "").strip().splitlines() or [""]
        return f"{fault.tag} {case.get('classname')}::{case.get('name')}: {said[0][:300]}"

    def stop(self) -> None:
        """End pytest if it still runs; it has ten seconds to leave in good order."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def main() -> int:
    """Run both passes and return 0 only if every test of both passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["sqlite", "stories", "postgres"])
    options, extra = parser.parse_known_args()
    signal.signal(signal.SIGTERM, end_on_signal)
    BUILD.mkdir(exist_ok=True)
    began = time.monotonic()
    runs = []
    # The run on PostgreSQL is the longest; the others take what it leaves.
    behind = () if options.only else ("nice", "-n", "5")
    with ExitStack() as stack:
        # Whatever a run leaves lying about when it is cut short goes with this folder.
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="lianxin-suite-", ignore_cleanup_errors=True))
        if options.only in (None, "postgres"):
            address = stack.enter_context(private_server())
            runs.append(Run("PostgreSQL", "not browser or smoke", address, scratch))
        if options.only in (None, "sqlite"):
            runs.append(Run("SQLite", "not browser", "", scratch, behind))
        if options.only in (None, "stories"):
            runs.append(Run("Stories", "browser", "", scratch, behind))
        for run in runs:
            stack.callback(run.stop)
        readers = [run.start(extra) for run in runs]
        for reader in readers:
            reader.join()
        for run in runs:
            run.count()
    print()
    for run in runs:
        for told in run.broken:
            print(f"{run.name}: {told}")
    for run in runs:
        print(f"{run.name}: {run.passed} passed, {run.failed} failed, {run.skipped} skipped")
    print(f"time: {time.monotonic() - began:.0f} s, output: build/test-*.log")
    passed, failed, skipped = (sum(getattr(run, what) for run in runs) for what in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
