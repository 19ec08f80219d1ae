def test_it(site, column, other_column, make_article, publish_through_review, people):
    a = publish_through_review(make_article(people.editor))
    assert a.live
