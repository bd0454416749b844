"""A question parsed once: what it asks, of whom, about which codes, where and when.

Everything read from the words is echoed as `interpreted`, and a filter overrides it. Dates are
read in the usual American spellings; a month or a year alone stands for its middle, "before 2004"
for the last day of 2003.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from corpus import payers
from corpus.codes import Identifier, System, normalize, recognize
from corpus.errors import IdentifierError, QuestionError
from corpus.records import Span
from corpus.terms import Kind, Line
from corpus.text import clean

LONGEST_QUESTION = 2_000  # characters; a longer text is a document, not a question


class QuestionKind(Enum):
    """What sort of answer a question wants."""

    COVERAGE = "coverage"
    INFORMATION = "information"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the caller states; each part overrides what the question's words say."""

    payer: str | None = None
    line: Line | None = None
    state: str | None = None
    codes: tuple[str, ...] | None = None
    kinds: tuple[Kind, ...] | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question as understood.

    payers: those it names, in its order; empty for none. documents: policies it names by number.
    as_of: the day whose rules are asked for; dated: whether the question or a filter named it.
    expansions: what its lay words stand for. meanings: what codes that a policy holds stand for.
    about: its words without payers, codes and dates.
    """

    text: str
    about: str
    kind: QuestionKind
    as_of: date
    dated: bool
    codes: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    line: Line | None = None
    plan: str | None = None
    contractor: str | None = None
    state: str | None = None
    kinds: tuple[Kind, ...] | None = None
    expansions: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()


_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH = (
    "("
    + "|".join([*_MONTHS, *(rf"{name[:3]}\.?" for name in _MONTHS if name != "may"), r"sept\.?"])
    + ")"
)
_YEAR = r"((?:19[6-9]|20[0-4])\d)"
_DATES = (
    (re.compile(rf"\b{_YEAR}-(\d\d?)-(\d\d?)\b"), "ymd"),
    (re.compile(rf"\b(\d\d?)[/-](\d\d?)[/-]{_YEAR}\b"), "mdy"),
    (re.compile(r"\b(\d\d?)/(\d\d?)/(\d\d)\b(?!/)"), "mdY"),
    (re.compile(rf"\b{_MONTH}\s+(\d\d?)(?:st|nd|rd|th)?,?\s+{_YEAR}\b", re.I), "Mdy"),
    (re.compile(rf"\b(\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}\b", re.I), "dMy"),
    (re.compile(rf"\b(\d\d?)/{_YEAR}\b"), "my"),
    (re.compile(rf"\b{_MONTH}(?:\s+of)?,?\s+{_YEAR}\b", re.I), "My"),
    (re.compile(rf"\b(?:before|prior to|until)\s+{_YEAR}\b", re.I), "b"),
    (
        re.compile(
            rf"\b(?:in|during|from|dated|of|year|dos|since|performed|given|done|started|bought|back in|for|on|mid|early|late|summer|spring|fall|autumn|winter)"
            rf"[\s:-]+(?:the year |about |around |early |late |mid-?)?{_YEAR}\b(?!\s*(?:mg|ml|units?|dollars|patients))", re.I,
        ),
        "y",
    ),
    (re.compile(rf"^{_YEAR}\b|\b{_YEAR}\s*[?.!]?$"), "y"),
)  # fmt: skip
_YEARS = ("y", "b")  # orders that are a year alone
# A year of somebody's life, not of the service: "quit in 2003", "born in 1970", "nothing since 1990".
_LIFE = re.compile(
    r"\b(?:quit\w*|stopped|born|diagnosed|nothing|clean|sober|smoked|transfused|(?:had|got|received|getting|needed)\b[^.?!;]{0,20}\btrans?fusions?|given (?:me )?blood|blood given|blood (?:was |were )?given|last (?:one|test|\w*scopy|screen\w*|scan|exam|shot|mammogram))\b[^.?!;]{0,25}$",
    re.I,
)

_CODE_QUESTION = re.compile(
    r"\bwh(?:at|ich)(?:'s| is| are| was)?\s+(?:the\s+)?(?:right\s+|correct\s+|proper\s+)?(?:cpt|hcpcs|procedure|billing|icd)?[\s/-]*(?:cpt|hcpcs)?\s*codes?\b|"
    r"\bwhat\s+(?:does|do|is|are)\s+(?:cpt|hcpcs|procedure|billing|code|modifier)?\s*(?:codes?\s*)?#?[A-Z]?\d{4}\w?\s*(?:mean|stand for|describe|for|used for|code|$|\?)|"
    r"\b(?:cpt|hcpcs|procedure|billing)\s+codes?\s+for\b|\bcodes?\s+(?:for|to (?:use|bill))\b|"
    r"\bwh(?:at|ich) code\b|\bmeaning of (?:cpt|hcpcs|code|procedure)|\bhow (?:do|should|would) (?:i|we|you) (?:code|bill)\b",
    re.I,
)
_DEFINITION = re.compile(
    r"^\s*(?:(?:please|can you|could you|hi|hello)\W+)*(?:tell me )?(?:what(?:'s|s|\s+is|\s+are|\s+was|\s+exactly (?:is|are))\s+(?!(?:is |are )?covered|the (?:coverage|criteria|rule|policy|limit)|paid|medicare'?s)|"
    r"define\b|definition of|explain|describe|who(?:'s| is| are)\s+an?\b|what\s+(?:do(?:es)?|did|kind|sort|type)\b.*\b(?:mean|stand for|measure|do|treat|show|contain|test|look for|look at|check|work|involve|refer|publish|say)s?\b)|"
    r"^\s*(?:the )?(?:risks?|uses?|side effects?|purpose|definition|meaning|dangers?|complications?) of\b|"
    r"\bwhat\s+(?:is|are)\s+[^?]*\b(?:used for|side effects?|risks?)\b|\bwhat\s+(?:is|are)\s+[^?]*\bfor\s*\??$|\bside effects?\b|\bhow (?:does|do|is|are)\b[^?]*\b(?:work|works|done|performed|measured|defined|different|differ)\b|"
    r"\bwhat (?:is|'s) the difference\b|\bdifference between\b|\bhow (?:do|can|should) (?:i|we) (?:appeal|file|find|fight|dispute|challenge)\b|"
    r"\bhow many (?:levels|steps|stages|days do i have)\b|\bstill (?:active|in force|in effect|valid|current)\b|\bretired\b|"
    r"\bwhat (?:exactly|on earth|counts|makes|became|happened to)\b|\bwhat (?:is|was|are) (?:that|this|it)\b[\w\s]*\?|\bwhat (?:kind|sort|type) of (?:a |an )?\w+ (?:is|are|was) (?:that|this|it|an?)\b|\bdefinition\s*\??$|\bwhich item\b|\bmeaning of\b|\bdefines?\b|\bwhat device\b|\bhow many rungs\b",
    re.I,
)
# About coverage as a matter, not about whether a service is covered.
_ABOUT_COVERAGE = re.compile(
    r"\bhow (?:do|can|should|would) (?:i|we|you) (?:appeal|fight|dispute|challenge)\b|\bdifference between\b|\bside effects?\b",
    re.I,
)
_COVERAGE_WORDS = re.compile(
    r"\b(?:cover(?:ed|s|age|ing)?|pay(?:s|able|ing|ment)?|paid|reimburs\w*|allow(?:s|ed)?|approv\w*|eligib\w*|qualif\w*|den(?:y|ied|ial)s?|bill(?:ed|able)|claim(?:ed)?|benefits?|entitled|medically necessary|"
    r"will (?:they|medicare|aetna|cigna|insurance)|foot the bill|free)\b",
    re.I,
)
_DENIAL_QUESTION = re.compile(r"\bwhat|mean|why|explain|reason|code", re.I)


def parse(
    question: str, *, on: date, filters: Filters | None = None, expansions: Sequence[str] = ()
) -> Query:
    """The question as understood on a day.

    expansions: what its lay words stand for (search_api.lexicon). Raises QuestionError naming
    the field for an empty or overlong question, and for a filter that says nothing usable.
    """
    given = filters or Filters()
    if given.payer is not None and not given.payer.strip():
        raise QuestionError("filters.payer", "is empty; leave it out to ask all payers")
    text = _cleaned(question)
    found = recognize(text)
    by_system = {system: _distinct(found, system) for system in System}
    codes = by_system[System.PROCEDURE] if given.codes is None else _codes(given.codes)
    named = payers.mentions(text if given.payer is None else given.payer)
    payer_names = _payers(named, given.payer)
    state = _state(text, given.state, payer_names)
    day, place = _date(text, on)
    places = [span for _, span in payers.states(text)]
    spans = [*(each.span for each in found), *(each.span for each in named), *places]
    return Query(
        text=text,
        about=_about(text, spans, place),
        kind=_kind(text, codes, by_system),
        as_of=given.as_of or day or on,
        dated=bool(given.as_of or day),
        codes=codes,
        diagnoses=by_system[System.DIAGNOSIS],
        documents=by_system[System.DOCUMENT],
        denials=by_system[System.DENIAL],
        invalid=by_system[System.INVALID],
        payers=tuple(payers.of_state(name, state) for name in payer_names),
        line=given.line or _line(named),
        plan=next((mention.plan for mention in named if mention.plan), None),
        contractor=next((mention.contractor for mention in named if mention.contractor), None),
        state=state,
        kinds=given.kinds,
        expansions=tuple(expansions),
    )


def _cleaned(question: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in question):
        raise QuestionError("query", "holds half of a surrogate pair: it is no valid Unicode")
    text = clean(question)
    if not text:
        raise QuestionError("query", "the question is empty")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            "query", f"{len(text):,} characters; a question has at most {LONGEST_QUESTION:,}"
        )
    return text


def _line(named: Sequence[payers.Mention]) -> Line | None:
    """The line of business that is named; None where several are, which asks for each."""
    lines = {mention.line for mention in named if mention.line}
    return lines.pop() if len(lines) == 1 else None


def _payers(named: Sequence[payers.Mention], given: str | None) -> tuple[str, ...]:
    """The filter's payer, or those that the words name, each once."""
    if given is not None:
        return (payers.canonical(given) or given.strip(),)
    return tuple(dict.fromkeys(mention.payer for mention in named if mention.payer))


def _kind(text: str, codes: Sequence[str], found: dict[System, tuple[str, ...]]) -> QuestionKind:
    bare = len(codes) == 1 and re.fullmatch(r"(?:cpt|hcpcs|code|\W)*\w{5}\W*", text, re.I)
    if bare or (
        _CODE_QUESTION.search(text) and not re.search(r"\bcover|\bpa(?:y|id)\b", text, re.I)
    ):
        return QuestionKind.CODE
    if _ABOUT_COVERAGE.search(text):
        return QuestionKind.INFORMATION
    if found[System.DENIAL] and not codes:
        return QuestionKind.INFORMATION
    if found[System.DENIAL] and _DENIAL_QUESTION.search(text):
        return QuestionKind.INFORMATION
    if _DEFINITION.search(text) and not _COVERAGE_WORDS.search(_DEFINITION.sub(" ", text)):
        return QuestionKind.INFORMATION
    return QuestionKind.COVERAGE


def _distinct(found: Sequence[Identifier], system: System) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.value for each in found if each.system is system))


def _codes(given: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(normalize(code) for code in given))
    except IdentifierError as error:
        raise QuestionError("filters.codes", str(error)) from error


def _state(text: str, given: str | None, named: Sequence[str]) -> str | None:
    if given is not None:
        code = payers.state_code(given)
        if code is None:
            raise QuestionError(
                "filters.state", f"{given!r} is not a US state or its two-letter code"
            )
        return code
    found = [code for code, _ in payers.states(text)]
    # "BCBS Alabama" names a payer, not a place.
    places = [code for code in found if not any(payers.STATES[code] in name for name in named)]
    return places[0] if places else None


def _date(text: str, on: date) -> tuple[date | None, tuple[int, int] | None]:
    """(the day that the text names, where it stands), (None, None) for a text without a date."""
    for pattern, order in _DATES:
        for match in pattern.finditer(text):
            if order in _YEARS and _LIFE.search(text[: match.start()]):
                continue
            day = _day([group for group in match.groups() if group], order)
            if day is None:
                return None, None  # February 31: no day, and no reason to take its year
            return day, match.span()
    return None, None


def _day(groups: Sequence[str], order: str) -> date | None:
    if order == "b":
        return date(int(groups[0]) - 1, 12, 31)
    parts = {"m": 7 if order == "y" else 1, "d": 1 if order == "y" else 15}
    for group, name in zip(groups, order, strict=True):
        if name == "Y":  # two digits: this century up to 40, else the last
            parts["y"] = int(group) + (2000 if int(group) <= 40 else 1900)
        elif name == "M":
            parts["m"] = next(
                n for n, month in enumerate(_MONTHS, 1) if month.startswith(group[:3].lower())
            )
        else:
            parts[name] = int(group)
    try:
        return date(parts["y"], parts["m"], parts["d"])
    except ValueError:
        return None


def _about(text: str, spans: Sequence[Span], place: tuple[int, int] | None) -> str:
    """The words that are left when codes, payers, states and the date are taken out."""
    letters = list(text)
    for start, end in [*((span.start, span.end) for span in spans), *([place] if place else [])]:
        letters[start:end] = " " * (end - start)
    return " ".join("".join(letters).split())
