"""An article's code groups as code rules: which diagnoses, for which procedures, in which words.

Procedures and diagnoses come in groups of their own, and equal numbers don't pair them: the
paragraph of a diagnosis group says which procedures it is for. Where it names none, the group
is for all of the article's procedures; where there is no paragraph at all and both sides have
equally many groups, the procedure group of the same number is taken, and marked as assumed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from corpus.codes import System, recognize
from corpus.readers.tables import DocumentText
from corpus.records import CodeRule, Span
from corpus.terms import Pairing, Support

SUPPORTING_HEADING = "ICD-10-CM codes that support medical necessity"
NOT_SUPPORTING_HEADING = "ICD-10-CM codes that do not support medical necessity"
PROCEDURE_HEADING = "CPT/HCPCS codes"

_EXCEPT = re.compile(r"\b(?:except|excluding|other than|with the exception of|but not)\b", re.I)
_GROUPS = re.compile(
    r"(?:(?:CPT|HCPCS|procedure)[\w/ ]{0,30}codes?[\w/ ]{0,30}\b(?:in|of|from|listed in)\s+)groups?\s+"
    r"(\d+(?:\s*(?:,|and|or|&|-|through)\s*\d+)*)",
    re.I,
)
# That every diagnosis which no list names is refused, said in so many words.
_NOT_LISTED = r"(?:\bnot\s+(?:\w+\s+)?(?:listed|included|specified|found|named|shown|contained|among|on (?:the|this|a) list)\b|\babsent from\b|\bother than (?:those|the (?:codes|diagnoses))\b)"
_REFUSED = r"(?:\bden(?:y|ied|ial)\b|non-?covered|\b(?:not|never)\s+(?:be\s+)?(?:covered|considered|reasonable|medically|support|payable|paid|meet|establish)\w*)"
_UNLISTED = re.compile(
    rf"{_NOT_LISTED}[^.]{{0,200}}{_REFUSED}|{_REFUSED}[^.]{{0,120}}{_NOT_LISTED}", re.I
)


class Listed(NamedTuple):
    """A diagnosis in a group, and whether it bears the group's asterisk."""

    group: int
    code: str
    starred: bool


class Paragraph(NamedTuple):
    """A group's words, and the note on its asterisk; plain text, empty where there are none."""

    text: str
    star_note: str = ""


Paragraphs = Mapping[int, Paragraph]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGroups:
    """Everything that an article lists. procedures: codes by their group's number."""

    procedures: Mapping[int, Sequence[str]] = field(default_factory=dict)
    procedure_paragraphs: Paragraphs = field(default_factory=dict)
    covered: Sequence[Listed] = ()
    covered_paragraphs: Paragraphs = field(default_factory=dict)
    noncovered: Sequence[Listed] = ()
    noncovered_paragraphs: Paragraphs = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every procedure of the article, each once, in the order of the groups."""
        return tuple(dict.fromkeys(code for each in self.procedures.values() for code in each))


def code_rules(groups: CodeGroups, text: DocumentText) -> tuple[CodeRule, ...]:
    """The rules of an article; the groups' paragraphs are appended to its text as sections."""
    for number, paragraph in sorted(groups.procedure_paragraphs.items()):
        if paragraph.text:
            text.section(_heading(PROCEDURE_HEADING, number), paragraph.text)
    supports = _rules(groups, groups.covered, groups.covered_paragraphs, Support.SUPPORTS, text)
    refuses = _rules(
        groups, groups.noncovered, groups.noncovered_paragraphs, Support.DOES_NOT_SUPPORT, text
    )
    others = [_unlisted(groups, each, text) for each in (*refuses, *supports)]
    return tuple(
        rule
        for rule in (*supports, *refuses, *others)
        if rule and (rule.diagnoses or rule.unlisted)
    )


def _rules(
    groups: CodeGroups,
    listed: Iterable[Listed],
    paragraphs: Paragraphs,
    support: Support,
    text: DocumentText,
) -> list[CodeRule]:
    """A rule for each group that has codes or a paragraph, in the order of their numbers."""
    members: dict[int, list[Listed]] = {}
    for each in listed:
        members.setdefault(each.group, []).append(each)
    heading = SUPPORTING_HEADING if support is Support.SUPPORTS else NOT_SUPPORTING_HEADING
    numbers = sorted(members.keys() | paragraphs.keys())
    rules = []
    for number in numbers:
        paragraph = paragraphs.get(number, Paragraph(""))
        procedures, pairing = _procedures(groups, number, paragraph.text, len(numbers))
        codes = members.get(number, [])
        rules.append(
            CodeRule(
                group=number,
                support=support,
                procedures=procedures,
                pairing=pairing,
                diagnoses=tuple(dict.fromkeys(each.code for each in codes)),
                evidence=_section(text, _heading(heading, number), paragraph.text),
                starred=frozenset(each.code for each in codes if each.starred),
                star_note=_section(
                    text, f"{_heading(heading, number)}, asterisk", paragraph.star_note
                ),
            )
        )
    return rules


def _section(text: DocumentText, heading: str, body: str) -> Span | None:
    return text.section(heading, body) if body else None


def _heading(kind: str, number: int) -> str:
    return f"{kind}, group {number}"


def _procedures(
    groups: CodeGroups, number: int, paragraph: str, how_many: int
) -> tuple[frozenset[str], Pairing]:
    """The procedures that a diagnosis group is for, and how that is known."""
    everything = frozenset(groups.codes)
    named = _named(paragraph, groups)
    if named:
        return named, Pairing.NAMED
    several = len(groups.procedures) == how_many > 1
    if not paragraph and several and number in groups.procedures:
        return frozenset(groups.procedures[number]), Pairing.ASSUMED
    return everything, Pairing.ALL


def _named(paragraph: str, groups: CodeGroups) -> frozenset[str]:
    """The procedures that a paragraph names, by code, range or group; all but those it excepts."""
    excepted = _EXCEPT.search(paragraph)
    head, tail = (
        (paragraph[: excepted.start()], paragraph[excepted.end() :])
        if excepted
        else (paragraph, "")
    )
    named = _codes_in(head, groups)
    if tail and not named and (without := _codes_in(tail, groups)):
        return frozenset(groups.codes) - without
    return named


def _codes_in(words: str, groups: CodeGroups) -> frozenset[str]:
    found = [each.value for each in recognize(words) if each.system is System.PROCEDURE]
    own = set(groups.codes).intersection(found)
    for match in _GROUPS.finditer(words):
        for number in _numbers(match[1]):
            own.update(groups.procedures.get(number, ()))
    # What the article doesn't list is something else: a change request, a code of another group.
    return frozenset(own if groups.codes else found)


def _numbers(written: str) -> list[int]:
    """The numbers of a list in words: of "1 and 3" 1 and 3, of "2-4" 2, 3 and 4."""
    numbers: list[int] = []
    for first, last in re.findall(r"(\d{1,3})(?:\s*(?:-|through)\s*(\d{1,3}))?", written):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _unlisted(groups: CodeGroups, rule: CodeRule, text: DocumentText) -> CodeRule | None:
    """The rule on every diagnosis that is in no list, where a group's paragraph has one."""
    if rule.evidence is None:
        return None
    paragraph = rule.evidence.of(text.text)
    match = _UNLISTED.search(paragraph)
    if match is None:
        return None
    before = max(paragraph.rfind(mark, 0, match.start()) + len(mark) for mark in (". ", "\n"))
    start = before if before > 1 else 0
    stop = paragraph.find(".", match.end())
    end = len(paragraph) if stop < 0 else stop + 1
    return CodeRule(
        group=rule.group,
        support=Support.DOES_NOT_SUPPORT,
        procedures=rule.procedures,
        pairing=rule.pairing,
        unlisted=True,
        evidence=Span(rule.evidence.start + start, rule.evidence.start + end),
    )
