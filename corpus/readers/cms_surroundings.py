"""What CMS's tables say around a local document: its states, contractors, family and codes.

The same tables come out of a bulk download and, a document at a time, out of the Coverage API.
A state has several contractors, by claim type; a contractor's hold on a state may have ended.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from corpus.markup import plain
from corpus.payers import state_code
from corpus.readers.cms_documents import Surroundings
from corpus.readers.cms_tables import Row
from corpus.readers.code_groups import CodeGroups, Listed, Paragraph
from corpus.records import CodeLink
from corpus.terms import Relation

Key = tuple[str, str]  # (id, version)
_Contract = tuple[str, str, str]  # (contractor_id, contractor_type_id, contractor_version)

_CONTRACT = ("contractor_id", "contractor_type_id", "contractor_version")
_SELF_ADMINISTERED = "on a list of self-administered drugs, which Part B excludes"


class RowSource(Protocol):
    """Tables by name, as rows of the wanted columns."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Each row of a table. Raises CorpusError for a missing table or column."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a local document holds, as two-letter codes, and whose it is."""

    states: tuple[str, ...]
    contractors: tuple[str, ...]


NOWHERE = Place((), ())


def places(source: RowSource, kind: str, *, on: date) -> dict[Key, Place]:
    """The place of each document of a kind ("lcd", "article"), through the contractors' tables."""
    names = {_contract(row): plain(row["contractor_bus_name"]) for row in _contractors(source)}
    states = _states(source, on)
    contracts: dict[Key, list[_Contract]] = defaultdict(list)
    for row in source.rows(f"{kind}_x_contractor", (*_keys(kind), *_CONTRACT)):
        contracts[_key(row, kind)].append(_contract(row))
    return {
        key: Place(
            tuple(sorted({state for each in held for state in states.get(each, ())})),
            tuple(dict.fromkeys(names[each] for each in held if each in names)),
        )
        for key, held in contracts.items()
    }


class Around:
    """Family and codes of local documents of one kind, by the documents' keys."""

    def __init__(self, source: RowSource, kind: str, *, descriptors: bool = False) -> None:
        """Read the tables. descriptors: keep CPT's, as notes (the caller holds a licence)."""
        self._source, self._kind = source, kind
        self._related = self._family()
        self._links: dict[Key, list[CodeLink]] = defaultdict(list)
        self._procedures = self._procedure_groups(descriptors=descriptors)
        self._paragraphs = {"hcpc_code": self._read_paragraphs("hcpc_code")}
        self._listed: dict[str, dict[Key, list[Listed]]] = {}
        if kind == "article":
            for table in ("icd10_covered", "icd10_noncovered"):
                self._listed[table] = self._diagnoses(table)
                self._paragraphs[table] = self._read_paragraphs(table)
            self._self_administered()

    def of(self, key: Key, place: Place) -> Surroundings:
        """What surrounds one document."""
        return Surroundings(
            states=place.states,
            contractors=place.contractors,
            related=tuple(dict.fromkeys(self._related.get(key, ()))),
            groups=CodeGroups(
                procedures=self._procedures.get(key, {}),
                procedure_paragraphs=self._paragraphs_of("hcpc_code", key),
                covered=self._listed_of("icd10_covered", key),
                covered_paragraphs=self._paragraphs_of("icd10_covered", key),
                noncovered=self._listed_of("icd10_noncovered", key),
                noncovered_paragraphs=self._paragraphs_of("icd10_noncovered", key),
            ),
            links=tuple(self._links.get(key, ())),
        )

    def _listed_of(self, table: str, key: Key) -> Sequence[Listed]:
        return self._listed.get(table, {}).get(key, ())

    def _paragraphs_of(self, table: str, key: Key) -> Mapping[int, Paragraph]:
        return self._paragraphs.get(table, {}).get(key, {})

    def _rows(self, table: str, *columns: str) -> Iterator[tuple[Key, Row]]:
        for row in self._source.rows(f"{self._kind}_{table}", (*_keys(self._kind), *columns)):
            yield _key(row, self._kind), row

    def _family(self) -> dict[Key, list[str]]:
        """Names of the local documents and the NCDs that a document gives as related."""
        family: dict[Key, list[str]] = defaultdict(list)
        for key, row in self._rows("related_documents", "r_article_id", "r_lcd_id"):
            for column, shape in (("r_lcd_id", "LCD L{}"), ("r_article_id", "Article A{}")):
                if (number := row[column].strip()) not in ("", "0"):
                    family[key].append(shape.format(number))
        for key, row in self._rows("related_ncd_documents", "r_ncd_id"):
            if (number := row["r_ncd_id"].strip()) not in ("", "0"):
                family[key].append(f"ncdid {number}")
        return family

    def _procedure_groups(self, *, descriptors: bool) -> dict[Key, dict[int, list[str]]]:
        groups: dict[Key, dict[int, list[str]]] = defaultdict(dict)
        extra = ("short_description",) if descriptors else ()
        for key, row in self._rows("x_hcpc_code", "hcpc_code_id", "hcpc_code_group", *extra):
            code = sys.intern(row["hcpc_code_id"].strip().upper())
            groups[key].setdefault(_number(row["hcpc_code_group"]), []).append(code)
            if descriptors:
                note = plain(row["short_description"])
                self._links[key].append(CodeLink(code=code, relation=Relation.NAMES, note=note))
        return groups

    def _diagnoses(self, table: str) -> dict[Key, list[Listed]]:
        """The listed diagnoses; a full export has some 431,000 rows, so codes are shared."""
        listed: dict[Key, list[Listed]] = defaultdict(list)
        star = ("asterisk",) if table == "icd10_covered" else ()
        for key, row in self._rows(f"x_{table}", "icd10_code_id", f"{table}_group", *star):
            code = sys.intern(row["icd10_code_id"].strip().upper())
            if not code[1:2].isdigit():
                continue  # "XX000, not applicable" stands in for no diagnosis
            starred = bool(star) and row["asterisk"].strip() not in ("", "N", "0")
            listed[key].append(Listed(_number(row[f"{table}_group"]), code, starred))
        return listed

    def _read_paragraphs(self, table: str) -> dict[Key, dict[int, Paragraph]]:
        paragraphs: dict[Key, dict[int, Paragraph]] = defaultdict(dict)
        group = f"{table}_group"
        star = ("icd10_covered_ast",) if table == "icd10_covered" else ()
        for key, row in self._rows(f"x_{group}", group, "paragraph", *star):
            note = plain(row[star[0]]) if star else ""
            paragraphs[key][_number(row[group])] = Paragraph(plain(row["paragraph"]), note)
        return paragraphs

    def _self_administered(self) -> None:
        for key, row in self._rows("x_code_table", "hcpc_code_id", "brand_name"):
            if code := row["hcpc_code_id"].strip().upper():
                note = "; ".join(
                    part for part in (plain(row["brand_name"]), _SELF_ADMINISTERED) if part
                )
                self._links[key].append(CodeLink(code=code, relation=Relation.NAMES, note=note))


def _contractors(source: RowSource) -> Iterator[Row]:
    return source.rows("contractor", (*_CONTRACT, "contractor_bus_name"))


def _states(source: RowSource, on: date) -> dict[_Contract, list[str]]:
    """States by contract: those in force on a day, parts of a state taken for the whole."""
    codes = {
        row["state_id"]: _state(row["state_abbrev"], row["description"])
        for row in source.rows("state_lookup", ("state_id", "state_abbrev", "description"))
    }
    states: dict[_Contract, list[str]] = defaultdict(list)
    for row in source.rows("contractor_jurisdiction", (*_CONTRACT, "state_id", "term_date")):
        code = codes.get(row["state_id"])
        ended = row["term_date"].strip()[:10]
        if code and (not ended or ended > on.isoformat()):
            states[_contract(row)].append(code)
    return states


def _state(abbreviation: str, description: str) -> str | None:
    """The two-letter code of a row of the states' table: "CA", or "California - Northern"."""
    whole = description.partition("-")[0]
    return state_code(abbreviation) or state_code(description) or state_code(whole)


def _keys(kind: str) -> tuple[str, str]:
    return f"{kind}_id", f"{kind}_version"


def _key(row: Row, kind: str) -> Key:
    identifier, version = _keys(kind)
    return row[identifier], row[version]


def _contract(row: Row) -> _Contract:
    return row["contractor_id"], row["contractor_type_id"], row["contractor_version"]


def _number(written: str) -> int:
    """A group's number; 0 where the cell has none."""
    return int(written) if written.strip().isdecimal() else 0
