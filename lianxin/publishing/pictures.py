"""Sizes of pictures, made before readers need them: rendering a public page never writes."""

from lianxin.foundation.pagestore import tag
from lianxin.publishing.models import ArticlePage, Picture, Rendition

COVER = "fill-640x400|format-webp"
LEAD = "fill-1200x675|format-webp"
WIDE = "max-1200x1600|format-webp"
LEAD_SPECS = (COVER, LEAD)


def url(picture: Picture | None, spec: str) -> str:
    """The address of a picture in a size, or "" while that size does not exist."""
    found = existing(picture, spec)
    return found.url if found else ""


def renditions_tag(picture_pk: int) -> str:
    """The tag of pages that show a picture in some size, made already or still to come."""
    return f"renditions:{picture_pk}"


def existing(picture: Picture | None, spec: str) -> Rendition | None:
    """A size of a picture that was made already; never makes one."""
    if picture is None:
        return None
    tag(renditions_tag(picture.pk))
    return Rendition.objects.filter(image=picture, filter_spec=spec).first()


def of_article(article: ArticlePage) -> list[tuple[Picture, tuple[str, ...]]]:
    """All pictures that an article shows, its lead picture and those in the body, each with the sizes it needs."""
    found: list[tuple[Picture, tuple[str, ...]]] = [(article.lead_picture, LEAD_SPECS)] if article.lead_picture else []
    for block in article.body:
        if block.block_type == "picture" and block.value["image"]:
            found.append((block.value["image"], (WIDE,)))
        if block.block_type == "media" and block.value["poster"]:
            found.append((block.value["poster"], (WIDE,)))
    return found


def is_ready(article: ArticlePage) -> bool:
    """Whether every size that an article's pages show was made."""
    return all(existing(picture, spec) for picture, specs in of_article(article) for spec in specs)


def prepare(article: ArticlePage) -> int:
    """Make every size that an article's pages show; returns how many pictures it has. Slow: never inside a transaction."""
    shown = of_article(article)
    for picture, specs in shown:
        picture.get_renditions(*specs)
    return len(shown)
