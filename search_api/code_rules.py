"""What articles' code lists say of a procedure with a diagnosis, in a state, on a day.

They support medical necessity, or don't, or don't list the diagnosis: never that it is covered.
A diagnosis that no list names is refused only where the article says so in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from corpus.codes import System, normalize, recognize
from corpus.errors import QuestionError
from corpus.payers import state_code
from corpus.records import CodeLink, CodeRule, Document, Span, in_force
from corpus.terms import Status, Support
from indexer.rule_rows import FoundRule
from indexer.store import Store

CODE_NOTICE = (
    "Code lists tell whether a diagnosis supports medical necessity; coverage has further "
    "conditions. Not a coverage decision or a promise of payment."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one group of one article says.

    rule: the group, None where no list names the diagnosis. evidence: the group's paragraph, or
    the words that refuse what is not listed; None where the article gives the list alone. finer:
    listed codes that are more specific than the asked one.
    """

    support: Support
    document: Document
    rule: CodeRule | None
    evidence: Span | None
    starred: bool = False
    star_note: Span | None = None
    finer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLookup:
    """A code with the documents that name it, and what is said of a diagnosis for it."""

    code: str
    links: tuple[tuple[CodeLink, Document], ...]
    diagnosis: str | None
    state: str | None
    as_of: date | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def look_up(
    store: Store, code: str, diagnosis: str | None, state: str | None, as_of: date | None
) -> CodeLookup:
    """The documents that name a code, and what articles say of a diagnosis for it.

    Raises IdentifierError if the code can't be one, QuestionError for a diagnosis or a state
    that is none.
    """
    value = normalize(code)
    place = None if state is None else state_code(state)
    if state is not None and place is None:
        raise QuestionError("state", f"{state!r} is not a US state or its two-letter code")
    named = None if diagnosis is None else _diagnosis(diagnosis)
    day = as_of or (date.today() if named else None)
    links = [(link, store.document(row)) for row, link in store.code_links(value)]
    told, notes = findings(store, value, named, state=place, on=day) if named and day else ([], [])
    return CodeLookup(
        code=value,
        links=tuple(pair for pair in links if _concerns(pair[1], state=place, on=as_of)),
        diagnosis=named,
        state=place,
        as_of=day,
        findings=tuple(told),
        notes=tuple(notes),
    )


def _diagnosis(written: str) -> str:
    found = recognize(f"ICD-10 {written.strip()}")
    if len(found) != 1 or found[0].system is not System.DIAGNOSIS:
        raise QuestionError("diagnosis", f"{written!r} is no ICD-10-CM code such as M54.50")
    return found[0].value


def _concerns(document: Document, *, state: str | None, on: date | None) -> bool:
    """Whether a document holds in a state, and had not ended on a day, where these are given."""
    there = state is None or state in document.jurisdiction or "US" in document.jurisdiction
    return there and (on is None or in_force(None, document.ended, on=on))


def findings(
    store: Store, procedure: str, diagnosis: str, *, state: str | None, on: date
) -> tuple[list[Finding], list[str]]:
    """What the articles of a state say on a day, and of which the corpus lacks that day's version.

    By document, groups in their order. A version that began later tells nothing of the day: code
    lists change with every version.
    """
    by_document: dict[int, list[FoundRule]] = {}
    for found in store.rules_for(procedure, diagnosis):
        by_document.setdefault(found.document, []).append(found)
    told: list[Finding] = []
    later: list[str] = []
    for row, rules in by_document.items():
        document = store.document(row)
        if document.status is Status.PROPOSED or not _concerns(document, state=state, on=on):
            continue
        if in_force(document.effective, document.ended, on=on):
            told += _of_document(document, rules)
        else:
            later.append(f"{document.id}: this version begins on {document.effective}, after {on}.")
    return told, later


def _of_document(document: Document, rules: Sequence[FoundRule]) -> list[Finding]:
    """The groups that list the diagnosis; else that none does, and what is said of that."""
    told = [
        Finding(
            support=found.rule.support,
            document=document,
            rule=found.rule,
            evidence=found.rule.evidence,
            starred=found.starred,
            star_note=found.rule.star_note if found.starred else None,
        )
        for found in rules
        if found.listed
    ]
    if told:
        return told
    refused = next((found.rule for found in rules if found.rule.unlisted), None)
    return [
        Finding(
            support=Support.NOT_LISTED if refused is None else Support.DOES_NOT_SUPPORT,
            document=document,
            rule=refused,
            evidence=None if refused is None else refused.evidence,
            finer=tuple(dict.fromkeys(code for found in rules for code in found.finer)),
        )
    ]


def in_words(told: Sequence[Finding], procedure: str, diagnosis: str) -> list[str]:
    """A sentence for each distinct thing that articles say, at most three, the first ones named."""
    sentences: dict[tuple[Support, bool], str] = {}
    for each in told:
        verb = _VERBS[each.support]
        sentences.setdefault(
            (each.support, each.starred),
            f"{each.document.id} ({', '.join(each.document.jurisdiction)}): {diagnosis} {verb} "
            f"{procedure}{_STARRED if each.starred else ''}. That alone is not coverage.",
        )
    return list(sentences.values())[:3]


_VERBS = {
    Support.SUPPORTS: "is listed as supporting medical necessity of",
    Support.DOES_NOT_SUPPORT: "does not support medical necessity of",
    Support.NOT_LISTED: "is not listed for",
}
_STARRED = ", with an asterisk: see the article's note"
