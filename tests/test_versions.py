"""Several versions of one policy: the one in force on the asked day answers."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from corpus.readers.cms_documents import with_versions
from corpus.records import Document, plain_id
from corpus.terms import Determination, Kind, Line, Status, Words
from indexer.build import build
from indexer.models import Models
from search_api.engine import Engine, open_engine
from search_api.replies import Answer, Outcome, Reason
from tests.conftest import TODAY

pytestmark = pytest.mark.encoder
SUBJECT = "Home traction devices for neck pain"


def version(
    number: int, text: str, effective: date, ended: date | None = None,
    status: Status = Status.IN_FORCE,
) -> Document:  # fmt: skip
    return Document(
        id="LCD L39101",
        kind=Kind.LCD,
        title=SUBJECT,
        text=text,
        url=f"https://www.cms.gov/lcd.aspx?lcdid=39101&ver={number}",
        words=Words.SOURCE,
        payer="Medicare",
        line=Line.ORIGINAL,
        jurisdiction=("FL",),
        version=number,
        effective=effective,
        ended=ended,
        status=status,
    )


VERSIONS = [
    version(3, f"{SUBJECT} are not covered.", date(2018, 1, 1), date(2022, 6, 1)),
    version(4, f"{SUBJECT} are covered when exercise has failed.", date(2022, 6, 1)),
    version(5, f"{SUBJECT} are not covered.", date(2049, 3, 1)),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Engine:
    home = tmp_path_factory.mktemp("home")
    build(
        with_versions(VERSIONS, on=TODAY),
        home=home,
        models=models,
        sources=["test"],
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )
    return open_engine(home)


def test_the_version_in_force_keeps_the_name() -> None:
    named = {each.version: each for each in with_versions(VERSIONS, on=TODAY)}
    assert [named[number].id for number in (3, 4, 5)] == [
        "LCD L39101 version 3", "LCD L39101", "LCD L39101 version 5",
    ]  # fmt: skip
    assert [named[number].status for number in (3, 4, 5)] == [
        Status.SUPERSEDED, Status.IN_FORCE, Status.IN_FORCE,
    ]  # fmt: skip
    assert {plain_id(each) for each in named.values()} == {"LCD L39101"}
    later = {each.version: each.id for each in with_versions(VERSIONS, on=date(2049, 4, 1))}
    assert later[5] == "LCD L39101"


@pytest.mark.parametrize(
    ("day", "outcome", "number"),
    [
        ("today", Outcome.CONDITIONAL, 4),
        ("on 2020-05-01", Outcome.NOT_COVERED, 3),
        ("on 2022-05-31", Outcome.NOT_COVERED, 3),
        ("on 2022-06-01", Outcome.CONDITIONAL, 4),
        ("on 2049-05-01", Outcome.NOT_COVERED, 5),
    ],
)
@pytest.mark.parametrize("name", ["home traction for neck pain", "LCD L39101"])
def test_the_days_version_answers(
    asked: Engine, day: str, outcome: Outcome, number: int, name: str
) -> None:
    when = "" if day == "today" else f" {day}"
    reply = asked.consider(f"Does Medicare cover {name} in Florida{when}?", on=TODAY).reply
    assert isinstance(reply, Answer)
    assert reply.outcome is outcome
    assert reply.deciding.evidence.document.version == number


def test_a_local_policy_says_where_it_binds(asked: Engine) -> None:
    reply = asked.consider("Does Medicare cover home traction for neck pain?", on=TODAY).reply
    assert isinstance(reply, Answer)
    assert any("it binds in FL" in remark for remark in reply.remarks)


def test_a_proposal_never_answers(tmp_path: Path, models: Models) -> None:
    draft = version(1, VERSIONS[1].text, date(2026, 1, 1), status=Status.PROPOSED)
    build(
        [draft], home=tmp_path, models=models, sources=["test"],
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    engine = open_engine(tmp_path)
    result = engine.consider("Does Medicare cover home traction for neck pain?", on=TODAY)
    assert not isinstance(result.reply, Answer)
    assert result.reply.reason is not Reason.CODE_INVALID
    assert [each.document.status for each in result.hits] == [Status.PROPOSED]


def test_a_source_of_no_coverage_outvotes_a_sentence(tmp_path: Path, models: Models) -> None:
    """CMS's level of the whole document is stated; a sentence is only read."""
    text = "Salt rooms are covered in some countries. Nothing else is said here."
    plain = version(1, text, date(2020, 1, 1))
    refused = Document(
        **{
            **{name: getattr(plain, name) for name in plain.__slots__},
            "level": Determination.NOT_COVERED,
        }
    )
    report = build(
        [refused], home=tmp_path, models=models, sources=["test"],
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip
    store = open_engine(tmp_path).snapshot.store
    kept = store.document(0)
    assert report.statements == 1
    assert [each.determination for each in kept.statements] == [Determination.NOT_COVERED]
    assert kept.statements[0].evidence.of(kept.text) == "Salt rooms are covered in some countries."
