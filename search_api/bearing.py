"""Whether a rule bears on what a question says: families of words, numbers, studies.

What words and vectors can't tell apart, plain reading can: a rule for the chronic form says nothing
of the acute one, and one for people of 30 to 65 covers nobody of 27. A rule that speaks of another
use is set aside; one that covers under a condition that the question denies refuses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from corpus.records import CoverageStatement, Document
from corpus.terms import Determination
from corpus.text import fold
from search_api.limits import outside, ruled, stated
from search_api.numbers import Bound, Kind, Said
from search_api.opposites import Named, named, names, opposition
from search_api.readings import POSITIVE, about
from search_api.selection import Choice

_ASIDE = 0.005  # of its chance: what is left to a rule that speaks of another use
_IN_NO_STUDY = re.compile(
    r"\b(?:not|isn'?t|aren'?t|never|won'?t|can'?t|cannot|no|without|outside)\b"
    r"[^.;?]{0,30}\b(?:stud(?:y|ies)|trials?|registry)\b|\bnon-?trial\b"
)
# A refusal of whatever fails conditions that another rule tells: it decides nothing by itself.
_UNFULFILLED = re.compile(
    r"\b(?:(?:do(?:es)? not|fails? to|not) (?:meet|satisfy|follow)|without meeting)\b"
    r"[^.;]{0,30}\b(?:criteria|conditions|requirements|instructions)\b|"
    r"\bnoncoverage instruction",
    re.I,
)


class Finding(Enum):
    """What plain reading finds of a rule beside a question."""

    ANOTHER = "another"  # it names another member of a family than the question
    UNMET = "unmet"  # it covers under a condition that the question denies
    UNTOUCHED = "untouched"  # it refuses, and what the question says isn't what it refuses


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as it is held against rules: its folded text, members of families, numbers."""

    text: str
    named: Named
    said: Mapping[Kind, Said]


def heard(question: str, *, on: date) -> Heard:
    """A question read for what rules may ask; on: the day from which its years are counted."""
    return Heard(fold(question), named(question), stated(question, on=on))


def finding(
    asked: Heard, document: Document, statement: CoverageStatement
) -> tuple[Finding, str, str] | None:
    """What is found, the question's words and the rule's; None where nothing speaks against it."""
    rule = about(document, statement)
    opposed = opposition(asked.named, rule)
    if opposed is not None:
        return Finding.ANOTHER, opposed.asked, opposed.ruled
    refuses = statement.determination is Determination.NOT_COVERED
    bounds = _bounds(document, statement)
    beyond = outside(asked.said, bounds)
    if beyond is not None and (refuses or statement.determination in POSITIVE):
        wanted = " or ".join(dict.fromkeys(bound.words for bound in bounds[beyond]))
        return Finding.UNTOUCHED if refuses else Finding.UNMET, asked.said[beyond].words, wanted
    unfulfilled = _UNFULFILLED.search(rule) if refuses else None
    if unfulfilled:
        return Finding.UNTOUCHED, "", unfulfilled[0]
    alone = _IN_NO_STUDY.search(asked.text) if statement.study_only else None
    if alone and statement.determination in POSITIVE:
        return Finding.UNMET, alone[0], "taking part in a study"
    return None


def borne(choices: Sequence[Choice], question: str, *, on: date) -> list[Choice]:
    """The choices with what the question says held against each rule, likeliest first.

    A rule for numbers beyond the question's refuses, unless another of its policy holds them.
    The chances sum to 1.
    """
    asked = heard(question, on=on)
    met = {
        (choice.ranked.entry.document.id, kind)
        for choice in choices
        for kind, number in asked.said.items()
        if _holds(choice, {kind: number})
    }
    weighed = [_weighed(choice, asked, met) for choice in choices]
    total = sum(choice.chance for choice in weighed) or 1.0
    shares = [replace(choice, chance=choice.chance / total) for choice in weighed]
    return sorted(shares, key=lambda choice: -choice.chance)


def of_another(question: str, document: Document) -> bool:
    """Whether a document is about another member of a family, and names the asked one nowhere."""
    asked = named(question)
    titled = opposition(asked, document.title)
    return titled is not None and not names(titled.family, titled.asked, document.text)


def _weighed(choice: Choice, asked: Heard, met: set[tuple[str, Kind]]) -> Choice:
    """One rule, set aside where it speaks of another use, refusing where a condition is denied."""
    document, statement = choice.ranked.entry.document, choice.scored.statement
    found = finding(asked, document, statement)
    if found is None:
        return choice
    what, said, wanted = found
    beyond = outside(asked.said, _bounds(document, statement))
    elsewhere = beyond is not None and (document.id, beyond) in met
    if what is Finding.UNMET and not elsewhere:
        return replace(choice, unmet=True, against=(said, wanted))
    return replace(choice, chance=choice.chance * _ASIDE)


def _holds(choice: Choice, said: Mapping[Kind, Said]) -> bool:
    """Whether a rule that doesn't refuse speaks of a kind of number and holds the stated one."""
    statement = choice.scored.statement
    bounds = _bounds(choice.ranked.entry.document, statement)
    refuses = statement.determination is Determination.NOT_COVERED
    return not refuses and bool(said.keys() & bounds.keys()) and outside(said, bounds) is None


def _bounds(document: Document, statement: CoverageStatement) -> Mapping[Kind, Sequence[Bound]]:
    words = statement.evidence.of(document.text)
    refuses = statement.determination is Determination.NOT_COVERED
    return ruled((words, *statement.conditions), refuses=refuses)
