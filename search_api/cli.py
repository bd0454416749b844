"""`coverage-search`: ask, index, serve, verify; readable in a terminal, exact with --json."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.errors import CoverageSearchError, QuestionError, SnapshotError
from corpus.records import Kind, Words
from search_api.query import Filters
from search_api.settings import settings

app = typer.Typer(
    help="Ask whether a health service is covered; get cited policy passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_notes = Console(stderr=True)

Home = Annotated[
    Path | None,
    typer.Option("--snapshot", help="A snapshot, or a folder of snapshots. Default: the user's data folder."),
]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain language.")],
    payer: Annotated[str | None, typer.Option(help="Payer, e.g. Medicare or Aetna.")] = None,
    state: Annotated[str | None, typer.Option(help="US state, by name or two letters.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="Procedure code; may be repeated.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Kind of document; may be repeated.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Date of service, YYYY-MM-DD.")] = None,
    k: Annotated[int, typer.Option(help="Passages to list.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the wire format of POST /v1/search.")] = False,
    snapshot: Home = None,
) -> None:
    """Answer a question; without a snapshot, build one of the shipped library first."""
    from search_api.engine import open_engine
    from search_api.schemas import search_out

    home = _home_with_snapshot(snapshot)
    filters = Filters(
        payer=payer,
        state=state,
        codes=tuple(code) if code else None,
        kinds=tuple(kind) if kind else None,
        as_of=_day(as_of),
    )
    result = search_out(open_engine(home).ask(question, k=k, filters=filters))
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=2) + "\n")
    else:
        from search_api.terminal import show

        show(result, Console())


@app.command()
def index(
    sources: Annotated[list[Path] | None, typer.Argument(help="FAQ pages (.txt, .md) to index.")] = None,
    library: Annotated[bool, typer.Option(help="Index the shipped library too.")] = True,
    encoder: Annotated[str, typer.Option(help="A sentence-transformers model, by name or folder.")] = "all-MiniLM-L6-v2",
    snapshot: Home = None,
) -> None:
    """Build a snapshot of the shipped library and of your own sources, and make it the current one."""
    _build(snapshot or settings().home, sources or [], library=library, encoder=encoder)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.")] = None,
    snapshot: Home = None,
) -> None:
    """Serve the HTTP interface; documentation at /docs."""
    import uvicorn

    from search_api.app import create_app

    home = _home_with_snapshot(snapshot)
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
    _notes.print(f"{opened.folder}: {number} files, all as built ({opened.manifest.id})")


def main() -> None:
    """The command's entry point: our own errors are one line, and exit 1 (2 for a bad argument)."""
    try:
        app()
    except QuestionError as error:
        _notes.print(f"[red]error:[/] {error}", highlight=False, soft_wrap=True)
        raise SystemExit(2) from None
    except CoverageSearchError as error:
        _notes.print(f"[red]error:[/] {error}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


def _day(written: str | None) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError as error:
        raise QuestionError("as_of", f"{written!r} is not a date such as 2026-03-01") from error


def _home_with_snapshot(given: Path | None) -> Path:
    """The folder to answer from; the user's own gets the default snapshot where it has none."""
    from indexer.snapshot import CURRENT

    if given is not None:
        return given
    home = settings().home
    if not (home / CURRENT).exists():
        _notes.print("No snapshot yet: building one of the shipped library (about a minute, once).")
        _build(home, [], library=True, encoder="all-MiniLM-L6-v2")
    return home


def _build(home: Path, sources: list[Path], *, library: bool, encoder: str) -> None:
    from corpus.readers.faq import read_faq
    from corpus.readers.library import read_library, shipped_library
    from indexer.build import build
    from indexer.reference import exported_encoder
    from indexer.snapshot import open_snapshot

    missing = [path for path in sources if not path.is_file()]
    if missing:
        raise QuestionError("sources", f"no such file: {missing[0]}")
    folder = exported_encoder(encoder, cache=settings().cache / "encoders", say=_notes.print)
    readings = [each for path in sources for each in read_faq(path, words=Words.SOURCE)]
    if library:
        readings = [*read_library(shipped_library()), *readings]
    try:
        previous = open_snapshot(home)
    except SnapshotError:
        previous = None
    with _progress() as bar:
        task = bar.add_task("embedding", total=None)
        report = build(
            readings,
            home=home,
            encoder_folder=folder,
            sources=[*(["library"] if library else []), *(path.name for path in sources)],
            now=datetime.now(UTC),
            previous=previous,
            progress=lambda step, done, of: bar.update(task, description=step, completed=done, total=of),
        )
    _notes.print(
        f"{report.documents:,} documents, {report.passages:,} passages, {report.statements:,} statements; "
        f"{report.embedded:,} texts embedded, {report.reused:,} reused: {report.folder}",
        soft_wrap=True,
    )
    for question in report.unanswered:
        _notes.print(f"unanswered in its source: {question.question} ({question.path}:{question.line})", soft_wrap=True)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=_notes
    )
