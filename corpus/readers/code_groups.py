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

_EXCEPT = re.compile(
    r"\b(?:except(?:ing)?|excluding|other than|with the exception of|but not)\b", re.I
)
_ALL_PROCEDURES = re.compile(
    r"\b(?:all|any|every|each)\b(?![^.]{0,40}\b(?:diagnos|ICD|condition))[^.]{0,40}\b(?:CPT|HCPCS|procedures?|services?|codes)\b",
    re.I,
)
_LIST = r"(\d{1,3}(?:\s*(?:,\s*(?:and\b|or\b)?|and\b|or\b|&|-|–|through\b|to\b)\s*(?:groups?\s+)?\d{1,3}(?!\d))*)"
_GROUPS = re.compile(
    rf"(?:CPT|HCPCS|procedure)[\w/ ]{{0,40}}\b(?:in|of|from)\s+(?:the\s+)?groups?\s+{_LIST}|"
    rf"\bgroups?\s+{_LIST}\s+(?:CPT|HCPCS|procedure)",
    re.I,
)
_CODE_RANGE = re.compile(
    r"\b([0-9A-Z]\d{3}[0-9A-Z])\s*(?:-|–|—|to|through)\s*([0-9A-Z]\d{3}[0-9A-Z])\b", re.I
)
_NO_CODE = re.compile(r"\b(?:change requests?|CRs?|transmittals?|TN)\s*#?\s*\d+", re.I)
_SENTENCE_END = re.compile(r"[.;](?!\d)\s*|\n")

# That every diagnosis which no list names is refused, said in so many words.
_GAP = r"(?:[^.]|\.(?=\d))"
_SUBJECT = r"(?<!list of )(?<!list of noncovered )\b(?:diagnos[ei]s|diagnosis codes?|(?:ICD[\w-]*\s+)?codes?|conditions?)\b"
_ABSENT = r"(?:\bnot\s+(?:\w+\s+)?(?:listed|included|specified|found|named|shown|contained|among|on (?:the|this|a) list)\b|\babsent from\b|\bother than (?:those|the (?:codes|diagnoses))\b)"
_UNNAMED = rf"(?:{_SUBJECT}{_GAP}{{0,60}}{_ABSENT}|\b(?:all other|any other|unlisted|non-?listed)\s+(?:\S+\s+){{0,2}}(?:diagnos[ei]s|codes?|conditions?)\b)"
_REFUSED = (
    r"(?:(?<!not )(?<!not be )(?<!never be )\b(?:deny|denied)\b|\bnon-?covered\b|\b(?:not|never|cannot)\s+(?:be\s+)?"
    r"(?:covered|considered|reasonable|medically|support|payable|paid|meet|establish)\w*)"
)
_UNLISTED = re.compile(
    rf"{_UNNAMED}{_GAP}{{0,200}}?{_REFUSED}|{_REFUSED}{_GAP}{{0,120}}?{_UNNAMED}", re.I
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
    named: set[str] = set()
    for sentence in _SENTENCE_END.split(paragraph):
        named |= _named_in(sentence, groups)
    return frozenset(named)


def _named_in(sentence: str, groups: CodeGroups) -> frozenset[str]:
    """An exception belongs to procedures where these stand before it: "all CPT codes except"."""
    excepted = _EXCEPT.search(sentence)
    if excepted is not None:
        head, tail = sentence[: excepted.start()], sentence[excepted.end() :]
        without = _codes_in(tail, groups)
        if without and (before := _codes_in(head, groups)):
            return before - without
        if without and _ALL_PROCEDURES.search(head):
            return frozenset(groups.codes) - without
    return _codes_in(sentence, groups)


def _codes_in(words: str, groups: CodeGroups) -> frozenset[str]:
    words = _NO_CODE.sub(" ", words)
    found = [each.value for each in recognize(words) if each.system is System.PROCEDURE]
    own = set(groups.codes).intersection(found)
    for match in _CODE_RANGE.finditer(words):
        first, last = match[1].upper(), match[2].upper()
        own.update(code for code in groups.codes if first <= code <= last)
    for match in _GROUPS.finditer(words):
        for number in _numbers(match[1] or match[2]):
            own.update(groups.procedures.get(number, ()))
    # What the article doesn't list is something else: a code of another group, or none at all.
    return frozenset(own if groups.codes else found)


def _numbers(written: str) -> list[int]:
    """The numbers of a list in words: of "1 and 3" 1 and 3, of "2-4" 2, 3 and 4."""
    numbers: list[int] = []
    plain = re.sub(r"groups?", " ", written, flags=re.I)
    for first, last in re.findall(r"(\d{1,3})(?:\s*(?:-|–|through|to)\s*(\d{1,3}))?", plain):
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
    stop = re.compile(r"\.(?!\d)").search(paragraph, match.end())
    end = len(paragraph) if stop is None else stop.end()
    return CodeRule(
        group=rule.group,
        support=Support.DOES_NOT_SUPPORT,
        procedures=rule.procedures,
        pairing=rule.pairing,
        unlisted=True,
        evidence=Span(rule.evidence.start + start, rule.evidence.start + end),
    )
