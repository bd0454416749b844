"""Time in words: how often, how long so far, how long ago; all in months.

A question says "every 3 months", "my last one was 18 months ago", "only 2 weeks so far", "quit in
2003"; a rule "once every 3 years", "more than once in 12 months", "at least 30 days".
"""

import math
import re
from collections.abc import Iterator
from datetime import date

from search_api.numbers import BEYOND, Bound, Kind, Said

_UNITS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20, "other": 2,
}  # fmt: skip
_TIMES = {"once": 1, "one time": 1, "twice": 2, "two times": 2, "three times": 3}
_COUNT = rf"(\d{{1,3}}|{'|'.join(_COUNTS)})"
_PERIOD = rf"(?:{_COUNT}[- ])?(day|week|month|year)s?"
_OFTEN = rf"({'|'.join(_TIMES)}) (?:a|an|per|each|every|in|in a|within|in any)\b ?{_PERIOD}"
_EVERY = rf"every {_PERIOD}"
_RATE = re.compile(rf"\b{_OFTEN}|\b{_EVERY}")
_YEARLY = re.compile(r"\bannual(?:ly)?\b|\byearly\b|\b(?:each|every|per) year\b")
_MORE_OFTEN = re.compile(
    rf"\b(no |not )?more (?:often |frequently )?than {_OFTEN}|"
    rf"\bmore (?:often|frequently) than (?:once )?{_EVERY}"
)
_AGO = re.compile(
    rf"\b(?:(only|just|last) )?(?:was |about )?{_COUNT} (day|week|month|year)s? (?:ago|back)\b|"
    rf"\b(been) {_COUNT} (day|week|month|year)s? since (?:my|the|his|her)\b|"
    rf"\b{_COUNT} (day|week|month|year)s? (?:after|since|from) (?:my|the|his|her) "
    r"(?:last|previous)\b"
)
_AGAIN = re.compile(
    r"\blast\b|\banother\b|\bagain\b|\brepeat\b|\bnext one\b|\bonce more\b|\balready had\b|"
    r"\bprior one\b|\bprevious\b"
)
_SO_FAR = re.compile(
    rf"\b(?:only|just)(?: had| did| been| for| about)* {_COUNT} (day|week|month|year)s?\b|"
    rf"\b{_COUNT} (day|week|month|year)s? so far\b"
)
_AT_LEAST = re.compile(rf"\b(?:at least|minimum of) (?:an? )?{_COUNT}[- ](day|week|month|year)s?\b")
_AT_LEAST_SINCE = re.compile(
    rf"\b(?:at least|minimum of) {_COUNT}[- ](day|week|month|year)s? "
    r"(?:have passed )?(?:since|after)\b|"
    rf"\blast(?:ing|ed|s) {_COUNT} (day|week|month|year)s? or (?:longer|more)\b"
)
_WITHIN_LAST = re.compile(rf"\bwithin {_COUNT} (day|week|month|year)s? of the last\b")
_QUIT = re.compile(
    rf"\b(?:quit|stopped)(?: smoking)?(?:(?: back)? in (\d{{4}})| {_COUNT} years? ago)"
)
_QUIT_WITHIN = re.compile(r"\bquit[^.;]*\b(?:within|in) the (?:last|past) (\d{1,2}) years")


def times(text: str, *, on: date) -> dict[Kind, Said]:
    """What a folded question says of time, in months; on: the day from which years count."""
    found = {
        Kind.INTERVAL: _asked_again(text),
        Kind.SINCE: _since(text),
        Kind.LASTED: _so_far(text),
        Kind.QUIT: _quit(text, on),
    }
    return {kind: said for kind, said in found.items() if said is not None}


def allowed(clause: str) -> Iterator[tuple[Kind, Bound]]:
    """The times in months that a folded clause of a rule asks for where it covers."""
    limit = _MORE_OFTEN.search(clause)
    if limit and limit[1]:
        yield Kind.INTERVAL, Bound(_apart(limit), math.inf, limit[0])
    elif not limit:
        rates = [Bound(_apart(match), math.inf, match[0]) for match in _RATE.finditer(clause)]
        yearly = [Bound(12.0, math.inf, match[0]) for match in _YEARLY.finditer(clause)]
        for bound in rates or yearly:
            yield Kind.INTERVAL, bound
    for match in _AT_LEAST.finditer(clause):
        yield Kind.LASTED, Bound(_months(match[1], match[2]), math.inf, match[0])
    for match in _AT_LEAST_SINCE.finditer(clause):
        months = _months(match[1] or match[3], match[2] or match[4])
        yield Kind.SINCE, Bound(months, math.inf, match[0])
    for match in _QUIT_WITHIN.finditer(clause):
        yield Kind.QUIT, Bound(0.0, 12.0 * int(match[1]), match[0])


def refused(clause: str) -> Iterator[tuple[Kind, Bound]]:
    """The intervals in months that a folded clause refuses: shorter ones than it allows."""
    limit = _MORE_OFTEN.search(clause)
    if limit:
        yield Kind.INTERVAL, Bound(0.0, _apart(limit) - BEYOND, limit[0])
    for match in _WITHIN_LAST.finditer(clause):
        yield Kind.INTERVAL, Bound(0.0, _months(match[1], match[2]) - BEYOND, match[0])


def _months(count: str | None, unit: str) -> float:
    number = 1 if not count else int(count) if count.isdigit() else _COUNTS[count]
    return number * _UNITS[unit]


def _apart(rate: re.Match[str]) -> float:
    """Months between two times of a rate: "twice a year" is 6, "every 3 months" 3.

    The match's last five groups are those of _OFTEN and of _EVERY.
    """
    often, count, unit, every_count, every_unit = rate.groups()[-5:]
    if often:
        return _months(count, unit) / _TIMES[often]
    return _months(every_count, every_unit)


def _asked_again(text: str) -> Said | None:
    """How far apart a service is asked for: by a rate, or again so long after the last one."""
    rate = _RATE.search(text)
    if rate:
        return Said(_apart(rate), rate[0])
    ago = _AGO.search(text)
    since = _since(text)
    if ago and since and (ago[1] or ago[4] or _AGAIN.search(text)):
        return since
    yearly = _YEARLY.search(text)
    return Said(12.0, yearly[0]) if yearly and not ago else None


def _since(text: str) -> Said | None:
    """How long ago the first thing was that is said to be so long ago."""
    match = _AGO.search(text)
    if match is None:
        return None
    count, unit = match[2] or match[5] or match[7], match[3] or match[6] or match[8]
    return Said(_months(count, unit), match[0])


def _so_far(text: str) -> Said | None:
    match = _SO_FAR.search(text)
    if match is None:
        return None
    count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    return Said(_months(count, unit), match[0])


def _quit(text: str, on: date) -> Said | None:
    match = _QUIT.search(text)
    if match is None:
        return None
    months = 12.0 * (on.year - int(match[1])) if match[1] else _months(match[2], "year")
    return Said(months, match[0])
