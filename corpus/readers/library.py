"""The shipped library, and any folder laid out like it: JSONL records, code tables, FAQ pages.

A record's text is written out once here (what it is, each statement, limits and notes), and the
sections and evidence spans point into exactly that text. The words are summaries of ours.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from corpus.errors import CorpusError
from corpus.payers import MEDICARE
from corpus.readers.faq import read_faq
from corpus.readers.library_lines import (
    BeyondLine,
    JoinedLine,
    LibraryLine,
    NcdLine,
    PolicyLine,
    StatementLine,
    WayLine,
)
from corpus.readers.tables import DocumentText, code_documents, crosswalk, text_of
from corpus.records import (
    ITEM_HEADING,
    NOTES_HEADING,
    RESIDUAL_HEADING,
    STATEMENT_HEADING,
    Beyond,
    CodeLink,
    CoverageStatement,
    Document,
    Span,
    UnansweredQuestion,
    Way,
    day_after,
)
from corpus.terms import Determination, Kind, Line, Relation, Status, Words

_Shape = TypeVar("_Shape", bound=LibraryLine)


def shipped_library() -> Path:
    """The folder of the library that comes with the package."""
    return Path(__file__).parent.parent / "library"


def read_library(folder: Path) -> Iterator[Document | Beyond | UnansweredQuestion]:
    """Every document of a library folder, what it doesn't answer, its FAQ pages' open questions.

    Order: NCDs, benefits, payers' policies, codes, FAQ pages by file name, what is beyond; ways to
    ask are with their documents. Raises CorpusError with file and line for the first line that
    can't be read.
    """
    links = crosswalk(folder / "crosswalk.tsv")
    joined = {
        record.joins: record for record in _lines(folder / "payers.jsonl", JoinedLine, "joins")
    }
    ways = read_ways(folder / "ways.jsonl")
    known: set[str] = set()
    for document in _policies(folder, joined):
        lent = [link for name in (document.id, *document.aliases) for link in links.get(name, ())]
        known.update((document.id, *document.aliases))
        asked = _checked(ways.get(document.id, []), document, folder / "ways.jsonl")
        yield replace(document, codes=(*document.codes, *lent), ways=asked)
    for place, name in [
        *(("crosswalk.tsv", name) for name in links),
        *(("payers.jsonl", name) for name in joined),
        *(("ways.jsonl", name) for name in ways),
    ]:
        if name not in known:
            raise CorpusError(
                folder / place, None, f"names {name!r}, which no record of the library is"
            )
    yield from code_documents(folder / "codes.tsv")
    for page in sorted((folder / "faq").glob("*.md")):
        yield from read_faq(page, words=Words.SUMMARY, retrieved=None)
    beyond = folder / "beyond.jsonl"
    for line in _lines(beyond, BeyondLine) if beyond.exists() else ():
        yield Beyond(line.question)


def _policies(folder: Path, joined: dict[str, JoinedLine]) -> Iterator[Document]:
    for ncd in _lines(folder / "ncd.jsonl", NcdLine):
        yield _ncd_document(ncd, joined.get(f"NCD {ncd.ncd}"))
    for name in ("benefits.jsonl", "payers.jsonl"):
        for record in _lines(folder / name, PolicyLine, "id"):
            yield _policy_document(record)


def read_ways(path: Path) -> dict[str, list[tuple[int, Way]]]:
    """(line, way to ask) by document; none where there is no such file. Raises CorpusError."""
    found: dict[str, list[tuple[int, Way]]] = defaultdict(list)
    lines = _lines(path, WayLine) if path.exists() else ()
    for number, row in enumerate(lines, start=1):
        found[row.document].append((number, Way(row.question, row.fits, row.unmet)))
    return found


def _checked(ways: list[tuple[int, Way]], document: Document, path: Path) -> tuple[Way, ...]:
    """The ways to ask for a document. Raises CorpusError for one of a rule that it doesn't have."""
    for number, way in ways:
        beyond = [place for place in (*way.fits, *way.unmet) if place >= len(document.statements)]
        if beyond:
            count = len(document.statements)
            raise CorpusError(path, number, f"{document.id} has {count} rules, none is {beyond[0]}")
        if not (way.fits or way.unmet):
            raise CorpusError(path, number, "asks for no rule: fits and unmet are empty")
    return tuple(way for _, way in ways)


def _lines(path: Path, shape: type[_Shape], key: str = "") -> Iterator[_Shape]:
    """The records of a JSONL file that hold `key` (all where it is empty), validated."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
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


def _ncd_document(record: NcdLine, joined: JoinedLine | None) -> Document:
    identifier = f"NCD {record.ncd}"
    notes = [*record.limits, *record.notes, *(joined.notes if joined else ())]
    text = DocumentText()
    text.section(ITEM_HEADING, record.item)
    stated = [_statement(text, each, MEDICARE, Line.ORIGINAL) for each in record.statements]
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


def _policy_document(record: PolicyLine) -> Document:
    text = DocumentText()
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
        about=tuple(alias for alias in record.aliases if alias.startswith("NCD ")),
        sections=tuple(text.sections),
        statements=tuple(stated),
        codes=tuple(CodeLink(code=code, relation=Relation.NAMES) for code in record.codes),
    )


def _statement(
    text: DocumentText, record: StatementLine, payer: str, line: Line
) -> CoverageStatement:
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


def _residual(text: DocumentText, record: NcdLine, identifier: str) -> CoverageStatement:
    """The record's rule for what it doesn't name, as a statement of its own."""
    rule = {
        Determination.NOT_COVERED: "Medicare does not cover it",
        Determination.CONTRACTOR_DISCRETION: "the local Medicare contractor (MAC) decides",
    }
    if record.residual not in rule:
        raise ValueError(f"{identifier}: no rule can be left over as {record.residual}")
    sentence = (
        f"For any use of {record.title} that {identifier} does not name, {rule[record.residual]}."
    )
    return CoverageStatement(
        determination=record.residual,
        payer=MEDICARE,
        line=Line.ORIGINAL,
        evidence=text.section(RESIDUAL_HEADING, sentence),
        residual=True,
    )


def _exclusive_end(record: StatementLine) -> date | None:
    """The first day on which the rule no longer binds.

    The records write the last day of a rule where they say "through" it, or where it is a
    year's last day; elsewhere ("until", "before", "effective") the day of the change itself.
    """
    if record.ended is None:
        return None
    written = f"{record.ended:%B} {record.ended.day}, {record.ended.year}"
    inclusive = f"through {written}" in record.text or (record.ended.month, record.ended.day) == (
        12,
        31,
    )
    return day_after(record.ended) if inclusive else record.ended


def _first_url(source: str) -> str:
    match = re.search(r"https?://[^\s;,)]+", source)
    return match[0] if match else ""
