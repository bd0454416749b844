"""What a question says held against a rule: families of words, numbers, studies."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.records import CoverageStatement, Document
from corpus.text import fold
from search_api.bearing import finding, heard, of_another
from search_api.building import library
from search_api.engine import Engine
from search_api.limits import outside, ruled, stated
from search_api.numbers import Bound, Kind, Said
from search_api.opposites import Opposition, named, opposition
from search_api.replies import Abstention, Answer, Outcome
from tests.conftest import TODAY

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "golden" / "bearing.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("question", "rule", "opposed"),
    [
        (
            "acute graft versus host disease",
            "covers it for chronic graft versus host disease",
            Opposition("course", "acute", "chronic"),
        ),
        ("I have chronic kidney disease", "covers the acute hepatitis panel", None),
        ("acute or chronic graft disease", "covers it for chronic graft disease", None),
        ("a disc at C5-6", "lumbar disc replacement", Opposition("spine", "cervical", "lumbar")),
        ("a new disc in neck and low back", "lumbar disc replacement", None),
        (
            "venous leg ulcer (not a diabetic ulcer)",
            "covers it for diabetic ulcers",
            Opposition("ulcer", "venous", "diabetic"),
        ),
        (
            "it is not a diabetic ulcer",
            "covers it for diabetic ulcers",
            Opposition("ulcer", "not diabetic", "diabetic"),
        ),
        ("melanoma", "covers PET for breast cancer", Opposition("cancer", "melanoma", "breast")),
        ("PET for melanoma", "covers PET for cancers such as breast cancer", None),
        ("PET for melanoma", "covers PET for solid tumors and lymphoma", None),
        ("colon cancer in 2001, now prostate cancer", "covers it for prostate cancer", None),
        ("his brother died of bladder cancer", "covers it for prostate cancer", None),
        ("type 2 diabetic", "Type I or II diabetes", None),
        ("anything", "covers it for chronic pain", None),
    ],
)  # fmt: skip
def test_a_rule_that_names_another_member_is_opposed(
    question: str, rule: str, opposed: Opposition | None
) -> None:
    assert opposition(named(question), rule) == opposed


WORDS = "acute chronic graft pain lumbar neck inpatient outpatient lymphoma for a the".split()


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_no_text_without_a_denial_is_opposed_to_itself(text: str) -> None:
    assert opposition(named(text), text) is None


@given(st.text(max_size=200), st.booleans())
def test_any_text_can_be_read(text: str, refuses: bool) -> None:
    assert opposition(named(text), "") is None
    assert all(
        bound.low <= bound.high
        for bounds in ruled((text,), refuses=refuses).values()
        for bound in bounds
    )
    assert all(said.value >= 0 for said in stated(text, on=date(9999, 1, 1)).values())


@pytest.mark.parametrize(
    ("question", "kind", "value"),
    [
        ("I'm 67 and my knee hurts", Kind.AGE, 67.0),
        ("54 yr old on disability", Kind.AGE, 54.0),
        ("the patient 15 min alone", Kind.AGE, None),
        ("I am 72, my wife is 87", Kind.AGE, None),
        ("my BMI is 28.", Kind.BMI, 28.0),
        ("sat 86% on room air", Kind.SATURATION, 86.0),
        ("EF 30, class III", Kind.EJECTION, 30.0),
        ("hgb 11.2 on chemo", Kind.HEMOGLOBIN, 11.2),
        ("a1c every 3 months", Kind.INTERVAL, 3.0),
        ("twice a year", Kind.INTERVAL, 6.0),
        ("the last one was 18 months ago", Kind.INTERVAL, 18.0),
        ("my stroke was 18 months ago", Kind.INTERVAL, None),
        ("a mammogram nine months after the last one", Kind.INTERVAL, 9.0),
        ("pain nine months after my surgery", Kind.INTERVAL, None),
        ("only 2 weeks of compression", Kind.LASTED, 24 / 52),
        ("smoked, but I quit in 2003", Kind.QUIT, 276.0),
    ],
)
def test_numbers_of_a_question(question: str, kind: Kind, value: float | None) -> None:
    said = stated(question, on=TODAY).get(kind)
    assert (said and said.value) == (value and pytest.approx(value))


@pytest.mark.parametrize(
    ("rule", "refuses", "kind", "low", "high"),
    [
        ("covers it for people aged 30 to 65", False, Kind.AGE, 30, 65),
        ("for a woman over 34 but under 40", False, Kind.AGE, 34.000001, 39.999999),
        ("over 60 years of age", True, Kind.AGE, 60.000001, float("inf")),
        ("BMI of 30 kg/m2 or more", False, Kind.BMI, 30, float("inf")),
        ("oxygen saturation at or below 88%", False, Kind.SATURATION, float("-inf"), 88),
        ("once every 3 years", False, Kind.INTERVAL, 36, float("inf")),
        ("more than once in a 12-month period", True, Kind.INTERVAL, 0, 11.999999),
        ("no more than once a year", False, Kind.INTERVAL, 12, float("inf")),
        ("quit within the last 15 years", False, Kind.QUIT, 0, 180),
        ("pain lasting 12 weeks or longer", False, Kind.SINCE, 144 / 52, float("inf")),
    ],
)
def test_ranges_of_a_rule(rule: str, refuses: bool, kind: Kind, low: float, high: float) -> None:
    (bound,) = ruled((rule,), refuses=refuses)[kind]
    assert [bound.low, bound.high] == pytest.approx([low, high])


@pytest.mark.parametrize(
    "rule",
    ["One of: diabetes; Hispanic aged 65 or older", "aged 15 to 65, or at other ages with risk"],
)
def test_a_rule_with_a_way_around_its_numbers_binds_nobody_by_them(rule: str) -> None:
    assert ruled((rule,), refuses=False) == {}


def test_a_number_is_outside_only_where_every_range_leaves_it_out() -> None:
    young, old = Bound(35, 39, "35 to 39"), Bound(40, 120, "40 or older")
    assert outside({Kind.AGE: Said(37, "37")}, {Kind.AGE: [young, old]}) is None
    assert outside({Kind.AGE: Said(27, "27")}, {Kind.AGE: [young, old]}) is Kind.AGE
    assert outside({Kind.AGE: Said(27, "27")}, {Kind.BMI: [young]}) is None


@pytest.fixture(scope="module")
def rules() -> dict[tuple[str, str], tuple[Document, CoverageStatement]]:
    """Every rule of the library by its document's name and its words."""
    return {
        (name, statement.evidence.of(document.text)): (document, statement)
        for document in library()
        for name in (document.id, *document.aliases)
        for statement in document.statements
    }


def test_rows_by_a_stranger_to_the_patterns(
    rules: dict[tuple[str, str], tuple[Document, CoverageStatement]],
) -> None:
    """Nothing is held against a rule that bears; about half of what speaks against one is found."""
    found: dict[str, list[str]] = {}
    for row in ROWS:
        document, statement = rules[row["document"], row["rule"]]
        result = finding(heard(row["question"], on=date(2026, 11, 23)), document, statement)
        found.setdefault(row["expect"], []).append(result[0].value if result else "bears")
    assert found["bears"] == ["bears"] * 100
    assert found["another"].count("another") >= 40
    assert found["unmet"].count("unmet") >= 25
    assert "bears" in found["untouched"]


def test_every_family_has_members_that_tell_themselves_apart() -> None:
    from search_api.opposites import _families

    for family, members in _families().items():
        assert len(members) >= 2, family
        assert all(pattern.pattern == fold(pattern.pattern) for pattern in members.values()), family


def decided(engine: Engine, question: str) -> Answer:
    given = engine.consider(question, on=TODAY).reply
    assert isinstance(given, Answer), question
    return given


@pytest.mark.encoder
def test_a_condition_that_the_question_denies_refuses_and_says_so(engine: Engine) -> None:
    given = decided(engine, "Does Medicare cover obesity counseling? My BMI is 28.")
    assert given.outcome is Outcome.NOT_COVERED
    assert given.deciding.unmet
    assert given.deciding.against == ("bmi is 28", "30 kg/m2 or more")
    assert "The question says: bmi is 28; the rule asks: 30 kg/m2 or more." in given.remarks
    assert "BMI of 30 kg/m2 or more" in given.deciding.evidence.text


@pytest.mark.encoder
def test_a_denied_study_refuses_what_only_a_study_gets(engine: Engine) -> None:
    asked = "Does Medicare cover a gene test before warfarin? I'm not in any clinical trial."
    assert decided(engine, asked).outcome is Outcome.NOT_COVERED


@pytest.mark.encoder
@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("Medicare: lumbar artificial disc for a 67 year old?", Outcome.NOT_COVERED),
        ("Medicare: lumbar artificial disc for a 54 year old?", Outcome.CONTRACTOR_DISCRETION),
        ("photopheresis for acute graft versus host disease?", Outcome.NOT_COVERED),
        ("photopheresis for chronic graft versus host disease?", Outcome.CONDITIONAL),
    ],
)
def test_one_fact_turns_the_answer(engine: Engine, question: str, outcome: Outcome) -> None:
    assert decided(engine, question).outcome is outcome


@pytest.mark.encoder
def test_a_policy_for_another_member_of_the_family_is_no_answer(engine: Engine) -> None:
    asked = "Will Medicare pay for an artificial disc in my neck?"
    assert isinstance(engine.consider(asked, on=TODAY).reply, Abstention)
    policy = next(each for each in library() if each.id == "NCD 150.10")
    assert of_another(asked, policy)
    assert not of_another("Will Medicare pay for a lumbar artificial disc?", policy)
