"""Local policies: where contractors decide otherwise and no state is named, it differs by state."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from corpus.records import Document
from corpus.terms import Kind, Line, Status, Words
from indexer.build import build
from indexer.models import Models
from search_api.engine import Engine, open_engine
from search_api.query import Filters
from search_api.replies import Answer, DiffersBy, Outcome
from tests.conftest import TODAY

pytestmark = pytest.mark.encoder
SUBJECT = "Home traction devices for neck pain"


def local(number: int, states: tuple[str, ...], text: str, **changed: object) -> Document:
    return Document(
        **{
            "id": f"LCD L{number}",
            "kind": Kind.LCD,
            "title": SUBJECT,
            "text": text,
            "url": f"https://www.cms.gov/lcd.aspx?lcdid={number}",
            "words": Words.SOURCE,
            "payer": "Medicare",
            "line": Line.ORIGINAL,
            "jurisdiction": states,
        }
        | changed  # type: ignore[arg-type]
    )


COVERS, REFUSES = (
    f"{SUBJECT} are covered when exercise has failed.",
    f"{SUBJECT} are not covered.",
)
DOCUMENTS = [
    local(39101, ("FL", "PR"), COVERS),
    local(39102, ("TX", "OK"), REFUSES),
    local(39103, ("ME",), REFUSES, ended=date(2020, 1, 1), status=Status.RETIRED),
    local(39104, ("FL",), "Wigs after chemotherapy are not covered.", title="Wigs"),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Engine:
    home: Path = tmp_path_factory.mktemp("home")
    build(
        DOCUMENTS, home=home, models=models, sources=["test"],
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    return open_engine(home)


def reply(engine: Engine, question: str, state: str | None = None) -> Answer:
    found = engine.consider(question, on=TODAY, filters=Filters(state=state)).reply
    assert isinstance(found, Answer)
    return found


QUESTION = "Does Medicare cover a home traction device for neck pain?"


def test_contractors_that_decide_otherwise_are_both_cited(asked: Engine) -> None:
    given = reply(asked, QUESTION)
    assert (given.outcome, given.differs_by) == (Outcome.DIFFERS, DiffersBy.STATE)
    said = {side.evidence.document.id: side.outcome for side in given.sides}
    assert said == {"LCD L39101": Outcome.CONDITIONAL, "LCD L39102": Outcome.NOT_COVERED}
    assert any("name the state" in remark for remark in given.remarks)


@pytest.mark.parametrize(
    ("state", "outcome"), [("FL", Outcome.CONDITIONAL), ("OK", Outcome.NOT_COVERED)]
)
def test_a_named_state_is_answered_by_its_own_policy(
    asked: Engine, state: str, outcome: Outcome
) -> None:
    given = reply(asked, QUESTION, state)
    assert given.outcome is outcome
    assert {side.evidence.document.jurisdiction for side in given.sides} == {
        next(each.jurisdiction for each in DOCUMENTS if state in each.jurisdiction)
    }


def test_a_policy_of_another_subject_is_no_side(asked: Engine) -> None:
    given = reply(asked, "Does Medicare cover wigs after chemotherapy?")
    assert given.outcome is Outcome.NOT_COVERED
    assert [side.evidence.document.id for side in given.sides] == ["LCD L39104"]
