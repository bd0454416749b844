"""Records hold what they promise."""

from datetime import date

import pytest

from corpus.records import Span, in_force
from corpus.terms import Kind, Relation


def test_a_rule_binds_from_its_first_day_to_the_day_before_its_end() -> None:
    since, ended = date(2006, 10, 24), date(2020, 1, 1)
    assert not in_force(since, ended, on=date(2006, 10, 23))
    assert in_force(since, ended, on=date(2006, 10, 24))
    assert in_force(since, ended, on=date(2019, 12, 31))
    assert not in_force(since, ended, on=date(2020, 1, 1))
    assert in_force(None, None, on=date(1960, 1, 1))


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 4)])
def test_a_span_does_not_run_backwards(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


def test_spans_slice_and_nest() -> None:
    assert Span(2, 5).of("abcdefg") == "cde"
    assert Span(0, 6).holds(Span(2, 5))
    assert not Span(2, 5).holds(Span(0, 6))


def test_authority_falls_from_statute_to_page() -> None:
    order = sorted(Kind, key=lambda kind: kind.authority)
    assert [kind.value for kind in order[:5]] == [
        "statute",
        "ncd",
        "lcd",
        "article",
        "payer_policy",
    ]
    assert [kind for kind in Kind if not kind.decides] == [Kind.CODE, Kind.FAQ, Kind.PAGE]


def test_an_inferred_link_never_binds() -> None:
    assert [relation for relation in Relation if not relation.binds] == [Relation.INFERRED]
