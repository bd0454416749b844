"""Documents, passages, statements, codes and names in one SQLite file; filters become rows here.

Opened read-only and immutable. Rows are numbered from 0: a document's row is its number in the
vectors' owners and in the BM25 index, a statement's row its number among the statement vectors.
"""

import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus.errors import SnapshotError, UnknownId
from corpus.records import (
    CodeLink,
    CodeRule,
    CoverageStatement,
    Document,
    Passage,
    Pointer,
    Section,
    Span,
    UnansweredQuestion,
    Way,
)
from corpus.terms import Determination, Kind, Line, Reliability, Status, Words
from indexer.rows import VectorOwner, date_of, link_from, name_key, statement_from
from indexer.rule_rows import FoundRule, document_rules, pointer_from, rules_for


class Store:
    """A store opened read-only; each thread gets a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises SnapshotError if it is not a store."""
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._path = path
        self._local = threading.local()
        self.count("documents")

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(self._uri, uri=True)
        try:
            return list(connection.execute(sql, values))
        except sqlite3.DatabaseError as error:
            raise SnapshotError(f"{self._path}: not a store, or damaged: {error}") from error

    def count(self, table: str) -> int:
        """Rows of a table: documents, passages, statements, vectors, unanswered."""
        return int(str(self._rows(f"SELECT count(*) FROM {table}")[0][0]))

    def document(self, row: int) -> Document:
        """The document of a row, statements and codes included; rules and ways are read apart."""
        found = self._rows("SELECT * FROM documents WHERE row = ?", row)
        return self._document(found[0])

    def document_row(self, name: str) -> int | None:
        """The row of the document that has this id, else of the first with such an alias."""
        found = self._rows(
            "SELECT document FROM names WHERE name = ? ORDER BY is_id DESC, document LIMIT 1",
            name_key(name),
        )
        return int(str(found[0][0])) if found else None

    def document_rows(self, name: str) -> list[int]:
        """The row of `document_row`, and those of its other versions."""
        row = self.document_row(name)
        if row is None:
            return []
        (identifier,) = self._rows("SELECT id FROM documents WHERE row = ?", row)[0]
        others = self._rows(
            "SELECT row FROM documents WHERE id > ? AND id < ?",
            f"{identifier} version ",
            f"{identifier} version :",  # behind the digits
        )
        return [row, *(int(str(other[0])) for other in others)]

    def passage(self, identifier: str) -> tuple[int, Passage]:
        """(document row, passage) of a passage id. Raises UnknownId."""
        found = self._rows("SELECT row, document FROM passages WHERE id = ?", identifier)
        if not found:
            raise UnknownId(f"no passage {identifier!r} in this snapshot")
        row, document = (int(str(value)) for value in found[0])
        return document, next(
            passage for number, passage in self.passages(document) if number == row
        )

    def passages(self, document: int) -> list[tuple[int, Passage]]:
        """(row, passage) of a document's passages, in the order of its text."""
        identifier, text = (
            str(v) for v in self._rows("SELECT id, text FROM documents WHERE row = ?", document)[0]
        )
        statements: dict[int, list[CoverageStatement]] = {}
        for row in self._rows(
            "SELECT s.* FROM statements s JOIN passages p ON s.passage = p.row "
            "WHERE p.document = ? ORDER BY s.row",
            document,
        ):
            statements.setdefault(int(str(row[1])), []).append(statement_from(row[2:]))
        passages = []
        for values in self._rows(
            "SELECT row, id, heading, start, stop FROM passages WHERE document = ?", document
        ):
            number, start, stop = (int(str(values[place])) for place in (0, 3, 4))
            span = Span(start, stop)
            passage = Passage(
                id=str(values[1]),
                document_id=identifier,
                heading=str(values[2]),
                text=span.of(text),
                span=span,
                statements=tuple(statements.get(number, ())),
            )
            passages.append((number, passage))
        return passages

    def code_links(self, code: str) -> list[tuple[int, CodeLink]]:
        """(document row, link) of every document that a code is named by or lent to."""
        rows = self._rows("SELECT * FROM codes WHERE code = ? ORDER BY document", code)
        return [(int(str(row[1])), link_from(row)) for row in rows]

    def rules(self, document: int) -> tuple[CodeRule, ...]:
        """A document's code rules with their lists, in the source's order."""
        return document_rules(self._rows, document)

    def rules_for(self, procedure: str, diagnosis: str) -> list[FoundRule]:
        """Every code rule for a procedure, by document, and how the diagnosis stands in it."""
        return rules_for(self._rows, procedure, diagnosis)

    def pointers(self) -> list[Pointer]:
        """Local documents that a listing names, by row."""
        return [pointer_from(row) for row in self._rows("SELECT * FROM pointers ORDER BY row")]

    def titles(self) -> list[tuple[str, str, Kind]]:
        """(id, title, kind) of every document."""
        rows = self._rows("SELECT id, title, kind FROM documents ORDER BY row")
        return [(str(row[0]), str(row[1]), Kind(row[2])) for row in rows]

    def coded(self) -> list[tuple[str, str]]:
        """(code, title of the document that tells its meaning, or empty) of every code."""
        rows = self._rows(
            "SELECT c.code, MAX(CASE d.kind WHEN 'code' THEN d.title ELSE '' END) "
            "FROM codes c JOIN documents d ON d.row = c.document GROUP BY c.code ORDER BY c.code"
        )
        return [(str(row[0]), str(row[1])) for row in rows]

    def owners(self) -> list[VectorOwner]:
        """The owner of each vector, by row."""
        return [
            VectorOwner(
                int(str(row)),
                int(str(document)),
                None if passage is None else int(str(passage)),
                str(digest),
            )
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
            clauses.append(
                f"row IN (SELECT document FROM lines WHERE payer IN ({marks}){advantage})"
            )
            values += [*payers, ""]
        if kinds is not None:
            clauses.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values += [kind.value for kind in kinds]
        if state is not None:
            clauses.append("row IN (SELECT document FROM states WHERE state IN (?, 'US'))")
            values.append(state)
        if not clauses:
            return None
        sql = f"SELECT row FROM documents WHERE {' AND '.join(clauses)} ORDER BY row"
        return [int(str(row[0])) for row in self._rows(sql, *values)]

    def payers(self) -> frozenset[str]:
        """Every payer that some document or statement speaks for."""
        return frozenset(
            str(row[0]) for row in self._rows("SELECT DISTINCT payer FROM lines WHERE payer != ''")
        )

    def statement_rows(self, document: int) -> list[int]:
        """Rows of a document's statements, in the order of its text."""
        sql = (
            "SELECT s.row FROM statements s JOIN passages p ON s.passage = p.row "
            "WHERE p.document = ? ORDER BY s.row"
        )
        return [int(str(row[0])) for row in self._rows(sql, document)]

    def statement_hashes(self) -> list[str]:
        """The text hash of each statement's deciding words, by statement row."""
        return [
            str(row[0]) for row in self._rows("SELECT text_hash FROM statement_hashes ORDER BY row")
        ]

    def decisions(self) -> dict[str, Determination]:
        """What each sentence says that the build's judge read, by text hash."""
        return {
            str(key): Determination(says)
            for key, says in self._rows("SELECT text_hash, determination FROM decisions")
        }

    def vector_rows(self, document: int) -> list[tuple[int, int | None]]:
        """(vector row, passage row or None) of everything that stands for a document."""
        found = self._rows(
            "SELECT row, passage FROM vectors WHERE document = ? ORDER BY row", document
        )
        return [
            (int(str(row)), None if passage is None else int(str(passage)))
            for row, passage in found
        ]

    def ways(self, document: int) -> list[tuple[int, Way]]:
        """(row, way to ask) for a document's rules, in the source's order."""
        found = self._rows(
            "SELECT row, question, fits, unmet FROM ways WHERE document = ? ORDER BY row", document
        )
        return [
            (
                int(str(row)),
                Way(str(question), tuple(json.loads(str(fits))), tuple(json.loads(str(unmet)))),
            )
            for row, question, fits, unmet in found
        ]

    def way_owners(self) -> list[int]:
        """The document row of each way to ask, by its row; NOBODY for a question beyond."""
        return [int(str(row[0])) for row in self._rows("SELECT document FROM ways ORDER BY row")]

    def way_questions(self) -> list[str]:
        """The question of each way to ask, by its row."""
        return [str(row[0]) for row in self._rows("SELECT question FROM ways ORDER BY row")]

    def vocabulary(self) -> dict[str, int]:
        """In how many documents each word stands."""
        return {
            str(word): int(str(count)) for word, count in self._rows("SELECT * FROM vocabulary")
        }

    def unanswered(self) -> list[UnansweredQuestion]:
        """Questions that the sources leave open."""
        rows = self._rows("SELECT * FROM unanswered")
        return [UnansweredQuestion(str(row[0]), str(row[1]), int(str(row[2]))) for row in rows]

    def _document(self, values: tuple[object, ...]) -> Document:
        row = int(str(values[0]))
        lists: dict[str, Any] = {
            name: tuple(items) for name, items in json.loads(str(values[15])).items()
        }
        lists["sections"] = tuple(
            Section(name, Span(start, end)) for name, start, end in lists["sections"]
        )
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
            effective=date_of(values[9]),
            ended=date_of(values[10]),
            status=Status(values[11]),
            reliability=Reliability(values[12]),
            retrieved=date_of(values[13]),
            source_note=str(values[14]),
            version=int(str(values[16])),
            plan=None if values[17] is None else str(values[17]),
            statements=tuple(statements),
            codes=tuple(link_from(link) for link in links),
            **lists,
        )
