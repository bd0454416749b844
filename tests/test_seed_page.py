"""The questions that the project began from, answered from the library and from their own page.

The outcomes are those that a careful reader of the sources accepts; see docs/evaluation.md.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.readers.faq import read_faq
from corpus.terms import Line, Words
from indexer.snapshot import open_snapshot
from search_api.engine import Engine
from search_api.replies import Abstention, Answer, DiffersBy, Outcome, Reason
from search_api.results import Result
from tests.conftest import SHARED, TODAY, Builder

pytestmark = pytest.mark.encoder
SEED = SHARED / "seeds/000_8fd3875bd901e275.txt"
LASER_FAQ = "FAQ laser-and-light/"
Check = Callable[[Result], None]


def answered(result: Result) -> Answer:
    assert isinstance(result.reply, Answer), result.reply
    return result.reply


def among_first_three(result: Result, *documents: str) -> bool:
    return bool({hit.document.id for hit in result.hits[:3]} & set(documents))


def infrared(result: Result) -> None:
    answer = answered(result)
    assert answer.outcome in (Outcome.DIFFERS, Outcome.NOT_COVERED)
    assert {side.outcome for side in answer.sides} == {Outcome.NOT_COVERED, Outcome.CONDITIONAL}
    assert {side.evidence.document.id for side in answer.sides} == {"NCD 270.6", "therapy LCD text"}
    assert among_first_three(result, "NCD 270.6")


def code_97026(result: Result) -> None:
    assert answered(result).outcome is Outcome.INFORMATION
    assert "infrared" in answered(result).deciding.evidence.text
    assert result.hits[0].document.id == "CPT 97026"


def code_97112(result: Result) -> None:
    assert answered(result).outcome is Outcome.INFORMATION
    assert "neuromuscular" in answered(result).deciding.evidence.text


def laser_code(result: Result) -> None:
    answer = answered(result)
    assert answer.outcome is Outcome.INFORMATION
    entry = answer.deciding.evidence
    assert entry.document.id == LASER_FAQ + "what-is-the-cpt-code-for-laser-therapy"
    for told in ("97037", "97039", "0552T", "S8948", "2024", "older"):
        assert told in entry.text


def laser_under_medicare(result: Result) -> None:
    answer = answered(result)
    assert answer.outcome in (Outcome.CONTRACTOR_DISCRETION, Outcome.DIFFERS)
    assert answer.deciding.evidence.document.id == "NCD 140.5"
    assert any("an inference" in remark for remark in answer.remarks)
    blue = [
        side
        for side in answer.sides
        if side.payer == "BCBS Rhode Island" and side.line is Line.ADVANTAGE
    ]
    assert [side.outcome for side in blue] == [Outcome.NOT_COVERED]
    assert blue[0].evidence.document.effective is None
    assert blue[0].evidence.document.reliability.value == "secondary"
    assert among_first_three(result, "NCD 140.5")


def laser_and_insurance(result: Result) -> None:
    answer = answered(result)
    assert (answer.outcome, answer.differs_by) == (Outcome.DIFFERS, DiffersBy.PAYER)
    assert len({side.payer for side in answer.sides}) >= 3
    assert among_first_three(result, "CPB 0363", "CPG030", "07.00.14h", "MP-270")


def laser_uses(result: Result) -> None:
    assert answered(result).outcome is Outcome.INFORMATION
    assert among_first_three(result, LASER_FAQ + "what-is-low-level-laser-therapy-used-for")


def laser_side_effects(result: Result) -> None:
    assert answered(result).outcome is Outcome.INFORMATION
    assert among_first_three(result, LASER_FAQ + "what-are-the-side-effects-of-laser-therapy")


CASES = [
    (infrared, "Does Medicare pay for CPT 97026?"),
    (infrared, "Will Medicare cover 97026?"),
    (infrared, "is infrared, code 97026, paid by Medicare"),
    (code_97026, "What is procedure code 97026?"),
    (code_97026, "What does CPT 97026 stand for?"),
    (code_97026, "97026"),
    (laser_code, "What is the CPT code for laser therapy?"),
    (laser_code, "which code do I bill for cold laser"),
    (laser_code, "CPT code for low level laser treatment"),
    (laser_under_medicare, "Does Medicare cover low level laser therapy?"),
    (laser_under_medicare, "is cold laser paid for under original Medicare"),
    (laser_under_medicare, "Will traditional Medicare pay for LLLT?"),
    (code_97112, "What does CPT code 97112 mean?"),
    (code_97112, "97112"),
    (code_97112, "what is 97112"),
    (laser_and_insurance, "Is laser therapy covered by insurance?"),
    (laser_and_insurance, "do insurers pay for cold laser therapy"),
    (laser_and_insurance, "does insurance cover low-level laser treatments"),
    (laser_uses, "What is low level laser therapy used for?"),
    (laser_uses, "uses of cold laser therapy"),
    (laser_uses, "what is LLLT for"),
    (laser_side_effects, "What are the side effects of laser therapy?"),
    (laser_side_effects, "risks of laser therapy"),
    (laser_side_effects, "can laser therapy hurt me, side effects"),
    (laser_and_insurance, "Is deep tissue laser therapy covered by insurance?"),
    (laser_and_insurance, "does insurance pay for deep tissue laser"),
    (laser_and_insurance, "is deep tissue laser treatment covered by health insurers"),
]


@pytest.mark.parametrize(("check", "question"), CASES, ids=[question for _, question in CASES])
def test_a_question_of_the_page(engine: Engine, check: Check, question: str) -> None:
    check(engine.consider(question, k=5, on=TODAY))


@pytest.mark.skipif(
    not SEED.exists(), reason="the page that the project began from is not beside it"
)
def test_the_page_alone_answers_its_own_questions(builder: Builder, tmp_path: Path) -> None:
    readings = list(read_faq(SEED, words=Words.SOURCE))
    report = builder(readings)
    assert [each.question for each in report.unanswered] == [
        "Is deep tissue laser therapy covered by insurance?"
    ]
    alone = Engine(open_snapshot(tmp_path / "home"))
    for each in readings[:8]:
        result = alone.consider(each.title, on=TODAY)  # type: ignore[union-attr]
        assert result.hits[0].document.title == each.title  # type: ignore[union-attr]
        answer = answered(result)
        assert answer.deciding.evidence.document.title == each.title  # type: ignore[union-attr]
        assert answer.deciding.evidence.words is Words.SOURCE
    infrared_answer = answered(alone.consider("Does Medicare pay for CPT 97026?", on=TODAY))
    assert infrared_answer.outcome is Outcome.NOT_COVERED
    assert infrared_answer.deciding.evidence.text.endswith("therefore, are not covered.")
    unanswered = alone.consider("Is deep tissue laser therapy covered by insurance?", on=TODAY)
    assert "deep tissue" not in str(unanswered.hits[0].document.title)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Does Medicare pay for CPT 97888?", Reason.CODE_NOT_IN_CORPUS),
        ("CPT 97888", Reason.CODE_NOT_IN_CORPUS),
        ("Does Medicare pay for CPT 97O26?", Reason.CODE_INVALID),
        ("LCD L99999 what does it cover", Reason.NO_POLICY_FOUND),
        ("Kaiser laser therapy policy", Reason.PAYER_NOT_IN_CORPUS),
        ("recipe for banana bread without eggs", Reason.OFF_TOPIC),
        ("prior auth phone number for Cigna", Reason.NOT_A_COVERAGE_QUESTION),
        ("counterpulsation cuffs for angina, service in 1998", Reason.VERSION_NOT_IN_CORPUS),
    ],
)
def test_an_abstention_says_why(engine: Engine, question: str, reason: Reason) -> None:
    reply = engine.consider(question, on=TODAY).reply
    assert isinstance(reply, Abstention)
    assert reply.reason is reason
    assert reply.message


def test_an_unknown_code_lists_related_passages_and_no_answer(engine: Engine) -> None:
    result = engine.consider("Does Medicare pay for CPT 97888 cold laser?", on=TODAY)
    assert isinstance(result.reply, Abstention)
    assert result.hits
