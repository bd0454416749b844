"""The tables of a CMS export: CSV files in a zip, read as streams of rows.

UTF-8 with CRLF between records and LF inside cells. A line that is not UTF-8 is read as
Windows-1252 and reported. A row with more or fewer cells than the header has is an error.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from corpus.errors import CorpusError
from corpus.readers.archives import Archive
from corpus.records import Notice

Row = Mapping[str, str]

LONGEST_CELL = 1_000_000  # characters; CMS's longest has 33,000
MOST_COLUMNS = 500  # CMS's widest table has 48
_SHOWN = 400  # characters of a header in an error
_LONGEST_LINE = 4 * LONGEST_CELL  # bytes


class Tables:
    """The tables of one opened `*_csv.zip`; `notices` fill as tables are read."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.place = archive.place
        self.notices: list[Notice] = []
        inner = [name for name in archive.names() if name.endswith(".zip")]
        if inner:
            raise CorpusError(
                archive.place, None, f"holds {inner[0]} where tables (.csv) are expected"
            )

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Each row's wanted columns, by their names as given; header names in any case.

        Raises CorpusError naming table and line for a missing table or column, a row of another
        length than the header, broken quotation, and bytes that are no text.
        """
        for _, row in self.numbered(table, columns):
            yield row

    def numbered(self, table: str, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
        """`rows`, each with the number of the line on which it ends."""
        place = f"{self._archive.place}/{table}.csv"
        with self._archive.member(f"{table}.csv") as stream:
            csv.field_size_limit(LONGEST_CELL)
            budget = _Budget(place)
            reader = csv.reader(budget.spent(self._lines(stream, place)), strict=True)
            try:
                header = [name.strip().lower() for name in next(reader, [])]
                _check_header(header, place)
                wanted = [(name, _column(header, name, place)) for name in columns]
                for cells in filter(None, reader):
                    budget.renew()
                    if len(cells) != len(header):
                        raise CorpusError(
                            place, reader.line_num,
                            f"{len(cells)} cells where the header has {len(header)}",
                        )  # fmt: skip
                    yield reader.line_num, {name: cells[number] for name, number in wanted}
            except csv.Error as error:
                raise CorpusError(place, reader.line_num, f"not CSV: {error}") from error

    def _lines(self, stream: IO[bytes], place: str) -> Iterator[str]:
        """The lines as text, line ends kept."""
        strays = 0
        number = 0
        while line := stream.readline(_LONGEST_LINE + 1):
            number += 1
            if len(line) > _LONGEST_LINE:
                raise CorpusError(place, number, f"a line of more than {_LONGEST_LINE:,} bytes")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                strays += 1
                yield _windows(line, place, number)
        if strays:
            text = f"{strays:,} lines are not UTF-8; read as Windows-1252"
            self.notices.append(Notice(text, place))


class _Budget:
    """What a record may hold, over all of its lines: the limit of one line."""

    def __init__(self, place: str) -> None:
        self._place, self._used, self._line = place, 0, 0

    def renew(self) -> None:
        """A record has ended."""
        self._used = 0

    def spent(self, lines: Iterator[str]) -> Iterator[str]:
        """The lines. Raises CorpusError when a record goes on for too long."""
        for line in lines:
            self._used += len(line)
            self._line += 1
            if self._used > _LONGEST_LINE:
                raise CorpusError(
                    self._place, self._line, f"a record of more than {_LONGEST_LINE:,} characters"
                )
            yield line


def _check_header(header: Sequence[str], place: str) -> None:
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if len(header) > MOST_COLUMNS:
        raise CorpusError(place, 1, f"{len(header):,} columns; at most {MOST_COLUMNS}")
    if twice is not None:
        raise CorpusError(place, 1, f"two columns called {twice[:_SHOWN]!r}")


def _windows(line: bytes, place: str, number: int) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError as error:
        raise CorpusError(
            place, number, f"neither UTF-8 nor Windows-1252 at byte {error.start} of the line"
        ) from error


def _column(header: Sequence[str], name: str, place: str) -> int:
    try:
        return header.index(name.lower())
    except ValueError:
        held = ", ".join(header)
        shown = held if len(held) <= _SHOWN else f"{held[:_SHOWN]}..."
        raise CorpusError(place, 1, f"no column {name!r}; it has {shown}") from None
