"""Sizes of pictures, made before readers need them: rendering a public page never writes."""

from lianxin.publishing.models import ArticlePage, Picture, Rendition

COVER = "fill-640x400|format-webp"
LEAD = "fill-1200x675|format-webp"
WIDE = "max-1200x1600|format-webp"
SPECS = (COVER, LEAD, WIDE)


def url(picture: Picture | None, spec: str) -> str:
    """The address of a picture in a size, or "" while that size does not exist."""
    found = existing(picture, spec)
    return found.url if found else ""


def existing(picture: Picture | None, spec: str) -> Rendition | None:
    """A size of a picture that was made already; never makes one."""
    if picture is None:
        return None
    return Rendition.objects.filter(image=picture, filter_spec=spec).first()


def of_article(article: ArticlePage) -> list[Picture]:
    """All pictures that an article shows: its lead picture and those in the body."""
    found = [article.lead_picture] if article.lead_picture else []
    for block in article.body:
        if block.block_type == "picture" and block.value["image"]:
            found.append(block.value["image"])
        if block.block_type == "media" and block.value["poster"]:
            found.append(block.value["poster"])
    return found


def prepare(article: ArticlePage) -> int:
    """Make every size that an article's pages show; returns how many pictures it has. Slow: never inside a transaction."""
    shown = of_article(article)
    for picture in shown:
        picture.get_renditions(*SPECS)
    return len(shown)
