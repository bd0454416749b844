"""Whether a question and a rule name different members of one family: acute and chronic, say.

Words alone bring "acute graft versus host disease" next to a rule for the chronic one. The
families are data (corpus/library/opposites.tsv), each member with the pattern of its words; a
rule that names another member than the question does speaks of another use.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from corpus.errors import CorpusError
from corpus.text import fold

# What follows such a word is not what is asked about: "not diabetic", "no radiation".
_DENIED = re.compile(
    r"\b(?:not|no|non|never|without|isn'?t|aren'?t|rather than|instead of|other than)\b"
    r"(?: (?:a|an|the|any|in|on|had|been|of))*[ -]+[\w'-]+(?: [\w'-]+)?"
)
# Examples leave a rule open: "cancers such as lymphoma" is not about lymphoma alone.
_EXAMPLES = re.compile(r"\b(?:such as|including|e\.g\.|for example)[^.;)]*")


@dataclass(frozen=True, slots=True)
class Opposition:
    """A family of which the question names one member, or denies one, and a rule another."""

    family: str
    asked: str
    ruled: str


def opposition(question: str, rule: str) -> Opposition | None:
    """The first family by which a rule speaks of another use than the question, None without one.

    A rule that names the asked member too, or names none, is not opposed.
    """
    asked = fold(question)
    kept = _DENIED.sub(" ", asked)
    text = _EXAMPLES.sub(" ", fold(rule))
    for family, members in _families().items():
        ruled = _named(members, text)
        if not ruled:
            continue
        mentioned = _named(members, asked)
        affirmed = _named(members, kept)
        denied = mentioned - affirmed
        if affirmed and not ruled & affirmed:
            return Opposition(family, min(affirmed), min(ruled))
        if denied and ruled <= denied:
            return Opposition(family, f"not {min(denied)}", min(ruled))
    return None


def _named(members: Mapping[str, re.Pattern[str]], text: str) -> set[str]:
    return {member for member, pattern in members.items() if pattern.search(text)}


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
