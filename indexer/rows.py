"""The store's tables, and how records become rows of them and rows records again."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.records import CodeLink, CoverageStatement, Span
from corpus.terms import Basis, Determination, Line, Relation, Why

TABLES = """
CREATE TABLE documents (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
  title TEXT NOT NULL, text TEXT NOT NULL, url TEXT NOT NULL, words TEXT NOT NULL, payer TEXT,
  line TEXT, effective TEXT, ended TEXT, status TEXT NOT NULL, reliability TEXT NOT NULL,
  retrieved TEXT, source_note TEXT NOT NULL, lists TEXT NOT NULL,
  version INTEGER NOT NULL, plan TEXT);
CREATE TABLE lines (document INTEGER NOT NULL, payer TEXT NOT NULL, line TEXT NOT NULL);
CREATE TABLE states (document INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE names (name TEXT NOT NULL, document INTEGER NOT NULL, is_id INTEGER NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, document INTEGER NOT NULL,
  heading TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL);
CREATE TABLE statements (row INTEGER PRIMARY KEY, passage INTEGER NOT NULL,
  determination TEXT NOT NULL, why TEXT, payer TEXT NOT NULL, line TEXT, start INTEGER NOT NULL,
  stop INTEGER NOT NULL, conditions TEXT NOT NULL, codes TEXT NOT NULL,
  study_only INTEGER NOT NULL, residual INTEGER NOT NULL, since TEXT, ended TEXT,
  basis TEXT NOT NULL);
CREATE TABLE statement_hashes (row INTEGER PRIMARY KEY, text_hash TEXT NOT NULL);
CREATE TABLE decisions (text_hash TEXT PRIMARY KEY, determination TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE codes (code TEXT NOT NULL, document INTEGER NOT NULL, relation TEXT NOT NULL,
  note TEXT NOT NULL, source TEXT NOT NULL, meaning TEXT NOT NULL);
CREATE TABLE code_rules (row INTEGER PRIMARY KEY, document INTEGER NOT NULL, grp INTEGER NOT NULL,
  support TEXT NOT NULL, pairing TEXT NOT NULL, unlisted INTEGER NOT NULL, start INTEGER,
  stop INTEGER, star_start INTEGER, star_stop INTEGER);
CREATE TABLE rule_procedures (code TEXT NOT NULL, rule INTEGER NOT NULL,
  PRIMARY KEY (code, rule)) WITHOUT ROWID;
CREATE TABLE rule_diagnoses (rule INTEGER NOT NULL, code TEXT NOT NULL, place INTEGER NOT NULL,
  starred INTEGER NOT NULL, PRIMARY KEY (rule, code)) WITHOUT ROWID;
CREATE TABLE pointers (row INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL,
  title TEXT NOT NULL, url TEXT NOT NULL, effective TEXT, ended TEXT, updated TEXT,
  lists TEXT NOT NULL);
CREATE TABLE vectors (row INTEGER PRIMARY KEY, document INTEGER NOT NULL, passage INTEGER,
  text_hash TEXT NOT NULL);
CREATE TABLE ways (row INTEGER PRIMARY KEY, document INTEGER NOT NULL, question TEXT NOT NULL,
  fits TEXT NOT NULL, unmet TEXT NOT NULL);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, documents INTEGER NOT NULL);
CREATE TABLE unanswered (question TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL);
"""
INDEXES = """
CREATE INDEX names_by_name ON names (name);
CREATE INDEX passages_by_document ON passages (document);
CREATE INDEX statements_by_passage ON statements (passage);
CREATE INDEX codes_by_code ON codes (code);
CREATE INDEX codes_by_document ON codes (document);
CREATE INDEX rule_procedures_by_rule ON rule_procedures (rule);
CREATE INDEX code_rules_by_document ON code_rules (document);
CREATE INDEX vectors_by_document ON vectors (document);
CREATE INDEX ways_by_document ON ways (document);
CREATE INDEX lines_by_payer ON lines (payer, line);
"""


NOBODY = -1  # the document row of a question that no document answers


@dataclass(frozen=True, slots=True)
class VectorOwner:
    """What a vector stands for: a passage of a document, or (passage None) a way to ask for it."""

    row: int
    document: int
    passage: int | None
    text_hash: str


def name_key(name: str) -> str:
    """A name as it is looked up: lower case, nothing but letters, digits, dots and parentheses."""
    return re.sub(r"[^a-z0-9.()+]+", "", name.lower())


def statement_row(statement: CoverageStatement) -> Iterator[object]:
    """A statement's values in the order of its table, from the determination on."""
    yield statement.determination.value
    yield value_of(statement.why)
    yield statement.payer
    yield value_of(statement.line)
    yield statement.evidence.start
    yield statement.evidence.end
    yield json.dumps(statement.conditions)
    yield json.dumps(sorted(statement.codes))
    yield int(statement.study_only)
    yield int(statement.residual)
    yield day_of(statement.since)
    yield day_of(statement.ended)
    yield statement.basis.value


def statement_from(row: Sequence[object]) -> CoverageStatement:
    """The statement whose values `statement_row` gave."""
    return CoverageStatement(
        determination=Determination(row[0]),
        why=None if row[1] is None else Why(row[1]),
        payer=str(row[2]),
        line=None if row[3] is None else Line(row[3]),
        evidence=Span(int(str(row[4])), int(str(row[5]))),
        conditions=tuple(json.loads(str(row[6]))),
        codes=frozenset(json.loads(str(row[7]))),
        study_only=bool(row[8]),
        residual=bool(row[9]),
        since=date_of(row[10]),
        ended=date_of(row[11]),
        basis=Basis(row[12]),
    )


def link_from(row: Sequence[object]) -> CodeLink:
    """The link of a row of the codes' table."""
    return CodeLink(
        code=str(row[0]),
        relation=Relation(row[2]),
        note=str(row[3]),
        source=str(row[4]),
        meaning=str(row[5]),
    )


def value_of(member: Line | Why | None) -> str | None:
    """A member's value, None for none."""
    return None if member is None else member.value


def day_of(day: date | None) -> str | None:
    """A day as ISO 8601 writes it, None for none."""
    return None if day is None else day.isoformat()


def date_of(written: object) -> date | None:
    """The day that `day_of` wrote, None for none. Raises ValueError for other text."""
    return None if written is None else date.fromisoformat(str(written))
