"""Answers of CMS's Coverage API, as `coverage-search fetch` saves them or anybody else did.

A saved folder holds `coverage-api.json`, reports, and a folder a document; a single file is told
by its fields. NCDs have two numbers: document 226 is shown as 240.4.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from corpus.errors import CorpusError
from corpus.payers import state_code
from corpus.readers.cms_documents import (
    Surroundings,
    article_document,
    lcd_document,
    ncd_document,
    with_versions,
)
from corpus.readers.cms_fields import Fields
from corpus.readers.cms_surroundings import NOWHERE, Around, Place
from corpus.readers.cms_tables import Row
from corpus.readers.listings import contractors, pointer, states_of
from corpus.records import Document, Notice, Reading

MANIFEST = "coverage-api.json"
REPORTS, BY_STATE, STATES = "reports", "by-state", "states.json"
LOCAL = {"lcd": lcd_document, "article": article_document}
MOST_BYTES = 200_000_000

_NCD_NAMES = {
    "document_id": "ncd_id",
    "document_version": "ncd_vrsn_num",
    "document_display_id": "ncd_mnl_sect",
    "title": "ncd_mnl_sect_title",
    "effective_date": "ncd_efctv_dt",
    "effective_end_date": "ncd_trmntn_dt",
    "item_service_description": "itm_srvc_desc",
    "indications_limitations": "indctn_lmtn",
    "reasons_for_denial": "reasons_for_denial",
    "cross_reference": "xref_txt",
    "other_text": "othr_txt",
    "revision_history": "rev_hstry",
}


def is_saved(folder: Path) -> bool:
    """Whether a folder is one that `fetch` saved to."""
    return (folder / MANIFEST).is_file()


def read_saved(folder: Path, *, on: date, descriptors: bool = False) -> Iterator[Reading]:
    """Everything of a saved folder: documents, then pointers to those that reports name.

    on: the day whose version of a document keeps its plain id. Raises CorpusError.
    """
    held = _places(folder)
    documents = [
        *(each for path in sorted((folder / "ncd").glob("*.json")) for each in _ncds(path)),
        *(
            each
            for kind in LOCAL
            for path in sorted((folder / kind).glob(f"*/{kind}.json"))
            for each in _locals(path, kind, held, descriptors=descriptors)
        ),
    ]
    yield from with_versions(documents, on=on)
    for path in sorted((folder / REPORTS).glob("*.json")):
        for fields in _rows(path):
            if fields["document_display_id"]:
                place = held.get(fields["document_display_id"], NOWHERE)
                yield pointer(fields, place.states)


def read_answer(path: Path, *, on: date) -> Iterator[Reading]:
    """One saved answer, told by its fields; what is none of them is reported.

    Raises CorpusError for what is no JSON, or a field that can't be read.
    """
    documents: list[Document] = []
    for fields in _rows(path):
        if fields["contractor_name_type"]:
            yield pointer(fields)
        elif "item_service_description" in fields.cells:
            documents.append(_ncd(fields))
        elif "lcd_id" in fields.cells and "indication" in fields.cells:
            documents.append(lcd_document(fields, Surroundings()))
        elif "article_id" in fields.cells and "description" in fields.cells:
            documents.append(article_document(fields, Surroundings()))
        elif "chapter" in fields.cells:
            yield pointer(fields)
        else:
            words = "holds no document and no report of the Coverage API; passed over"
            yield Notice(words, str(path))
    yield from with_versions(documents, on=on)


def load(path: Path, *, needed: bool = False) -> list[Mapping[str, object]]:
    """The `data` rows of a saved answer. Raises CorpusError.

    needed: an answer without such a list is an error; else it has no rows.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CorpusError(path, None, f"is larger than {MOST_BYTES:,} bytes")
        answer = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise CorpusError(path, None, f"not JSON: {error}") from error
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        if needed:
            raise CorpusError(path, None, "holds no list 'data'; delete it and fetch it again")
        return []
    return [row for row in rows if isinstance(row, dict)]


def _rows(path: Path) -> Iterator[Fields]:
    rows = load(path)
    for row in rows or [{}]:
        yield Fields(cells=_cells(row), place=str(path))


def _cells(row: Mapping[str, object]) -> dict[str, str]:
    """A JSON row as cells of text; null is an empty one. A few columns are spelled oddly there."""
    return {name.lower(): "" if value is None else str(value) for name, value in row.items()}


def _ncds(path: Path) -> Iterator[Document]:
    for fields in _rows(path):
        if "item_service_description" not in fields.cells:
            raise CorpusError(path, None, "holds no NCD; fetch it again")
        yield _ncd(fields)


def _ncd(fields: Fields) -> Document:
    """An NCD of the API, whose fields have names of their own."""
    cells = {_NCD_NAMES.get(name, name): text for name, text in fields.cells.items()}
    spelled = {column: name for name, column in _NCD_NAMES.items()}
    return ncd_document(Fields(cells=cells, place=fields.place, spelled=spelled))


def _locals(
    path: Path, kind: str, held: Mapping[str, Place], *, descriptors: bool
) -> Iterator[Document]:
    """The LCD or article of a document's folder, with the tables beside it."""
    tables = _Tables(path.parent, kind)
    around = Around(tables, kind, descriptors=descriptors)
    for fields in _rows(path):
        if f"{kind}_id" not in fields.cells:
            raise CorpusError(path, None, f"holds no {kind}; fetch it again")
        number, version = fields[f"{kind}_id"], fields[f"{kind}_version"]
        name = fields["display_id"] or f"{kind[0].upper()}{number}"
        place = held.get(name, held.get(f"D{kind[0].upper()}{name}", NOWHERE))
        yield LOCAL[kind](fields, around.of((number, version), place))


class _Tables:
    """The saved tables of one document: `lcd_x_hcpc_code` lies in `hcpc-code.json`."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder, self._kind = folder, kind

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Each row's wanted columns; no row where the table was not saved."""
        name = table.removeprefix(f"{self._kind}_").removeprefix("x_").replace("_", "-")
        path = self._folder / f"{name}.json"
        for row in load(path, needed=True) if path.is_file() else ():
            cells = _cells(row)
            yield {column: cells.get(column, "") for column in columns}


def _places(folder: Path) -> dict[str, Place]:
    """The states and contractors of each local document, by the number that it is shown under."""
    codes = {
        fields["state_id"]: state_code(fields["description"].partition(" - ")[0])
        for fields in (_rows(folder / STATES) if (folder / STATES).is_file() else ())
    }
    states: dict[str, set[str]] = {}
    names: dict[str, dict[str, None]] = {}
    for path in sorted((folder / REPORTS).rglob("*.json")):
        state = codes.get(path.parent.name) if path.parent.parent.name == BY_STATE else None
        for fields in _rows(path):
            shown = fields["document_display_id"]
            contracts = contractors(fields["contractor_name_type"])
            names.setdefault(shown, {}).update(dict.fromkeys(contracts))
            if not codes:
                states.setdefault(shown, set()).update(states_of(contracts, None))
            if state:
                states.setdefault(shown, set()).add(state)
    return {
        shown: Place(tuple(sorted(states.get(shown, ()))), tuple(held))
        for shown, held in names.items()
    }
