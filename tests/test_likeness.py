"""How like a question is to ways to ask: by hand, and what always holds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.records import Way
from search_api.likeness import likenesses


def test_the_nearer_way_counts_for_more() -> None:
    near, further = Way("a", (0,)), Way("b", (1,), (0,))
    found = likenesses([(further, 0.86), (near, 0.9)])
    share = 1 / (1 + math.exp(-0.04 * 30))  # .04 further off, with a sharpness of 30
    assert found[0].fits == pytest.approx(share)
    assert found[1].fits == pytest.approx(1 - share)
    # The further way is answered by another rule: half of its weight speaks for "unmet".
    assert found[0].unmet == pytest.approx((1 - share) / 2)
    assert (found[0].nearest, found[0].nearest_unmet) == (0.9, 0.86)
    assert (found[1].nearest, found[1].nearest_unmet) == (0.86, 0.0)


def test_a_way_that_fits_two_rules_is_shared_by_them() -> None:
    found = likenesses([(Way("broad", (0, 1)), 0.7)])
    assert (found[0].fits, found[1].fits) == (0.5, 0.5)


def test_without_ways_there_is_no_likeness() -> None:
    assert likenesses([]) == {}


places = st.lists(st.integers(0, 4), max_size=3, unique=True).map(tuple)
labelled = st.builds(Way, st.just("q"), places, places).filter(lambda way: way.fits or way.unmet)


@given(st.lists(st.tuples(labelled, st.floats(0.1, 1.0)), min_size=1, max_size=40))
def test_shares_are_shares(ways: list[tuple[Way, float]]) -> None:
    found = likenesses(ways)
    assert found.keys() == {place for way, _ in ways for place in (*way.fits, *way.unmet)}
    assert sum(each.fits for each in found.values()) <= 1 + 1e-9
    assert sum(each.unmet for each in found.values()) <= 1 + 1e-9
    assert max(max(each.nearest, each.nearest_unmet) for each in found.values()) == max(
        cosine for _, cosine in ways
    )
