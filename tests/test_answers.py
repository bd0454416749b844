"""Answers: the asked payer, use and day decide, and nothing is said without evidence."""

from datetime import date

import pytest

from corpus.records import Span
from corpus.terms import Line, Reliability
from search_api.answers import answer
from search_api.confidence import calibration, confidence
from search_api.engine import Engine
from search_api.pools import pools
from search_api.query import Filters
from search_api.replies import Abstention, Answer, DiffersBy, Evidence, Outcome, Reason
from search_api.results import Result
from search_api.verdicts import verdict
from tests.conftest import TODAY

pytestmark = pytest.mark.encoder


def asked(engine: Engine, question: str, **filters: object) -> Result:
    return engine.consider(question, on=TODAY, filters=Filters(**filters))  # type: ignore[arg-type]


def outcome(result: Result) -> str:
    return (
        result.reply.outcome.value
        if isinstance(result.reply, Answer)
        else result.reply.reason.value
    )


@pytest.mark.parametrize(
    ("question", "expected", "document"),
    [
        ("acupuncture for neck pain", "not_covered", "NCD 30.3"),
        ("Does Medicare cover acupuncture for chronic low back pain?", "conditional", "NCD 30.3.3"),
        ("DMSO bladder wash for interstitial cystitis", "conditional", "NCD 230.12"),
        ("will Aetna pay for Class IV laser on my back", "not_covered", "CPB 0363"),
        ("Aetna laser to prevent mouth sores during chemo", "conditional", "CPB 0363"),
        ("97026? used alone just for comfort", "not_covered", "therapy LCD text"),
    ],
)
def test_the_statement_of_the_asked_use_decides(
    engine: Engine, question: str, expected: str, document: str
) -> None:
    result = asked(engine, question)
    assert outcome(result) == expected
    assert isinstance(result.reply, Answer)
    assert result.reply.deciding.evidence.document.id == document
    if expected == "conditional":
        assert result.reply.deciding.conditions


def test_a_filter_overrides_the_words(engine: Engine) -> None:
    question = "does Medicare cover cold laser for shoulder pain"
    reply = asked(engine, question, payer="Aetna").reply
    assert isinstance(reply, Answer)
    assert {side.payer for side in reply.sides} == {"Aetna"}


def test_another_payers_policy_never_answers(engine: Engine) -> None:
    reply = asked(engine, "Does Humana cover cold laser therapy?").reply
    assert isinstance(reply, Abstention)
    assert reply.reason is Reason.PAYER_NOT_IN_CORPUS
    assert "Humana" in reply.message


def test_an_advantage_policy_never_answers_for_original_medicare(engine: Engine) -> None:
    reply = asked(
        engine, "Does original Medicare cover cold laser for carpal tunnel syndrome?"
    ).reply
    assert isinstance(reply, Answer)
    assert reply.deciding.line is Line.ORIGINAL


def test_medicares_policy_answers_an_advantage_question_as_a_floor(engine: Engine) -> None:
    reply = asked(engine, "Does my Medicare Advantage plan cover acupuncture for neck pain?").reply
    assert isinstance(reply, Answer)
    assert reply.deciding.payer == "Medicare"
    assert any("422.101(b)" in remark for remark in reply.remarks)


def test_payers_side_by_side(engine: Engine) -> None:
    reply = asked(engine, "cold laser for shoulder pain - Aetna against original Medicare").reply
    assert isinstance(reply, Answer)
    assert (reply.outcome, reply.differs_by) == (Outcome.DIFFERS, DiffersBy.PAYER)
    assert {side.payer for side in reply.sides} >= {"Aetna", "Medicare"}


def test_a_day_before_the_rule_has_no_answer_and_one_after_has(engine: Engine) -> None:
    question = "extracorporeal photopheresis for chronic graft versus host disease, drugs failed"
    before = asked(engine, question, as_of=date(2005, 1, 1)).reply
    after = asked(engine, question, as_of=date(2007, 2, 3)).reply
    assert isinstance(before, Abstention)
    assert before.reason is Reason.VERSION_NOT_IN_CORPUS
    assert isinstance(after, Answer)
    assert after.outcome is Outcome.CONDITIONAL


def test_a_rule_that_has_ended_answers_for_its_time(engine: Engine) -> None:
    reply = asked(engine, "white-cell food allergy test done in 1984").reply
    assert isinstance(reply, Answer)
    assert reply.outcome is Outcome.CONDITIONAL
    assert reply.deciding.statement is not None
    assert reply.deciding.statement.ended == date(1985, 8, 5)


def test_the_contractor_of_a_state_is_named(engine: Engine) -> None:
    question = "Is cold laser paid for under original Medicare?"
    reply = asked(engine, question, state="FL").reply
    assert isinstance(reply, Answer)
    assert reply.outcome is Outcome.CONTRACTOR_DISCRETION
    assert any("First Coast" in remark for remark in reply.remarks)
    reply = asked(engine, question).reply
    assert isinstance(reply, Answer)
    assert any("differ by state" in remark for remark in reply.remarks)


def test_confidence_is_that_of_the_rule_chosen_too(engine: Engine) -> None:
    """The first alone where both of two rules are told, and without ways to ask."""
    outcomes = set()
    for question in ("acupuncture for neck pain", "is foot care covered"):
        for each in (engine, Engine(engine.snapshot, ways=False)):
            query = each.understand(question, on=TODAY)
            ranked = each.retrieve(query)
            reader = each.reader(query)
            chance = confidence(each.signs(query, ranked, reader), calibration())
            given = answer(ranked, query, reader=reader, confidence=chance)
            assert given is not None
            outcomes.add(given.outcome)
            told = given.outcome is not Outcome.DIFFERS
            sure = verdict(pools(ranked, query)[0][0], query, reader)[0].sure
            first_hand = given.deciding.evidence.document.reliability is Reliability.PRIMARY
            expected = min(chance * sure if told else chance, 1.0 if first_hand else 0.75)
            assert given.confidence == pytest.approx(expected)
            assert not told or ((0.5 < sure < 1.0) if each.ways else sure == 1.0)
    assert {Outcome.DIFFERS, Outcome.NOT_COVERED} <= outcomes


def test_second_hand_caps_the_confidence_and_is_said(engine: Engine) -> None:
    reply = asked(engine, "will Aetna pay for Class IV laser on my back").reply
    assert isinstance(reply, Answer)
    assert reply.confidence <= 0.75
    assert any(remark.startswith("Read second hand") for remark in reply.remarks)


def test_no_evidence_no_answer(engine: Engine) -> None:
    row = engine.snapshot.store.document_row("NCD 270.6")
    assert row is not None
    document = engine.snapshot.store.document(row)
    passages = [each for _, each in engine.snapshot.store.passages(row)]
    with pytest.raises(ValueError, match="that is no evidence"):
        Evidence(document=document, passage=passages[0], span=Span(3, 3))


def test_hits_begin_with_what_the_answer_cites(engine: Engine) -> None:
    result = asked(engine, "CPAP for sleep apnea with AHI 20")
    assert isinstance(result.reply, Answer)
    assert result.hits[0].passage == result.reply.deciding.evidence.passage
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    assert result.hits[0].highlights
    assert all(0 <= hit.score <= 1 for hit in result.hits)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_k_hits_at_most(engine: Engine, k: int) -> None:
    assert len(engine.consider("acupuncture", k=k, on=TODAY).hits) == k


def test_an_exact_code_stands_above_any_similarity(engine: Engine) -> None:
    hits = asked(engine, "Is E0221 infrared heating pad paid by Medicare?").hits
    holders = {"NCD 270.6", "LCD L33825"}
    assert {hits[0].document.id, hits[1].document.id} <= holders


def test_a_general_refusal_is_told_beside_its_exceptions(engine: Engine) -> None:
    reply = asked(engine, "does medicare cover dental implants").reply
    assert isinstance(reply, Answer)
    assert (reply.outcome, reply.differs_by) == (Outcome.DIFFERS, DiffersBy.INDICATION)
    assert reply.sides[0].outcome is Outcome.NOT_COVERED


def test_a_bare_code_without_a_known_meaning_asks_for_its_policy(engine: Engine) -> None:
    reply = asked(engine, "E0601").reply
    assert isinstance(reply, Answer)
    assert reply.outcome is Outcome.CONDITIONAL
    assert reply.deciding.evidence.document.id == "NCD 240.4"


@pytest.mark.parametrize("code", ["43842", "G0252", "E0769"])
def test_a_code_that_the_crosswalk_refuses_is_not_answered_as_covered(
    engine: Engine, code: str
) -> None:
    assert outcome(asked(engine, f"Does Medicare cover {code}?")) == "not_covered"


def test_a_medical_question_is_not_one_about_medicaid(engine: Engine) -> None:
    assert asked(engine, "is medical acupuncture for migraine covered").query.payers == ()


def test_a_question_in_spanish_gets_a_clear_reply(engine: Engine) -> None:
    reply = asked(engine, "¿Cubre Medicare la terapia con láser para el dolor?").reply
    assert isinstance(reply, Abstention)
    assert reply.reason is Reason.NOT_A_COVERAGE_QUESTION
    assert "inglés" in reply.message
