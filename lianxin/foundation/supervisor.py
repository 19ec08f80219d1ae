"""``lianxin run``: one process that holds the home folder, prepares it, starts web and workers, and keeps them alive.

Nothing here loads Django, so that the supervisor stays small and starts at once. Its children die with it, however it dies:
the kernel kills the web server's parent and the workers, and each web process ends with the web server's parent (``web.py``).
"""

import contextlib
import fcntl
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from lianxin.foundation import preparation, processes

STOP_WITHIN = 15.0
"""Seconds that children have to finish what is in hand (Granian's own limit is ten)."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Seconds before a child that ended is started again; the pause doubles each time."""
STEADY_AFTER = 30.0
"""A child that lived this long is well: its next restart is quick again."""
WORKERS_AFTER = 15.0
"""The workers wait for the web's first answer, at most so many seconds: two cores load one thing faster than four."""
LOG_LIMIT = 20 * 1024 * 1024
BACKPRESSURE = 64
"""Requests that one web process takes on at a time; the rest wait in the kernel's queue."""


class AlreadyRunning(Exception):
    """The home folder or the port is taken; the text says by whom, in Chinese."""


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(text, flush=True)


@contextlib.contextmanager
def home_lock(home: Path, address: str = "", doing: str = "") -> Iterator[None]:
    """Hold the home folder; raises ``AlreadyRunning`` when another process holds it. The kernel lets go when we die.

    Whoever comes meanwhile is told ``address`` (of a running site) or ``doing`` (of a work that ends by itself, in Chinese).
    """
    folder = home / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lianxin.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_who_runs(file)) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address, "doing": doing}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _who_runs(file: IO[str]) -> str:
    try:
        file.seek(0)
        other = json.loads(file.read())
        pid, address = other["pid"], other["address"]
        if other.get("doing"):
            return f"这个数据目录{other['doing']}（进程 {pid}），请等它完成后再试。"
        return f"这个数据目录的连心已经在运行（进程 {pid}），地址 {address} 。要重新启动，请先在原来的窗口按 Ctrl-C，或执行 kill {pid}。"
    except (ValueError, KeyError):
        return "这个数据目录的连心正在启动或停止，请稍等几秒再试。"


def check_port(host: str, port: int, patience: float = 5.0) -> None:
    """Make sure that the port can be had; waits a little for what was killed a moment ago. Raises ``AlreadyRunning``."""
    end = time.monotonic() + patience
    while True:
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                return
        except PermissionError:
            raise AlreadyRunning(f"没有权限使用端口 {port}。请换一个 1024 以上的端口，例如：PORT=8080 make run") from None
        except OverflowError:
            raise AlreadyRunning(f"没有 {port} 这个端口，请用 1024 到 65535 之间的数，例如：PORT=8080 make run") from None
        except OSError as error:
            if time.monotonic() > end:
                raise AlreadyRunning(
                    f"端口 {port} 用不了：{_reason(error)}。请关掉占用它的程序，或换一个端口，例如：PORT={port + 1} make run"
                ) from None
        time.sleep(0.2)


def _reason(error: OSError) -> str:
    return {98: "已被别的程序占用", 99: "本机没有这个地址"}.get(error.errno or 0, str(error))


@dataclass
class Child:
    """One process that is to be there at all times."""

    name: str
    command: list[str]
    log: Path | None
    """Where its output goes; None leaves it on ours."""
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0

    def start(self) -> None:
        """Start it in a process group of its own (Ctrl-C at the terminal reaches the supervisor only), to die with us."""
        supervisor = os.getpid()
        with self.log.open("ab") if self.log else contextlib.nullcontext() as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "LIANXIN_SUPERVISED": "1"},
                process_group=0,
                preexec_fn=lambda: processes.die_with(supervisor),
            )
        self.began = time.monotonic()

    def ended(self, code: int, now: float) -> None:
        """Note the end and when to start again."""
        self.process = None
        if now - self.began > STEADY_AFTER:
            self.pause = FIRST_PAUSE
        self.start_at = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def kill_group(self) -> None:
        """End whatever is left of its process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Supervisor:
    """Keeps the children alive until it is told to stop. ``run()`` is the whole life."""

    home: Path
    host: str
    port: int
    web: Child
    workers: list[Child]
    on_ready: Callable[[], None] = lambda: None
    _ready: bool = False
    _stops: int = 0
    _bell: tuple[int, int] = field(default_factory=os.pipe)
    _logs_looked_at: float = 0.0

    @property
    def children(self) -> list[Child]:
        """All of them, the web first."""
        return [self.web, *self.workers]

    def run(self) -> None:
        """Start everything, restart what dies, and end all of it on SIGTERM, SIGINT or SIGHUP."""
        processes.adopt_orphans()
        for descriptor in self._bell:
            os.set_blocking(descriptor, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._signalled)
        begun = time.monotonic()
        try:
            while not self._stops:
                now = time.monotonic()
                self._reap(now)
                if not self._ready and self._answers():
                    self._ready = True
                    self.on_ready()
                wanted = self.children if self._ready or now - begun > WORKERS_AFTER else [self.web]
                for child in wanted:
                    if child.process is None and now >= child.start_at:
                        child.start()
                self._trim_logs(now)
                self._wait(self._until_next(wanted))
        finally:
            self._stop()

    # --- waiting ---

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._stops += 1
        with contextlib.suppress(BlockingIOError):
            os.write(self._bell[1], b"!")

    def _until_next(self, wanted: list[Child]) -> float:
        """Seconds until something is to be done without being called."""
        now = time.monotonic()
        pauses = [child.start_at - now for child in wanted if child.process is None]
        return max(0.02, min([0.1 if not self._ready else 60.0, *pauses]))

    def _wait(self, seconds: float) -> None:
        select.select([self._bell[0]], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell[0], 4096)

    def _answers(self) -> bool:
        """Whether the web answers at all; what it answers is not our affair."""
        if self.web.process is None:
            return False
        connection = http.client.HTTPConnection(_own_address(self.host), self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status < 600
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # --- ends ---

    def _reap(self, now: float) -> None:
        """Collect everything that has ended: children, whose groups are swept, and orphans that came to us."""
        while True:
            try:
                # Left unreaped for a moment, the number cannot become another process while its group is swept.
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            child = next((child for child in self.children if child.process and child.process.pid == found.si_pid), None)
            if child is not None:
                child.kill_group()
            _, status = os.waitpid(found.si_pid, 0)
            if child is not None and child.process is not None:
                child.process.returncode = code = os.waitstatus_to_exitcode(status)
                child.ended(code, now)
                if not self._stops:
                    say(f"{child.name} 意外停止（{_ending(code)}），正在重新启动。")

    def _stop(self) -> None:
        """Ask all to finish; end those that do not, at once when asked a second time."""
        # What was in start-up can be asked as well: no handler, and it just ends.
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.process.pid, signal.SIGTERM)
        end, asked = time.monotonic() + STOP_WITHIN, self._stops
        while any(child.process for child in self.children) and time.monotonic() < end and self._stops <= asked:
            self._wait(0.2)
            self._reap(time.monotonic())
        for child in self.children:
            child.kill_group()
        while any(child.process for child in self.children):
            self._wait(0.1)
            self._reap(time.monotonic())

    def _trim_logs(self, now: float) -> None:
        """Keep the newest of each log and one older part; the children append, so that cutting under their hands is safe."""
        if now - self._logs_looked_at < 60:
            return
        self._logs_looked_at = now
        for child in self.children:
            if child.log and child.log.exists() and child.log.stat().st_size > LOG_LIMIT:
                child.log.with_suffix(".log.1").write_bytes(child.log.read_bytes())
                os.truncate(child.log, 0)


def _own_address(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _ending(code: int) -> str:
    return f"信号 {signal.Signals(-code).name}" if code < 0 else f"退出码 {code}"


def web_command(host: str, port: int, processes: int, threads: int) -> list[str]:
    """Granian with every limit said: its defaults end with the first dead worker and take 256 threads."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(processes)),
        *("--blocking-threads", str(threads), "--backlog", "1024", "--backpressure", str(BACKPRESSURE)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10"),
        *("--log-level", "warning"),
        "lianxin.foundation.web:application",
    ]


def run(*, demo: bool = False, console: bool = False) -> int:
    """Prepare the home folder and serve until told to stop; returns the exit code."""
    from lianxin import settings

    home, port = settings.HOME, settings.PORT
    host = os.environ.get("LIANXIN_HOST", "127.0.0.1")
    address = f"http://{_own_address(host)}:{port}/"
    try:
        with home_lock(home, address):
            check_port(host, port)
            if not preparation.prepare(home, settings.DATABASES["default"], demo=demo, say=say):
                return 1
            _supervisor(home, host, port, console, lambda: say(_welcome(address, settings.BASE_URL, home, console))).run()
            say("连心已停止，数据都已保存。")
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _supervisor(home: Path, host: str, port: int, console: bool, on_ready: Callable[[], None]) -> Supervisor:
    logs = home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)

    def child(name: str, file: str, command: list[str]) -> Child:
        return Child(name, command, None if console else logs / file)

    processes_wanted = int(os.environ.get("LIANXIN_WEB_PROCESSES", "2"))
    threads = int(os.environ.get("LIANXIN_WEB_THREADS", "8"))
    return Supervisor(
        home=home,
        host=host,
        port=port,
        web=child("网站", "web.log", web_command(host, port, processes_wanted, threads)),
        workers=[
            child(f"后台任务（{label}）", f"{queue}.log", [sys.executable, "-m", "lianxin", "worker", queue])
            for queue, label in (("fast", "快速"), ("slow", "普通"))
        ],
        on_ready=on_ready,
    )


def _welcome(address: str, base_url: str, home: Path, console: bool) -> str:
    logs = "" if console else f"日志在 {home / 'logs'}。"
    return f"连心已就绪：{address} （工作台 {base_url.rstrip('/')}/desk/）。{logs}按 Ctrl-C 停止。"
