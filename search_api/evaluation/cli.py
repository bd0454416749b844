"""The commands that judge and fit: `evaluate`, `calibrate`, `teach`, `weigh`."""

import json
import math
import sys
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from corpus.errors import MissingExtra, QuestionError
from search_api.building import default_models, home_with_snapshot, library, notes
from search_api.fitting import reading
from search_api.options import Home, day
from search_api.settings import settings

app = typer.Typer()
_EPOCHS = {"sentences": 8, "rules": 5, "asking": 4}  # by judge, of its lessons


@app.command()
def evaluate(
    targets: Annotated[
        list[Path], typer.Argument(help="Judged questions (JSONL) and BEIR folders.")
    ],
    system: Annotated[
        str | None,
        typer.Option(help="Score this instead: a snapshot, a run file, weights, or an address."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with another; for a BEIR folder also a baseline or TREC run."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for run files, values and plots.")
    ] = None,
    gate: Annotated[
        list[str] | None, typer.Option(help="measure=value; exit 1 if it is not reached.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a BEIR folder, e.g. test.")] = None,
    worst: Annotated[int, typer.Option(help="Wrong answers to list.")] = 20,
    on: Annotated[str | None, typer.Option(help="The day that counts as today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False,
    snapshot: Home = None,
) -> None:
    """Score answers and ranking on judged questions, beside baselines, with intervals."""
    command = _evaluation()
    plan = command.Evaluation(
        system=system,
        against=against,
        home=home_with_snapshot(snapshot),
        out=out,
        gates=dict(_gate(each) for each in gate or ()),
        worst=worst,
        on=day(on) or date.today(),
        as_json=as_json,
    )
    command.known(plan.gates)
    failures: list[str] = []
    for target in command.existing(targets):
        if target.is_file():
            failures += command.evaluate_answers(target, plan)
        else:
            failures += command.evaluate_retrieval(
                target,
                plan,
                split=split,
                home=settings().cache / "retrieval",
                models=default_models(),
            )
    for failure in failures:
        notes.print(f"gate: {failure}", soft_wrap=True)
    raise SystemExit(1 if failures else 0)


@app.command()
def calibrate(
    judgments: Annotated[list[Path], typer.Argument(help="Judged questions, JSONL.")],
    confidence: Annotated[
        list[Path] | None,
        typer.Option(help="Judged questions for the confidence alone (may be given again)."),
    ] = None,
    ways: Annotated[
        bool, typer.Option(help="Fit for documents with ways to ask, or for those without.")
    ] = True,
    snapshot: Home = None,
) -> None:
    """Fit the weights of statement choice and confidence; print calibration.json.

    Thresholds and bars, which are choices, stay what they are.
    """
    from dataclasses import asdict

    _evaluation()
    from search_api.engine import open_engine
    from search_api.evaluation.calibrate import calibrate as fit
    from search_api.evaluation.judgments import read_judgments

    judged = [each for path in judgments for each in read_judgments(path)]
    beside = [each for path in confidence or () for each in read_judgments(path)]
    engine = open_engine(home_with_snapshot(snapshot), ways=ways)
    fitted = fit(engine, judged, for_confidence=beside)
    sys.stdout.write(json.dumps(asdict(fitted.calibration), indent=1) + "\n")
    notes.print(
        f"right determination, cross-validated: {fitted.accuracy:.3f} of {fitted.examples} choices"
    )


@app.command()
def teach(
    judge: Annotated[str, typer.Argument(help="sentences, rules, or asking")],
    lessons: Annotated[
        Path,
        typer.Argument(help="Labelled rows: tests/golden/JUDGE.jsonl, corpus/library/ways.jsonl."),
    ],
    out: Annotated[Path, typer.Argument(help="The adapter's file: indexer/adapters/...")],
    begin: Annotated[
        Path | None, typer.Option(help="An adapter that is taught further, not from nothing.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="How often each row is learnt from.")
    ] = None,
) -> None:
    """Teach a judge from labelled rows; print how it does on those that are held out.

    Or the encoder of questions ("asking"), from ways to ask.
    """
    from indexer.adapter import open_adapter
    from indexer.lessons import rule_lessons, sentence_lessons

    if find_spec("torch") is None:
        raise MissingExtra("index", "Teaching a judge")
    if judge not in _EPOCHS:
        raise QuestionError("judge", f"no judge {judge!r}; there are sentences, rules and asking")
    if not lessons.is_file():
        raise QuestionError("lessons", f"no such file: {lessons}")
    if judge == "asking":
        _teach_asking(lessons, out, epochs or _EPOCHS[judge])
        return
    if judge == "sentences":
        rows = sentence_lessons(lessons)
    else:
        rows = rule_lessons(lessons, library(), reading)
    taught = [row for row in rows if not row.held_out]
    held_out = [row for row in rows if row.held_out]
    if len({row.label for row in taught}) < 2:
        raise QuestionError("lessons", "at least two labels must be taught, with held_out false")
    if not out.parent.is_dir():
        raise QuestionError("out", f"no such folder: {out.parent}")
    teaching = import_module("indexer.teaching")
    adapter, model = teaching.teach(
        [row.text for row in taught],
        [row.label for row in taught],
        epochs=epochs or _EPOCHS[judge],
        begin=None if begin is None else open_adapter(begin),
        say=notes.print,
    )
    adapter.save(out)
    if not held_out:
        notes.print("nothing is held out: how good it is was not measured")
        return
    chances = model.chances([row.text for row in held_out])
    right = [
        model.labels[best] == row.label
        for best, row in zip(chances.argmax(1), held_out, strict=True)
    ]
    notes.print(f"right of {len(right)} held out: {sum(right) / len(right):.3f}")


def _teach_asking(lessons: Path, out: Path, epochs: int) -> None:
    """The encoder of questions, taught from the ways to ask of a file."""
    from corpus.readers.library import read_ways

    ways = [(name, way) for name, rows in read_ways(lessons).items() for _, way in rows]
    if not ways:
        raise QuestionError("lessons", f"{lessons} holds no ways to ask")
    if not out.parent.is_dir():
        raise QuestionError("out", f"no such folder: {out.parent}")
    import_module("indexer.asking").teach_asking(ways, epochs=epochs, say=notes.print).save(out)


@app.command()
def weigh(
    targets: Annotated[
        list[str], typer.Argument(help="Judged questions (JSONL), BEIR folders (FOLDER[:split]).")
    ],
    snapshot: Home = None,
) -> None:
    """Fit what each lane counts for; print weights.json, and its worth on questions held out."""
    from dataclasses import asdict

    command = _evaluation()
    fitted = command.fit_weights(
        targets,
        home=home_with_snapshot(snapshot),
        sets=settings().cache / "retrieval",
        models=default_models(),
    )
    sys.stdout.write(json.dumps(asdict(fitted.weights), indent=1) + "\n")
    command.report.show_fit(fitted, notes)


def _evaluation() -> ModuleType:
    """The evaluation's command module. Raises MissingExtra without the extra `evaluate`."""
    if find_spec("ir_measures") is None or find_spec("matplotlib") is None:
        raise MissingExtra("evaluate", "Evaluating")
    return import_module("search_api.evaluation.command")


def _gate(written: str) -> tuple[str, float]:
    name, _, value = written.partition("=")
    try:
        if not math.isfinite(float(value)):
            raise ValueError(value)
        return name.strip(), float(value)
    except ValueError as error:
        raise QuestionError("gate", f"{written!r} is not a measure=value") from error
