"""Importing into the small site's column, by the same calls as the command's."""

import pytest
from django.conf import settings

from lianxin.publishing.imports import run, sources


@pytest.fixture
def take(site, column, tmp_path, monkeypatch):
    """``take(path, …)``: import a file or folder into 部门动态; returns the report."""
    monkeypatch.setattr(settings, "HOME", tmp_path / "home")
    settings.HOME.mkdir()

    def make(path, batch=3, **options):
        where = sources.source(path)
        plan = run.Plan(run.profile_of(""), column=options.pop("column", "departments"), batch=batch, **options)
        return run.run(sources.entries(where), where.name, run.key_of(str(path), where.files, plan), plan, show=False)

    return make


@pytest.fixture
def faults():
    """``faults(report)``: the lines of the list of what was not imported, as {place: reason}."""
    import csv

    def read(report):
        if report.faults is None:
            return {}
        with report.faults.open(encoding="utf-8-sig", newline="") as file:
            return {row["位置"]: row["原因和办法"] for row in csv.DictReader(file)}

    return read
