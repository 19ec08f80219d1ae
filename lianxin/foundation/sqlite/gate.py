"""The gate before the one writer's place of a SQLite database.

SQLite's own waiting is a loop of ever longer naps: under many writers the newcomer who happens to be awake wins and the one who
has waited longest naps on (16 clients: seconds). An ``flock`` queues the writers in the kernel instead. The gate decides only who
goes next; that two never write at once is still SQLite's own doing, so that going round the gate is slow and never wrong.
"""

import fcntl
import os
import threading
import time

# No transaction should take this long. One that does keeps SQLite's lock and loses the gate: those behind it wait as SQLite waits,
# with its timeout and its error, because flock itself knows no timeout and would let them hang for ever.
LONGEST_TURN = 2.0


class Gate:
    """One connection's turn at the lock file ``path``; the kernel opens the gate when its holder dies."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.held = False
        self.since = 0.0
        self._descriptor: int | None = None
        self._mutex = threading.Lock()

    def enter(self) -> None:
        """Wait for the turn and take it; to enter twice is to enter once.

        Returns without the turn when this very thread holds the gate through another connection, for which it would wait for ever:
        SQLite then answers "database is locked" after its timeout, as it would without a gate.
        """
        if self.held or _keeper.holder(self.path) == threading.get_ident():
            return
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self.held = True
        self.since = time.monotonic()
        _keeper.entered(self)

    def leave(self) -> None:
        """Give the turn to whoever waits longest; nothing happens when it was not held."""
        if not self.held:
            return
        self.held = False
        _keeper.left(self)
        self.open()

    def open(self) -> None:
        """Let the next one in, whether or not the turn is over."""
        with self._mutex:
            if self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave, and let go of the lock file."""
        self.leave()
        with self._mutex:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


class _Keeper:
    """Knows who of this process holds which gate, and opens a gate that was held for too long.

    Its thread is started by the first turn and sleeps while nobody holds a gate.
    """

    def __init__(self) -> None:
        self._turns: dict[str, tuple[int, Gate]] = {}
        self._busy = threading.Event()
        self._thread: threading.Thread | None = None

    def holder(self, path: str) -> int | None:
        """The thread of this process whose turn it is, if it is one of ours."""
        turn = self._turns.get(path)
        return turn[0] if turn else None

    def entered(self, gate: Gate) -> None:
        """Note whose turn it is."""
        self._turns[gate.path] = (threading.get_ident(), gate)
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="sqlite-gate", daemon=True)
            self._thread.start()
        if not self._busy.is_set():
            self._busy.set()

    def left(self, gate: Gate) -> None:
        """Note that the turn is over, unless the gate was opened early and is another's by now."""
        turn = self._turns.get(gate.path)
        if turn and turn[1] is gate:
            self._turns.pop(gate.path, None)

    def _watch(self) -> None:
        while self._busy.wait():
            time.sleep(LONGEST_TURN / 2)
            turns = list(self._turns.values())
            if not turns:
                self._busy.clear()
                if self._turns:  # somebody entered meanwhile and found the flag still set
                    self._busy.set()
            for _, gate in turns:
                if gate.held and time.monotonic() - gate.since > LONGEST_TURN:
                    gate.open()


_keeper = _Keeper()


def _forget_after_fork() -> None:
    """A forked child inherits neither its parent's turns nor the keeper's thread."""
    global _keeper
    _keeper = _Keeper()


os.register_at_fork(after_in_child=_forget_after_fork)
