"""The drawn lead pictures: the right size, and one for every article."""

from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from lianxin.demo import covers
from lianxin.demo.articles import handwritten


@pytest.mark.parametrize("kind", covers.SCENES)
def test_every_kind_is_a_picture_of_the_size_that_pages_show(kind: str) -> None:
    picture = Image.open(BytesIO(covers.cover(kind, 4)))
    assert (picture.format, picture.size) == ("JPEG", covers.SIZE)


def test_every_article_finds_a_kind_and_words_for_it() -> None:
    for article in handwritten(date(2026, 11, 21)):
        kind, words = covers.for_article(article)
        assert kind in covers.SCENES and words == covers.WORDS[kind]
