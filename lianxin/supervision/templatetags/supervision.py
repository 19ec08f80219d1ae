"""What the digest shows of a case: its subject, without persons."""

from django import template

from lianxin.casework.models import Case
from lianxin.supervision.masking import without_persons

register = template.Library()


@register.filter
def masked_subject(case: Case) -> str:
    """The subject with names and numbers of persons hidden; the number where nothing is left."""
    return without_persons(case)(case.subject) or case.number
