"""The words of letters, as suggestions and comparisons use them."""

from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=1)
def everywhere() -> frozenset[str]:
    """Words that stand in letters about everything."""
    lines = (DATA / "everywhere.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
