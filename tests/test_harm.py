"""Questions that once got a harmful answer: another payer's, another service's, another day's."""

from datetime import date

import pytest

from search_api.engine import Engine
from search_api.query import Filters
from search_api.replies import Abstention, Answer, Outcome
from tests.conftest import TODAY

pytestmark = pytest.mark.encoder
DECIDED = {Outcome.COVERED, Outcome.CONDITIONAL, Outcome.NOT_COVERED}


def reply(engine: Engine, question: str, **filters: object) -> Answer | Abstention:
    return engine.consider(question, on=TODAY, filters=Filters(**filters)).reply  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    [
        "PR-96",
        "PR-96 N115",
        "Does Cigna cover TENS?",
        "Does Aetna cover hearing aids?",
        "Is acupuncture covered by my private insurance?",
        "Does my employer plan cover home oxygen?",
        "Does bcbs tx cover cold laser?",
        "BCBS NC cold laser",
        "Blue Cross Blue Shield of North Carolina cold laser",
        "Does Anthem Blue Cross cover cold laser?",
        "Is G0283 covered for my shoulder?",
        "How do I fill in a CMS 1500 form?",
    ],
)
def test_nothing_is_decided_by_what_was_not_asked(engine: Engine, question: str) -> None:
    given = reply(engine, question)
    assert isinstance(given, Abstention) or given.outcome not in DECIDED, question


def test_a_payer_filter_keeps_its_line_and_plan(engine: Engine) -> None:
    query = engine.understand("cold laser", filters=Filters(payer="BlueCHiP"))
    assert query.payers == ("BCBS Rhode Island",)
    assert query.line is not None
    assert query.plan == "BlueCHiP"


def test_an_undated_rule_on_a_day_before_its_version_is_doubted(engine: Engine) -> None:
    given = reply(engine, "acupuncture for chronic low back pain", as_of=date(2015, 3, 1))
    if isinstance(given, Answer):
        assert given.confidence <= 0.5
        assert any("after the asked day" in remark for remark in given.remarks)


def test_an_odd_range_of_codes_breaks_nothing(engine: Engine) -> None:
    for text in ("codes 97039-97010 covered?", "from 10000 to 99999", "code 97010 - 98999"):
        assert reply(engine, text).confidence >= 0


def test_the_deciding_passage_is_the_first_hit(engine: Engine) -> None:
    result = engine.consider("97026, 97032, 97035 under Medicare", on=TODAY)
    if isinstance(result.reply, Answer):
        assert result.hits[0].document == result.reply.deciding.evidence.document


@pytest.mark.parametrize(
    "question",
    [
        "Type 2, only metformin, no insulin, never a low sugar. Will Medicare get me a Dexcom?",
        "new pt has had part B for 3 years, never did the IPPE. is G0402 still possible",
    ],
)
def test_a_condition_that_is_said_to_be_unmet_refuses(engine: Engine, question: str) -> None:
    given = reply(engine, question)
    assert isinstance(given, Answer)
    assert given.outcome is Outcome.NOT_COVERED
    assert given.deciding.unmet
    assert given.deciding.statement is not None
    assert given.deciding.conditions
    assert any("one is not met" in remark for remark in given.remarks)
    told = engine.ask(question).answer
    assert told is not None
    assert told.unmet


@pytest.mark.parametrize(
    "question",
    [
        "Type 2 on insulin three times a day. Will Medicare get me a Dexcom?",
        "is G0402 covered for somebody who got Part B last month",
    ],
)
def test_nothing_said_is_nothing_unmet(engine: Engine, question: str) -> None:
    given = reply(engine, question)
    assert isinstance(given, Answer)
    assert not any(side.unmet for side in given.sides)
