"""Documents, passages, statements, codes and names in one SQLite file; filters become rows here.

Written once by a build, then opened read-only and immutable. Rows are numbered from 0: a
document's row is its number in the vectors' owners and in the document-level BM25 index, a
passage's row its number in the passage-level one.
"""

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.errors import SnapshotError, UnknownId
from corpus.records import (
    Basis,
    CodeLink,
    CoverageStatement,
    Determination,
    Document,
    Kind,
    Line,
    Passage,
    Relation,
    Reliability,
    Section,
    Span,
    Status,
    UnansweredQuestion,
    Why,
    Words,
)

_TABLES = """
CREATE TABLE documents (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
  title TEXT NOT NULL, text TEXT NOT NULL, url TEXT NOT NULL, words TEXT NOT NULL, payer TEXT,
  line TEXT, effective TEXT, ended TEXT, status TEXT NOT NULL, reliability TEXT NOT NULL,
  retrieved TEXT, source_note TEXT NOT NULL, lists TEXT NOT NULL);
CREATE TABLE lines (document INTEGER NOT NULL, payer TEXT NOT NULL, line TEXT NOT NULL);
CREATE TABLE states (document INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE names (name TEXT NOT NULL, document INTEGER NOT NULL, is_id INTEGER NOT NULL);
CREATE TABLE passages (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, document INTEGER NOT NULL,
  heading TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL);
CREATE TABLE statements (row INTEGER PRIMARY KEY, passage INTEGER NOT NULL, determination TEXT NOT NULL, why TEXT, payer TEXT NOT NULL,
  line TEXT, start INTEGER NOT NULL, stop INTEGER NOT NULL, conditions TEXT NOT NULL, codes TEXT NOT NULL,
  study_only INTEGER NOT NULL, residual INTEGER NOT NULL, since TEXT, ended TEXT, basis TEXT NOT NULL);
CREATE TABLE statement_hashes (row INTEGER PRIMARY KEY, text_hash TEXT NOT NULL);
CREATE TABLE codes (code TEXT NOT NULL, document INTEGER NOT NULL, relation TEXT NOT NULL,
  note TEXT NOT NULL, source TEXT NOT NULL);
CREATE TABLE vectors (row INTEGER PRIMARY KEY, document INTEGER NOT NULL, passage INTEGER, text_hash TEXT NOT NULL);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY, documents INTEGER NOT NULL);
CREATE TABLE unanswered (question TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL);
"""
_INDEXES = """
CREATE INDEX names_by_name ON names (name);
CREATE INDEX passages_by_document ON passages (document);
CREATE INDEX statements_by_passage ON statements (passage);
CREATE INDEX codes_by_code ON codes (code);
CREATE INDEX codes_by_document ON codes (document);
CREATE INDEX vectors_by_document ON vectors (document);
CREATE INDEX lines_by_payer ON lines (payer, line);
"""


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


class StoreWriter:
    """Fills a new store; use as a context manager, which commits and closes it."""

    def __init__(self, path: Path) -> None:
        self._statements = 0
        self._connection = sqlite3.connect(path)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)

    def __enter__(self) -> "StoreWriter":
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.executescript(_INDEXES)
        self._connection.commit()
        self._connection.close()

    def add_document(self, row: int, document: Document, passages: Sequence[tuple[int, Passage]]) -> None:
        """A document with its numbered passages and their statements."""
        put = self._put
        lists = {
            "aliases": document.aliases,
            "jurisdiction": document.jurisdiction,
            "contractors": document.contractors,
            "questions": document.questions,
            "about": document.about,
            "sections": [(each.heading, each.span.start, each.span.end) for each in document.sections],
        }
        put("documents", row, document.id, document.kind.value, document.title, document.text, document.url,
            document.words.value, document.payer, _value(document.line), _day(document.effective),
            _day(document.ended), document.status.value, document.reliability.value,
            _day(document.retrieved), document.source_note, json.dumps(lists))  # fmt: skip
        audiences = {(document.payer, document.line)} | {(each.payer, each.line) for each in document.statements}
        for payer, line in sorted((payer or "", _value(line) or "") for payer, line in audiences):
            put("lines", row, payer, line)
        for state in document.jurisdiction:
            put("states", row, state)
        for number, name in enumerate((document.id, *document.aliases)):
            put("names", name_key(name), row, int(number == 0))
        for link in document.codes:
            put("codes", link.code, row, link.relation.value, link.note, link.source)
        for number, passage in passages:
            put("passages", number, passage.id, row, passage.heading, passage.span.start, passage.span.end)
            for statement in passage.statements:
                put("statements", self._statements, number, *_statement_row(statement))
                self._statements += 1

    def add_vectors(self, owners: Iterable[VectorOwner]) -> None:
        """The owner of each vector row."""
        rows = ((each.row, each.document, each.passage, each.text_hash) for each in owners)
        self._connection.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?)", rows)

    def add_statement_hashes(self, hashes: Iterable[str]) -> None:
        """The text hash of each statement's deciding words, by statement row."""
        self._connection.executemany("INSERT INTO statement_hashes VALUES (?, ?)", enumerate(hashes))

    def add_vocabulary(self, counts: Mapping[str, int]) -> None:
        """In how many documents each word stands."""
        self._connection.executemany("INSERT INTO vocabulary VALUES (?, ?)", sorted(counts.items()))

    def add_unanswered(self, questions: Iterable[UnansweredQuestion]) -> None:
        """Questions that a source leaves open; the file's name is kept, not its folder."""
        rows = ((each.question, Path(each.path).name, each.line) for each in questions)
        self._connection.executemany("INSERT INTO unanswered VALUES (?, ?, ?)", rows)

    def _put(self, table: str, *values: object) -> None:
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608


class Store:
    """A store opened read-only; each thread gets a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises SnapshotError if it is not a store."""
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        try:
            self.count("documents")
        except sqlite3.Error as error:
            raise SnapshotError(f"{path}: not a store: {error}") from error

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(self._uri, uri=True)
        return list(connection.execute(sql, values))

    def count(self, table: str) -> int:
        """Rows of a table: documents, passages, statements, vectors, unanswered."""
        return int(str(self._rows(f"SELECT count(*) FROM {table}")[0][0]))  # noqa: S608

    def document(self, row: int) -> Document:
        """The document of a row, statements and codes included."""
        found = self._rows("SELECT * FROM documents WHERE row = ?", row)
        return self._document(found[0])

    def document_row(self, name: str) -> int | None:
        """The row of the document that has this id, else of the first with such an alias."""
        found = self._rows(
            "SELECT document FROM names WHERE name = ? ORDER BY is_id DESC, document LIMIT 1", name_key(name)
        )
        return int(str(found[0][0])) if found else None

    def passage(self, identifier: str) -> tuple[int, Passage]:
        """(document row, passage) of a passage id. Raises UnknownId."""
        found = self._rows("SELECT row, document FROM passages WHERE id = ?", identifier)
        if not found:
            raise UnknownId(f"no passage {identifier!r} in this snapshot")
        row, document = (int(str(value)) for value in found[0])
        return document, next(passage for number, passage in self.passages(document) if number == row)

    def passages(self, document: int) -> list[tuple[int, Passage]]:
        """(row, passage) of a document's passages, in the order of its text."""
        identifier, text = (str(v) for v in self._rows("SELECT id, text FROM documents WHERE row = ?", document)[0])
        statements: dict[int, list[CoverageStatement]] = {}
        for row in self._rows(
            "SELECT s.* FROM statements s JOIN passages p ON s.passage = p.row WHERE p.document = ? ORDER BY s.row",
            document,
        ):
            statements.setdefault(int(str(row[1])), []).append(_statement_from(row[2:]))
        passages = []
        for values in self._rows("SELECT row, id, heading, start, stop FROM passages WHERE document = ?", document):
            number, start, stop = (int(str(values[place])) for place in (0, 3, 4))
            span = Span(start, stop)
            passages.append((number, Passage(
                id=str(values[1]), document_id=identifier, heading=str(values[2]), text=span.of(text),
                span=span, statements=tuple(statements.get(number, ())),
            )))  # fmt: skip
        return passages

    def code_links(self, code: str) -> list[tuple[int, CodeLink]]:
        """(document row, link) of every document that a code is named by or lent to."""
        rows = self._rows("SELECT * FROM codes WHERE code = ? ORDER BY document", code)
        return [(int(str(row[1])), _link_from(row)) for row in rows]

    def owners(self) -> list[VectorOwner]:
        """The owner of each vector, by row."""
        return [
            VectorOwner(int(str(row)), int(str(document)), None if passage is None else int(str(passage)), str(digest))
            for row, document, passage, digest in self._rows("SELECT * FROM vectors ORDER BY row")
        ]

    def documents_where(
        self, *, payers: Sequence[str] | None, kinds: Sequence[Kind] | None, state: str | None
    ) -> list[int] | None:
        """Document rows that a filter admits, ascending; None where it admits all.

        payers: the document or one of its statements speaks for one of them, or it speaks for
        nobody; Medicare admits every Advantage policy too. state: or the whole country.
        """
        clauses, values = [], []
        if payers is not None:
            marks = ", ".join("?" * (len(payers) + 1))
            advantage = " OR line = 'advantage'" if "Medicare" in payers else ""
            clauses.append(f"row IN (SELECT document FROM lines WHERE payer IN ({marks}){advantage})")  # noqa: S608
            values += [*payers, ""]
        if kinds is not None:
            clauses.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values += [kind.value for kind in kinds]
        if state is not None:
            clauses.append("row IN (SELECT document FROM states WHERE state IN (?, 'US'))")
            values.append(state)
        if not clauses:
            return None
        sql = f"SELECT row FROM documents WHERE {' AND '.join(clauses)} ORDER BY row"  # noqa: S608
        return [int(str(row[0])) for row in self._rows(sql, *values)]

    def payers(self) -> frozenset[str]:
        """Every payer that some document or statement speaks for."""
        return frozenset(str(row[0]) for row in self._rows("SELECT DISTINCT payer FROM lines WHERE payer != ''"))

    def statement_rows(self, document: int) -> list[int]:
        """Rows of a document's statements, in the order of its text."""
        sql = "SELECT s.row FROM statements s JOIN passages p ON s.passage = p.row WHERE p.document = ? ORDER BY s.row"
        return [int(str(row[0])) for row in self._rows(sql, document)]

    def statement_hashes(self) -> list[str]:
        """The text hash of each statement's deciding words, by statement row."""
        return [str(row[0]) for row in self._rows("SELECT text_hash FROM statement_hashes ORDER BY row")]

    def vector_rows(self, document: int) -> list[tuple[int, int | None]]:
        """(vector row, passage row or None) of everything that stands for a document."""
        found = self._rows("SELECT row, passage FROM vectors WHERE document = ? ORDER BY row", document)
        return [(int(str(row)), None if passage is None else int(str(passage))) for row, passage in found]

    def vocabulary(self) -> dict[str, int]:
        """In how many documents each word stands."""
        return {str(word): int(str(count)) for word, count in self._rows("SELECT * FROM vocabulary")}

    def unanswered(self) -> list[UnansweredQuestion]:
        """Questions that the sources leave open."""
        rows = self._rows("SELECT * FROM unanswered")
        return [UnansweredQuestion(str(row[0]), str(row[1]), int(str(row[2]))) for row in rows]

    def _document(self, values: tuple[object, ...]) -> Document:
        row = int(str(values[0]))
        lists = {name: tuple(items) for name, items in json.loads(str(values[15])).items()}
        lists["sections"] = tuple(Section(name, Span(start, end)) for name, start, end in lists["sections"])
        links = self._rows("SELECT * FROM codes WHERE document = ? ORDER BY rowid", row)
        statements = [each for _, passage in self.passages(row) for each in passage.statements]
        return Document(
            id=str(values[1]),
            kind=Kind(values[2]),
            title=str(values[3]),
            text=str(values[4]),
            url=str(values[5]),
            words=Words(values[6]),
            payer=None if values[7] is None else str(values[7]),
            line=None if values[8] is None else Line(values[8]),
            effective=_date(values[9]),
            ended=_date(values[10]),
            status=Status(values[11]),
            reliability=Reliability(values[12]),
            retrieved=_date(values[13]),
            source_note=str(values[14]),
            statements=tuple(statements),
            codes=tuple(_link_from(link) for link in links),
            **lists,
        )


def _statement_row(statement: CoverageStatement) -> Iterator[object]:
    yield from (statement.determination.value, _value(statement.why), statement.payer, _value(statement.line))
    yield from (statement.evidence.start, statement.evidence.end, json.dumps(statement.conditions))
    yield from (json.dumps(sorted(statement.codes)), int(statement.study_only), int(statement.residual))
    yield from (_day(statement.since), _day(statement.ended), statement.basis.value)


def _statement_from(row: Sequence[object]) -> CoverageStatement:
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
        since=_date(row[10]),
        ended=_date(row[11]),
        basis=Basis(row[12]),
    )


def _link_from(row: Sequence[object]) -> CodeLink:
    return CodeLink(code=str(row[0]), relation=Relation(row[2]), note=str(row[3]), source=str(row[4]))


def _value(member: Line | Why | None) -> str | None:
    return None if member is None else member.value


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(written: object) -> date | None:
    return None if written is None else date.fromisoformat(str(written))
