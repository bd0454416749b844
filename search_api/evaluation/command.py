"""`coverage-search evaluate`: what each kind of target is scored with, and what is written down."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from corpus.errors import EvaluationError
from indexer.models import Models
from indexer.snapshot import Snapshot, open_snapshot
from search_api.engine import Engine, open_engine
from search_api.evaluation import plots, report, retrieval
from search_api.evaluation.judgments import RetrievalSet, read_judgments, read_retrieval_set
from search_api.evaluation.measures import MEASURES
from search_api.evaluation.observe import replies, write_run
from search_api.evaluation.weigh import Fit, judged_set, scenes, weigh
from search_api.weights import read_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What to compare with, where to write, and what must be reached.

    system: what is scored instead of `home`: a snapshot's folder, a run file, weights, or a
    server's address; for a retrieval set weights alone.
    against: the same; for a retrieval set a baseline's name, a TREC run, a snapshot of the set's
    corpus, or weights. home: the snapshot that weights are tried on. out: folder for run files,
    values and plots. gates: measure -> bar.
    """

    system: str | None
    against: str | None
    home: Path
    out: Path | None
    gates: Mapping[str, float]
    worst: int
    on: date
    as_json: bool


def evaluate_answers(path: Path, plan: Evaluation) -> list[str]:
    """Score coverage judgments; print the report; the gates that were not reached."""
    judged = read_judgments(path)
    rows = replies(plan.system or str(plan.home), judged, on=plan.on, home=plan.home)
    if plan.out is not None:
        plan.out.mkdir(parents=True, exist_ok=True)
        write_run(plan.out / f"{path.stem}.run.jsonl", rows)
        _write(plan.out / f"{path.stem}.json", report.as_values(rows))
        plots.save(rows, plan.out)
    if plan.as_json:
        sys.stdout.write(json.dumps(report.as_values(rows), indent=1) + "\n")
    else:
        report.show(rows, Console(), worst=plan.worst)
    if plan.against is not None:
        theirs = replies(plan.against, judged, on=plan.on, home=plan.home)
        report.compare(rows, theirs, Console(stderr=plan.as_json))
    return report.failed_gates(rows, plan.gates)


def evaluate_retrieval(
    folder: Path, plan: Evaluation, *, split: str | None, home: Path, models: Models
) -> list[str]:
    """Score a BEIR folder beside its baselines; the gates that were not reached."""
    chosen = read_retrieval_set(folder, split=split)
    opened = retrieval.snapshot_of(chosen, home=home, models=models)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(chosen.name, total=len(chosen.queries))
        found = retrieval.runs(
            _engine(opened, plan.system),
            chosen,
            progress=lambda done, of: bar.update(task, completed=done),
        )
    scores = {system: retrieval.score(run, chosen) for system, run in found.items()}
    values = {system: retrieval.means(each) for system, each in scores.items()}
    if plan.out is not None:
        plan.out.mkdir(parents=True, exist_ok=True)
        _write(plan.out / f"{chosen.name}.json", values)
        for system, run in found.items():
            retrieval.write_trec(
                plan.out / f"{chosen.name}.{_tag(system)}.trec", run, tag=_tag(system)
            )
    if plan.as_json:
        sys.stdout.write(json.dumps({chosen.name: values}, indent=1) + "\n")
    else:
        report.show_retrieval(chosen.name, len(chosen.queries), values, Console())
    if plan.against is not None:
        theirs = _other(plan.against, chosen, scores, opened)
        report.compare_retrieval(
            scores[retrieval.OURS],
            theirs,
            chosen.queries,
            Console(stderr=plan.as_json),
            worst=plan.worst,
        )
    ours = values[retrieval.OURS]
    return [
        f"{chosen.name}: {name} is {ours[name]:.3f}, the gate {bar:.3f}"
        for name, bar in plan.gates.items()
        if name in ours and ours[name] < bar
    ]


def known(gates: Mapping[str, float]) -> None:
    """Raise EvaluationError for a gate that no report measures."""
    names = (*MEASURES, "AUROC", *retrieval.MEASURES)
    for name in gates:
        if name not in names:
            raise EvaluationError(f"no measure {name!r}; there are {', '.join(names)}")


def _engine(opened: Snapshot, system: str | None) -> Engine:
    """What ranks a retrieval set: the snapshot of its corpus, with other weights where given."""
    if system is None:
        return Engine(opened)
    if not system.endswith(".json"):
        raise EvaluationError(
            f"{system}: a BEIR folder is ranked here; --system takes weights (.json) for it, "
            "and --against takes a run or a snapshot"
        )
    return Engine(opened, weights=read_weights(Path(system)))


def _other(
    against: str,
    chosen: RetrievalSet,
    scores: Mapping[str, retrieval.Scores],
    opened: Snapshot,
) -> retrieval.Scores:
    """The scores to compare with: a baseline by name, weights, another snapshot, or a TREC run."""
    if against in scores:
        return scores[against]
    path = Path(against)
    if path.is_dir():
        other = Engine(open_snapshot(path))
    elif path.suffix == ".json":
        other = Engine(opened, weights=read_weights(path))
    elif path.is_file():
        return retrieval.score(retrieval.read_trec(path), chosen)
    else:
        known = ", ".join(name for name in scores if name != retrieval.OURS)
        raise EvaluationError(
            f"{against!r} is none of a TREC run file, a snapshot's folder, a weights file "
            f"(.json), {known}"
        )
    return retrieval.score(retrieval.runs(other, chosen)[retrieval.OURS], chosen)


def fit_weights(targets: Sequence[str], *, home: Path, sets: Path, models: Models) -> Fit:
    """Weights fitted on BEIR folders and judged questions; what they reach on questions held out.

    targets: JSONL files and folders, a folder's split behind a colon ("sets/orsharc:test").
    home: the snapshot that judged questions are put to. sets: folder for the folders' snapshots.
    """
    found = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for target in bar.track(targets, description="scoring candidates"):
            name, _, split = target.partition(":")
            path = existing([Path(name)])[0]
            if path.is_file():
                engine = open_engine(home)
                chosen = judged_set(path.stem, engine, read_judgments(path))
            else:
                chosen = read_retrieval_set(path, split=split or None)
                engine = Engine(retrieval.snapshot_of(chosen, home=sets, models=models))
            found.append((chosen, scenes(engine, chosen)))
    return weigh(engine.weights, found)


def _write(path: Path, values: object) -> None:
    path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _tag(system: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in system)


def existing(paths: Sequence[Path]) -> list[Path]:
    """The paths, all of which must exist: JSONL files and BEIR folders."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise EvaluationError(f"{missing[0]}: no such file or folder")
    return list(paths)
