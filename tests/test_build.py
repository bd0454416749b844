"""A build: whole or not at all, verified, and no text embedded twice."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import CorpusError, SnapshotError
from corpus.records import Document, UnansweredQuestion
from corpus.terms import Kind, Words
from indexer.snapshot import CURRENT, MANIFEST, open_snapshot, verify
from tests.conftest import Builder

pytestmark = pytest.mark.encoder


def page(identifier: str, text: str) -> Document:
    return Document(
        id=identifier,
        kind=Kind.PAGE,
        title=f"Page {identifier}",
        text=text,
        url="https://example.org",
        words=Words.SOURCE,
        payer="Aetna",
    )


PAGES = [
    page("A", "Aetna covers cold laser therapy when a physician orders it."),
    page("B", "Infrared pads are not covered.\n\nThe pad is red."),
]


def test_what_is_built_is_found_again(builder: Builder, tmp_path: Path) -> None:
    open_question = UnansweredQuestion("Who pays?", "/somewhere/page.txt", 9)
    report = builder([*PAGES, open_question])
    snapshot = open_snapshot(tmp_path / "home")
    assert verify(snapshot) == len(snapshot.manifest.files)
    assert (report.documents, report.passages) == (2, 2)
    assert report.unanswered == (open_question,)
    assert snapshot.store.unanswered() == [UnansweredQuestion("Who pays?", "page.txt", 9)]
    kept = snapshot.store.document(0)
    assert (kept.id, kept.text, kept.payer) == ("A", PAGES[0].text, "Aetna")
    assert kept.statements[0].evidence.of(kept.text) == PAGES[0].text
    assert snapshot.store.payers() == {"Aetna"}
    assert len(snapshot.dense) == snapshot.manifest.vectors == 2
    assert snapshot.statement_vectors.shape == (report.statements, 384)


def test_a_second_build_embeds_nothing_and_a_changed_page_only_itself(
    builder: Builder, tmp_path: Path
) -> None:
    first = builder(PAGES)
    again = builder(PAGES, previous=open_snapshot(tmp_path / "home"))
    assert first.embedded > 0
    assert (again.embedded, again.reused) == (0, first.embedded)
    changed = [PAGES[0], page("B", "Infrared pads are never covered.")]
    third = builder(changed, previous=open_snapshot(tmp_path / "home"))
    assert third.embedded == 2  # the passage, and its deciding sentence


def test_a_second_build_reads_no_sentence_again(builder: Builder, tmp_path: Path) -> None:
    """The first word of a reading tells how many are known already."""
    told: list[tuple[str, int, int]] = []
    builder(PAGES, progress=lambda *step: told.append(step))
    builder(PAGES, previous=open_snapshot(tmp_path / "home"), progress=lambda *s: told.append(s))
    reading = [(done, of) for what, done, of in told if what == "reading rules"]
    assert reading[0] == (0, 3)
    assert reading[-1] == (3, 3)
    assert reading.count((3, 3)) == 2  # where the first build ended and the second began


def test_equal_texts_are_embedded_once(builder: Builder) -> None:
    twins = [page("A", "The same words."), page("A2", "The same words.")]
    assert builder(twins).embedded == 2  # their titles differ, and stand before the passage
    same_title = [twins[0], replace(twins[1], title="Page A")]
    assert builder(same_title).embedded == 1


def test_a_failed_build_leaves_the_home_as_it_was(builder: Builder, tmp_path: Path) -> None:
    builder(PAGES)
    before = sorted(path.name for path in (tmp_path / "home").iterdir())
    with pytest.raises(CorpusError, match="a second document has the id 'A'"):
        builder([PAGES[0], page("A", "Other words.")])
    with pytest.raises(CorpusError, match="no document"):
        builder([])
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == before


def test_a_missing_snapshot_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="run `coverage-search index`"):
        open_snapshot(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["store.sqlite", "dense.faiss", "statements.npy", "encoder/model.onnx"]
)
def test_a_changed_or_missing_file_is_found(builder: Builder, tmp_path: Path, name: str) -> None:
    path = builder(PAGES).folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=f"{name} is not what was built"):
        verify(open_snapshot(tmp_path / "home"))
    path.unlink()
    with pytest.raises(SnapshotError, match=f"{name} is missing; run"):
        open_snapshot(tmp_path / "home")


def test_a_file_too_many_is_found(builder: Builder, tmp_path: Path) -> None:
    (builder(PAGES).folder / "extra").write_text("x")
    with pytest.raises(SnapshotError, match="extra is not part of the snapshot"):
        verify(open_snapshot(tmp_path / "home"))


def test_another_format_is_refused(builder: Builder, tmp_path: Path) -> None:
    manifest = builder(PAGES).folder / MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    with pytest.raises(SnapshotError, match="format 99, this release reads 4; run"):
        open_snapshot(tmp_path / "home")
    manifest.write_text("{")
    with pytest.raises(SnapshotError, match="no readable manifest"):
        open_snapshot(tmp_path / "home")


def test_a_damaged_cache_costs_time_and_nothing_else(builder: Builder, tmp_path: Path) -> None:
    first = builder(PAGES)
    (first.folder / "store.sqlite").write_bytes(b"not a database" * 100)
    again = builder(PAGES, previous=open_snapshot(first.folder))
    assert again.embedded == first.embedded
    assert (tmp_path / "home" / CURRENT).read_text().strip() == again.folder.name
