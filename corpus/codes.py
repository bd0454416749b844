"""Codes and document numbers: recognised in free text, normalised, ranges expanded.

Forms: CPT is five digits, or four and a letter (Category II "F", III "T", laboratory "U"; AMA);
HCPCS level II is a letter A-V and four digits; ICD-10-CM is a letter, a digit, a letter or digit,
and up to four more behind a dot (CMS, ICD-10-CM guidelines). CMS's documents are NCD section
numbers ("270.6"), LCDs ("L33825"), articles ("A52477"). Denial codes (X12 CARC with its group,
"CO-50", and RARC, "N115") are recognised so that they are never taken for procedures.
This module knows forms only; whether a code exists is the corpus's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from corpus.errors import IdentifierError
from corpus.records import Span

MAX_RANGE = 1_000  # the widest CPT subsection that policies name spans a few hundred codes


class System(Enum):
    """What kind of identifier a string is."""

    PROCEDURE = "procedure"  # CPT and HCPCS level II: asked alike, billed alike
    DIAGNOSIS = "diagnosis"
    DOCUMENT = "document"
    DENIAL = "denial"
    INVALID = "invalid"  # said to be a code, and can't be one


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier found in text: its system, its normal form, and where it stands."""

    system: System
    value: str
    span: Span


_CPT = r"\d{5}|\d{4}[FTU]"
_HCPCS = r"[A-EGHJ-MP-V]\d{4}"
_MODIFIER = r"(?:-(?:[A-Z][A-Z0-9]|\d{2}))?"
_ICD = r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})"
_ICD_BARE = r"[A-TV-Z]\d[0-9AB](?:\.?[0-9A-TV-Z]{1,4})?"

_CODE_WORD = r"(?:\b(?:CPT|HCPCS|procedure\s+codes?|billing\s+codes?|codes?))"
_DIAGNOSIS_WORD = r"(?:\b(?:ICD(?:-?10)?(?:-?CM)?|dx|diagnos(?:is|es)(?:\s+codes?)?))"
_JOIN = r"\s*[:#=-]?\s*"

_RANGE = re.compile(
    rf"\b({_CPT}|{_HCPCS})\s*(?:-|–|—|\bto\b|\bthrough\b)\s*({_CPT}|{_HCPCS})\b", re.I
)
_ICD_SAID = re.compile(rf"{_DIAGNOSIS_WORD}{_JOIN}(?:code{_JOIN})?({_ICD_BARE})(?![\w.]*\d)", re.I)
_ICD_DOTTED = re.compile(rf"(?<![\w.])({_ICD})(?![\w])", re.I)
_CODE_SAID = re.compile(rf"{_CODE_WORD}{_JOIN}({_CPT}|{_HCPCS}){_MODIFIER}(?!\w)", re.I)
_CODE_BARE = re.compile(
    rf"(?<![\w$.#-])({_CPT}|{_HCPCS}){_MODIFIER}(?![\w%]|\.\d|,\d{{3}}(?!\d)|-\d)", re.I
)
_CODE_WRONG = re.compile(rf"{_CODE_WORD}{_JOIN}(?=[\w.-]*\d)([\w.-]*\w)", re.I)

_NCD = re.compile(r"\bNCDs?\s*#?\s*(?:section\s+)?(\d{1,3}(?:\.\d{1,2}){1,3})(?!\d)", re.I)
_NCD_ID = re.compile(r"\bncd\s*_?id\s*[:=]?\s*(\d{1,4})\b", re.I)
_LCD = re.compile(r"\b(?:LCD\s*#?\s*)?D?(L\d{5})\b", re.I)
_ARTICLE = re.compile(r"\b(?:article\s*#?\s*)?D?(A\d{5})\b", re.I)
_CFR = re.compile(
    r"\b42\s*C\.?F\.?R\.?\s*(?:§+|sec(?:tion|\.)?)?\s*(\d{3}\.\d{1,3}(?:\([a-z0-9]+\))*)", re.I
)
_POLICY = re.compile(
    r"\b(CPB\s*\d{4}|CPG\s*\d{3}|MP-\d{3}|(?:MA)?\d{2}\.\d{2}\.\d{2}[a-z]?|MA\d{2}\.\d{3}[a-z]?|"
    r"(?:DME|MED|SUR|RX)\d{3}\.\d{3})(?!\w)",
    re.I,
)
# With a hyphen, or a word of denying beside it: "CO 80" and "M25 pain" are something else.
_DENIAL = re.compile(
    r"\b(CO|PR|OA|PI|CR)-([A-B]?\d{1,3})\b(?!\.\d)|"
    r"\b(?:denials?|denied|reason|adjustment|CARC|code)s?\s+(CO|PR|OA|PI|CR)\s?(\d{1,3})\b|"
    r"\b(N\d{3}|MA\d{2,3})\b(?!\.)",
    re.I,
)
_ZIP = re.compile(
    r"(?i:\bzip(?:\s*codes?)?\s*(?:is|:|=)?\s*\d{5}(?:-\d{4})?)|"
    r",\s*[A-Z]{2}\.?,?\s+\d{5}\b|\b[A-Z][a-z]+,?\s+[A-Z]{2}\s+\d{5}\b|\b\d{5}-\d{4}\b"
)
_PHONE = re.compile(r"(?:\+?1[-. ])?\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b")
_AMOUNT = re.compile(
    r"[$€£]\s*[\d,.]+\d|\b\d[\d,.]*\s*(?:dollars?|usd|bucks|cents|people|patients|miles|steps|"
    r"members|claims|points|mg|ml|mcg|units?|iu|calories|percent|%)(?!\w)",
    re.I,
)


def normalize(text: str) -> str:
    """The normal form of one procedure code, diagnosis, or document number.

    Raises IdentifierError if the text is none of them: "cpt97026" -> "97026",
    "NCD270.6" -> "NCD 270.6", "m54.50" -> "M54.50".
    """
    found = [each for each in recognize(text) if each.system is not System.INVALID]
    if len(found) != 1:
        raise IdentifierError(
            f"{text!r} is not one code or document number; "
            "expected a form such as 97026, E0221, M54.50, NCD 270.6, L33825 or A52477"
        )
    return found[0].value


def recognize(text: str) -> list[Identifier]:
    """Identifiers in free text, in order of place; each stretch of text is claimed once.

    Years, money, phone numbers and ZIP codes are not codes. A string that the text calls a code
    and that can't be one comes back as INVALID, as it was written.
    """
    claims = _Claims()
    for pattern in (_PHONE, _AMOUNT, _ZIP):
        for match in pattern.finditer(text):
            claims.take(Span(*match.span()))
    found = [*_documents(text, claims), *_ranges(text, claims), *_codes(text, claims)]
    return sorted(found, key=lambda each: (each.span, each.value))


def expand(text: str) -> list[str]:
    """Codes of a range, both ends included, in order: "97010-97039" -> 30 codes.

    The ends must share everything but their digits, and the first must not be above the last.
    Raises IdentifierError for other text, and for a range of more than 1,000 codes.
    """
    match = re.fullmatch(
        rf"\s*({_CPT}|{_HCPCS})\s*(?:-|–|—|to|through)\s*({_CPT}|{_HCPCS})\s*", text, re.I
    )
    if match is None:
        raise IdentifierError(f"{text!r} is not a range of codes such as 97010-97039")
    first, last = match[1].upper(), match[2].upper()
    shape = re.sub(r"\d", "", first), first[0].isalpha()
    if shape != (re.sub(r"\d", "", last), last[0].isalpha()):
        raise IdentifierError(f"{text!r}: {first} and {last} are codes of different series")
    low, high = (int(re.sub(r"\D", "", code)) for code in (first, last))
    if not 0 <= high - low < MAX_RANGE:
        raise IdentifierError(f"{text!r}: a range rises and holds at most {MAX_RANGE:,} codes")
    width = sum(character.isdigit() for character in first)
    letter, leading = shape
    return [
        f"{letter}{number:0{width}d}" if leading else f"{number:0{width}d}{letter}"
        for number in range(low, high + 1)
    ]


class _Claims:
    """The stretches of a text that are taken: what comes first keeps its words to itself."""

    def __init__(self) -> None:
        self._taken: list[Span] = []

    def take(self, span: Span) -> bool:
        """Claim a stretch; whether it was free."""
        if any(span.start < other.end and other.start < span.end for other in self._taken):
            return False
        self._taken.append(span)
        return True


def _documents(text: str, claims: _Claims) -> Iterator[Identifier]:
    """Document numbers and denial codes, claimed as they are found."""
    for system, pattern, shape in _DOCUMENT_PATTERNS:
        for match in pattern.finditer(text):
            if claims.take(span := Span(*match.span())):
                yield Identifier(system, shape(match), span)


def _ranges(text: str, claims: _Claims) -> Iterator[Identifier]:
    """Every code of each range, all at the place of the range."""
    for match in _RANGE.finditer(text):
        span = Span(*match.span())
        try:
            codes = expand(f"{match[1]}-{match[2]}")
        except IdentifierError:
            continue  # no range: its two ends are read as codes of their own
        if claims.take(span):
            yield from (Identifier(System.PROCEDURE, code, span) for code in codes)


def _codes(text: str, claims: _Claims) -> Iterator[Identifier]:
    """Single codes, and what the text calls a code and can't be one."""
    for system, pattern in _CODE_PATTERNS:
        for match in pattern.finditer(text):
            if claims.take(span := Span(*match.span(1))):
                yield Identifier(system, _upper(system, match[1]), span)


def _upper(system: System, written: str) -> str:
    if system is System.INVALID:
        return written
    code = written.upper()
    if system is System.DIAGNOSIS and len(code) > 3 and "." not in code:
        return f"{code[:3]}.{code[3:]}"
    return code


def _denial(match: re.Match[str]) -> str:
    group, number = match[1] or match[3], match[2] or match[4]
    return f"{group.upper()}-{number.upper()}" if group else match[5].upper()


_DOCUMENT_PATTERNS = (
    (System.DOCUMENT, _NCD_ID, lambda match: f"ncdid {int(match[1])}"),
    (System.DOCUMENT, _NCD, lambda match: f"NCD {match[1]}"),
    (System.DOCUMENT, _LCD, lambda match: f"LCD {match[1].upper()}"),
    (System.DOCUMENT, _ARTICLE, lambda match: f"Article {match[1].upper()}"),
    (System.DOCUMENT, _CFR, lambda match: f"42 CFR {match[1].lower()}"),
    (System.DOCUMENT, _POLICY, lambda match: _policy(match[1])),
    (System.DENIAL, _DENIAL, _denial),
)
_CODE_PATTERNS = (
    (System.DIAGNOSIS, _ICD_SAID),
    (System.DIAGNOSIS, _ICD_DOTTED),
    (System.PROCEDURE, _CODE_SAID),
    (System.PROCEDURE, _CODE_BARE),
    (System.INVALID, _CODE_WRONG),
)


def _policy(written: str) -> str:
    number = re.sub(r"\s+", " ", written.upper())
    number = re.sub(r"^CPB ?", "CPB ", number)
    number = re.sub(r"^CPG ", "CPG", number)
    return re.sub(r"(?<=\d)[A-Z]$", lambda match: match[0].lower(), number)
