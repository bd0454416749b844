"""Local documents that a listing names: told where an answer ends, and never an answer."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from corpus.records import Document, Pointer, Reading
from corpus.terms import Kind, Line, Words
from indexer.build import build
from indexer.models import Models
from search_api.engine import Engine, open_engine
from search_api.replies import Abstention, Answer
from tests.conftest import TODAY

pytestmark = pytest.mark.encoder


def pointer(number: str, title: str, states: tuple[str, ...], ended: date | None = None) -> Pointer:
    return Pointer(
        id=f"LCD {number}",
        kind=Kind.LCD,
        title=title,
        url=f"https://www.cms.gov/{number}",
        contractors=("A contractor",),
        jurisdiction=states,
        ended=ended,
    )


PAGE = Document(
    id="NCD 1.1",
    kind=Kind.NCD,
    title="Salt rooms",
    text="Salt rooms are covered at the discretion of the Medicare contractor.",
    url="https://www.cms.gov/1",
    words=Words.SOURCE,
    payer="Medicare",
    line=Line.ORIGINAL,
)
POINTERS = [
    pointer("L10001", "Vitamin D Assay Testing", ("NV", "UT")),
    pointer("L10002", "Vitamin D Assay Testing", ("FL",)),
    pointer("L10003", "Vitamin D Assay Testing", ("FL",), ended=date(2020, 1, 1)),
    pointer("L10004", "Salt Rooms", ("FL",)),
    pointer("L10005", "Lumbar Spinal Fusion", ("FL",)),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Engine:
    home = tmp_path_factory.mktemp("home")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    twice: list[Reading] = [PAGE, *POINTERS, POINTERS[0], pointer("L10006", "Salt rooms", ("FL",))]
    build(twice, home=home, models=models, sources=["test"], now=now)
    return open_engine(home)


def test_an_abstention_names_what_fits_topic_and_state(asked: Engine) -> None:
    result = asked.consider("Is a vitamin D assay covered in Florida?", on=TODAY)
    assert isinstance(result.reply, Abstention)
    assert [each.id for each in result.pointers] == ["LCD L10002"]
    assert "Local documents on this exist" in result.reply.message
    assert "LCD L10002 Vitamin D Assay Testing" in result.reply.message
    nevada = asked.consider("Is a vitamin D assay covered in Nevada?", on=TODAY)
    assert [each.id for each in nevada.pointers] == ["LCD L10001"]
    anywhere = asked.consider("Is a vitamin D assay covered?", on=TODAY)
    assert {each.id for each in anywhere.pointers} == {"LCD L10001", "LCD L10002"}


def test_one_that_was_retired_answers_for_its_time(asked: Engine) -> None:
    then = asked.consider("Was a vitamin D assay covered in Florida on 2019-05-05?", on=TODAY)
    assert "LCD L10003" in {each.id for each in then.pointers}


def test_a_decision_left_to_contractors_names_theirs(asked: Engine) -> None:
    result = asked.consider("Are salt rooms covered by Medicare in Florida?", on=TODAY)
    assert isinstance(result.reply, Answer)
    assert {each.id for each in result.pointers} == {"LCD L10004", "LCD L10006"}
    assert any("LCD L10004 Salt Rooms" in each for each in result.reply.remarks)


def test_a_pointer_is_never_evidence_or_a_hit(asked: Engine) -> None:
    result = asked.consider("Is lumbar spinal fusion covered in Florida?", on=TODAY)
    assert isinstance(result.reply, Abstention)
    assert {each.document.id for each in result.hits} <= {"NCD 1.1"}
    assert asked.snapshot.store.count("documents") == 1
    assert asked.snapshot.store.count("pointers") == 6  # each once


def test_another_payers_question_gets_none(asked: Engine) -> None:
    result = asked.consider("Does Aetna cover a vitamin D assay?", on=TODAY)
    assert result.pointers == ()


def test_a_pointer_whose_text_is_here_is_dropped(tmp_path: Path, models: Models) -> None:
    own = Pointer(
        id="NCD 1.1",
        kind=Kind.NCD,
        title="Salt rooms",
        url="",
        contractors=(),
        jurisdiction=("US",),
    )
    now = datetime(2026, 11, 23, tzinfo=UTC)
    report = build([PAGE, own], home=tmp_path, models=models, sources=["test"], now=now)
    assert report.pointers == 0
