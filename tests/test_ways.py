"""Ways to ask: in the library, in a snapshot, and what they do to a question."""

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import CorpusError
from corpus.readers.library import read_library, shipped_library
from corpus.records import Beyond, Document, Way
from indexer.adapted import merged_encoder
from indexer.adapter import open_adapter
from indexer.asking import teach_asking
from indexer.network import tokenizer
from indexer.reference import published_weights
from indexer.rows import NOBODY
from search_api.engine import Engine
from search_api.evaluation.judgments import read_judgments
from search_api.query import QuestionKind
from search_api.readings import ways_heard
from search_api.replies import Abstention
from tests.conftest import TODAY

Row = dict[str, object]
RULE = {"determination": "conditional", "text": "Acme covers widgets.", "conditions": ["Blue"]}
POLICY = {
    "id": "W-1", "kind": "payer_policy", "title": "Widgets", "item": "A widget.", "payer": "Acme",
    "line": "commercial", "source": "memory", "retrieved": "2026-11-23", "statements": [RULE],
}  # fmt: skip


def library(folder: Path, ways: list[Row]) -> Path:
    """A library of one policy of one rule, with these ways to ask for it."""
    for name in ("ncd", "benefits"):
        (folder / f"{name}.jsonl").write_text("")
    (folder / "payers.jsonl").write_text(json.dumps(POLICY) + "\n")
    columns = "code\tpolicy\trelation\tnote\tsource\tverification\tmeaning\n"
    (folder / "crosswalk.tsv").write_text(columns)
    (folder / "codes.tsv").write_text(
        "code\tsystem\tshort_meaning_own_words\tnotes\tverification\n"
    )
    (folder / "ways.jsonl").write_text("".join(json.dumps(way) + "\n" for way in ways))
    return folder


def test_ways_come_with_their_document(tmp_path: Path) -> None:
    asked: Row = {"document": "W-1", "question": "blue widget paid?", "fits": [0]}
    missed: Row = {"document": "W-1", "question": "red widget paid?", "unmet": [0]}
    (document,) = read_library(library(tmp_path, [asked, missed]))
    assert isinstance(document, Document)
    assert document.ways == (
        Way("blue widget paid?", (0,)),
        Way("red widget paid?", (), (0,)),
    )


def test_a_library_without_ways_is_read(tmp_path: Path) -> None:
    (library(tmp_path, []) / "ways.jsonl").unlink()
    (document,) = read_library(tmp_path)
    assert isinstance(document, Document)
    assert document.ways == ()


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"document": "W-1", "question": "a", "fits": [1]}, "W-1 has 1 rules, none is 1"),
        ({"document": "W-1", "question": "a"}, "asks for no rule"),
        ({"document": "W-1", "question": "", "fits": [0]}, "question"),
        ({"document": "W-1", "question": "a", "fits": [-1]}, "fits.0"),
        ({"document": "W-2", "question": "a", "fits": [0]}, "'W-2', which no record"),
    ],
)
def test_a_wrong_way_is_named(tmp_path: Path, row: Row, what: str) -> None:
    good: Row = {"document": "W-1", "question": "blue widget paid?", "fits": [0]}
    with pytest.raises(CorpusError, match=r"ways\.jsonl") as caught:
        list(read_library(library(tmp_path, [good, row])))
    assert what in str(caught.value)
    if row["document"] == "W-1":
        assert "ways.jsonl:2" in str(caught.value)


def test_every_rule_of_the_library_has_ways() -> None:
    documents = [each for each in read_library(shipped_library()) if isinstance(each, Document)]
    bare = [
        (each.id, place)
        for each in documents
        if each.kind.decides
        for place in range(len(each.statements))
        if not any(place in (*way.fits, *way.unmet) for way in each.ways)
    ]
    assert bare == []


def test_no_judged_question_is_in_the_library() -> None:
    """What the tool is measured by is not what it is given."""
    readings = list(read_library(shipped_library()))
    documents = [each for each in readings if isinstance(each, Document)]
    known = {words(way.question) for each in documents for way in each.ways}
    known |= {words(each.question) for each in readings if isinstance(each, Beyond)}
    for path in sorted((Path(__file__).parent / "judgments").glob("*.jsonl")):
        judged = {words(each.question) for each in read_judgments(path)}
        assert not judged & known, path.name


def words(question: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", question.lower()))


@pytest.mark.encoder
def test_a_way_finds_its_document(engine: Engine) -> None:
    documents = [
        each
        for each in read_library(shipped_library())
        if isinstance(each, Document) and each.payer == "Medicare" and each.ways
    ]
    for document in random.Random(7).sample(documents, 40):
        way = random.Random(document.id).choice(document.ways)
        query = engine.understand(way.question, on=TODAY)
        if (
            query.codes
            or query.payers
            or query.documents
            or query.kind is not QuestionKind.COVERAGE
        ):
            continue
        candidates = engine.backend.candidates(query, engine.backend.encode(query), depth=100)
        best = max(candidates, key=lambda each: each.asked)
        assert best.asked == pytest.approx(1.0, abs=1e-4)
        asked = {engine.snapshot.store.document(each.row).id
                 for each in candidates if each.asked > best.asked - 1e-6}  # fmt: skip
        assert document.id in asked


@pytest.mark.encoder
def test_what_is_beyond_is_abstained_on(engine: Engine) -> None:
    beyond = [each.question for each in read_library(shipped_library()) if isinstance(each, Beyond)]
    asked = random.Random(7).sample(beyond, 30)
    replies = [engine.consider(question, on=TODAY).reply for question in asked]
    assert sum(isinstance(reply, Abstention) for reply in replies) >= 28
    owners = engine.snapshot.store.way_owners()
    assert owners.count(NOBODY) == len(beyond)


@pytest.mark.encoder
def test_near_ways_that_ask_for_something_else_are_not_heard(engine: Engine) -> None:
    """Another code than the asked one, another member of a family of opposites."""
    for question, another in (
        ("is G0402 still possible in month 9 of Part B", "G0438"),
        ("sacral stimulator for stress incontinence", "urge incontinence"),
    ):
        query = engine.understand(question, on=TODAY)
        entry = engine.retrieve(query)[0].entry
        all_near = sorted(entry.ways, key=lambda pair: -pair[1])[:40]
        heard = ways_heard(entry, engine.asked(query))[:20]
        assert any(another in way.question for way, _ in all_near)
        assert heard
        assert not any(another in way.question for way, _ in heard)


@pytest.mark.encoder
def test_a_doubt_names_the_policy_that_it_doubts(engine: Engine) -> None:
    question = "is G0402 still possible after three years on part B"
    reply = engine.consider(question, on=TODAY).reply
    assert isinstance(reply, Abstention)
    assert reply.message.startswith("The nearest document is 42 CFR 410.15-410.16, ")
    assert reply.confidence < 0.45


@pytest.mark.encoder
def test_without_ways_the_judge_reads(engine: Engine) -> None:
    plain = Engine(engine.snapshot, ways=False)
    query = plain.understand("acupuncture for chronic low back pain", on=TODAY)
    ranked = plain.retrieve(query)
    assert all(each.entry.ways == () and each.entry.candidate.asked == 0 for each in ranked)
    assert "subject" in plain.signs(query, ranked, plain.reader(query))
    assert "within" in engine.signs(query, engine.retrieve(query), engine.reader(query))


@pytest.mark.encoder
def test_an_unmet_condition_refuses(engine: Engine) -> None:
    told = engine.consider("leadless pacemaker, no study and no registry", on=TODAY).reply
    asked = engine.consider("leadless pacemaker inside an FDA approved study", on=TODAY).reply
    assert not isinstance(told, Abstention)
    assert not isinstance(asked, Abstention)
    assert (told.outcome.value, asked.outcome.value) == ("not_covered", "conditional")


def test_teaching_brings_like_questions_together(tmp_path: Path) -> None:
    ways = [
        ("A", Way("cold laser for my neck", (0,))), ("A", Way("laser light on a sore neck", (0,))),
        ("A", Way("cold laser for mouth sores", (1,))), ("A", Way("laser, chemo sores", (1,))),
        ("B", Way("oxygen at home", (0,))), ("B", Way("oxygen tank for the house", (0,))),
    ]  # fmt: skip
    adapter = teach_asking(ways, epochs=12)
    adapter.save(tmp_path / "taught.safetensors")
    folder = published_weights()
    module = merged_encoder(folder, open_adapter(tmp_path / "taught.safetensors"))
    import torch

    cut = tokenizer(folder, max_tokens=64)
    with torch.inference_mode():
        rows = [torch.tensor([cut.encode(way.question).ids]) for _, way in ways]
        vectors = np.concatenate([module(row, torch.ones_like(row)).numpy() for row in rows])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > max(cosines[0, 2:])
    assert cosines[2, 3] > max(cosines[2, 0], cosines[2, 1])
