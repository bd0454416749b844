"""Listings of local documents as pointers: what exists, whose it is, where; not what it says.

The Coverage API's reports list every LCD and article; a CSV file with the same columns is read
too. Where a listing doesn't give the states, they are those of its contractors, by claim type.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from corpus.errors import CorpusError
from corpus.markup import plain
from corpus.payers import all_contractors
from corpus.readers.cms_documents import VIEW
from corpus.readers.cms_fields import Fields
from corpus.records import Pointer, day_after, in_force
from corpus.terms import Kind

LISTED = ("document_display_id", "document_id", "document_version", "title", "contractor_name_type")
_KINDS = {"lcd": Kind.LCD, "article": Kind.ARTICLE, "ncd": Kind.NCD}
_NAMES = {Kind.LCD: "LCD", Kind.ARTICLE: "Article", Kind.NCD: "NCD"}
_CONTRACTOR = re.compile(r"\s*(?P<name>[^\n(][^\n]*?)\s*\n\((?P<types>[^)]*)\)")
_CLAIMS = (("DME", re.compile(r"\bDME\b")), ("HHH", re.compile(r"\bHHH\b|home health", re.I)),
           ("A/B", re.compile(r"\bPart [AB]\b")))  # fmt: skip


def is_listing(path: Path) -> bool:
    """Whether a file is a CSV with a listing's columns."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            header = {name.strip().strip('"').lower() for name in file.readline(4096).split(",")}
    except OSError:
        return False  # whoever reads it says why it can't be read
    return header.issuperset(LISTED)


def read_listing(path: Path) -> Iterator[Pointer]:
    """The rows of a CSV listing. Raises CorpusError naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            for row in reader:
                if None in row or None in row.values():
                    raise CorpusError(path, reader.line_num, "a row of another length than line 1")
                yield pointer(Fields(cells=row, place=str(path), line=reader.line_num))
    except UnicodeDecodeError as error:
        raise CorpusError(path, None, f"not UTF-8 at byte {error.start}") from error
    except csv.Error as error:
        raise CorpusError(path, reader.line_num, f"not CSV: {error}") from error


def pointer(fields: Fields, states: tuple[str, ...] = ()) -> Pointer:
    """The pointer of one row. states: where it holds, if that is known from elsewhere."""
    kind = _KINDS.get(fields["document_type"].strip().lower().removeprefix("proposed "))
    if kind is None:
        raise fields.wrong("document_type", "LCD, Article or NCD")
    updated = _updated(fields)
    contracts = contractors(fields["contractor_name_type"])
    return Pointer(
        id=f"{_NAMES[kind]} {fields['document_display_id'].strip()}",
        kind=kind,
        title=plain(fields["title"]),
        url=_url(fields, kind),
        contractors=tuple(contracts),
        jurisdiction=("US",) if kind is Kind.NCD else states or states_of(contracts, updated),
        effective=fields.day("effective_date"),
        ended=day_after(fields.day("retirement_date")),
        updated=updated,
    )


def contractors(written: str) -> dict[str, frozenset[str]]:
    """Claim types ("A/B", "DME", "HHH") by contractor, of the names and types of a cell."""
    return {
        " ".join(match["name"].split()): frozenset(
            name for name, pattern in _CLAIMS if pattern.search(match["types"])
        )
        for match in _CONTRACTOR.finditer(written.replace("\r", ""))
    }


def states_of(contracts: Mapping[str, frozenset[str]], updated: date | None) -> tuple[str, ...]:
    """States of the contractors for their claim types, as the library's table has them."""
    day = updated or date.today()
    return tuple(
        sorted(
            {
                row.state
                for row in all_contractors()
                if row.claim_type in contracts.get(row.name, ())
                and in_force(row.since, row.ended, on=day)
            }
        )
    )


def _updated(fields: Fields) -> date | None:
    """The day of the document's last change."""
    digits = fields["updated_on_sort"].strip()[:8] or fields["last_updated_sort"].strip()[:8]
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None


def _url(fields: Fields, kind: Kind) -> str:
    written = fields["url"].strip()
    if written.startswith("https://"):
        return written
    number, version = fields["document_id"].strip(), fields["document_version"].strip()
    shape = f"{kind.value}.aspx?{kind.value}id={number}"
    return f"{VIEW}/{shape}&{'ncdver' if kind is Kind.NCD else 'ver'}={version}"
