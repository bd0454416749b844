"""`coverage-search fetch`: sources of CMS brought to a folder that `index` reads."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn

from corpus.errors import FetchError
from search_api.building import need_readers, notes

app = typer.Typer()


@app.command()
def fetch(
    folder: Annotated[Path, typer.Argument(help="Where to keep what is fetched.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="ncd, lcd or article; with --bulk, a download's name. May be repeated."),
    ] = None,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="CMS's bulk downloads instead of its API.")
    ] = False,
    accept_licenses: Annotated[
        bool,
        typer.Option(
            "--accept-licenses",
            help="You accept the licences of the AMA, ADA and AHA that the API asks for: "
            "without that, local documents are listed and their texts not fetched.",
        ),
    ] = False,
) -> None:
    """Bring Medicare's coverage documents from CMS; run again, it goes on where it stopped."""
    need_readers("Fetching sources")
    from corpus.fetching.coverage import KINDS
    from corpus.fetching.downloads import NAMES

    known = NAMES if bulk else KINDS
    for name in only or ():
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(known)}", param_hint="--only")
    if bulk:
        fetch_bulk(folder, only)
    else:
        fetch_documents(folder, only, licensed=accept_licenses)


def fetch_bulk(folder: Path, names: Sequence[str] | None, *, base: str | None = None) -> None:
    """Fetch bulk downloads and say which lie where. base: another host than CMS's, for tests."""
    from corpus.fetching.downloads import HOST, fetch_downloads
    from corpus.readers.coverage_database import CURRENT

    with Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
                  console=notes) as bar:  # fmt: skip
        tasks = {name: bar.add_task(name, total=None) for name in names or CURRENT}
        paths = asyncio.run(
            fetch_downloads(
                folder,
                names or CURRENT,
                base=base or HOST,
                progress=lambda name, done, of: bar.update(
                    tasks[name], completed=done, total=of or None
                ),
            )
        )
    for path in paths:
        notes.print(f"{path}: {path.stat().st_size:,} bytes", highlight=False, soft_wrap=True)


def fetch_documents(
    folder: Path, kinds: Sequence[str] | None, *, licensed: bool, base: str | None = None
) -> None:
    """Fetch the API's reports and documents. Raises FetchError where some could not be had."""
    from corpus.fetching.coverage import HOST, KINDS, fetch_coverage

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                  console=notes) as bar:  # fmt: skip
        tasks = {what: bar.add_task(what, total=None) for what in ("reports", "documents")}
        report = asyncio.run(
            fetch_coverage(
                folder,
                on=date.today(),
                kinds=kinds or KINDS,
                licensed=licensed,
                base=base or HOST,
                progress=lambda what, done, of: bar.update(tasks[what], completed=done, total=of),
            )
        )
    notes.print(
        f"{report.fetched:,} documents fetched, {report.kept:,} there already: {folder}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if not licensed:
        notes.print(
            "Local documents are listed only; --accept-licenses fetches their texts.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if report.failures:
        raise FetchError(
            f"{len(report.failures)} documents could not be had; run it again. "
            f"The first: {report.failures[0]}"
        )
