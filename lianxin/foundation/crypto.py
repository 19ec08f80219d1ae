"""Encrypted fields, their key ring, and blind indexes for finding what cannot be read.

The key ring is the file ``settings.FIELD_KEYS_FILE`` (mode 0600, made when first needed):

    {"current": 2, "keys": {"1": {"made": "2026-01-05", "cipher": "…", "index": "…"}, "2": {…}}}

Management of keys:

* The file belongs into the backup, apart from the database: without it every encrypted value is lost, with it and the
  database everything can be read.
* ``rotate()`` adds a version, makes it current and re-encrypts all rows in batches while the portal runs. Other processes
  notice the new file by its time stamp at the next value they read or write. It can be run again at any time; a run that
  was cut short is finished by ``reencrypt()``.
* Old versions stay in the ring, because backups were written with them. ``retire(version)`` removes one, and refuses while
  any row still needs it.
* A value is bound to its table and column: moved to another column it does not open. It is not bound to its row, as the
  row's number is unknown when Django encrypts it.
* To rename a table or column keep the old name in ``EncryptedTextField(context="table.column")``.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Cast

_MARK = "lx1"
_NONCE_BYTES = 12
# Small, as SQLite's one writer waits for a batch: about 40 ms.
_BATCH = 50


class KeyRingError(Exception):
    """The key ring is missing a key, unreadable, or readable by others; the message says which, and what to do."""


class CannotOpen(Exception):
    """An encrypted value does not open: wrong key, damaged, or moved from another column."""


@dataclass(frozen=True)
class _Key:
    cipher: AESGCM
    index: bytes


@dataclass(frozen=True)
class _Ring:
    current: int
    keys: dict[int, _Key]
    stamp: tuple[int, int, int]


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the current version and how many rows were written anew."""

    version: int
    rows: int


_ring: _Ring | None = None
_ring_lock = threading.Lock()


# --- The key ring -----------------------------------------------------------------------------------------------------


def _path() -> Path:
    return Path(settings.FIELD_KEYS_FILE)


def _stamp(path: str | Path) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_ino, found.st_size


def _load() -> _Ring:
    """Return the ring, read again when the file has changed (one ``stat`` per use, about a microsecond)."""
    global _ring
    # As it is: a screen opens hundreds of values, and making a Path takes longer than the look at the file.
    path = settings.FIELD_KEYS_FILE
    try:
        stamp = _stamp(path)
    except FileNotFoundError:
        _create(_path())
        stamp = _stamp(path)
    ring = _ring
    if ring is not None and ring.stamp == stamp:
        return ring
    with _ring_lock:
        _ring = _read(_path())
        return _ring


def _read(path: Path) -> _Ring:
    stamp = _stamp(path)
    if path.stat().st_mode & 0o077:
        raise KeyRingError(f"密钥文件 {path} 能被其他用户读取，请先执行 chmod 600 {path}")
    try:
        stored = json.loads(path.read_text())
        keys = {
            int(version): _Key(AESGCM(base64.b64decode(key["cipher"])), base64.b64decode(key["index"])) for version, key in stored["keys"].items()
        }
        current = int(stored["current"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyRingError(f"密钥文件 {path} 已损坏，请从备份恢复") from error
    if current not in keys:
        raise KeyRingError(f"密钥文件 {path} 缺少当前密钥（版本 {current}），请从备份恢复")
    return _Ring(current, keys, stamp)


def _new_key() -> dict[str, str]:
    return {
        "made": datetime.now(UTC).date().isoformat(),
        "cipher": base64.b64encode(secrets.token_bytes(32)).decode(),
        "index": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def _write_draft(path: Path, content: dict[str, Any]) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _create(path: Path) -> None:
    """Make the first ring; of processes that start together one wins and the others read its file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _write_draft(path, {"current": 1, "keys": {"1": _new_key()}})
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Any]]:
    """Change the stored ring: one process at a time, written whole or not at all."""
    with open(path.with_name(f".{path.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = json.loads(path.read_text())
        yield stored
        os.replace(_write_draft(path, stored), path)


# --- Values -----------------------------------------------------------------------------------------------------------


def encrypt(value: str, context: str) -> str:
    """Return ``value`` encrypted with the current key and bound to ``context`` (any fixed name, such as ``table.column``)."""
    ring = _load()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    header = f"{_MARK}:{ring.current}:"
    sealed = ring.keys[ring.current].cipher.encrypt(nonce, value.encode("utf-8", "surrogatepass"), (header + context).encode())
    return header + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(token: str, context: str) -> str:
    """Open what ``encrypt`` made. Raises CannotOpen, never returns garbage."""
    mark, _, rest = token.partition(":")
    version_text, _, body = rest.partition(":")
    if mark != _MARK or not version_text.isdecimal():
        raise CannotOpen(f"{context} 中的内容不是加密数据")
    ring = _load()
    key = ring.keys.get(int(version_text))
    if key is None:
        raise CannotOpen(f"{context} 中的内容用版本 {version_text} 的密钥加密，密钥文件中没有这个版本，请从备份恢复密钥文件")
    try:
        raw = base64.urlsafe_b64decode(body)
        opened = key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], f"{_MARK}:{version_text}:{context}".encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"{context} 中的内容打不开：密钥不对，或数据已损坏、被挪动") from error
    return opened.decode("utf-8", "surrogatepass")


def _digest(key: _Key, version: int, value: str, purpose: str) -> str:
    normal = unicodedata.normalize("NFKC", value).strip()
    return f"{version}:" + hmac.new(key.index, f"{purpose}\0{normal}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def blind_index(value: str, purpose: str) -> str:
    """Return a keyed fingerprint of ``value`` under the current key, as ``version:hex`` (at most 80 characters).

    Equal values of one purpose give equal fingerprints, after width and outer blanks are evened out. To store it use
    BlindIndexField; to look a value up use ``blind_indexes``, because rows may wait for re-encryption.
    """
    ring = _load()
    return _digest(ring.keys[ring.current], ring.current, value, purpose)


def blind_indexes(value: str, purpose: str) -> list[str]:
    """Return the fingerprints of ``value`` under every key of the ring, for ``.filter(phone_index__in=…)``."""
    ring = _load()
    return [_digest(key, version, value, purpose) for version, key in ring.keys.items()]


# --- Fields -----------------------------------------------------------------------------------------------------------


class EncryptedTextField(models.TextField):
    """Text that lies encrypted in the database (AES-256-GCM) and is plain in Python.

    It can be compared with nothing but NULL; to find a row by its value put a BlindIndexField beside it. ``context`` names
    what the value is bound to, by default ``table.column``; give it when a table or column is renamed.
    """

    def __init__(self, *args: Any, context: str = "", **kwargs: Any) -> None:
        self._given_context = context
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self._given_context:
            kwargs["context"] = self._given_context
        return name, path, args, kwargs

    @property
    def context(self) -> str:
        """What values of this column are bound to."""
        return self._given_context or f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or hasattr(value, "resolve_expression") else encrypt(value, self.context)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value, self.context)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted and cannot be searched with '{lookup_name}'; put a BlindIndexField beside it")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted and cannot be searched with '{lookup_name}'; put a BlindIndexField beside it")


class BlindIndexField(models.CharField):
    """The blind index of another field of the row, written with it: ``BlindIndexField(source="phone", purpose="phone")``.

    Empty values have no index (NULL). Give it a database index or a unique constraint as needed. Look up with
    ``blind_indexes``. ``QuerySet.update`` does not keep it: use ``save``.
    """

    def __init__(self, *args: Any, source: str = "", purpose: str = "", **kwargs: Any) -> None:
        self.source, self.purpose = source, purpose
        kwargs |= {"max_length": 80, "null": True, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "null", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs | {"source": self.source, "purpose": self.purpose}

    def of(self, value: str | None) -> str | None:
        """The index to store for ``value``."""
        return blind_index(value, self.purpose) if value else None

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        index = self.of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, index)
        return index


# --- Rotation ---------------------------------------------------------------------------------------------------------


def rotate(progress: Callable[[str, int], None] | None = None) -> Rotation:
    """Add a key, make it current and re-encrypt every row with it, while readers and writers go on.

    ``progress`` is told the table and the rows done so far. Run it outside a transaction. What was written before
    opens throughout, since old keys stay in the ring.
    """
    path = _path()
    _load()
    with _changing(path) as stored:
        version = max(int(known) for known in stored["keys"]) + 1
        stored["keys"][str(version)] = _new_key()
        stored["current"] = version
    return reencrypt(progress)


def reencrypt(progress: Callable[[str, int], None] | None = None) -> Rotation:
    """Write every row that still uses an old key with the current one; passes repeat until one finds nothing left.

    A row is replaced only if it still holds what was read, so that a writer in between is never overwritten. A transaction
    that began before the rotation and ends after it leaves rows under the old key: they open, and the next run takes them.
    """
    total = 0
    for model in _models_with_secrets():
        done = 0
        while written := _reencrypt_pass(model):
            done += written
            if progress:
                progress(model._meta.db_table, done)
        total += done
    return Rotation(_load().current, total)


def retire(version: int) -> None:
    """Remove an old key for good. Raises KeyRingError while it is current or any row needs it; backups made with it stay closed."""
    if version == _load().current:
        raise KeyRingError(f"版本 {version} 是当前密钥，请先轮换再停用")
    for model in _models_with_secrets():
        names, indexes = _secret_fields(model)
        needs = Q()
        for name in names:
            needs |= Q(**{f"raw_{name}__startswith": f"{_MARK}:{version}:"})
        for name in indexes:
            needs |= Q(**{f"{name}__startswith": f"{version}:"})
        if _raw(model, names).filter(needs).exists():
            raise KeyRingError(f"{model._meta.db_table} 中还有数据使用版本 {version} 的密钥，请先执行重新加密")
    with _changing(_path()) as stored:
        stored["keys"].pop(str(version), None)


def _models_with_secrets() -> list[type[models.Model]]:
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy]
    return [model for model in found if any(_secret_fields(model))]


def _secret_fields(model: type[models.Model]) -> tuple[list[str], list[str]]:
    """The names of a model's encrypted columns and of its blind indexes (its own table only)."""
    fields = model._meta.local_concrete_fields
    names = [field.name for field in fields if isinstance(field, EncryptedTextField)]
    return names, [field.name for field in fields if isinstance(field, BlindIndexField)]


def _raw(model: type[models.Model], names: list[str]) -> models.QuerySet[Any]:
    """Rows with their ciphertexts beside them, unopened, as ``raw_<name>``."""
    return model._base_manager.annotate(**{f"raw_{name}": Cast(F(name), models.TextField()) for name in names})


def _stale(names: list[str], indexes: list[str], version: int) -> Q:
    stale = Q()
    for name in names:
        stale |= Q(**{f"raw_{name}__isnull": False}) & ~Q(**{f"raw_{name}__startswith": f"{_MARK}:{version}:"})
    for name in indexes:
        stale |= Q(**{f"{name}__isnull": False}) & ~Q(**{f"{name}__startswith": f"{version}:"})
    return stale


def _reencrypt_pass(model: type[models.Model]) -> int:
    """Go through a table once, in the order of its key, and return how many rows were written."""
    names, indexes = _secret_fields(model)
    sources = {model._meta.get_field(name).source for name in indexes}  # type: ignore[union-attr]
    version = _load().current
    written, last = 0, None
    while True:
        with transaction.atomic():
            rows = _raw(model, names).filter(_stale(names, indexes, version)).order_by("pk")
            if last is not None:
                rows = rows.filter(pk__gt=last)
            batch = list(rows.values("pk", *{*names, *sources}, *(f"raw_{name}" for name in names))[:_BATCH])
            written += sum(_rewrite(model, names, indexes, row) for row in batch)
        if len(batch) < _BATCH:
            return written
        last = batch[-1]["pk"]


def _rewrite(model: type[models.Model], names: list[str], indexes: list[str], row: dict[str, Any]) -> int:
    unchanged = {f"raw_{name}": row[f"raw_{name}"] for name in names if row[f"raw_{name}"] is not None}
    empty = {f"raw_{name}__isnull": True for name in names if row[f"raw_{name}"] is None}
    values: dict[str, Any] = {name: row[name] for name in names}
    for name in indexes:
        field = model._meta.get_field(name)
        values[name] = field.of(row[field.source])  # type: ignore[union-attr]
    return _raw(model, names).filter(pk=row["pk"], **unchanged, **empty).update(**values)
