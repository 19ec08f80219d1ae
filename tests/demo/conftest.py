"""The demo city, built once for all tests that ask for it."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from lianxin.demo import articles, build
from tests.remembered import Remembered


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder in which the demo city's pictures and accounts lie."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(db: None, clock: Any, demo_home: Path, monkeypatch: pytest.MonkeyPatch, remembered: Remembered) -> None:
    """The demo city with hardly an article of its own, but with all its letters."""
    monkeypatch.setattr(settings, "HOME", demo_home)
    monkeypatch.setattr(build, "VARIED_ARTICLES", 0)
    monkeypatch.setattr(build, "COVERS", 1)
    monkeypatch.setattr(build, "_work_in_progress", lambda *args: None)
    written = articles.handwritten
    monkeypatch.setattr(articles, "handwritten", lambda *args: written(*args)[:2])
    remembered("demo", lambda: build.build(say=lambda text: None))
