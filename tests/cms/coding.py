"""Codes of an article: procedure groups, diagnosis groups, and the words that pair them.

Every way of pairing that the real articles show has a Design; the words name procedures singly,
in lists and in ranges. Procedure codes are bare numbers, most of them nobody's.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from tests.cms.prose import blank_cell, collapsed, short_cell
from tests.cms.records import Group, Pairing

PLACEHOLDER = "XX000"  # "not applicable": stands in a list of codes, and is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How an article's groups are laid out: how many of procedures, and each diagnosis group."""

    procedures: int
    covered: tuple[str, ...]
    weight: int
    article_type: int = 6


# The first sixteen articles take these in order, so that the smallest export holds them all.
DESIGNS = (
    Design(procedures=2, covered=("list", "list"), weight=8),
    Design(procedures=1, covered=("list", "through"), weight=5),
    Design(procedures=1, covered=("hyphen",), weight=6),
    Design(procedures=2, covered=("words", "words"), weight=10),
    Design(procedures=2, covered=("empty", "blank", "empty"), weight=4),
    Design(procedures=3, covered=("empty", "blank", "empty"), weight=4),
    Design(procedures=1, covered=("empty",), weight=24),
    Design(procedures=1, covered=("secondary", "words", "words"), weight=5),
    Design(procedures=2, covered=("list", "empty"), weight=3),
    Design(procedures=2, covered=("stray", "reference"), weight=3),
    Design(procedures=0, covered=(), weight=34, article_type=2),
    Design(procedures=0, covered=(), weight=2, article_type=3),
    Design(procedures=1, covered=("none",), weight=8, article_type=1),
    Design(procedures=0, covered=("words",), weight=2, article_type=4),
    Design(procedures=2, covered=("starred", "through"), weight=4),
    Design(procedures=4, covered=("hyphen", "list", "mixed", "empty", "words"), weight=2),
)
UNCOVERED = ("denied", "na", "absent", "codes", "empty", "placeholder", "lenient", "named", "two")
_UNCOVERED_WEIGHTS = (9, 40, 14, 9, 16, 3, 2, 3, 4)
DENIALS = (
    "All ICD-10-CM codes not listed in the covered section above do not support medical necessity "
    "and will be denied.",
    "Any diagnosis code that is not among those listed as covered will be denied as not "
    "reasonable and necessary.",
    "Every ICD-10-CM code that is absent from the covered lists of this article does not support "
    "medical necessity and will be denied.",
)
_NAMING = {
    "list": (
        "For CPT codes {codes}:",
        "These diagnoses support medical necessity for CPT® codes {codes}.",
        "Group {number} applies to {codes}. For dates of service on or after 10/01/2023.",
        "Use the diagnoses of this group with CPT/HCPCS code(s) {codes}",
    ),
    "through": ("Group {number} applies to HCPCS {codes}.", "For procedure codes {codes}:"),
    "hyphen": ("The following diagnoses support {codes}:", "Medical necessity of {codes} is met:"),
    "mixed": ("For codes {codes}, one of these diagnoses is required:",),
    "stray": ("For CPT codes {codes} (one of which this article does not list):",),
    "named": ("For CPT code {codes} these diagnoses do not support medical necessity.",),
}
_SECOND = "*{code} must be reported with a secondary code from group {group}."
_WORDS = (
    "The following ICD-10-CM codes support medical necessity and provide coverage.",
    "Report one of these diagnoses at its highest specificity. The list is complete.",
    "Codes were added by Change Request 13184, effective 10/01/2024.",
    "It is the provider’s responsibility to select codes carried out to the last character.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGroup:
    """A group as the file has it: number, codes, and its paragraph and note as cells."""

    number: int
    codes: tuple[str, ...]
    paragraph: str
    note: str = ""
    truth: Group | None = field(default=None)  # of diagnosis groups alone


@cache
def diagnoses() -> tuple[str, ...]:
    """Every diagnosis code there is here, about 36,000, sorted."""
    ends = ("", *(f".{x}" for x in "01289"), *(f".{x}{y}" for x in "345" for y in "01239"))
    letters = "ABCDEFGHIJKLMNOPQRSTVWYZ"
    stems = (f"{letter}{two:02d}" for letter in letters for two in range(100))
    return tuple(f"{stem}{end}" for stem in stems for end in ends[: 6 + (hash_of(stem) % 16)])


def hash_of(text: str) -> int:
    """A number that a text always gives, unlike hash()."""
    return sum(ord(character) * place for place, character in enumerate(text, start=7))


def procedure_groups(design: Design, rng: random.Random) -> tuple[CodeGroup, ...]:
    """Groups of procedures; only the first has words, if any has."""
    if design.covered == ("none",):
        return (CodeGroup(number=1, codes=(), paragraph=short_cell("N/A", rng)),)
    words = rng.choice(("", "The codes below are subject to this policy.", "N/A"))
    return tuple(
        CodeGroup(
            number=number,
            codes=_run(rng),
            paragraph=short_cell(words, rng) if number == 1 else "",
        )
        for number in range(1, design.procedures + 1)
    )


def _run(rng: random.Random) -> tuple[str, ...]:
    """Codes of one series, rising, with gaps."""
    shape = rng.choices(("{:05d}", "{letter}{:04d}", "{:04d}T", "{:04d}U"), (70, 22, 5, 3))[0]
    low = rng.randrange(14_000, 99_000) if shape == "{:05d}" else rng.randrange(100, 900)
    letter, codes = rng.choice("AEGJKLQV"), []
    for _ in range(rng.choice((3, 4, 5, 6, 8, 12))):
        codes.append(shape.format(low, letter=letter))
        low += rng.choice((1, 1, 2, 3))
    return tuple(codes)


def covered_groups(
    design: Design, procedures: Sequence[CodeGroup], sizes: Sequence[int], rng: random.Random
) -> tuple[CodeGroup, ...]:
    """Diagnosis groups that support coverage; sizes gives each group's number of codes."""
    return tuple(
        _group(kind, number, procedures, size, len(design.covered), rng)
        for number, (kind, size) in enumerate(zip(design.covered, sizes, strict=True), start=1)
    )


def uncovered_kind(index: int, design: Design, rng: random.Random) -> str:
    """How an article states what does not support coverage; "absent" where it has no codes."""
    if design.procedures == 0 or design.covered == ("none",):
        return "absent"
    return UNCOVERED[index] if index < 9 else rng.choices(UNCOVERED, _UNCOVERED_WEIGHTS)[0]


def uncovered_groups(
    kind: str, procedures: Sequence[CodeGroup], size: int, rng: random.Random
) -> tuple[CodeGroup, ...]:
    """Diagnosis groups that do not support coverage; size is the number of codes of each."""
    kinds = {"absent": (), "two": ("reference", "words")}.get(kind, (kind,))
    return tuple(
        _group(each, number, procedures, size, len(kinds), rng)
        for number, each in enumerate(kinds, start=1)
    )


def _group(
    kind: str,
    number: int,
    procedures: Sequence[CodeGroup],
    size: int,
    groups: int,
    rng: random.Random,
) -> CodeGroup:
    held = [code for group in procedures for code in group.codes]
    codes = _slice(size, rng)
    starred = frozenset(codes[:1]) if kind in ("starred", "secondary") else frozenset[str]()
    words, named = _paragraph(kind, number, procedures, codes, rng)
    note = _SECOND.format(code=codes[0], group=groups) if kind == "starred" else ""
    pairing: Pairing = "named" if named else "all"
    if not words and len(procedures) == groups > 1:
        pairing, named = "assumed", frozenset(procedures[number - 1].codes)
    return CodeGroup(
        number=number,
        codes=(PLACEHOLDER,) if kind in ("none", "placeholder") else codes,
        paragraph=blank_cell(rng) if kind == "blank" else short_cell(words, rng),
        note=short_cell(note, rng),
        truth=Group(
            number=number,
            paragraph=collapsed(words),
            codes=() if kind in ("none", "placeholder") else codes,
            starred=starred,
            star_note=note,
            procedures=named or frozenset(held),
            pairing=pairing,
        ),
    )


def _slice(size: int, rng: random.Random) -> tuple[str, ...]:
    start = rng.randrange(len(diagnoses()) - size)
    return diagnoses()[start : start + size]


def _paragraph(
    kind: str,
    number: int,
    procedures: Sequence[CodeGroup],
    codes: Sequence[str],
    rng: random.Random,
) -> tuple[str, frozenset[str]]:
    """A group's words, and the procedures of the article that they name."""
    if kind in _NAMING:
        own = procedures[(number - 1) % len(procedures)].codes
        phrase, ends = _phrase(kind, own, rng)
        words = rng.choice(_NAMING[kind]).format(codes=phrase, number=number)
        held = [code for group in procedures for code in group.codes]
        return words, frozenset(code for code in held if any(_within(code, *e) for e in ends))
    if kind == "secondary":
        first = _SECOND.format(code=codes[0], group=3)
        return f"Diagnoses with an asterisk do not stand alone. {first}", frozenset()
    fixed = {
        "denied": rng.choice(DENIALS),
        "placeholder": rng.choice(DENIALS),
        "na": rng.choice(("N/A", "Not applicable.", "N/A")),
        "none": "N/A",
        "words": rng.choice(_WORDS),
        "starred": rng.choice(_WORDS),
        "codes": "These diagnoses do not support medical necessity.",
        "reference": "See article A52477 and LCD L33825 for the rules on these diagnoses.",
        "lenient": "Diagnoses that are not listed may be covered upon review of the record.",
    }
    return fixed.get(kind, ""), frozenset()


def _phrase(kind: str, own: Sequence[str], rng: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """Words for some of a group's procedures, and the first and last code of each stretch."""
    if kind in ("through", "hyphen"):
        joint = " through " if kind == "through" else rng.choice(("-", " - ", "–"))
        last = own[-1] if kind == "hyphen" else own[-2]
        return f"{own[0]}{joint}{last}", [(own[0], last)]
    if kind == "mixed":
        ends = [(own[0], own[0]), (own[1], own[-1])]
        return f"{own[0]} and {own[1]}-{own[-1]}", ends
    if kind == "named":
        return own[0], [(own[0], own[0])]
    if kind == "stray":
        return f"{own[0]}, 00104 and {own[1]}", [(code, code) for code in own[:2]]
    named = own[: rng.randrange(1, min(len(own), 5))]
    ends = [(code, code) for code in named]
    if len(named) == 1:
        return named[0], ends
    return f"{', '.join(named[:-1])} {rng.choice(('and', 'or', '&'))} {named[-1]}", ends


def _within(code: str, first: str, last: str) -> bool:
    """Whether a code lies in a range, both ends included, and is of its series."""

    def series(text: str) -> str:
        return re.sub(r"\d", "0", text)

    return series(code) == series(first) and first <= code <= last
