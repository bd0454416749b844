"""Cleaning keeps words and is done once."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.text import clean, fold, slug


def test_line_ends_spaces_and_invisible_marks() -> None:
    assert clean("a\u00a0 b\r\n\r\n\r\n\r\nc\u200b\ufeff ") == "a b\n\nc"


def test_punctuation_stays_as_the_source_wrote_it() -> None:
    assert clean("“covered” – it’s …") == "“covered” – it’s …"


def test_fold_is_for_comparing() -> None:
    assert fold("Bell’s – Ménière") == "bell's - meniere"
    assert slug("Does Medicare pay for CPT 97026?") == "does-medicare-pay-for-cpt-97026"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
