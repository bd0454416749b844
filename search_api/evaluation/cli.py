"""The commands that judge and fit: `evaluate`, `calibrate`, `weigh`."""

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
from search_api.building import default_encoder, home_with_snapshot, notes
from search_api.options import Home, day
from search_api.settings import settings

app = typer.Typer()


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
                encoder_folder=default_encoder(),
            )
    for failure in failures:
        notes.print(f"gate: {failure}", soft_wrap=True)
    raise SystemExit(1 if failures else 0)


@app.command()
def calibrate(
    judgments: Annotated[list[Path], typer.Argument(help="Judged questions, JSONL.")],
    threshold: Annotated[float, typer.Option(help="Probability below which to abstain.")] = 0.3,
    covered_threshold: Annotated[
        float, typer.Option(help='The same for "covered": the worst to be wrong about.')
    ] = 0.5,
    conditional_threshold: Annotated[
        float, typer.Option(help='The same for "conditional" and "differs".')
    ] = 0.4,
    differs_share: Annotated[
        float, typer.Option(help="Chance that a second determination needs for `differs`.")
    ] = 0.45,
    snapshot: Home = None,
) -> None:
    """Fit the weights of statement choice and confidence; print calibration.json."""
    from dataclasses import asdict

    _evaluation()
    from search_api.engine import open_engine
    from search_api.evaluation.calibrate import calibrate as fit
    from search_api.evaluation.judgments import read_judgments

    judged = [each for path in judgments for each in read_judgments(path)]
    fitted = fit(
        open_engine(home_with_snapshot(snapshot)),
        judged,
        threshold=threshold,
        bars={
            "covered": covered_threshold,
            "conditional": conditional_threshold,
            "differs": conditional_threshold,
        },
        differs_share=differs_share,
    )
    sys.stdout.write(json.dumps(asdict(fitted.calibration), indent=1) + "\n")
    notes.print(
        f"right determination, cross-validated: {fitted.accuracy:.3f} of {fitted.examples} choices"
    )


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
        encoder_folder=default_encoder(),
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
