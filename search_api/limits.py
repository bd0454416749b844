"""Numbers of a question held against a rule's.

A rule for people "aged 30 to 65" covers nobody of 27, and one that refuses a test "more than once
in 12 months" refuses no yearly one. Encoders don't read numbers; a few patterns do.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from corpus.text import fold
from search_api.intervals import allowed, refused, times
from search_api.numbers import Bound, Kind, Said, measured, ranges

_CLAUSE = re.compile(r"[;.](?!\d)|\n")
# A part of a rule with another way in binds nobody by its numbers.
_AROUND = re.compile(
    r"\bone of\b|\bone or more of\b|\btwo of\b|\bif\b|\bor at other ages\b|"
    r"\bmore often (?:if|when|than yearly)\b|\bhigh(?:er)? risk\b|\bincreased risk\b|\bunless\b|"
    r"\bexcept\b|\bgenerally\b|\busually\b|\bprescription, renewed\b"
)


def stated(question: str, *, on: date) -> dict[Kind, Said]:
    """The numbers that a question surely states; on: the day from which its years count."""
    text = fold(question)
    return measured(text) | times(text, on=on)


@lru_cache(maxsize=8192)
def ruled(parts: tuple[str, ...], *, refuses: bool) -> Mapping[Kind, Sequence[Bound]]:
    """The ranges that a rule covers, or refuses, by kind; parts: its words and its conditions.

    A part that leaves a way around its numbers gives none.
    """
    found: dict[Kind, list[Bound]] = {}
    for part in map(fold, parts):
        if _AROUND.search(part):
            continue
        for clause in _CLAUSE.split(part):
            in_time = refused(clause) if refuses else allowed(clause)
            for kind, bound in (*ranges(clause), *in_time):
                found.setdefault(kind, []).append(bound)
    return found


def outside(said: Mapping[Kind, Said], bounds: Mapping[Kind, Sequence[Bound]]) -> Kind | None:
    """The first kind of number of which the question states one beyond every range of the rule."""
    for kind, number in said.items():
        allowed_ranges = bounds.get(kind, ())
        if allowed_ranges and not any(bound.holds(number.value) for bound in allowed_ranges):
            return kind
    return None
