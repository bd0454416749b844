"""What changed between two snapshots: documents, and the answers to saved questions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from corpus.errors import CoverageSearchError
from corpus.records import Document
from indexer.store import Store
from search_api.engine import Engine
from search_api.replies import Answer

# A new copy of the same policy is no change of it.
_UNTOLD = frozenset({"retrieved", "source_note"})


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document that came, went, or differs; `fields` names what differs, empty for the others."""

    id: str
    title: str
    change: str  # "added", "removed" or "changed"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a question was told: an outcome or a reason, the deciding words, and their document."""

    outcome: str
    words: str
    document: str


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A question whose outcome, deciding words or deciding document differ."""

    question: str
    before: Told
    after: Told


def documents_changed(before: Store, after: Store) -> list[DocumentChange]:
    """Documents that differ, by id: what differs in a document is named by field."""
    old = {identifier: row for row, (identifier, _, _) in enumerate(before.titles())}
    new = {identifier: row for row, (identifier, _, _) in enumerate(after.titles())}
    changes = []
    for identifier in sorted(old.keys() | new.keys()):
        if identifier not in new:
            gone = before.document(old[identifier])
            changes.append(DocumentChange(identifier, gone.title, "removed"))
            continue
        document = after.document(new[identifier])
        if identifier not in old:
            changes.append(DocumentChange(identifier, document.title, "added"))
        elif differing := _differing(before.document(old[identifier]), document):
            changes.append(DocumentChange(identifier, document.title, "changed", differing))
    return changes


def answers_changed(
    before: Engine, after: Engine, questions: Sequence[str], *, on: date | None = None
) -> list[AnswerChange]:
    """The questions that the two snapshots answer differently, in their order.

    on: the day that counts as today. A question that can't be asked says why as its outcome.
    """
    pairs = [(each, _told(before, each, on), _told(after, each, on)) for each in questions]
    return [AnswerChange(question, one, other) for question, one, other in pairs if one != other]


def _differing(one: Document, other: Document) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in fields(Document)
        if field.name not in _UNTOLD and getattr(one, field.name) != getattr(other, field.name)
    )


def _told(engine: Engine, question: str, on: date | None) -> Told:
    try:
        reply = engine.consider(question, on=on).reply
    except CoverageSearchError as error:
        return Told(str(error), "", "")
    if isinstance(reply, Answer):
        evidence = reply.deciding.evidence
        return Told(reply.outcome.value, evidence.text, evidence.document.id)
    return Told(f"no answer: {reply.reason.value}", "", "")
