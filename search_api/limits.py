"""Numbers of a question held against a rule's: ages, measured values, how often, how long.

A rule for people "aged 30 to 65" covers nobody of 27, and one that refuses a test "more than once
in 12 months" refuses no yearly one. Encoders don't read numbers; a few patterns do. What a
pattern doesn't surely read is not held against anything.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from corpus.text import fold


class Kind(Enum):
    """What a number counts. INTERVAL, LASTED and QUIT in months, AGE in years."""

    AGE = "age"
    BMI = "BMI"
    SATURATION = "oxygen saturation"
    PO2 = "PO2"
    EJECTION = "ejection fraction"
    EVENTS = "AHI or RDI"
    INTERVAL = "interval"
    LASTED = "time so far"
    QUIT = "time since quitting"


@dataclass(frozen=True, slots=True)
class Bound:
    """A closed range of numbers that a rule speaks of, and its words."""

    low: float
    high: float
    words: str

    def holds(self, value: float) -> bool:
        """Whether a number lies in the range."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Said:
    """A number that a question states, and its words."""

    value: float
    words: str


_NUMBER = r"(\d{1,3}(?:\.\d)?)"
_UNIT = r"(?:%|percent|years?|yrs?|mm ?hg|kg/m2|points?|events?)"
_JUST_ABOVE, _JUST_BELOW = 1e-6, -1e-6

# Ranges as rules write them, each with how far its ends reach from the numbers.
_RANGES: Sequence[tuple[re.Pattern[str], float | None, float | None]] = tuple(
    (re.compile(pattern), low, high)
    for pattern, low, high in (
        (rf"\b{_NUMBER} ?{_UNIT}? ?(?:-|to|through|and) ?{_NUMBER}\b", 0.0, 0.0),
        (
            rf"(?:\bover|older than) (?:age )?{_NUMBER} (?:but|and) (?:under|younger than) (?:age )?{_NUMBER}",
            _JUST_ABOVE,
            _JUST_BELOW,
        ),
        (
            rf"(?:at least|at or above|>=|≥|no less than|minimum (?:age )?of) ?(?:age )?{_NUMBER}",
            0.0,
            None,
        ),
        (
            rf"\b{_NUMBER} ?{_UNIT}?(?: (?:old|of age))?,? (?:or|and) (?:older|over|above|more|greater|higher|up)\b",
            0.0,
            None,
        ),
        (
            rf"(?:\bover|older than|greater than|more than|\babove|>) ?(?:the )?(?:age )?(?:of )?{_NUMBER}",
            _JUST_ABOVE,
            None,
        ),
        (rf"(?:at most|at or below|<=|≤|no more than|up to) ?(?:age )?{_NUMBER}", None, 0.0),
        (
            rf"\b{_NUMBER} ?{_UNIT}?(?: (?:old|of age))?,? (?:or|and) (?:younger|under|below|less|lower|fewer)\b",
            None,
            0.0,
        ),
        (
            rf"(?:\bunder|younger than|less than|\bbelow|<) ?(?:the )?(?:age )?(?:of )?{_NUMBER}",
            None,
            _JUST_BELOW,
        ),
    )
)
# Where a rule speaks of each kind, and how a question states it.
_RULED: Mapping[Kind, re.Pattern[str]] = {
    Kind.AGE: re.compile(
        r"\baged?\b|\bages\b|\byears? old\b|\byear-old\b|\b(?:people|adults|wom[ae]n|m[ae]n|persons|patients|beneficiaries|child\w*)(?= (?:over|under|older|younger|\d))"
    ),
    Kind.BMI: re.compile(r"\bbmi\b|\bbody mass index\b"),
    Kind.SATURATION: re.compile(r"\bsaturation\b"),
    Kind.PO2: re.compile(r"\bp(?:a)?o2\b"),
    Kind.EJECTION: re.compile(r"\bejection fraction\b|\blvef\b"),
    Kind.EVENTS: re.compile(r"\bahi\b|\brdi\b"),
}
_NO_AGE = r"(?! ?(?:weeks?|days?|months?|min(?:ute)?s?|hours?|%|percent|pounds?|lbs?|kg|mg|miles?|sessions?|times|units?|pack|/|years? (?:ago|since|of|on)|-|\.\d|\d))"
_STATED: Mapping[Kind, Sequence[re.Pattern[str]]] = {
    Kind.AGE: tuple(
        re.compile(pattern)
        for pattern in (
            r"\b(\d{1,3})[- ]?(?:years?|yrs?|y)[- ]?(?:old|/?o)\b",
            rf"\baged? (?:of )?(\d{{1,3}})\b{_NO_AGE}",
            rf"\b(?:i'?m|i am|he'?s|she'?s|(?:he|she|mom|dad|mother|father|wife|husband|granny|grandma|grandpa|patient|pt)(?: is| was|'s)?|turn(?:ed|ing)?) (?:now |only |just )?(\d{{2,3}})\b{_NO_AGE}",
            rf"(?:^|[,.;] ?)(\d{{2}}) (?:now|on disability)\b{_NO_AGE}",
        )
    ),
    Kind.BMI: (re.compile(rf"\bbmi\b[^\d.;?]{{0,12}}{_NUMBER}"),),
    Kind.SATURATION: (
        re.compile(rf"\b(?:o2 |oxygen )?(?:sats?|saturation|spo2|sao2)\b[^\d.;?]{{0,15}}{_NUMBER}"),
    ),
    Kind.PO2: (re.compile(rf"\bpa?o2\b[^\d.;?]{{0,10}}{_NUMBER}"),),
    Kind.EJECTION: (
        re.compile(rf"\b(?:lv)?ef\b[^\d.;?]{{0,8}}{_NUMBER}"),
        re.compile(rf"\bejection fraction\b[^\d.;?]{{0,12}}{_NUMBER}"),
    ),
    Kind.EVENTS: (re.compile(rf"\b(?:ahi|rdi)\b[^\d.;?]{{0,10}}{_NUMBER}"),),
}

_MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "other": 2,
}  # fmt: skip
_COUNT = rf"(\d{{1,3}}|{'|'.join(_WORDS)})"
_PERIOD = rf"(?:{_COUNT}[- ])?(day|week|month|year)s?"
_TWICE = {"once": 1, "one time": 1, "twice": 2, "two times": 2, "three times": 3}
_OFTEN = rf"\b(once|one time|twice|two times|three times) (?:a|an|per|each|every|in|in a|within|in any)\b ?{_PERIOD}"
_EVERY = rf"\bevery {_PERIOD}"
_YEARLY = re.compile(r"\bannual(?:ly)?\b|\byearly\b|\b(?:each|every|per) year\b")
_LIMITED = re.compile(
    rf"\b(no |not )?more than {_OFTEN[2:]}|\bmore (?:often|frequently) than (?:once )?every {_PERIOD}"
)
_AGO = re.compile(rf"\b(?:(only|just|last) )?(?:was |about )?{_COUNT} (day|week|month|year)s? (?:ago|back)\b")
_AGAIN = re.compile(r"\blast\b|\banother\b|\bagain\b|\brepeat\b|\bnext one\b|\bonce more\b|\balready had\b")
_ONLY = re.compile(
    rf"\b(?:only|just)(?: had| did| been| for| about)* {_COUNT} (day|week|month|year)s?\b|"
    rf"\b{_COUNT} (day|week|month|year)s? so far\b"
)
_CLAUSE = re.compile(r"[;.](?!\d)|\n")
# A clause with another way in binds nobody by its numbers.
_AROUND = re.compile(
    r"\bone of\b|\bone or more of\b|\btwo of\b|\bif\b|\bor at other ages\b|\bmore often (?:if|when|than yearly)\b|\bhigh(?:er)? risk\b|"
    r"\bincreased risk\b|\bunless\b|\bexcept\b|\bgenerally\b|\busually\b|\bprescription, renewed\b"
)
_NEAR = 8  # characters between a name and its range
_LEAST = re.compile(rf"\b(?:at least|minimum of) (?:an? )?{_COUNT}[- ](day|week|month|year)s?\b")
_QUIT = re.compile(rf"\b(?:quit|stopped)(?: smoking)?(?:(?: back)? in (\d{{4}})| {_COUNT} years? ago)")
_WITHIN = re.compile(r"\bquit[^.;]*\b(?:within|in) the (?:last|past) (\d{1,2}) years")


def stated(question: str, *, on: date) -> dict[Kind, Said]:
    """The numbers that a question surely states, by kind."""
    text = fold(question)
    said = {
        kind: Said(float(match[1]), match[0].strip(" ,.;"))
        for kind, patterns in _STATED.items()
        for match in _first(patterns, text)
    }
    said |= {Kind.INTERVAL: each for each in _interval(text)}
    said |= {Kind.LASTED: each for each in _lasted(text)}
    said |= {Kind.QUIT: each for each in _quit(text, on)}
    return said


def ruled(parts: Sequence[str], *, refuses: bool) -> dict[Kind, list[Bound]]:
    """The ranges that a rule covers, or refuses, by kind; parts: its words and its conditions.

    A part that leaves a way around its numbers gives none.
    """
    clauses = [
        clause
        for part in map(fold, parts)
        if not _AROUND.search(part)
        for clause in _CLAUSE.split(part)
    ]
    found: dict[Kind, list[Bound]] = {}
    for clause in clauses:
        for kind, names in _RULED.items():
            found.setdefault(kind, []).extend(_bounds(clause, names))
        for kind, bounds in _times(clause, refuses).items():
            found.setdefault(kind, []).extend(bounds)
    return {kind: bounds for kind, bounds in found.items() if bounds}


def outside(said: Mapping[Kind, Said], bounds: Mapping[Kind, Sequence[Bound]]) -> Kind | None:
    """The first kind of number of which the question states one beyond every range of the rule."""
    for kind, number in said.items():
        ranges = bounds.get(kind, ())
        if ranges and not any(bound.holds(number.value) for bound in ranges):
            return kind
    return None


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    found = next((match for pattern in patterns for match in pattern.finditer(text)), None)
    if found is not None:
        yield found


def _bounds(clause: str, names: re.Pattern[str]) -> Iterator[Bound]:
    """The range that stands right after each of the names in a clause, or else right before."""
    found: list[tuple[int, int, Bound]] = []
    for pattern, low, high in _RANGES:
        for match in pattern.finditer(clause):
            if any(start < match.end() and match.start() < end for start, end, _ in found):
                continue
            numbers = [float(each) for each in match.groups()]
            lowest = -math.inf if low is None else numbers[0] + low
            highest = math.inf if high is None else numbers[-1] + high
            found.append((*match.span(), Bound(lowest, highest, match[0])))
    for name in names.finditer(clause):
        after = [each for each in found if 0 <= each[0] - name.end() <= _NEAR]
        before = [each for each in found if 0 <= name.start() - each[1] <= _NEAR]
        if after:
            yield min(after, key=lambda each: each[0])[2]
        elif before:
            yield max(before, key=lambda each: each[1])[2]


def _months(count: str | None, unit: str) -> float:
    number = 1 if not count else int(count) if count.isdigit() else _WORDS[count]
    return number * _MONTHS[unit]


def _interval(text: str) -> Iterator[Said]:
    """How far apart a service is asked for: "every 3 months", or again so long after the last."""
    for pattern in (_OFTEN, _EVERY):
        match = re.search(pattern, text)
        if match:
            *often, count, unit = match.groups()
            times = _TWICE[often[0]] if often else 1
            yield Said(_months(count, unit) / times, match[0])
            return
    ago = _AGO.search(text)
    if ago and (_AGAIN.search(text) or ago[1]):
        yield Said(_months(ago[2], ago[3]), ago[0])
    elif match := _YEARLY.search(text):
        yield Said(12.0, match[0])


def _lasted(text: str) -> Iterator[Said]:
    match = _ONLY.search(text)
    if match:
        count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        yield Said(_months(count, unit), match[0])


def _quit(text: str, on: date) -> Iterator[Said]:
    match = _QUIT.search(text)
    if match:
        years = on.year - int(match[1]) if match[1] else _months(match[2], "year") / 12
        yield Said(years * 12.0, match[0])


def _times(text: str, refuses: bool) -> dict[Kind, list[Bound]]:
    """How often, how long before, how lately: ranges in months that a rule allows or refuses."""
    limited = _LIMITED.search(text)
    if limited:
        denied, often, count, unit, other, other_unit = limited.groups()
        period = _months(count, unit) / _TWICE[often] if often else _months(other, other_unit)
        if refuses:
            return {Kind.INTERVAL: [Bound(0.0, period + _JUST_BELOW, limited[0])]}
        return {Kind.INTERVAL: [Bound(period, math.inf, limited[0])]} if denied else {}
    if refuses:
        return {}
    often = [
        Bound(_months(match[2], match[3]) / _TWICE[match[1]], math.inf, match[0])
        for match in re.finditer(_OFTEN, text)
    ]
    every = [
        Bound(_months(match[1], match[2]), math.inf, match[0])
        for match in re.finditer(_EVERY, text)
    ]
    yearly = [Bound(12.0, math.inf, match[0]) for match in _YEARLY.finditer(text)]
    return {
        Kind.INTERVAL: often or every or yearly,
        Kind.LASTED: [
            Bound(_months(match[1], match[2]), math.inf, match[0])
            for match in _LEAST.finditer(text)
        ],
        Kind.QUIT: [Bound(0.0, 12.0 * int(match[1]), match[0]) for match in _WITHIN.finditer(text)],
    }
