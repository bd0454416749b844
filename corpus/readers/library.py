"""The shipped library, and any folder laid out like it: JSONL records, code tables, FAQ pages.

A record's text is written out once here (what it is, each statement, limits and notes), and the
sections and evidence spans point into exactly that text. The words are summaries of ours.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import CorpusError
from corpus.payers import MEDICARE
from corpus.readers.faq import read_faq
from corpus.records import (
    ITEM_HEADING,
    NOTES_HEADING,
    RESIDUAL_HEADING,
    STATEMENT_HEADING,
    CodeLink,
    CoverageStatement,
    Determination,
    Document,
    Kind,
    Line,
    Relation,
    Reliability,
    Section,
    Span,
    Status,
    UnansweredQuestion,
    Why,
    Words,
)


class _Strict(BaseModel):
    """A line of a library file; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Statement(_Strict):
    determination: Determination
    text: str = Field(min_length=1)
    conditions: tuple[str, ...] = ()
    why: Why | None = None
    study_only: bool = False
    since: date | None = None
    ended: date | None = None
    payer: str | None = None
    line: Line | None = None
    codes: frozenset[str] = frozenset()


class _Record(_Strict):
    """The fields that a national determination and any other policy share."""

    title: str = Field(min_length=1)
    item: str = Field(min_length=1)
    statements: tuple[_Statement, ...] = Field(min_length=1)
    asked_as: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    retrieved: date
    status: Status = Status.IN_FORCE


class _Ncd(_Record):
    ncd: str = Field(pattern=r"^\d{1,3}\.\d{1,2}(\.\d{1,2}){0,2}$")
    mcd_id: int
    version: int
    benefit_category: tuple[str, ...] = ()
    cross_refs: tuple[str, ...] = ()
    url: str
    quote_words: str | None = None
    version_effective: date | None = None
    implementation: date | None = None
    residual: Determination | None = None
    limits: tuple[str, ...] = ()


class _Policy(_Record):
    id: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    kind: Kind
    payer: str
    line: Line
    source: str
    url: str | None = None
    verification: str | None = None
    reliability: Reliability = Reliability.SECONDARY
    effective: date | None = None
    contractors: tuple[str, ...] = ()


class _Joined(_Strict):
    """What a further source adds to a document that another file holds."""

    joins: str
    notes: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()
    source: str
    reliability: Reliability


_Shape = TypeVar("_Shape", bound=_Strict)


def shipped_library() -> Path:
    """The folder of the library that comes with the package."""
    return Path(__file__).parent.parent / "library"


def read_library(folder: Path) -> Iterator[Document | UnansweredQuestion]:
    """Every document of a library folder, and its FAQ pages' unanswered questions.

    Order: NCDs, benefits, payers' policies, codes, FAQ pages by file name. Raises CorpusError
    with file and line for the first line that can't be read.
    """
    links = _crosswalk(folder / "crosswalk.tsv")
    joined = {record.joins: record for record in _lines(folder / "payers.jsonl", _Joined, "joins")}
    known: set[str] = set()
    for document in _policies(folder, joined):
        lent = [link for name in (document.id, *document.aliases) for link in links.get(name, ())]
        known.update((document.id, *document.aliases))
        yield replace(document, codes=(*document.codes, *lent)) if lent else document
    for place, name in [("crosswalk.tsv", name) for name in links] + [("payers.jsonl", name) for name in joined]:
        if name not in known:
            raise CorpusError(folder / place, None, f"names {name!r}, which no record of the library is")
    yield from _codes(folder / "codes.tsv")
    for page in sorted((folder / "faq").glob("*.md")):
        yield from read_faq(page, words=Words.SUMMARY, retrieved=None)


def _policies(folder: Path, joined: dict[str, _Joined]) -> Iterator[Document]:
    for ncd in _lines(folder / "ncd.jsonl", _Ncd):
        yield _ncd_document(ncd, joined.get(f"NCD {ncd.ncd}"))
    for name in ("benefits.jsonl", "payers.jsonl"):
        for record in _lines(folder / name, _Policy, "id"):
            yield _policy_document(record)


def _lines(path: Path, shape: type[_Shape], key: str = "") -> Iterator[_Shape]:
    """The records of a JSONL file that hold `key` (all where it is empty), validated."""
    for number, line in enumerate(_text_of(path).splitlines(), start=1):
        try:
            fields = json.loads(line)
            if not isinstance(fields, dict):
                raise CorpusError(path, number, "not a JSON object")
            if not key or key in fields:
                yield shape.model_validate(fields)
        except json.JSONDecodeError as error:
            raise CorpusError(path, number, f"not JSON: {error.msg}") from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise CorpusError(path, number, f"{field}: {first['msg']}") from error


def _ncd_document(record: _Ncd, joined: _Joined | None) -> Document:
    identifier = f"NCD {record.ncd}"
    statements = record.statements
    notes = [*record.limits, *record.notes, *(joined.notes if joined else ())]
    text = _Text()
    text.section(ITEM_HEADING, record.item)
    stated = [_statement(text, each, MEDICARE, Line.ORIGINAL) for each in statements]
    if record.residual is not None:
        stated.append(_residual(text, record, identifier))
    if notes:
        text.section(NOTES_HEADING, "\n".join(notes))
    return Document(
        id=identifier,
        kind=Kind.NCD,
        title=record.title,
        text=text.text,
        url=record.url,
        words=Words.SUMMARY,
        payer=MEDICARE,
        line=Line.ORIGINAL,
        aliases=(f"ncdid {record.mcd_id}",),
        effective=record.version_effective,
        ended=record.version_effective if record.status is Status.RETIRED else None,
        status=record.status,
        retrieved=record.retrieved,
        source_note=joined.source if joined else "",
        questions=(*record.asked_as, *(joined.asked_as if joined else ())),
        sections=tuple(text.sections),
        statements=tuple(stated),
        codes=tuple(CodeLink(code=code, relation=Relation.NAMES) for code in record.codes),
    )


def _policy_document(record: _Policy) -> Document:
    text = _Text()
    text.section(ITEM_HEADING, record.item)
    stated = [_statement(text, each, record.payer, record.line) for each in record.statements]
    if record.notes:
        text.section(NOTES_HEADING, "\n".join(record.notes))
    return Document(
        id=record.id,
        kind=record.kind,
        title=record.title,
        text=text.text,
        url=record.url or _first_url(record.source),
        words=Words.SUMMARY,
        payer=record.payer,
        line=record.line,
        aliases=record.aliases,
        contractors=record.contractors,
        effective=record.effective,
        status=record.status,
        reliability=record.reliability,
        retrieved=record.retrieved,
        source_note=record.source,
        questions=record.asked_as,
        sections=tuple(text.sections),
        statements=tuple(stated),
        codes=tuple(CodeLink(code=code, relation=Relation.NAMES) for code in record.codes),
    )


class _Text:
    """A document's text as it is written out, section by section, two line ends between them."""

    def __init__(self) -> None:
        self.text = ""
        self.sections: list[Section] = []

    def section(self, heading: str, body: str) -> Span:
        """Append a section; the span of its body in the text so far."""
        start = len(self.text) + 2 if self.text else 0
        self.text = f"{self.text}\n\n{body}" if self.text else body
        span = Span(start, start + len(body))
        self.sections.append(Section(heading, span))
        return span


def _statement(text: _Text, record: _Statement, payer: str, line: Line) -> CoverageStatement:
    body = "\n".join([record.text, *(f"• {condition}" for condition in record.conditions)])
    section = text.section(STATEMENT_HEADING, body)
    return CoverageStatement(
        determination=record.determination,
        payer=record.payer or payer,
        line=record.line or line,
        evidence=Span(section.start, section.start + len(record.text)),
        conditions=record.conditions,
        codes=record.codes,
        why=record.why,
        study_only=record.study_only,
        since=record.since,
        ended=_exclusive_end(record),
    )


def _residual(text: _Text, record: _Ncd, identifier: str) -> CoverageStatement:
    """The record's rule for what it doesn't name, as a statement of its own."""
    rule = {
        Determination.NOT_COVERED: "Medicare does not cover it",
        Determination.CONTRACTOR_DISCRETION: "the local Medicare contractor (MAC) decides",
    }
    if record.residual not in rule:
        raise ValueError(f"{identifier}: no rule can be left over as {record.residual}")
    sentence = f"For any use of {record.title} that {identifier} does not name, {rule[record.residual]}."
    return CoverageStatement(
        determination=record.residual,
        payer=MEDICARE,
        line=Line.ORIGINAL,
        evidence=text.section(RESIDUAL_HEADING, sentence),
        residual=True,
    )


def _exclusive_end(record: _Statement) -> date | None:
    """The first day on which the rule no longer binds.

    The records write the last day of a rule where they say "through" it, or where it is a
    year's last day; elsewhere ("until", "before", "effective") the day of the change itself.
    """
    if record.ended is None:
        return None
    written = f"{record.ended:%B} {record.ended.day}, {record.ended.year}"
    inclusive = f"through {written}" in record.text or (record.ended.month, record.ended.day) == (12, 31)
    return record.ended + timedelta(days=1) if inclusive else record.ended


def _first_url(source: str) -> str:
    match = re.search(r"https?://[^\s;,)]+", source)
    return match[0] if match else ""


def _crosswalk(path: Path) -> dict[str, list[CodeLink]]:
    """Links of each policy, by the policy's name as the table writes it."""
    links: dict[str, list[CodeLink]] = defaultdict(list)
    for number, row in _rows(path, ("code", "policy", "relation", "note", "source", "verification")):
        try:
            relation = Relation(row["relation"])
        except ValueError as error:
            raise CorpusError(path, number, f"unknown relation {row['relation']!r}") from error
        source = f"{row['source']} ({row['verification']})"
        links[row["policy"]].append(
            CodeLink(code=row["code"].upper(), relation=relation, note=row["note"], source=source)
        )
    return links


def _codes(path: Path) -> Iterator[Document]:
    """A document a code: what it means in our own short words; it decides nothing."""
    fields = ("code", "system", "short_meaning_own_words", "notes", "verification")
    for _number, row in _rows(path, fields):
        text = _Text()
        system = "CPT" if row["system"].startswith("CPT") else "HCPCS"
        text.section(ITEM_HEADING, f"{system} code {row['code']}: {row['short_meaning_own_words']}.")
        if row["notes"].strip("- "):
            text.section(NOTES_HEADING, row["notes"])
        yield Document(
            id=f"{system} {row['code']}",
            kind=Kind.CODE,
            title=f"{row['system']} {row['code']}: {row['short_meaning_own_words']}",
            text=text.text,
            url="",
            words=Words.SUMMARY,
            reliability=Reliability.SECONDARY,
            source_note=row["verification"],
            questions=(f"What is procedure code {row['code']}?", f"What does {system} {row['code']} mean?"),
            sections=tuple(text.sections),
            codes=(CodeLink(code=row["code"].upper(), relation=Relation.NAMES),),
        )


def _rows(path: Path, fields: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a tab-separated table that has all of these columns."""
    lines = _text_of(path).splitlines()
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = set(fields) - set(reader.fieldnames or ())
    if missing:
        raise CorpusError(path, 1, f"column missing: {', '.join(sorted(missing))}")
    for number, row in enumerate(reader, start=2):
        if None in row or any(row[field] is None for field in fields):
            raise CorpusError(path, number, f"not {len(reader.fieldnames or ())} tab-separated cells")
        yield number, row


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CorpusError(path, None, "no such file in the library") from error
    except UnicodeDecodeError as error:
        raise CorpusError(path, None, f"not UTF-8 at byte {error.start}") from error
