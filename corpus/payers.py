"""Payers, their lines of business and plans, states, and Medicare's administrative contractors.

A payer is recognised whether or not the corpus holds a policy of it: that a question asks about
Kaiser is known before nothing of Kaiser's is found. The contractors of a state stand in the
library's macs.tsv, a dated table with the source of each row.
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from corpus.errors import CorpusError
from corpus.records import Span, in_force
from corpus.terms import Line

MEDICARE = "Medicare"
BLUES = "Blue Cross Blue Shield"


@dataclass(frozen=True, slots=True)
class Mention:
    """A payer, line or contractor that a text names, and where; a part not named is None."""

    payer: str | None
    line: Line | None
    plan: str | None
    contractor: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractor:
    """A Medicare administrative contractor's hold on one state and claim type."""

    state: str
    claim_type: str  # "A/B", "DME" or "HHH" (home health and hospice)
    name: str
    jurisdiction: str
    since: date | None
    ended: date | None
    note: str
    source: str


# (pattern, payer, line, plan, contractor) of a row of the library's payer_names.tsv
_Name = tuple[re.Pattern[str], str | None, Line | None, str | None, str | None]

# A name that stands for a family of payers, each with policies of its own.
FAMILIES = {
    BLUES: frozenset(
        {
            "BCBS Rhode Island",
            "BCBS Alabama",
            "BCBS Massachusetts",
            "HCSC / BCBSIL",
            "Independence Blue Cross",
        }
    )
}

_BLUE_OF = {
    "RI": "BCBS Rhode Island", "AL": "BCBS Alabama",
    "MA": "BCBS Massachusetts", "IL": "HCSC / BCBSIL",
}  # fmt: skip
_COMMERCIAL_WORDS = re.compile(
    r"(?<!\w)(?:commercial|employer|private|marketplace)(?: health)?"
    r" (?:plan|insurance|member|policy|policies)s?",
    re.I,
)


def mentions(text: str) -> list[Mention]:
    """Payers, lines and contractors that a text names, in order of place, none overlapping."""
    found: list[Mention] = []
    for pattern, payer, line, plan, contractor in _names():
        for match in pattern.finditer(text):
            span = Span(*match.span())
            if not any(
                span.start < other.span.end and other.span.start < span.end for other in found
            ):
                found.append(Mention(_whose(match, payer), line, plan, contractor, span))
    for match in _COMMERCIAL_WORDS.finditer(text):
        found.append(Mention(None, Line.COMMERCIAL, None, None, Span(*match.span())))
    return sorted(found, key=lambda mention: mention.span)


@cache
def _names() -> tuple[_Name, ...]:
    """The rows of payer_names.tsv, compiled; earlier ones win where two match the same words."""
    rows = csv.DictReader(_library_lines("payer_names.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(
        (
            re.compile(rf"(?<![\w-])(?:{row['pattern']})(?!\w)", re.I),
            row["payer"] or None,
            Line(row["line"]) if row["line"] else None,
            row["plan"] or None,
            row["contractor"] or None,
        )
        for row in rows
    )


def _whose(match: re.Match[str], payer: str | None) -> str | None:
    """A Blue plan of a state that no row names is a payer of its own, not the whole family."""
    named = match.groupdict()
    where = (named.get("where") or STATES.get(named.get("code") or "", "")).title()
    return f"{BLUES} of {where}" if where else payer


def of_state(payer: str, state: str | None) -> str:
    """The payer, or the Blue plan of a state where only the family was named."""
    if payer != BLUES or state is None:
        return payer
    return _BLUE_OF.get(state, f"{BLUES} of {STATES[state]}")


def canonical(name: str) -> str | None:
    """The payer that a filter's string names, None where it names none."""
    found = [mention.payer for mention in mentions(name) if mention.payer]
    return found[0] if found else None


STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico",
    "VI": "Virgin Islands",
}  # fmt: skip
_STATE_NAME = re.compile(
    r"\b(?:"
    + "|".join(sorted(STATES.values(), key=len, reverse=True))
    + r")\b(?!\s+(?:medicaid eligibility))",
    re.I,
)
# Two capitals are a state behind a comma or a preposition: "MA plan", "CO-50" and "OR" are not.
# Those that are medical shorthand, or words, need the comma.
_SHORTHAND = {
    "AL",
    "AS",
    "CA",
    "CO",
    "CT",
    "DE",
    "HI",
    "ID",
    "IN",
    "LA",
    "MA",
    "MD",
    "ME",
    "MI",
    "MS",
    "OK",
    "OR",
    "PA",
    "PR",
}
_STATE_CODE = re.compile(
    rf"(?:\b(?:in|from|near)\s+({'|'.join(STATES.keys() - _SHORTHAND)})|"
    rf"(?:,\s*|\bstate[: ]+)({'|'.join(STATES)}))"
    r"(?=\s*(?:$|[.,;?!)]))"
)


def states(text: str) -> list[tuple[str, Span]]:
    """(two-letter code, place) of each state that a text names in words or as ", FL"."""
    codes = {name.lower(): code for code, name in STATES.items()}
    found = [(codes[match[0].lower()], Span(*match.span())) for match in _STATE_NAME.finditer(text)]
    for match in _STATE_CODE.finditer(text):
        if not text.isupper():
            found.append((match[1] or match[2], Span(*match.span())))
    return sorted(found, key=lambda pair: pair[1])


def state_code(name: str) -> str | None:
    """The two-letter code of a state given by code or name, None for anything else."""
    wanted = name.strip()
    if wanted.upper() in STATES:
        return wanted.upper()
    return next((code for code, full in STATES.items() if full.lower() == wanted.lower()), None)


def _library_lines(name: str) -> list[str]:
    return files("corpus").joinpath("library", name).read_text(encoding="utf-8").splitlines()


@cache
def all_contractors() -> tuple[Contractor, ...]:
    """Every row of the library's macs.tsv, in the order of the file."""
    rows = csv.DictReader(_library_lines("macs.tsv"), delimiter="\t")
    return tuple(
        Contractor(
            state=row["state"],
            claim_type=row["claim_type"],
            name=row["contractor"],
            jurisdiction=row["jurisdiction"],
            since=_year(row["since"], "macs.tsv", number),
            ended=_year(row["until"], "macs.tsv", number),
            note=row["note"] or "",
            source=row["source"] or "",
        )
        for number, row in enumerate(rows, start=2)
    )


def contractors(state: str, *, on: date, claim_type: str | None = None) -> list[Contractor]:
    """Who handles a state's Medicare claims on a day, one row a claim type where none is given."""
    return [
        row
        for row in all_contractors()
        if row.state == state
        and (claim_type is None or row.claim_type == claim_type)
        and in_force(row.since, row.ended, on=on)
    ]


def _year(written: str | None, path: str, line: int) -> date | None:
    """The first day of a year, or the day itself; an empty cell is an unknown date."""
    if not written:
        return None
    try:
        return date.fromisoformat(written if len(written) == 10 else f"{written}-01-01")
    except ValueError as error:
        raise CorpusError(path, line, f"not a year or a date: {written!r}") from error
