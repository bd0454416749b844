"""Code rules and pointers as rows of the store, and back."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from corpus.records import CodeRule, Pointer, Span
from corpus.terms import Kind, Pairing, Support
from indexer.rows import date_of, day_of

Rows = Callable[..., list[tuple[object, ...]]]  # (sql, *values) -> rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule that is for an asked procedure, and how the asked diagnosis stands in its list.

    rule: without its lists, which may be long. finer: listed codes that begin with the asked
    one, at most ten, where that itself is not listed.
    """

    document: int
    rule: CodeRule
    listed: bool
    starred: bool
    finer: tuple[str, ...]


def write_rules(
    connection: sqlite3.Connection, document: int, rules: Iterable[CodeRule], first: int
) -> int:
    """Write a document's rules with row numbers from `first` on; the next free number."""
    for number, rule in enumerate(rules, start=first):
        connection.execute(
            "INSERT INTO code_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, document, rule.group, rule.support.value, rule.pairing.value,
                int(rule.unlisted), *_ends(rule.evidence), *_ends(rule.star_note),
            ),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO rule_procedures VALUES (?, ?)",
            ((code, number) for code in sorted(rule.procedures)),
        )
        connection.executemany(
            "INSERT INTO rule_diagnoses VALUES (?, ?, ?, ?)",
            (
                (number, code, place, int(code in rule.starred))
                for place, code in enumerate(rule.diagnoses)
            ),
        )
        first = number + 1
    return first


def write_pointers(connection: sqlite3.Connection, pointers: Iterable[Pointer]) -> None:
    """Write pointers, their rows numbered from 0."""
    connection.executemany(
        "INSERT INTO pointers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                number, each.id, each.kind.value, each.title, each.url, day_of(each.effective),
                day_of(each.ended), day_of(each.updated),
                json.dumps([each.contractors, each.jurisdiction]),
            )
            for number, each in enumerate(pointers)
        ),
    )  # fmt: skip


def document_rules(rows: Rows, document: int) -> tuple[CodeRule, ...]:
    """A document's rules with their lists, in the source's order."""
    found = rows("SELECT * FROM code_rules WHERE document = ? ORDER BY row", document)
    return tuple(_rule(rows, row, whole=True) for row in found)


def rules_for(rows: Rows, procedure: str, diagnosis: str) -> list[FoundRule]:
    """Every rule that is for a procedure, by document and in its order."""
    found = rows(
        "SELECT r.*, d.starred FROM rule_procedures p JOIN code_rules r ON r.row = p.rule "
        "LEFT JOIN rule_diagnoses d ON d.rule = r.row AND d.code = ? "
        "WHERE p.code = ? ORDER BY r.document, r.row",
        diagnosis,
        procedure,
    )
    return [
        FoundRule(
            document=int(str(row[1])),
            rule=_rule(rows, row, whole=False),
            listed=row[10] is not None,
            starred=bool(row[10]),
            finer=() if row[10] is not None else _finer(rows, row[0], diagnosis),
        )
        for row in found
    ]


def pointer_from(row: Sequence[object]) -> Pointer:
    """The pointer of a row of the pointers' table."""
    contractors, states = json.loads(str(row[8]))
    return Pointer(
        id=str(row[1]),
        kind=Kind(row[2]),
        title=str(row[3]),
        url=str(row[4]),
        effective=date_of(row[5]),
        ended=date_of(row[6]),
        updated=date_of(row[7]),
        contractors=tuple(contractors),
        jurisdiction=tuple(states),
    )


def _finer(rows: Rows, rule: object, diagnosis: str) -> tuple[str, ...]:
    """Listed codes that say more than the asked one: M54.50 where M54.5 is asked."""
    found = rows(
        "SELECT code FROM rule_diagnoses WHERE rule = ? AND code > ? AND code < ? LIMIT 10",
        rule,
        diagnosis,
        diagnosis + "\uffff",
    )
    return tuple(str(row[0]) for row in found)


def _rule(rows: Rows, row: Sequence[object], *, whole: bool) -> CodeRule:
    procedures = rows("SELECT code FROM rule_procedures WHERE rule = ? ORDER BY code", row[0])
    listed = (
        rows("SELECT code, starred FROM rule_diagnoses WHERE rule = ? ORDER BY place", row[0])
        if whole
        else []
    )
    return CodeRule(
        group=int(str(row[2])),
        support=Support(row[3]),
        procedures=frozenset(str(each[0]) for each in procedures),
        pairing=Pairing(row[4]),
        diagnoses=tuple(str(each[0]) for each in listed),
        unlisted=bool(row[5]),
        evidence=_span(row[6], row[7]),
        starred=frozenset(str(each[0]) for each in listed if each[1]),
        star_note=_span(row[8], row[9]),
    )


def _ends(span: Span | None) -> tuple[int | None, int | None]:
    return (None, None) if span is None else (span.start, span.end)


def _span(start: object, stop: object) -> Span | None:
    return None if start is None else Span(int(str(start)), int(str(stop)))
