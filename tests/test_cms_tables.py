"""CSV tables in a zip: what was written is read back, and what is broken has a line."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.readers.archives import open_archive
from corpus.readers.cms_documents import Surroundings, lcd_document, with_versions
from corpus.readers.cms_fields import Fields
from corpus.readers.cms_tables import LONGEST_CELL, Tables
from corpus.records import Document
from corpus.terms import Status

PLACE = "x.zip/t.csv"


@contextmanager
def tables(folder: Path, **members: bytes) -> Iterator[Tables]:
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, body in members.items():
            archive.writestr(f"{name}.csv", body)
    with open_archive(path) as opened:
        yield Tables(opened)


def named(place: str) -> str:
    """A place from the name of the tests' archive on."""
    return place[place.index("x.zip") :]


def read(folder: Path, body: bytes, *columns: str) -> list[list[str]]:
    """The wanted columns of each row; all the columns that the tests write, where none is named."""
    wanted = columns or ("a", "b")
    with tables(folder, t=body) as opened:
        return [[row[name] for name in wanted] for row in opened.rows("t", wanted)]


@contextmanager
def refused(line: int | None, problem: str) -> Iterator[None]:
    with pytest.raises(CorpusError, match=problem) as caught:
        yield
    assert (named(caught.value.path), caught.value.line) == (PLACE, line)
    assert len(str(caught.value)) < 2_000


def test_columns_are_picked_by_name_in_any_case(tmp_path: Path) -> None:
    body = b"LCD_ID, Title ,Other\r\n1,One,x\r\n2,Two,y\r\n"
    assert read(tmp_path, body, "title", "Lcd_Id") == [["One", "1"], ["Two", "2"]]


def test_records_end_in_crlf_and_cells_hold_line_feeds_and_quotes(tmp_path: Path) -> None:
    body = b'a,b\r\n"one\ntwo","say ""no"""\r\n"x\r\ny",\r\n'
    assert read(tmp_path, body) == [["one\ntwo", 'say "no"'], ["x\r\ny", ""]]


def test_a_row_is_numbered_by_the_line_on_which_it_ends(tmp_path: Path) -> None:
    with tables(tmp_path, t=b'a\r\n"1\n1"\r\n2\r\n') as opened:
        assert [number for number, _ in opened.numbered("t", ["a"])] == [3, 4]


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbfa,b\r\n1,2\r\n",
        b'\xef\xbb\xbf"a","b"\r\n1,2\r\n',
        b"a,b\n1,2\n",
        b"a,b\r\n1,2",
        b"a,b\r\n\r\n1,2\r\n\r\n",
    ],
    ids=["mark", "mark and quotes", "line feeds", "no last line end", "blank lines"],
)
def test_ways_of_writing_the_same_table(tmp_path: Path, body: bytes) -> None:
    assert read(tmp_path, body) == [["1", "2"]]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(st.text(), min_size=n, max_size=n))))
def test_any_table_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: Sequence[Sequence[str]]
) -> None:
    names = [f"c{number}" for number in range(len(rows[0]) if rows else 1)]
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows([names, *rows])
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, written.getvalue().encode(), *names) == [list(row) for row in rows]


@settings(deadline=None, max_examples=100)
@given(st.binary() | st.text('ab,"\r\n\ufeff\x00').map(str.encode))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    try:
        read(tmp_path_factory.getbasetemp(), b"a,b\r\n" + body)
    except CorpusError as error:
        assert named(error.path) == PLACE  # noqa: PT017 (either outcome is right)
        assert (error.line or 0) >= 1  # noqa: PT017


def test_stray_windows_bytes_are_read_and_reported(tmp_path: Path) -> None:
    body = "a,b\r\n–,é\r\n".encode() + b"\x96,\xe9\r\n\x93x\x94,1\r\n"
    with tables(tmp_path, t=body) as opened:
        rows = list(opened.rows("t", ["a", "b"]))
        (notice,) = opened.notices
    assert named(notice.path) == PLACE
    assert notice.text == "2 lines are not UTF-8; read as Windows-1252"
    assert [row["a"] + row["b"] for row in rows] == ["–é", "–é", "“x”1"]


@pytest.mark.parametrize("stray", [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"])
def test_bytes_that_are_neither_are_refused(tmp_path: Path, stray: bytes) -> None:
    with refused(3, "neither UTF-8 nor Windows-1252 at byte 4 of the line"):
        read(tmp_path, b"a,b\r\n1,2\r\none " + stray + b",2\r\n")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"1", "1 cells where the header has 2"),
        (b"1,2,3", "3 cells where the header has 2"),
        (b'1,"2', "not CSV: unexpected end of data"),
        (b'1,"2"3', "not CSV: ',' expected after '\"'"),
        (b"1,2\r3,4", "not CSV: new-line character"),
    ],
)
def test_a_broken_row_has_its_line(tmp_path: Path, row: bytes, problem: str) -> None:
    with refused(3, problem):
        read(tmp_path, b"a,b\r\n1,2\r\n" + row)


def test_a_quote_that_is_never_closed_is_refused_at_the_end(tmp_path: Path) -> None:
    with refused(11, "not CSV: unexpected end of data"):
        read(tmp_path, b'a,b\r\n"1,2\r\n' + b"1,2\r\n" * 9)


def test_a_missing_table_is_named_beside_those_that_are_there(tmp_path: Path) -> None:
    with (
        tables(tmp_path, t=b"a\r\n", u=b"a\r\n") as opened,
        pytest.raises(CorpusError, match=r"x\.zip: holds no lcd\.csv; it holds t\.csv, u\.csv$"),
    ):
        list(opened.rows("lcd", ["a"]))


def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path: Path) -> None:
    with refused(1, "no column 'lcd_id'; it has a, b"):
        read(tmp_path, b"A,B\r\n1,2\r\n", "a", "lcd_id")


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b"\r\n"])
def test_an_empty_file_has_no_columns(tmp_path: Path, body: bytes) -> None:
    with refused(1, "no column 'a'"):
        read(tmp_path, body)


def test_the_message_on_a_missing_column_is_short(tmp_path: Path) -> None:
    with refused(1, "no column 'a'"):
        read(tmp_path, b"x" * 100_000)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with refused(1, "a"):
        read(tmp_path, b"a,b,A\r\n1,2,3\r\n")


def test_a_zip_where_tables_are_expected_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", b"a\r\n")
        archive.writestr("deeper/More.ZIP", b"")
    with (
        open_archive(path) as opened,
        pytest.raises(CorpusError, match=r"x\.zip: holds more\.zip where tables \(\.csv\)"),
    ):
        Tables(opened)


def test_a_cell_has_at_most_a_million_characters(tmp_path: Path) -> None:
    cell = "é" * LONGEST_CELL
    assert read(tmp_path, f"a,b\r\n{cell},2\r\n".encode()) == [[cell, "2"]]
    with refused(2, "not CSV: field larger than field limit"):
        read(tmp_path, f"a,b\r\n{cell}é,2\r\n".encode())


def test_a_cell_of_many_lines_has_the_same_limit(tmp_path: Path) -> None:
    with refused(10_002, "not CSV: field larger than field limit"):
        read(tmp_path, b'a,b\r\n"' + (b"x" * 99 + b"\n") * 20_000 + b'",2\r\n')


def test_a_line_has_at_most_four_million_bytes(tmp_path: Path) -> None:
    with refused(3, "a line of more than 4,000,000 bytes"):
        read(tmp_path, b"a,b\r\n1,2\r\n" + b"x," * 2_000_001)


def test_a_record_of_many_lines_ends_where_a_line_would(tmp_path: Path) -> None:
    record = b'"' + (b"x" * 96 + b'","\n') * 60_000 + b'"\r\n'  # six million bytes
    with tables(tmp_path, t=b"a,b\r\n" + record) as opened:
        with pytest.raises(CorpusError) as caught:
            list(opened.rows("t", ["a"]))
        assert (caught.value.line or 0) < 50_000


def fields(cell: str) -> Fields:
    return Fields(cells={"x": cell}, place=PLACE, line=7)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-02",
        "2024-01-02 00:00:00",
        "01/02/2024",
        "1/2/2024",
        " 01/02/2024 ",
        "01/02/2024 12:00:00 AM",
        "1/2/2024 12:00:00 AM",
    ],
)
def test_a_day_is_read_in_the_ways_that_cms_writes_it(cell: str) -> None:
    assert fields(cell).day("x") == date(2024, 1, 2)


def test_a_cell_without_a_day_has_none() -> None:
    assert [fields(cell).day("x") for cell in ("", " ", "N/A", "null")] == [None] * 4


@pytest.mark.parametrize("cell", ["2024-13-01", "02/30/2024", "01/02/24", "soon", "0000-00-00"])
def test_what_is_no_day_has_its_place(cell: str) -> None:
    with refused(7, f"x '{cell}' is not a date"):
        fields(cell).day("x")


@pytest.mark.parametrize("cell", ["", "1.0", "one", "9" * 5_000])
def test_what_is_no_number_has_its_place(cell: str) -> None:
    with pytest.raises(CorpusError, match=r"x\.zip/t\.csv:7: x '\w*(\.0)?' is not a number$"):
        fields(cell).number("x")


def lcd(version: int, effective: str, *, status: str = "A", last: str = "") -> Document:
    cells = {"lcd_id": "1", "lcd_version": str(version), "title": "Knees", "status": status}
    dates = {"rev_eff_date": effective, "rev_end_date": last}
    return lcd_document(Fields(cells=cells | dates, place=PLACE), Surroundings())


def versions(*documents: Document) -> list[tuple[str, Status, date | None]]:
    """Name, status and first day without force of each version, as of 2024."""
    named = with_versions(documents, on=date(2024, 1, 1))
    return [(each.id, each.status, each.ended) for each in named]


def test_the_version_in_force_keeps_the_plain_name() -> None:
    assert versions(lcd(3, "2030-01-01"), lcd(1, "2020-01-01"), lcd(2, "2022-01-01")) == [
        ("LCD L1 version 1", Status.SUPERSEDED, date(2022, 1, 1)),
        ("LCD L1", Status.IN_FORCE, None),
        ("LCD L1 version 3", Status.IN_FORCE, None),
    ]


def test_a_last_day_still_binds() -> None:
    assert versions(lcd(1, "2020-01-01", status="R", last="2023-12-31")) == [
        ("LCD L1", Status.RETIRED, date(2024, 1, 1))
    ]


def test_an_unknown_status_is_refused() -> None:
    with refused(None, "status 'Z' is not one of A, F, R, P, C"):
        lcd(1, "2020-01-01", status="Z")


def test_a_proposal_never_bound() -> None:
    proposal = lcd(2, "2021-01-01", status="P")
    assert versions(lcd(1, "2020-01-01"), proposal, lcd(3, "2022-01-01")) == [
        ("LCD L1 version 1", Status.SUPERSEDED, date(2022, 1, 1)),
        ("LCD L1 version 2", Status.PROPOSED, None),
        ("LCD L1", Status.IN_FORCE, None),
    ]


def test_a_version_ends_when_the_next_begins() -> None:
    both = versions(lcd(1, "2020-01-01", last="2099-12-31"), lcd(2, "2022-01-01"))
    assert both[0][2] == date(2022, 1, 1)
