"""What a page asks for again is read once while it is shown, and never longer; deeds read what is so."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from lianxin.casework import queries as casework
from lianxin.casework.rights import standing_of
from lianxin.foundation.middleware import ShowingMiddleware
from lianxin.foundation.once import once, showing
from lianxin.organisations import queries as organisations
from lianxin.organisations.models import Post


@pytest.fixture
def counter():
    """How often something was read; ``counter.read()`` reads once more."""

    class Counter:
        times = 0

        def read(self) -> int:
            self.times += 1
            return self.times

    return Counter()


def test_within_a_page_each_key_is_read_once_even_when_it_says_nothing(counter):
    with showing():
        assert [once("a", counter.read), once("a", counter.read), once("b", counter.read)] == [1, 1, 2]
        assert once("nothing", lambda: None) is None and once("nothing", counter.read) is None
    assert counter.times == 2


def test_nothing_is_remembered_outside_nor_by_the_next_page_nor_after_a_fault(counter):
    assert [once("a", counter.read), once("a", counter.read)] == [1, 2]
    for expected in (3, 4):
        with showing():
            assert once("a", counter.read) == expected
    with pytest.raises(ValueError), showing():
        once("a", counter.read)
        raise ValueError
    assert once("a", counter.read) == 6


@pytest.mark.parametrize(("method", "reads"), [("GET", 1), ("HEAD", 1), ("POST", 2), ("DELETE", 2)])
def test_only_requests_that_change_nothing_remember(counter, method, reads):
    def view(request):
        once("a", counter.read), once("a", counter.read)
        return HttpResponse()

    ShowingMiddleware(view)(RequestFactory().generic(method, "/"))
    assert counter.times == reads


@pytest.mark.django_db
def test_a_post_that_ends_is_gone_on_the_next_page_and_for_deeds_at_once(people, city, django_assert_num_queries):
    editor = people.editor
    with showing(), django_assert_num_queries(1):
        for _ in range(3):
            assert organisations.roles_of(editor) == {"editor"} and organisations.holds(editor, "editor", [city.education])
            assert [post.role for post in standing_of(editor).posts] == ["editor"]
    Post.objects.filter(user=editor).delete()
    assert organisations.roles_of(editor) == set() and not organisations.holds(editor, "editor")
    with showing():
        assert not standing_of(editor).posts


@pytest.mark.django_db
def test_two_people_on_one_page_are_two_and_rows_of_one_list_do_not_stay(people, person, city):
    clerk = person("clerk", "clerk", city.education)
    with showing():
        assert standing_of(people.editor) is standing_of(people.editor) is not standing_of(clerk)
        assert standing_of(clerk).units == {city.education.pk} and not standing_of(people.editor).units
        first, second = casework.official_for(standing_of(clerk)), casework.official_for(standing_of(clerk))
        assert list(first) == [] and first is not second and second._result_cache is None
