"""A row of CMS's, cell by cell: numbers and days read, errors with their place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from corpus.errors import CorpusError

_NO_DATE = {"", "n/a", "null", "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A document's own row: its cells by column, empty where there is none, and its place."""

    cells: Mapping[str, str]
    place: str
    line: int | None = None
    spelled: Mapping[str, str] = field(default_factory=dict)  # columns, as this source calls them

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def number(self, column: str) -> int:
        """A whole number. Raises CorpusError."""
        try:
            return int(self.cells[column])
        except (ValueError, KeyError) as error:
            raise self.wrong(column, "a number") from error

    def day(self, column: str) -> date | None:
        """A day, None where the cell has none. Raises CorpusError."""
        written = self.cells.get(column, "").strip()
        if written.lower() in _NO_DATE:
            return None
        for read in (_iso, _american):
            if (found := read(written)) is not None:
                return found
        raise self.wrong(column, "a date")

    def wrong(self, column: str, wanted: str) -> CorpusError:
        """The error of a cell that is not what it should be."""
        name = self.spelled.get(column, column)
        return CorpusError(
            self.place, self.line, f"{name} {self.cells.get(column, '')!r} is not {wanted}"
        )


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10]) if written[4:5] == "-" else None
    except ValueError:
        return None


def _american(written: str) -> date | None:
    try:
        return datetime.strptime(written.partition(" ")[0], "%m/%d/%Y").date()
    except ValueError:
        return None
