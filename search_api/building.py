"""The build as the command runs it: sources named on the line, a progress bar, a summary."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.errors import MissingExtra, QuestionError, SnapshotError
from corpus.records import Document, Reading
from search_api.settings import settings

if TYPE_CHECKING:
    from corpus.readers.folders import How
    from indexer.build import BuildReport
    from indexer.models import Models
    from indexer.snapshot import Snapshot

notes = Console(stderr=True)


def home_with_snapshot(given: Path | None) -> Path:
    """The folder to answer from; the user's own gets the default snapshot where it has none."""
    from indexer.snapshot import CURRENT

    if given is not None:
        return given
    home = settings().home
    if not (home / CURRENT).exists():
        notes.print(
            "No snapshot yet: building one of the shipped library (two or three minutes, once)."
        )
        build_snapshot(home, [], library=True, encoder="all-MiniLM-L6-v2")
    return home


def need_readers(purpose: str) -> None:
    """Raise MissingExtra where the libraries that read sources are not installed."""
    if find_spec("selectolax") is None:
        raise MissingExtra("index", purpose)


def default_models() -> "Models":
    """The default models' exports, made now if the cache doesn't hold them."""
    from indexer.models import exported_models
    from indexer.reference import DEFAULT_ENCODER

    return exported_models(DEFAULT_ENCODER, cache=settings().cache / "encoders", say=notes.print)


def build_snapshot(
    home: Path,
    sources: list[Path],
    *,
    library: bool,
    encoder: str,
    history: bool = False,
    descriptors: bool = False,
) -> None:
    """Build the named sources into a home folder and say what came of it.

    history: of a full CMS download, index every version. descriptors: keep CPT's descriptors.
    """
    need_readers("Building a snapshot")
    from corpus.readers.folders import How
    from indexer.build import build
    from indexer.models import exported_models

    missing = [path for path in sources if not path.exists()]
    if missing:
        raise QuestionError("sources", f"no such file or folder: {missing[0]}")
    models = exported_models(encoder, cache=settings().cache / "encoders", say=notes.print)
    now = datetime.now(UTC)
    how = How(on=now.date(), history=history, descriptors=descriptors)
    readings = _readings(sources, how, library=library)
    previous = _previous(home)
    with _progress() as bar:
        task = bar.add_task("embedding", total=None)
        report = build(
            readings,
            home=home,
            models=models,
            sources=[*(["library"] if library else []), *(path.name for path in sources)],
            now=now,
            previous=previous,
            progress=lambda step, done, of: bar.update(
                task, description=step, completed=done, total=of
            ),
        )
    _tell(report)


def _readings(sources: list[Path], how: "How", *, library: bool) -> Iterator[Reading]:
    """The library's documents where it is wanted, then those of the sources, in their order."""
    from corpus.readers.folders import read_source
    from corpus.readers.library import read_library, shipped_library

    if library:
        yield from read_library(shipped_library())
    for path in sources:
        with notes.status(f"reading {path.name}"):
            yield from read_source(path, how)


def library() -> list[Document]:
    """The documents of the shipped library."""
    from corpus.readers.library import read_library, shipped_library

    return [each for each in read_library(shipped_library()) if isinstance(each, Document)]


def _previous(home: Path) -> "Snapshot | None":
    """The snapshot in use, whose vectors a build takes over; None where there is none."""
    from indexer.snapshot import open_snapshot

    try:
        return open_snapshot(home)
    except SnapshotError:
        return None


def _tell(report: "BuildReport") -> None:
    notes.print(
        f"{report.documents:,} documents, {report.passages:,} passages, "
        f"{report.statements:,} statements; {report.embedded:,} texts embedded, "
        f"{report.reused:,} reused; {report.pointers:,} pointers: {report.folder}",
        soft_wrap=True,
    )
    for notice in report.notices:
        notes.print(f"note: {notice}", soft_wrap=True, markup=False, highlight=False)
    for question in report.unanswered:
        notes.print(
            f"unanswered in its source: {question.question} ({question.path}:{question.line})",
            soft_wrap=True,
        )


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=notes)
