"""A question as it is understood."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import QuestionError
from corpus.terms import Line
from corpus.text import clean
from search_api.query import Filters, Query, QuestionKind, parse
from tests.conftest import TODAY


def understood(text: str, **filters: object) -> Query:
    return parse(text, on=TODAY, filters=Filters(**filters))  # type: ignore[arg-type]


def test_a_whole_question() -> None:
    query = understood(
        "Does original Medicare pay for CPT 97026 with M54.50 in Florida on March 1, 2026?"
    )
    assert query.kind is QuestionKind.COVERAGE
    assert (query.codes, query.diagnoses) == (("97026",), ("M54.50",))
    assert (query.payers, query.line, query.state) == (("Medicare",), Line.ORIGINAL, "FL")
    assert (query.as_of, query.dated) == (date(2026, 3, 1), True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Does Medicare cover acupuncture?", QuestionKind.COVERAGE),
        ("cold laser for carpal tunnel, BCBS", QuestionKind.COVERAGE),
        ("what is covered for sleep apnea", QuestionKind.COVERAGE),
        ("What is procedure code 97026?", QuestionKind.CODE),
        ("What does CPT code 97112 mean?", QuestionKind.CODE),
        ("97112", QuestionKind.CODE),
        ("What is the CPT code for laser therapy?", QuestionKind.CODE),
        ("what is melodic intonation therapy", QuestionKind.INFORMATION),
        ("define a Vabra aspirator", QuestionKind.INFORMATION),
        ("diaphanography - what kind of test is that?", QuestionKind.INFORMATION),
        ("what kind of pump is covered for lymphedema?", QuestionKind.COVERAGE),
        ("What are the side effects of laser therapy?", QuestionKind.INFORMATION),
        ("how do I appeal a denial", QuestionKind.INFORMATION),
        ("what does denial code CO-50 mean", QuestionKind.INFORMATION),
    ],
)
def test_the_kind_of_question(text: str, kind: QuestionKind) -> None:
    assert understood(text).kind is kind


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("done on 2007-02-03", date(2007, 2, 3)),
        ("on February 3 2007", date(2007, 2, 3)),
        ("3rd of Feb. 2007", date(2007, 2, 3)),
        ("DOS 2/3/2007", date(2007, 2, 3)),
        ("dispensed January 2024, part B", date(2024, 1, 15)),
        ("service in 1998", date(1998, 7, 1)),
        ("back in 2004", date(2004, 7, 1)),
        ("was it paid before 2004", date(2003, 12, 31)),
        ("quit smoking in 2003, scan done in 2015", date(2015, 7, 1)),
        ("Did Medicare pay for a shingles vaccine in 2005?", date(2005, 7, 1)),
        ("Was a blood transfusion covered in 1990?", date(1990, 7, 1)),
    ],
)
def test_dates_of_service(text: str, day: date) -> None:
    assert understood(text).as_of == day


@pytest.mark.parametrize(
    "text",
    [
        "a 2000 calorie diet",
        "EF 30 class III",
        "on February 31, 2020",
        "is it paid",
        "quit in 2003, scan now?",
        "born in 1970",
        "nothing since 1990",
        "I had a blood tranfusion in 1989, hep C test?",
        "66 now, I had blood given to me in 1980",
        "my last colonoscopy was in 2016",
    ],
)
def test_what_is_no_date(text: str) -> None:
    query = understood(text)
    assert (query.as_of, query.dated) == (TODAY, False)


def test_a_filter_overrides_the_words() -> None:
    query = understood(
        "Does Medicare pay for 97026 in Ohio?",
        payer="aetna",
        state="texas",
        codes=("cpt 97112",),
        as_of=date(2020, 1, 1),
    )
    assert (query.payers, query.state, query.codes, query.as_of) == (
        ("Aetna",),
        "TX",
        ("97112",),
        date(2020, 1, 1),
    )


def test_the_blue_plan_of_a_state() -> None:
    assert understood("Blue Cross in Rhode Island, laser for my wrist").payers == (
        "BCBS Rhode Island",
    )
    assert understood("Does BCBS Alabama cover laser?").state is None


def test_what_is_left_is_what_it_is_about() -> None:
    assert understood("Does Medicare pay for CPT 97026 in 2020?").about == "Does pay for CPT ?"


@pytest.mark.parametrize(
    ("text", "filters", "field"),
    [
        ("", {}, "query"),
        (" \u200b ", {}, "query"),
        ("x" * 2001, {}, "query"),
        ("ok", {"state": "Atlantis"}, "filters.state"),
        ("ok", {"codes": ("97O26",)}, "filters.codes"),
    ],
)
def test_what_cannot_be_asked_names_its_field(
    text: str, filters: dict[str, object], field: str
) -> None:
    with pytest.raises(QuestionError) as raised:
        understood(text, **filters)
    assert raised.value.field == field


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text: str) -> None:
    if clean(text):
        assert understood(text).text == clean(text)
    else:
        with pytest.raises(QuestionError, match="empty"):
            understood(text)
