"""Measured numbers in words: ages, body mass index, oxygen, ejection fraction, sleep events.

A question states a number ("my BMI is 28"), a rule a range ("BMI of 30 kg/m2 or more"). What a
pattern doesn't surely read is not read.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a number counts: AGE in years; INTERVAL, LASTED, SINCE and QUIT in months."""

    AGE = "age"
    BMI = "BMI"
    SATURATION = "oxygen saturation"
    PO2 = "PO2"
    EJECTION = "ejection fraction"
    EVENTS = "AHI or RDI"
    HEMOGLOBIN = "hemoglobin"
    PACKS = "pack-years"
    INTERVAL = "interval"
    LASTED = "time so far"
    SINCE = "time since"
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


BEYOND = 1e-6  # "over 60" begins so far above 60, and "less than" ends so far below
_NEAR = 8  # characters between what is measured and its range

_N = r"(\d{1,3}(?:\.\d)?)"
_UNIT = r"(?: ?(?:%|percent|years?|yrs?|mm ?hg|kg/m2|points?|events?))?"
_OLD = r"(?: (?:old|of age))?,?"
_OF = r" ?(?:the )?(?:age )?(?:of )?"
# Ranges as rules write them: the pattern, then what is added to its first number as the low end and
# to its last as the high end; None leaves that end open.
_RANGES: Sequence[tuple[re.Pattern[str], float | None, float | None]] = tuple(
    (re.compile(pattern), low, high)
    for pattern, low, high in (
        (rf"\b{_N}{_UNIT} ?(?:-|to|through|and) ?{_N}\b", 0.0, 0.0),
        (
            rf"(?:\bover|older than) (?:age )?{_N} (?:but|and) (?:under|younger than) (?:age )?{_N}",
            BEYOND,
            -BEYOND,
        ),
        (rf"(?:at least|at or above|attained|>=|≥|no less than) ?(?:age )?{_N}", 0.0, None),
        (
            rf"\b{_N}{_UNIT}{_OLD} (?:or|and) (?:older|over|above|more|greater|higher|up)\b",
            0.0,
            None,
        ),
        (rf"(?:\bover|older than|greater than|more than|\babove|>){_OF}{_N}", BEYOND, None),
        (rf"(?:at most|at or below|<=|≤|no more than|up to) ?(?:age )?{_N}", None, 0.0),
        (rf"\b{_N}{_UNIT}{_OLD} (?:or|and) (?:younger|under|below|less|lower|fewer)\b", None, 0.0),
        (rf"(?:\bunder|younger than|less than|\bbelow|<){_OF}{_N}", None, -BEYOND),
    )
)
_PEOPLE = r"(?:people|adults?|wom[ae]n|m[ae]n|persons?|patients?|beneficiar(?:y|ies)|child\w*)"
_MEASURED: Mapping[Kind, re.Pattern[str]] = {
    Kind.AGE: re.compile(
        r"\baged?\b|\bages\b|\byears? old\b|\byears? of age\b|\byear-old\b|"
        rf"\b{_PEOPLE}(?= (?:over|under|older|younger|\d))"
    ),
    Kind.BMI: re.compile(r"\bbmi\b|\bbody mass index\b"),
    Kind.SATURATION: re.compile(r"\bsaturation\b"),
    Kind.PO2: re.compile(r"\bpa?o2\b"),
    Kind.EJECTION: re.compile(r"\bejection fraction\b|\blvef\b"),
    Kind.EVENTS: re.compile(r"\bahi\b|\brdi\b"),
    Kind.HEMOGLOBIN: re.compile(r"\bhemoglobin\b(?! a1c)"),
    Kind.PACKS: re.compile(r"\bpack-?years?\b"),
}
_ADULTS = re.compile(r"\badults?\b(?! day)")
_CHILDREN = re.compile(r"\bchild(?:ren)?\b|\bpa?ediatric\b")
# After a number that is no age: "the patient 15 min", "she is 20 weeks".
_NO_AGE = (
    r"(?! ?(?:weeks?|days?|months?|min(?:ute)?s?|hours?|%|percent|pounds?|lbs?|kg|mg|miles?|sessions?|"
    r"times|units?|pack|/|years? (?:ago|since|of|on)|-|\.\d|\d))"
)
_WHO = (
    r"(?:i'?m|i am|he'?s|she'?s|turn(?:ed|ing)?|"
    r"(?:he|she|mom|dad|mother|father|wife|husband|granny|grandma|grandpa|patient|pt)(?: is| was|'s)?)"
)
_STATED: Mapping[Kind, Sequence[re.Pattern[str]]] = {
    kind: tuple(map(re.compile, patterns))
    for kind, patterns in {
        Kind.AGE: (
            r"\b(\d{1,3})[- ]?(?:years?|yrs?|y)[- ]?(?:old|/?o)\b",
            rf"\baged? (?:of )?(\d{{1,3}})\b{_NO_AGE}",
            rf"\b{_WHO} (?:now |only |just )?(\d{{2,3}})\b{_NO_AGE}",
            rf"(?:^|[,.;] ?)(\d{{2}}) (?:now|on disability)\b{_NO_AGE}",
            r"^(\d{2})(?=[,.] | and | with | w/)",
        ),
        Kind.BMI: (rf"\bbmi\b[^\d.;?]{{0,12}}{_N}",),
        Kind.SATURATION: (
            rf"\b(?:o2 |oxygen )?(?:sats?|saturation|spo2|sao2)\b[^\d.;?]{{0,15}}{_N}",
        ),
        Kind.PO2: (rf"\bpa?o2\b[^\d.;?]{{0,10}}{_N}",),
        Kind.EJECTION: (
            rf"\b(?:lv)?ef\b[^\d.;?]{{0,8}}{_N}",
            rf"\bejection fraction\b[^\d.;?]{{0,12}}{_N}",
        ),
        Kind.EVENTS: (rf"\b(?:ahi|rdi)\b[^\d.;?]{{0,10}}{_N}",),
        Kind.HEMOGLOBIN: (rf"\b(?:hgb|hb|hemoglobin)\b(?! a1c)[^\d;?]{{0,8}}{_N}",),
        Kind.PACKS: (rf"\b{_N}[- ]?pack[- ]?years?\b",),
    }.items()
}


def measured(text: str) -> dict[Kind, Said]:
    """The measured numbers that a folded question states; none of a kind where it states two."""
    found = {
        kind: [match for each in patterns for match in each.finditer(text)]
        for kind, patterns in _STATED.items()
    }
    return {
        kind: Said(float(matches[0][1]), matches[0][0].strip(" ,.;"))
        for kind, matches in found.items()
        if len({float(match[1]) for match in matches}) == 1
    }


def ranges(clause: str) -> Iterator[tuple[Kind, Bound]]:
    """What a folded clause of a rule asks of each measured number; adults are 18 and older."""
    found = list(_ranges(clause))
    for word, bound in (
        (_ADULTS.search(clause), (18.0, math.inf)),
        (_CHILDREN.search(clause), (-math.inf, 21.0)),
    ):
        if word:
            yield Kind.AGE, Bound(*bound, word[0])
    for kind, names in _MEASURED.items():
        for name in names.finditer(clause):
            after = [each for each in found if 0 <= each[0] - name.end() <= _NEAR]
            before = [each for each in found if 0 <= name.start() - each[1] <= _NEAR]
            if after or before:
                nearest = min(after)[2] if after else max(before, key=lambda each: each[1])[2]
                yield kind, nearest


def _ranges(clause: str) -> Iterator[tuple[int, int, Bound]]:
    """(start, end, range) of every range in a clause; none overlaps an earlier pattern's."""
    taken: list[tuple[int, int]] = []
    for pattern, low, high in _RANGES:
        for match in pattern.finditer(clause):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            numbers = [float(each) for each in match.groups()]
            lowest = -math.inf if low is None else numbers[0] + low
            highest = math.inf if high is None else numbers[-1] + high
            if lowest <= highest:
                yield *match.span(), Bound(lowest, highest, match[0])
