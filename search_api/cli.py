"""`coverage-search`: ask, index, serve, verify; readable in a terminal, exact with --json."""

import json
import sys
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from corpus.errors import CoverageSearchError, MissingExtra, QuestionError
from corpus.records import Kind
from search_api.building import build_snapshot, default_encoder, home_with_snapshot, notes
from search_api.query import Filters
from search_api.settings import settings

app = typer.Typer(
    help="Ask whether a health service is covered; get cited policy passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Home = Annotated[
    Path | None,
    typer.Option(
        "--snapshot", help="A snapshot, or a folder of snapshots. Default: the user's data folder."
    ),
]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain language.")],
    payer: Annotated[str | None, typer.Option(help="Payer, e.g. Medicare or Aetna.")] = None,
    state: Annotated[str | None, typer.Option(help="US state, by name or two letters.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Procedure code; may be repeated.")] = None,
    kind: Annotated[
        list[Kind] | None, typer.Option(help="Kind of document; may be repeated.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Date of service, YYYY-MM-DD.")] = None,
    k: Annotated[int, typer.Option(help="Passages to list.")] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the wire format of POST /v1/search.")
    ] = False,
    snapshot: Home = None,
) -> None:
    """Answer a question; without a snapshot, build one of the shipped library first."""
    from search_api.engine import open_engine

    home = home_with_snapshot(snapshot)
    filters = Filters(
        payer=payer,
        state=state,
        codes=tuple(code) if code else None,
        kinds=tuple(kind) if kind else None,
        as_of=_day(as_of),
    )
    result = open_engine(home).ask(question, k=k, filters=filters)
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        from search_api.terminal import show

        show(result, Console())


@app.command()
def code(
    code: Annotated[str, typer.Argument(help="A procedure code, e.g. 97026.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the wire format of GET /v1/codes/{code}.")
    ] = False,
    snapshot: Home = None,
) -> None:
    """List the documents that name a code."""
    from search_api.engine import open_engine
    from search_api.terminal import show_code

    found = open_engine(home_with_snapshot(snapshot)).code(code)
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    else:
        show_code(found, Console())


@app.command()
def index(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="FAQ pages (.txt, .md) to index.")
    ] = None,
    library: Annotated[bool, typer.Option(help="Index the shipped library too.")] = True,
    encoder: Annotated[
        str, typer.Option(help="A sentence-transformers model, by name or folder.")
    ] = "all-MiniLM-L6-v2",
    snapshot: Home = None,
) -> None:
    """Build a snapshot of the shipped library and your own sources; make it the current one."""
    build_snapshot(snapshot or settings().home, sources or [], library=library, encoder=encoder)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.")] = None,
    snapshot: Home = None,
) -> None:
    """Serve the HTTP interface; documentation at /docs."""
    import uvicorn

    from indexer.snapshot import open_snapshot
    from indexer.snapshot import verify as verify_snapshot
    from search_api.app import create_app

    home = home_with_snapshot(snapshot)
    verify_snapshot(open_snapshot(home))  # damage is said here, before anything listens
    chosen = settings()
    uvicorn.run(
        create_app(home),
        host=host or chosen.host,
        port=chosen.port if port is None else port,
        log_level="info",
        access_log=False,  # a query string may hold a question
    )


@app.command()
def verify(snapshot: Home = None) -> None:
    """Check every file of a snapshot against its manifest."""
    from indexer.snapshot import open_snapshot
    from indexer.snapshot import verify as verify_snapshot

    opened = open_snapshot(snapshot or settings().home)
    number = verify_snapshot(opened)
    notes.print(f"{opened.folder}: {number} files, all as built ({opened.manifest.id})")


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
        system=system or str(home_with_snapshot(snapshot)),
        against=against,
        home=home_with_snapshot(snapshot),
        out=out,
        gates=dict(_gate(each) for each in gate or ()),
        worst=worst,
        on=_day(on) or date.today(),
        as_json=as_json,
    )
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


def main() -> None:
    """The command's entry point: our own errors are one line, and exit 1 (2 for a bad argument)."""
    try:
        app()
    except QuestionError as error:
        notes.print(f"[red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise SystemExit(2) from None
    except CoverageSearchError as error:
        notes.print(f"[red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


def _evaluation() -> ModuleType:
    """The evaluation's command module. Raises MissingExtra without the extra `evaluate`."""
    if find_spec("ir_measures") is None or find_spec("matplotlib") is None:
        raise MissingExtra("evaluate", "Evaluating")
    return import_module("search_api.evaluation.command")


def _gate(written: str) -> tuple[str, float]:
    name, _, value = written.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise QuestionError("gate", f"{written!r} is not a measure=value") from error


def _day(written: str | None) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError as error:
        raise QuestionError("as_of", f"{written!r} is not a date such as 2026-03-01") from error


if __name__ == "__main__":
    main()
