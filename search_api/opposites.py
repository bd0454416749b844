"""Whether a question and a rule name different members of one family: acute and chronic, say.

Words alone bring "acute graft versus host disease" next to a rule for the chronic one. The
families are data (corpus/library/opposites.tsv), each member with the pattern of its words; a
rule that names another member than the question does speaks of another use. A group in a pattern
captures of what it is said: "acute graft" is opposed to "chronic graft", not to "chronic pain".
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from corpus.errors import CorpusError
from corpus.text import fold

# What follows such a word is not what is asked about: "not diabetic", "no radiation".
_DENIED = re.compile(
    r"\b(?:not|no|never|without|isn'?t|aren'?t|rather than|instead of|other than)\b"
    r"(?: (?:a|an|the|any|in|on|had|been|of))*[ -]+[\w'-]+(?: [\w'-]+)?"
)
# What was once, or was somebody else's, is not what is asked about either.
_CLAUSE = re.compile(r"[.,;?!]")
_PAST = re.compile(
    r"\b(?:19|20)\d\d\b|\bhistory of\b|\bhx of\b|\bh/o\b|\b(?:years|yrs) ago\b|\bback in\b|"
    r"\b(?:had|failed) (?:the|an?|his|her|my) |"
    r"\b(?:brother|sister|mother|mom|father|dad|aunt|uncle|grand\w+)\b.*\b(?:had|died)\b"
)
# Examples leave a rule open: "cancers such as lymphoma" is not about lymphoma alone.
_EXAMPLES = re.compile(r"\b(?:such as|including|e\.g\.|for example)[^.;)]*")
_Members = Mapping[str, set[str]]
_ANY = "any"  # the member that stands for the whole family: a rule that names it is open


@dataclass(frozen=True, slots=True)
class Opposition:
    """A family of which the question names one member, or denies one, and a rule another."""

    family: str
    asked: str
    ruled: str


@dataclass(frozen=True, slots=True)
class Named:
    """By family the members that a question names: those it affirms, and those it denies."""

    affirmed: Mapping[str, _Members]
    denied: Mapping[str, _Members]


def named(question: str) -> Named:
    """What a question names of each family."""
    text = fold(question)
    clauses = _CLAUSE.split(_DENIED.sub(" ", text))
    affirmed = "; ".join(clause for clause in clauses if not _PAST.search(clause))
    denied = "; ".join(match[0] for match in _DENIED.finditer(text))
    return Named(
        affirmed={name: _members(family, affirmed) for name, family in _families().items()},
        denied={name: _members(family, denied) for name, family in _families().items()},
    )


def opposition(asked: Named, rule: str) -> Opposition | None:
    """The first family by which a rule speaks of another use than the question, None without one.

    A rule that names the asked member too, names none, or the whole family, is not opposed.
    """
    for family, ruled in _ruled(rule).items():
        affirmed = {each: of for each, of in asked.affirmed[family].items() if each != _ANY}
        denied = asked.denied[family]
        if affirmed:
            if not ruled.keys() & affirmed.keys() and _of_one_thing(ruled, affirmed):
                return Opposition(family, min(affirmed), min(ruled))
        elif ruled.keys() <= denied.keys() and _of_one_thing(ruled, denied):
            return Opposition(family, f"not {min(denied)}", min(ruled))
    return None


def names(family: str, member: str, text: str) -> bool:
    """Whether a text names a member of a family."""
    pattern = _families()[family].get(member)
    return pattern is not None and pattern.search(fold(text)) is not None


@lru_cache(maxsize=65_536)  # rules, titles, ways to ask: short texts that come again and again
def _ruled(rule: str) -> Mapping[str, _Members]:
    """By family the members that a rule names, where it names any and isn't open."""
    text = _EXAMPLES.sub(" ", fold(rule))
    found = {name: _members(family, text) for name, family in _families().items()}
    return {name: members for name, members in found.items() if members and _ANY not in members}


def _members(family: Mapping[str, re.Pattern[str]], text: str) -> _Members:
    """The members that a text names, each with the things that its pattern says it of."""
    found = {
        member: [match.groups() for match in pattern.finditer(text)]
        for member, pattern in family.items()
    }
    return {
        member: {group for groups in matches for group in groups if group}
        for member, matches in found.items()
        if matches
    }


def _of_one_thing(one: _Members, other: _Members) -> bool:
    """Whether two texts say members of one thing, where patterns tell of what: of the same word."""
    of_one: set[str] = set().union(*one.values())
    of_other: set[str] = set().union(*other.values())
    return (not of_one and not of_other) or bool(of_one & of_other)


@cache
def _families() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """Members by family, each with the pattern of its words. Raises CorpusError on a bad line."""
    table = files("corpus").joinpath("library/opposites.tsv")
    rows = csv.DictReader(
        table.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    families: dict[str, dict[str, re.Pattern[str]]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            pattern = re.compile(row["pattern"] or "")
        except re.error as error:
            raise CorpusError(str(table), number, f"not a pattern: {error}") from error
        families.setdefault(row["family"], {})[row["member"]] = pattern
    return families
