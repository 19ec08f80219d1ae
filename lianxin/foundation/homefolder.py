"""The home folder: database, files, index, logs and secrets of one deployment (``LIANXIN_HOME``, default ``./var``)."""

import os
import secrets
from pathlib import Path


def locate() -> Path:
    """Return the home folder, made if absent, readable by its owner only."""
    home = Path(os.environ.get("LIANXIN_HOME") or "var").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def secret(home: Path, name: str) -> str:
    """Return the secret called ``name``, drawn once and kept in the home folder with mode 0600.

    Two processes that start together agree on one value: the file is created exclusively and the loser reads it.
    """
    folder = home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
