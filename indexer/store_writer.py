"""A new store filled by a build; `indexer.store` reads it."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from corpus.records import Document, Passage, Pointer, UnansweredQuestion, Way
from corpus.terms import Determination
from indexer.rows import INDEXES, TABLES, VectorOwner, day_of, name_key, statement_row, value_of
from indexer.rule_rows import write_pointers, write_rules


class StoreWriter:
    """Fills a new store; use as a context manager, which commits and closes it."""

    def __init__(self, path: Path) -> None:
        self._statements = 0
        self._rules = 0
        self._connection = sqlite3.connect(path)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + TABLES)

    def __enter__(self) -> "StoreWriter":
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.executescript(INDEXES)
        self._connection.commit()
        self._connection.close()

    def add_document(
        self, row: int, document: Document, passages: Sequence[tuple[int, Passage]]
    ) -> None:
        """A document with its numbered passages and their statements."""
        self._put_document(row, document)
        self._put_audiences(row, document)
        for state in document.jurisdiction:
            self._put("states", row, state)
        for number, name in enumerate((document.id, *document.aliases)):
            self._put("names", name_key(name), row, int(number == 0))
        for link in document.codes:
            told = (link.relation.value, link.note, link.source, link.meaning)
            self._put("codes", link.code, row, *told)
        for number, passage in passages:
            self._put_passage(row, number, passage)
        self._rules = write_rules(self._connection, row, document.rules, self._rules)

    def add_pointers(self, pointers: Iterable[Pointer]) -> None:
        """Local documents that a listing names, in the order of their rows."""
        write_pointers(self._connection, pointers)

    def add_vectors(self, owners: Iterable[VectorOwner]) -> None:
        """The owner of each vector row."""
        rows = ((each.row, each.document, each.passage, each.text_hash) for each in owners)
        self._connection.executemany("INSERT INTO vectors VALUES (?, ?, ?, ?)", rows)

    def add_ways(self, ways: Iterable[tuple[int, Way]]) -> None:
        """(document row, way to ask for its rules), in the order of the ways' rows."""
        rows = (
            (row, document, way.question, json.dumps(way.fits), json.dumps(way.unmet))
            for row, (document, way) in enumerate(ways)
        )
        self._connection.executemany("INSERT INTO ways VALUES (?, ?, ?, ?, ?)", rows)

    def add_statement_hashes(self, hashes: Iterable[str]) -> None:
        """The text hash of each statement's deciding words, by statement row."""
        self._connection.executemany(
            "INSERT INTO statement_hashes VALUES (?, ?)", enumerate(hashes)
        )

    def add_decisions(self, decisions: Iterable[tuple[str, Determination]]) -> None:
        """What each sentence says that a build's judge read, by text hash."""
        rows = ((key, says.value) for key, says in decisions)
        self._connection.executemany("INSERT OR IGNORE INTO decisions VALUES (?, ?)", rows)

    def add_vocabulary(self, counts: Mapping[str, int]) -> None:
        """In how many documents each word stands."""
        self._connection.executemany("INSERT INTO vocabulary VALUES (?, ?)", sorted(counts.items()))

    def add_unanswered(self, questions: Iterable[UnansweredQuestion]) -> None:
        """Questions that a source leaves open; the file's name is kept, not its folder."""
        rows = ((each.question, Path(each.path).name, each.line) for each in questions)
        self._connection.executemany("INSERT INTO unanswered VALUES (?, ?, ?)", rows)

    def _put(self, table: str, *values: object) -> None:
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)

    def _put_document(self, row: int, document: Document) -> None:
        lists = {
            "aliases": document.aliases,
            "jurisdiction": document.jurisdiction,
            "contractors": document.contractors,
            "questions": document.questions,
            "about": document.about,
            "related": document.related,
            "sections": [
                (each.heading, each.span.start, each.span.end) for each in document.sections
            ],
        }
        self._put(
            "documents", row, document.id, document.kind.value, document.title, document.text,
            document.url, document.words.value, document.payer, value_of(document.line),
            day_of(document.effective), day_of(document.ended), document.status.value,
            document.reliability.value, day_of(document.retrieved), document.source_note,
            json.dumps(lists), document.version, document.plan,
        )  # fmt: skip

    def _put_audiences(self, row: int, document: Document) -> None:
        """Whom the document and its statements speak for, each once."""
        audiences = {(document.payer, document.line)} | {
            (each.payer, each.line) for each in document.statements
        }
        for payer, line in sorted((payer or "", value_of(line) or "") for payer, line in audiences):
            self._put("lines", row, payer, line)

    def _put_passage(self, row: int, number: int, passage: Passage) -> None:
        start, stop = passage.span.start, passage.span.end
        self._put("passages", number, passage.id, row, passage.heading, start, stop)
        for statement in passage.statements:
            self._put("statements", self._statements, number, *statement_row(statement))
            self._statements += 1
