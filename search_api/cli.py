"""`coverage-search`: ask, index, serve, verify; readable in a terminal, exact with --json."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from corpus.errors import CoverageSearchError, MissingExtra, QuestionError
from corpus.terms import Kind
from search_api.building import build_snapshot, home_with_snapshot, notes
from search_api.evaluation.cli import app as judging
from search_api.fetching import app as fetching
from search_api.options import Home, day, lines
from search_api.query import Filters
from search_api.settings import settings

app = typer.Typer(
    help="Ask whether a health service is covered; get cited policy passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(judging)
app.add_typer(fetching)


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
        as_of=day(as_of),
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
    diagnosis: Annotated[
        str | None, typer.Option(help="ICD-10-CM code: do articles' lists support it?")
    ] = None,
    state: Annotated[str | None, typer.Option(help="US state, by name or two letters.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Date of service, YYYY-MM-DD.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the wire format of GET /v1/codes/{code}.")
    ] = False,
    snapshot: Home = None,
) -> None:
    """List the documents that name a code, and what code lists say of a diagnosis for it."""
    from search_api.engine import open_engine
    from search_api.terminal import show_code

    engine = open_engine(home_with_snapshot(snapshot))
    found = engine.code(code, diagnosis=diagnosis, state=state, as_of=day(as_of))
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    else:
        show_code(found, Console())


@app.command()
def index(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="CMS downloads (.zip), fetched folders, listings (.csv), and pages "
            "(.html, .pdf, .md, .txt, .jsonl), or folders of them."
        ),
    ] = None,
    library: Annotated[bool, typer.Option(help="Index the shipped library too.")] = True,
    history: Annotated[
        bool, typer.Option("--history", help="Of all_data.zip, index every version.")
    ] = False,
    cpt_license: Annotated[
        bool,
        typer.Option(
            "--cpt-license", help="You hold a licence of the AMA: keep CPT's descriptors."
        ),
    ] = False,
    encoder: Annotated[
        str, typer.Option(help="A sentence-transformers model, by name or folder.")
    ] = "all-MiniLM-L6-v2",
    snapshot: Home = None,
) -> None:
    """Build a snapshot of the shipped library and your own sources; make it the current one."""
    build_snapshot(
        snapshot or settings().home,
        sources or [],
        library=library,
        encoder=encoder,
        history=history,
        descriptors=cpt_license,
    )


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
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Streamable HTTP at /mcp instead of stdio.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to bind with --http.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind with --http.")] = None,
    snapshot: Home = None,
) -> None:
    """Serve the Model Context Protocol: search, fetch, check_coverage."""
    if find_spec("mcp") is None:
        raise MissingExtra("mcp", "The MCP server")
    from search_api.engine import open_engine
    from search_api.mcp_server import create_server

    server = create_server(open_engine(home_with_snapshot(snapshot)))
    if http:
        chosen = settings()
        server.run(
            "streamable-http",
            host=host or chosen.host,
            port=chosen.port if port is None else port,
            stateless_http=True,
        )
    else:
        server.run("stdio")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A snapshot, or a folder of snapshots.")],
    after: Annotated[Path, typer.Argument(help="The later one.")],
    questions: Annotated[
        Path | None, typer.Option(help="Saved questions, a line each: whose answer changed?")
    ] = None,
    on: Annotated[str | None, typer.Option(help="The day that counts as today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """Tell what changed between two snapshots: documents, and answers to saved questions."""
    from dataclasses import asdict

    from search_api.diff import answers_changed, documents_changed
    from search_api.engine import open_engine
    from search_api.terminal import show_changes

    old, new = open_engine(before), open_engine(after)
    documents = documents_changed(old.snapshot.store, new.snapshot.store)
    answers = answers_changed(old, new, lines(questions), on=day(on))
    if as_json:
        changes = {
            "documents": [asdict(each) for each in documents],
            "answers": [asdict(each) for each in answers],
        }
        sys.stdout.write(json.dumps(changes, indent=2) + "\n")
    else:
        show_changes(documents, answers, Console())


@app.command()
def verify(snapshot: Home = None) -> None:
    """Check every file of a snapshot against its manifest."""
    from indexer.snapshot import open_snapshot
    from indexer.snapshot import verify as verify_snapshot

    opened = open_snapshot(snapshot or settings().home)
    number = verify_snapshot(opened)
    notes.print(f"{opened.folder}: {number} files, all as built ({opened.manifest.id})")


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


if __name__ == "__main__":
    main()
