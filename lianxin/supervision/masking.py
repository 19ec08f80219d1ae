"""What a paper or a digest shows of words that somebody wrote: no person is named."""

from collections.abc import Callable

from lianxin.casework import queries
from lianxin.casework.models import Case
from lianxin.triage.inspection import inspect, mask


def without_persons(case: Case) -> Callable[[str], str]:
    """Hides in a text of this case its petitioner's name, and names and numbers of other persons as far as they are found."""
    own = queries.masker(case)
    return lambda text: own(mask(text, inspect(text))) if text else ""
