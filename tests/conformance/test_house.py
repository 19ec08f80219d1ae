"""The rules of the house that no library checks: who may write to the database, what must be written down."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGE = TOP / "lianxin"
ROOMS = (
    *("foundation", "identity", "organisations", "triage", "casework", "letters", "hotline", "figures", "supervision", "publishing"),
    *("portal", "desk"),
)

# Calls that write to the database whatever their arguments; save, delete and update are told from others by theirs (_is_write).
WRITES = {"create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "add_root", "add_child", "add_sibling", "save_revision"}

# Where the deeds are (actions), where rows are made of other rows (migrations, the demo city), and the machinery beneath all rooms.
FREE = re.compile(r"^lianxin/(foundation/.+|demo/.+|\w+(/desk)?/actions(\.py|/.+)|\w+(/desk)?/migrations/.+)$")

# Every other place that may write, with the reason. An entry that is no longer needed fails the test.
ALLOWED: dict[str, str] = {"lianxin/figures/exports.py::_xlsx": "a workbook is saved into memory, no row"}


def _is_write(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    name = call.func.attr
    named = {keyword.arg for keyword in call.keywords}
    if name in WRITES or (getattr(call.func.value, "id", "") == "bulk" and name in {"add", "insert", "update"}):
        return True
    if name == "save":
        # form.save(commit=False) writes nothing; storage.save(name, content) writes a file.
        unsaved = any(keyword.arg == "commit" and getattr(keyword.value, "value", None) is False for keyword in call.keywords)
        return not unsaved and len(call.args) < 2
    if name == "delete":
        return not call.args and not named
    if name == "update":
        return not call.args and bool(named)
    return False


def _writes_in(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a module that write, as ``Class.function``, with the line."""

    def walk(node: ast.AST, owner: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from walk(child, f"{owner}.{child.name}".lstrip("."))
                continue
            if isinstance(child, ast.Call) and _is_write(child):
                yield owner or "module", child.lineno
            yield from walk(child, owner)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), "")


def test_every_job_has_a_name_that_people_read() -> None:
    """The desk lists what failed and what runs when; a module's path says nothing to whoever looks after the city."""
    named = re.compile(r"^@(?:job|timetable)\((.*)", re.MULTILINE)
    found = [(path, argument) for path in PACKAGE.rglob("*.py") for argument in named.findall(path.read_text(encoding="utf-8"))]
    assert len(found) > 30
    assert not [f"{path.relative_to(TOP)}: {argument}" for path, argument in found if not re.match(r'"[\u4e00-\u9fff]', argument)]


def test_only_actions_write() -> None:
    used, faults = set(), []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(TOP).as_posix()
        if FREE.match(place):
            continue
        for owner, line in _writes_in(path):
            key = f"{place}::{owner}"
            used.add(key)
            if key not in ALLOWED:
                faults.append(f"{place}:{line} ({owner}) writes outside actions.py")
    assert not faults, "\n".join(faults)
    assert not set(ALLOWED) - used, f"no longer needed: {sorted(set(ALLOWED) - used)}"


@pytest.mark.parametrize("source", ["user.save()", "User.objects.filter(a=1).delete()", "rows.update(state='x')", "Post.objects.create(a=1)"])
def test_a_write_is_noticed(source: str) -> None:
    assert _is_write(ast.parse(source).body[0].value)


@pytest.mark.parametrize(
    "source", ["form.save(commit=False)", "hasher.update(data)", "cache.delete(key)", "storage.save(name, file)", "d.update({})"]
)
def test_other_calls_are_no_writes(source: str) -> None:
    assert not _is_write(ast.parse(source).body[0].value)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str) -> None:
    text = (PACKAGE / room / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) >= 5


def _project_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout
    return [path for line in listing.splitlines() if (path := TOP / line).is_file()]


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"\bLIANXIN_[A-Z_]+\b", (TOP / "docs" / "operate.md").read_text(encoding="utf-8")))
    read = set()
    for path in PACKAGE.rglob("*.py"):
        read |= set(re.findall(r"""environ(?:\.get\(|\[)["'](LIANXIN_[A-Z_]+)["']""", path.read_text(encoding="utf-8")))
    assert not read - documented, f"missing in docs/operate.md: {sorted(read - documented)}"
    assert not documented - read, f"docs/operate.md describes what nothing reads: {sorted(documented - read)}"


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    reasons = (TOP / "docs" / "dependencies.md").read_text(encoding="utf-8")
    direct = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]
    direct += [line for line in (TOP / "requirements" / "dev.in").read_text().splitlines() if line and line[0] not in "#-"]
    direct += [line for line in (TOP / "requirements" / "bootstrap.in").read_text().splitlines() if line and line[0] not in "#-"]
    names = [re.match(r"[A-Za-z0-9-]+", line).group() for line in direct]
    assert not [name for name in names if f"`{name}`" not in reasons]


def test_links_between_documents_lead_somewhere() -> None:
    dead = []
    for document in _project_files():
        if document.suffix != ".md" or "demo" in document.parts:
            continue
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if not (document.parent / target).exists():
                dead.append(f"{document.relative_to(TOP)}: {target}")
    assert not dead


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(rb"https?://[^\s\"']*(pypi\.org|pythonhosted|npmjs|deb\.debian|mirrors?\.)")
    named = [path.relative_to(TOP).as_posix() for path in _project_files() if path.suffix != ".png" and hosts.search(path.read_bytes())]
    assert not named
