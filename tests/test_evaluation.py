"""Evaluation: measures by hand, judgments and runs read back, and the gate that guards quality."""

import json
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from corpus.errors import EvaluationError
from indexer.models import Models
from search_api.engine import Engine
from search_api.evaluation import plots, report, retrieval
from search_api.evaluation.judgments import Judgment, read_judgments, read_retrieval_set
from search_api.evaluation.measures import (
    Observed,
    auroc,
    holm,
    measure,
    paired_difference,
    share,
)
from search_api.evaluation.observe import observe, read_run, replies, write_run
from search_api.replies import Answer
from search_api.weights import read_weights
from tests.conftest import TODAY
from tests.test_cli import run

JUDGMENTS = Path(__file__).parent / "judgments"
# What dev.jsonl must keep: at or below what was reached, by at most one question's worth of luck.
GATES = {
    "hit@1": 0.97,
    "hit@3": 0.99,
    "outcome": 0.90,
    "evidence": 0.94,
    "false-covered": 0.02,
    "plain covered": 0.0,
    "false-denied": 0.03,
    "answered": 0.95,
    "abstained": 0.87,
    "AUROC": 0.96,
}


def judgment(outcomes: set[str], documents: set[str] | None = None, name: str = "q") -> Judgment:
    return Judgment(
        id=name,
        question="Is it covered?",
        kind="coverage",
        asker="patient",
        documents=frozenset(documents or set()),
        outcomes=frozenset(outcomes),
        evidence=("widget",),
    )


def row(outcome: str, accepted: set[str], *found: str, confidence: float = 0.5) -> Observed:
    return Observed(
        judgment=judgment(accepted, {"A"}),
        documents=tuple(frozenset({name}) for name in found),
        outcome=outcome,
        words="the widget is covered",
        confidence=confidence,
        took_ms=1.0,
    )


def test_ranks_are_over_documents_and_aliases_count() -> None:
    assert row("covered", {"covered"}, "B", "A").rank == 2
    assert row("covered", {"covered"}, "B").rank is None
    alias = replace(row("covered", {"covered"}), documents=(frozenset({"X", "A"}),))
    assert alias.rank == 1


def test_measures_by_hand() -> None:
    rows = [
        row("conditional", {"conditional"}, "A", confidence=0.9),
        row("covered", {"not_covered"}, "B", "A", confidence=0.8),
        row("covered", {"conditional"}, "A", confidence=0.7),
        row("not_covered", {"conditional"}, "C", confidence=0.6),
        row("no_answer", {"no_answer"}, confidence=0.1),
        row("not_covered", {"no_answer"}, confidence=0.75),
    ]
    found = {name: each.value for name, each in measure(rows).items()}
    assert found["hit@1"] == 2 / 4
    assert found["hit@3"] == 3 / 4
    assert found["RR"] == (1 + 1 / 2 + 1 + 0) / 4
    assert found["outcome"] == 1 / 4
    assert found["outcome, all"] == 2 / 6
    assert found["false-covered"] == 1 / 6
    assert found["plain covered"] == 2 / 6
    assert found["false-denied"] == 2 / 6
    assert found["abstained"] == 1 / 2
    assert found["answered"] == 1.0
    assert found["AUROC"] == pytest.approx((4 + 2) / 8)


def test_the_bootstrap_holds_the_mean() -> None:
    found = share([1.0, 0.0, 1.0, 1.0])
    assert (found.value, found.of) == (0.75, 4)
    assert found.low <= 0.75 <= found.high


def test_auroc_counts_ties_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == (1 + 1 + 0.5 + 1) / 4


def test_paired_differences_and_their_correction() -> None:
    difference, p = paired_difference([1.0] * 12, [0.0] * 12)
    assert difference.value == 1.0
    assert p < 0.01
    same, chance = paired_difference([1.0, 0.0], [1.0, 0.0])
    assert (same.value, chance) == (0.0, 1.0)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not a judgment"),
        ('{"id": "a"}', "not a judgment"),
        (
            '{"id": "a", "question": "q", "documents": [], "outcome": ["maybe"]}',
            "outcome .'maybe'.",
        ),
        ("", "holds no judgment"),
    ],
)
def test_a_broken_judgment_names_its_line(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "j.jsonl").write_text(line)
    with pytest.raises(EvaluationError, match=problem):
        read_judgments(tmp_path / "j.jsonl")


def test_every_committed_judgment_is_sound() -> None:
    seen: set[str] = set()
    for path in sorted(JUDGMENTS.glob("*.jsonl")):
        for each in read_judgments(path):
            assert each.question not in seen, f"{path.name}: asked twice: {each.question}"
            seen.add(each.question)
    pairs = read_judgments(JUDGMENTS / "pairs.jsonl")
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        assert one.pair == other.pair
        assert not one.outcomes & other.outcomes


def test_a_run_file_reads_back(tmp_path: Path) -> None:
    rows = [row("covered", {"covered"}, "A"), row("no_answer", {"covered"})]
    rows[1] = replace(rows[1], judgment=judgment({"covered"}, {"A"}, name="r"))
    write_run(tmp_path / "run", rows)
    judged = [each.judgment for each in rows]
    assert read_run(tmp_path / "run", judged) == rows
    missing = judgment({"covered"}, {"A"}, name="s")
    assert read_run(tmp_path / "run", [*judged, missing])[2].outcome == "no_answer"
    with pytest.raises(EvaluationError, match="run:1: not a reply to a judged question"):
        read_run(tmp_path / "run", [missing])


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "widgets"
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": "d1", "title": "Cold laser", "text": "Low-level laser therapy for pain."},
        {"_id": "d2", "title": "", "text": "Electric heating pads for stiff joints."},
        {"_id": "d3", "title": "Oxygen", "text": "Home oxygen for chronic lung disease."},
    ]
    queries = [
        {"_id": "q1", "text": "laser for pain"},
        {"_id": "q2", "text": "warm pad for my joints"},
    ]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")
    return folder


@pytest.mark.encoder
def test_a_beir_folder_beside_its_baselines(beir: Path, tmp_path: Path, models: Models) -> None:
    chosen = read_retrieval_set(beir)
    opened = retrieval.snapshot_of(chosen, home=tmp_path / "sets", models=models)
    again = retrieval.snapshot_of(chosen, home=tmp_path / "sets", models=models)
    assert again.manifest.id == opened.manifest.id
    found = retrieval.runs(Engine(opened), chosen)
    assert list(found) == [retrieval.OURS, "BM25", "dense", "RRF", "convex, min-max"]
    values = retrieval.means(retrieval.score(found[retrieval.OURS], chosen))
    assert values == dict.fromkeys(retrieval.MEASURES, 1.0)
    half = {"q1": [("d2", 2.0), ("d1", 1.0)]}
    assert retrieval.means(retrieval.score(half, chosen))["RR@10"] == (1 / 2 + 0) / 2
    retrieval.write_trec(tmp_path / "run.trec", half, tag="half")
    assert (tmp_path / "run.trec").read_text().splitlines()[0] == "q1 Q0 d2 1 2.000000 half"
    assert retrieval.read_trec(tmp_path / "run.trec") == half


@pytest.mark.encoder
@pytest.mark.slow
def test_the_command_scores_folders_and_keeps_gates(beir: Path, tmp_path: Path, home: Path) -> None:
    ran = run("evaluate", str(beir), "--out", str(tmp_path / "out"), "--against", "BM25",
              "--gate", "nDCG@10=0.5", home=home)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "widgets, 2 queries" in ran.stdout
    assert "p (Holm)" in ran.stdout
    assert (tmp_path / "out/widgets.coverage_search.trec").exists()
    failed = run("evaluate", str(beir), "--gate", "nDCG@10=1.5", "--json", home=home)
    assert failed.returncode == 1
    assert "nDCG@10 is 1.000, the gate 1.500" in " ".join(failed.stderr.split())
    assert json.loads(failed.stdout)["widgets"]["BM25"]["R@100"] == 1.0
    (tmp_path / "dense.json").write_text(
        json.dumps({"dense": 1.0, "whole": 0.0, "title": 0.0, "questions": 0.0})
    )
    for other in (tmp_path / "dense.json", home):
        compared = run("evaluate", str(beir), "--against", str(other), home=home)
        assert compared.returncode == 0, compared.stderr
        assert "Difference, ours less theirs" in compared.stdout
    dense = str(tmp_path / "dense.json")
    weighed = run("evaluate", str(beir), "--system", dense, "--json", home=home)
    assert weighed.returncode == 0, weighed.stderr
    for odd in (["--system", "x.trec"], ["--gate", "nDCG10=0.9"], ["--gate", "R@10=nan"]):
        refused = run("evaluate", str(beir), *odd, home=home)
        assert refused.returncode in (1, 2)
        assert "error:" in refused.stderr
        assert "Traceback" not in refused.stderr
    unknown = run("evaluate", str(beir), "--against", "nobody", home=home)
    assert unknown.returncode == 1
    assert "'nobody' is none of a TREC run file" in " ".join(unknown.stderr.split())
    wrong = run("evaluate", str(tmp_path / "nothing"), home=home)
    assert wrong.returncode == 1
    assert "no such file or folder" in wrong.stderr


@pytest.mark.encoder
@pytest.mark.slow
def test_the_command_fits_weights(beir: Path, tmp_path: Path, home: Path) -> None:
    some = (JUDGMENTS / "pairs.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:20]
    (tmp_path / "pairs.jsonl").write_text("".join(some), encoding="utf-8")
    ran = run("weigh", f"{beir}:test", str(tmp_path / "pairs.jsonl"), home=home)
    assert ran.returncode == 0, ran.stderr
    (tmp_path / "weights.json").write_text(ran.stdout)
    assert 0 <= read_weights(tmp_path / "weights.json").dense <= 1
    assert "set left out" in ran.stderr
    assert "widgets" in ran.stderr
    wrong = run("weigh", str(tmp_path / "nothing"), home=home)
    assert wrong.returncode == 1
    assert "no such file or folder" in wrong.stderr


@pytest.fixture(scope="session")
def dev(engine: Engine) -> list[Observed]:
    return observe(engine, read_judgments(JUDGMENTS / "dev.jsonl"), on=TODAY)


@pytest.mark.encoder
def test_the_quality_gate(dev: list[Observed]) -> None:
    assert report.failed_gates(dev, GATES) == []


@pytest.mark.encoder
def test_every_minimal_pair_is_told_apart(engine: Engine) -> None:
    for judged in read_judgments(JUDGMENTS / "pairs.jsonl"):
        reply = engine.consider(judged.question, on=TODAY).reply
        outcome = reply.outcome.value if isinstance(reply, Answer) else "no_answer"
        assert outcome in judged.outcomes, judged.question


@pytest.mark.encoder
def test_the_gate_catches_a_worse_ranking(engine: Engine, dev: list[Observed]) -> None:
    """A third of the same questions, ranked by the dense lane alone, don't pass."""
    assert not any("hit@1" in failure for failure in report.failed_gates(dev[::3], GATES))
    worse = []
    for each in dev[::3]:
        ranked = engine.retrieve(engine.understand(each.judgment.question, on=TODAY))
        by_cosine = sorted(ranked, key=lambda found: -found.entry.candidate.dense)
        names = [found.entry.document for found in by_cosine]
        documents = tuple(frozenset({name.id, *name.aliases}) for name in names)
        worse.append(replace(each, documents=documents))
    assert any("hit@1" in failure for failure in report.failed_gates(worse, GATES))


@pytest.mark.encoder
def test_code_payer_and_date_questions_are_not_answered_by_anothers_policy(
    dev: list[Observed],
) -> None:
    asked = [each for each in dev if each.judgment.kind in ("payer", "date")]
    assert len(asked) >= 12
    for each in asked:
        answered = each.outcome != "no_answer" and each.judgment.documents
        assert not answered or each.rank == 1, each.judgment.question


@pytest.mark.encoder
def test_reports_slices_and_plots(dev: list[Observed], tmp_path: Path) -> None:
    parts = report.slices(dev)
    assert {"all", "coverage", "indication", "abbreviation", "paraphrase"} <= parts.keys()
    console = Console(record=True, width=120, file=StringIO())
    report.show(dev, console, worst=2)
    report.compare(dev, dev, console)
    printed = console.export_text()
    assert "false-covered" in printed
    assert "+0.000" in printed
    for path in plots.save(dev, tmp_path / "plots"):
        assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.encoder
def test_any_server_that_speaks_the_wire_format_can_be_scored(
    home: Path, dev: list[Observed]
) -> None:
    judged = [each.judgment for each in dev[:6]]
    server = subprocess.Popen(
        [sys.executable, "-m", "search_api.cli", "serve", "--port", "0", "--snapshot", str(home)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        address = next(line.split()[-5] for line in server.stderr if "running on" in line)
        assert httpx2.get(f"{address}/readyz").json()["status"] == "ok"
        rows = replies(address, judged, on=TODAY, home=home)
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert [each.outcome for each in rows] == [each.outcome for each in dev[:6]]
    with pytest.raises(EvaluationError, match="d001"):
        replies(address, judged, on=TODAY, home=home)
