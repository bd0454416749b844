"""Options that several commands share."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from corpus.errors import QuestionError

Home = Annotated[
    Path | None,
    typer.Option(
        "--snapshot", help="A snapshot, or a folder of snapshots. Default: the user's data folder."
    ),
]


def day(written: str | None) -> date | None:
    """The day that an option names, None for none. Raises QuestionError for what is no date."""
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError as error:
        raise QuestionError("as_of", f"{written!r} is not a date such as 2026-03-01") from error


def lines(path: Path | None) -> list[str]:
    """The lines of a file that hold something, none for no file. Raises QuestionError."""
    try:
        text = "" if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError("questions", f"{path}: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
