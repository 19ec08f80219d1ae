"""Public letters as search sees them: the public's version, nothing else."""

from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone

from lianxin.casework import queries as casework
from lianxin.foundation.search import sources
from lianxin.letters.queries.public import visible
from lianxin.letters.tags import SOURCE
from lianxin.publishing.models import SiteProfile

BATCH = 500


class Letters:
    """The source of public letters; they stand on the city's own site."""

    name = SOURCE

    def numbers(self) -> Iterator[Sequence[int]]:
        """The keys of all public letters."""
        last = 0
        while batch := list(visible().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            yield batch
            last = batch[-1]

    def documents(self, numbers: Iterable[int]) -> list[sources.Document]:
        """The public ones of these letters, in the order of their keys."""
        site = SiteProfile.objects.filter(site__is_default_site=True).values_list("site_id", flat=True).first()
        if site is None:
            return []
        rows = visible().filter(pk__in=list(numbers)).select_related("lead").order_by("pk")
        return [_document(shown, site) for shown in casework.project_all(list(rows))]


def _document(shown: casework.PublicCase, site: int) -> sources.Document:
    units = [str(shown.unit.pk)] if shown.unit else []
    return sources.Document(
        number=shown.pk,
        title=shown.subject,
        at=shown.public_at,
        body="\n".join([shown.text, *(reply.body for reply in shown.replies)]),
        also=" ".join((shown.number, shown.kind_name, shown.unit.short_name if shown.unit else "")),
        facets={"site": [str(site)], "kind": [SOURCE], "unit": units, "year": [str(timezone.localtime(shown.public_at).year)]},
        shown={
            "number": f"{SOURCE}-{shown.pk}",
            "case": shown.pk,
            "site": site,
            "path": f"/letters/{shown.number}/",
            "document_number": shown.number,
        },
    )
