"""Whether a rule bears on what a question says: members of a family, numbers, taking part in a study.

What words and vectors can't tell apart, plain reading can: a rule for the chronic form says nothing
of the acute one, and one for people of 30 to 65 covers nobody of 27. A rule that speaks of another
use is set aside; one that covers under a condition that the question denies refuses.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from corpus.records import Document
from corpus.terms import Determination
from corpus.text import fold
from search_api.limits import Bound, Kind, Said, outside, ruled, stated
from search_api.opposites import opposition
from search_api.selection import POSITIVE, Choice, about

_ASIDE = 0.02  # of its chance: what is left to a rule that speaks of another use
_IN_NO_STUDY = re.compile(
    r"\b(?:not|isn'?t|aren'?t|never|won'?t|no|without|outside)\b[^.;?]{0,30}\b(?:stud(?:y|ies)|trials?|registry)\b"
    r"|\bnon-?trial\b"
)


def borne(choices: Sequence[Choice], question: str, *, on: date) -> list[Choice]:
    """The choices with what the question says held against each rule, likeliest first."""
    said = stated(question, on=on)
    bounds = [_bounds(choice) if said else {} for choice in choices]
    met = {
        (choice.ranked.entry.document.id, kind)
        for choice, ranges in zip(choices, bounds, strict=True)
        for kind in ranges.keys() & said.keys()
        if not _refuses(choice) and outside({kind: said[kind]}, ranges) is None
    }
    held = [
        _held(choice, question, said, ranges, met)
        for choice, ranges in zip(choices, bounds, strict=True)
    ]
    total = sum(choice.chance for choice in held) or 1.0
    weighed = [replace(choice, chance=choice.chance / total) for choice in held]
    return sorted(weighed, key=lambda choice: -choice.chance)


def of_another(question: str, document: Document) -> bool:
    """Whether a document is about another member of a family, and names the asked one nowhere."""
    titled = opposition(question, document.title)
    return titled is not None and opposition(question, f"{document.title} {document.text}") is not None


def _held(
    choice: Choice,
    question: str,
    said: dict[Kind, Said],
    bounds: dict[Kind, list[Bound]],
    met: set[tuple[str, Kind]],
) -> Choice:
    """One rule, set aside where it speaks of another use, refusing where a condition is denied."""
    if opposition(question, about(choice.ranked.entry, choice.scored)) is not None:
        return replace(choice, chance=choice.chance * _ASIDE)
    beyond = outside(said, bounds)
    if beyond is not None and (
        _refuses(choice) or (choice.ranked.entry.document.id, beyond) in met
    ):
        return replace(choice, chance=choice.chance * _ASIDE)
    positive = choice.scored.statement.determination in POSITIVE
    alone = choice.scored.statement.study_only and _IN_NO_STUDY.search(fold(question))
    if positive and (beyond is not None or alone):
        return replace(choice, unmet=True)
    return choice


def _refuses(choice: Choice) -> bool:
    return choice.scored.statement.determination is Determination.NOT_COVERED


def _bounds(choice: Choice) -> dict[Kind, list[Bound]]:
    statement = choice.scored.statement
    words = statement.evidence.of(choice.ranked.entry.document.text)
    return ruled((words, *statement.conditions), refuses=_refuses(choice))
