"""An export built, and asked by code: what was read is found again; a rebuild embeds nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpus.errors import QuestionError
from corpus.payers import STATES
from corpus.readers.coverage_database import CURRENT, read_coverage_database
from corpus.records import Document, Reading
from corpus.terms import Pairing, Status, Support
from indexer.build import BuildReport, build
from indexer.models import Models
from indexer.snapshot import open_snapshot
from search_api.engine import Engine, open_engine
from tests.cms.export import Sizes, Truth, write_export
from tests.conftest import TODAY

pytestmark = [pytest.mark.encoder, pytest.mark.slow]
SIZES = Sizes(ncds=6, lcds=2, articles=10, covered_rows=500, noncovered_rows=60, junk_bytes=100)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Built:
    """An export, and the engine over its snapshot."""

    export: Path
    home: Path
    truth: Truth
    report: BuildReport
    engine: Engine


def readings(folder: Path) -> Iterator[Reading]:
    for name in CURRENT:
        yield from read_coverage_database(folder / name, on=TODAY)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Built:
    export, home = tmp_path_factory.mktemp("export"), tmp_path_factory.mktemp("home")
    truth = write_export(export, SIZES, bundles=("ncd", "current_lcd", "current_article"))
    report = build(readings(export), home=home, models=models, sources=["cms"], now=NOW)
    return Built(export, home, truth, report, open_engine(home))


def test_everything_read_is_in_the_store(built: Built) -> None:
    store = built.engine.snapshot.store
    read = [each for each in readings(built.export) if isinstance(each, Document)]
    assert store.count("documents") == built.report.documents == len(read)
    listed = sum(len(rule.diagnoses) for each in read for rule in each.rules)
    assert store.count("rule_diagnoses") == listed > 400
    for each in read:
        row = store.document_row(each.id)
        assert row is not None
        kept = store.document(row)
        assert (kept.text, kept.title, kept.version) == (each.text, each.title, each.version)
        assert (kept.jurisdiction, kept.contractors) == (each.jurisdiction, each.contractors)
        assert store.rules(row) == each.rules


def test_an_unchanged_export_embeds_nothing_and_an_edit_only_its_passages(
    built: Built, models: Models, tmp_path: Path
) -> None:
    previous = open_snapshot(built.home)
    again = build(
        readings(built.export), home=tmp_path / "again", models=models,
        sources=["cms"], now=NOW, previous=previous,
    )  # fmt: skip
    assert (again.embedded, again.passages) == (0, built.report.passages)
    edited = write_export(
        tmp_path, SIZES, bundles=("ncd", "current_lcd", "current_article"), edited=0.01
    )
    changed = build(
        readings(tmp_path), home=tmp_path / "changed", models=models,
        sources=["cms"], now=NOW, previous=previous,
    )  # fmt: skip
    # One number in one sentence: its passage, and the sentence if it decides.
    assert len(edited.edited) == 1
    assert 1 <= changed.embedded <= 2


def test_a_listed_diagnosis_supports_in_the_articles_states_and_nowhere_else(built: Built) -> None:
    asked = 0
    for told in built.truth.documents:
        in_force = told.effective is not None and told.effective <= TODAY
        if told.kind != "article" or told.status != "A" or not in_force or not told.states:
            continue
        state = min(told.states)
        for group in told.covered:
            for diagnosis in group.codes[:2]:
                code = min(group.procedures)
                found = built.engine.code(code, diagnosis=diagnosis, state=state, as_of=TODAY)
                mine = [
                    each
                    for each in found.findings
                    if each.document.id == f"Article {told.number}" and each.group == group.number
                ]
                assert [each.support for each in mine] == [Support.SUPPORTS]
                assert mine[0].starred == (diagnosis in group.starred)
                assert (mine[0].evidence.text if mine[0].evidence else "") == group.paragraph
                elsewhere = min(STATES.keys() - told.states, default=None)
                if elsewhere is None:
                    continue  # a DME article: everywhere
                there = built.engine.code(code, diagnosis=diagnosis, state=elsewhere, as_of=TODAY)
                assert all(f"Article {told.number}" != e.document.id for e in there.findings)
                asked += 1
    assert asked > 5


def test_an_unlisted_diagnosis_is_refused_only_where_the_article_says_so(built: Built) -> None:
    kinds = set()
    for told in built.truth.documents:
        in_force = told.effective is not None and told.effective <= TODAY
        if told.kind != "article" or told.status != "A" or not in_force or not told.covered:
            continue
        code = min(min(group.procedures) for group in told.covered)
        found = built.engine.code(code, diagnosis="Z99.89", as_of=TODAY)
        for each in found.findings:
            if each.document.id == f"Article {told.number}":
                kinds.add((each.support, told.unlisted_denied))
                assert each.pairing is None or each.pairing in Pairing
                if told.unlisted_denied:
                    assert each.evidence is not None
    assert kinds <= {(Support.NOT_LISTED, False), (Support.DOES_NOT_SUPPORT, True)}
    assert (Support.NOT_LISTED, False) in kinds


def test_a_less_specific_code_is_told_the_listed_ones(built: Built) -> None:
    store = built.engine.snapshot.store
    for row in range(store.count("documents")):
        document = store.document(row)
        for rule in store.rules(row):
            finest = [each for each in rule.diagnoses if len(each) > 5]
            if not finest or document.status is not Status.IN_FORCE or document.ended:
                continue
            coarse = finest[0][:-1]
            if coarse in rule.diagnoses or (document.effective and document.effective > TODAY):
                continue
            found = built.engine.code(min(rule.procedures), diagnosis=coarse, as_of=TODAY)
            mine = next(each for each in found.findings if each.document.id == document.id)
            if mine.group is None:
                assert finest[0] in mine.finer
                return
    pytest.fail("the export has no such code")


def test_a_day_before_the_version_finds_nothing_and_says_why(built: Built) -> None:
    told = next(
        each
        for each in built.truth.documents
        if each.kind == "article" and each.status == "A" and each.effective and each.covered
        and each.covered[0].codes and each.effective <= TODAY
    )  # fmt: skip
    assert told.effective is not None
    group = told.covered[0]
    found = built.engine.code(
        min(group.procedures),
        diagnosis=group.codes[0],
        as_of=told.effective - timedelta(days=1),
    )
    name = f"Article {told.number}"
    assert name not in {each.document.id for each in found.findings}
    assert any(note.startswith(f"{name}: this version begins on") for note in found.notes)


def test_an_lcd_is_found_by_the_codes_of_its_article(built: Built) -> None:
    store = built.engine.snapshot.store
    lent = [
        link
        for row in range(store.count("documents"))
        for link in store.document(row).codes
        if link.note.startswith("listed in its article")
    ]
    assert lent


def test_a_wrong_diagnosis_or_state_names_its_field(built: Built) -> None:
    with pytest.raises(QuestionError, match="diagnosis: '97110' is no ICD-10-CM code"):
        built.engine.code("97110", diagnosis="97110")
    with pytest.raises(QuestionError, match="state: 'Atlantis' is not a US state"):
        built.engine.code("97110", state="Atlantis")
