"""What a sentence says of coverage: a cue grammar over lower-case words.

A sentence is cut into clauses, each clause is given the cues that stand in it, and the cues are
resolved in an order that a reader can follow: words that only look like coverage are struck
out, double negations are read as what they mean, then discretion, exceptions ("not covered
unless"), refusals, approvals and their conditions. Figures: docs/evaluation.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from corpus.terms import Determination, Why

# "covered" in another sense, and talk about coverage that decides nothing.
_NOT_COVERAGE = re.compile(
    r"cover(?:ed|ing) (?:entit(?:y|ies)|period|days?|lives|individuals?|persons?|members?|employees?|"
    r"body|areas?|surfaces?|parts?|charges?|amounts?)|"
    r"(?:wound|skin|site|area|lesion|device|electrode|incision|burn|pad|ulcer|mattress|sensor|catheter)s?"
    r" (?:is|are|was|were|be|being|must be|should be)? ?(?:then |loosely |fully |completely )?covered (?:with|by|in|under)|"
    r"covered (?:with|by|in) (?:a |an |the )?(?:\w+ )?(?:dressing|gauze|film|sheet|cloth|bandage|blanket|tape|foil|fabric|skin|graft)|"
    r"(?:this|the|that) (?:policy|article|section|manual|chapter|document|guideline|bulletin|page|course|training|report|review|study)"
    r"(?:'s)? (?:also )?(?:covers|discusses|describes|addresses|lists|explains)|"
    r"for (?:coverage|information) (?:of|on|about)[^,.;]*,? (?:see|refer)|(?:see|refer to)[^.;]* for coverage|"
    r"(?:request|reconsideration|review|analysis|question|petition|comment)s? (?:for|of|on|about|to)[^.;]{0,60}coverage",
)
_DOUBLE_NEGATION = re.compile(
    r"(?:not|never|no longer|neither) (?:be |been |considered |regarded as |deemed |treated as |listed as |"
    r"automatically |to be |an? )*(?:excluded|experimental|investigational|non-?covered|denied|unproven|bundled|a noncovered)|"
    r"(?:can|may|must|should|shall|will)(?:not| not) be (?:denied|excluded|refused)|"
    r"(?:exclusion|noncoverage|non-coverage|bar)\b[^.;]{0,40}(?:does not apply|no longer applies|was (?:removed|lifted))|"
    r"(?:does|do) not (?:exclude|preclude|prohibit|bar|deny)|(?:is|are) not (?:a )?(?:reasons?|grounds?|basis) (?:for|to) den",
)
_DISCRETION = re.compile(
    r"(?:at|in|within|to|under|by) the (?:\w+ )?(?:discretion|judgment) of (?:the |each |its )?(?:\w+[ -]){0,4}(?:contractor|mac|carrier|intermediar|fiscal)|"
    r"(?:contractor|mac|carrier|intermediar(?:y|ies))s?[’']?s?\)? (?:discretion|judgment)|"
    r"(?:contractor|mac|carrier|intermediar(?:y|ies))s?\)? (?:\w+ )?(?:may|will|must|shall|can|should|are to|is to|have the authority to|has the authority to|continue to|retains?(?: the)?|keeps?|remains? free to|decides?|determines?|make|makes|judge)s?"
    r"[^.;]{0,60}(?:determin|decid|decision|discretion|establish|authority|adjudicat|judge|whether|find a)|"
    r"(?:left|leaves?|leaving|delegat\w+|deferr?\w*|defers?|up|reserved|falls?|rests?|lies|referred) (?:\w+ )?(?:to|with) (?:the |each |its |individual |local |regional |your |that )*(?:\w+ ){0,3}(?:contractor|mac\b|macs\b|carrier|intermediar)|"
    r"(?:determin|decid|adjudicat|made|handled|judged|settled|set|evaluated|considered)\w*[^.;]{0,30} by (?:the |each |their |its |your |local |individual |regional )*(?:\w+ ){0,3}(?:contractor|macs?\b|carrier|intermediar)|"
    r"(?:local|contractor|individual|case-by-case)[ -](?:\w+ )?(?:discretion|determinations? appl)|"
    r"(?:contractor|mac|carrier)s? (?:\w+ )?(?:decides?|determines?|judges?)\b",
)
_REFUSAL = re.compile(
    r"(?:not|never|neither|nor|no longer) (?:\w+ ){0,3}?(?:cover(?:ed|s|able|age)?\b|payable|paid\b|pay\b|reimburs\w+|a covered|a benefit|eligible|allowed|approved|separately|meet (?:the |our )?(?:definition|requirement|criteria)|provide (?:coverage|payment|benefits)|make payment|made\b|extend|qualify)|"
    r"(?:not|never|neither|fails? to be|nor) (?:\w+ ){0,3}?(?:(?:reasonable(?: (?:and|or) (?:medically )?necessary)?|medically necessary|medical necessity|necessary)\b|considered (?:reasonable|medically))|"
    r"(?:does|do|will|would|can|is|are|was|were)n[’']t (?:\w+ ){0,3}?(?:cover\w*|pay\b|paid|payable|reimburs\w+|medically necessary)|cannot be (?:covered|paid|reimbursed)|"
    r"non-?cover(?:ed|age)|uncovered (?:service|item)|"
    r"(?:experimental|investigational|unproven)\b|"
    r"exclu(?:ded|des|sion)\b|(?:is|are|be|being|claims?|services?) (?:\w+ )?(?:denied|disallowed|rejected)|denies|denied as|den(?:y|ial) (?:for|as|of)|"
    r"no (?:\w+[ -]){0,3}?(?:payment|coverage|benefit category|benefit|reimbursement|allowance)\b|without (?:a )?benefit category|outside (?:the |any )?(?:\w+ )?benefit categor|"
    r"(?:bundled|packaged|included) (?:in|into|with)|payment (?:\w+ )?(?:is|are) included|not a (?:covered )?(?:benefit|medicare)|"
    r"lacks? (?:of )?medical necessity|(?:considered|deemed|is|are|as) (?:a )?(?:medically )?(?:unnecessary|cosmetic)\b|"
    r"(?:contractual|statutory|benefit) exclusion|barred|refuses|withdr[ae]w|nationally non-?covered",
)
_APPROVAL = re.compile(
    r"\bcover(?:ed|s)?\b|coverage (?:is|may be|will be|can be|of|for|extends|applies|was extended|exists|includes)|(?:extends?|provides?|allows?|grants?|expands?) coverage|"
    r"medically necessary|medical necessity|reasonable (?:and|or) (?:medically )?necessary|"
    r"\b(?:pays?|paid|payable|reimbursable|reimburses?|reimbursed)\b|payment (?:may|can|will|is|shall)|may be (?:made|allowed|approved|paid)|eligible for|(?:is|are) (?:a )?(?:medicare )?benefits?|"
    r"considered (?:appropriate|established|proven|standard)|(?:is|are) (?:proven|allowed|approved)\b|nationally covered",
)
# An approval as the sentence's own verb, not a heading's noun ("Medical necessity of ...").
_APPROVES = re.compile(
    r"\b(?:is|are|be) (?:\w+ ){0,2}(?:covered|medically necessary|reasonable and necessary|payable|reimbursable|eligible)|"
    r"\b(?:covers|pays|pay for)\b",
)
_EXCEPTION = re.compile(
    r"\b(?:except|unless|other than|with the exception|apart from|only (?:if|when|where|in|for|as|within|to)|until (?:the|a|all|after)|aside from|save (?:for|when)|but (?:only|may|is covered))\b",
)
_CONDITION = re.compile(
    r"\b(?:when|if|only|provided|unless|except|once|where|while|after|until|as long as|so long as|must|criteria|criterion|requires?|required|conditions?|"
    r"subject to|limited to|limit|up to|at least|no more than|not more than|every|per (?:year|lifetime|day|week|month)|each year|following|selected|certain|"
    r"who (?:have|has|are|meet|fail|cannot|need|do)|with documented|who[’']ve|documented|failed|refractory|unresponsive|within|ordered by|prescribed|under (?:the )?(?:direct|general|supervision)|"
    r"clinical (?:trial|stud)\w*|approved stud\w*|evidence development|ced|prior authorization|on condition|in (?:an? )?(?:approved|qualifying)|annual(?:ly)?|maximum|aged?|years? (?:of age|or older|and older)|may be (?:covered|considered|made|paid|allowed|medically)|case[- ]by[- ]case|to the extent|so far as|depend(?:s|ing) on)\b",
)
_PAST = re.compile(
    r"\b(?:was|were|had been|did)(?: not|n[’']t)? (?:\w+ )?(?:cover|consider|exclud|deni|pa(?:id|y)|bundled|experimental|investigational|left|noncovered|non-covered|reimburs|nationally)\w*|"
    r"\b(?:previously|formerly|historically|used to|in the past|at one time|once (?:was|covered|excluded|considered)|prior to|earlier (?:polic|version|rule|text|edition)|(?:originally|initially) )",
)
_NOW = re.compile(
    r"\b(?:now|currently|today|presently|effective|beginning|starting|since|from|on (?:or|and) after|as of|remains?|continues?)\b|\b(?:is|are|covers|may be|will be|has been|have been)\b",
)
_UNDECIDED = re.compile(
    r"\?\s*$|\b(?:whether|insufficient (?:information|data) to (?:tell|determine)|under (?:review|reconsideration|consideration)|proposed?|propos(?:es|ing|al)|has not (?:issued|made|decided|determined|established)|no (?:national )?(?:coverage )?(?:determination|policy|position|ncd|decision) (?:has been|is|was|exists|on)|"
    r"(?:does|do) not (?:address|speak|discuss|mention|say|state|decide)|silent on|not addressed|(?:stud(?:y|ies)|evidence|literature|trials?|data|authors?|investigators?|guidelines?) (?:\w+ )?(?:show|suggest|report|found|find|indicate|support|demonstrate|compar|recommend|conclude)\w*|"
    r"(?:will|would|to) (?:be )?(?:determine|review|reconsider|consider|study|evaluate)\w*|appeal|enroll\w*|deductible|coinsurance (?:is|of)|means? (?:that|a|the)|refers? to|is defined as)\b",
)

_WHYS = (
    (Why.OUTSIDE_STUDY, r"outside (?:of )?(?:an? |the |any )?(?:\S+ ){0,3}(?:stud|trial|registr)|not (?:\w+ ){0,3}(?:enrolled|participating|part of)"),
    (Why.STATUTORY_EXCLUSION, r"statut|by law|under (?:section |§ ?)?18(?:62|61)\(a\)\((?!1\))|the (?:social security )?act (?:excludes|bars)"),
    (Why.NO_BENEFIT_CATEGORY, r"benefit categor|definition of (?:dme|durable medical equipment|prosthetic)|not (?:considered )?(?:durable medical equipment|primarily medical)|comfort or convenience"),
    (Why.BUNDLED, r"bundl|packaged|separate(?:ly)?\b|payment (?:\w+ )?(?:is|are) included|included in (?:the )?(?:payment|allowance|fee|reimbursement)|incidental"),
    (Why.FREQUENCY, r"more (?:often|than|frequent)|frequen|in excess of|exceed|every \d|per (?:year|lifetime)|once (?:per|a|in|every)"),
    (Why.EXPERIMENTAL, r"experimental|investigational|unproven|not (?:been )?(?:proven|established)|safe(?:ty)? (?:and|or) effective"),
    (Why.NOT_REASONABLE_AND_NECESSARY, r"reasonable (?:and|or)|medically (?:un)?necessary|medical necessity|1862\(a\)\(1\)|unnecessary"),
)  # fmt: skip

_CLAUSE = re.compile(
    r";\s*|,?\s+\b(?:but|however|whereas|although|though|yet)\b,?\s+|(?<=[a-z0-9)]):\s+(?=[A-Za-z])"
)
_OTHER_PAYER = re.compile(r"^\s*(?:while|although|though|whereas|unlike|even though)\b[^,]*,\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence decides, and why where it refuses."""

    determination: Determination
    why: Why | None = None


# Every cue of discretion, refusal and approval holds one of these: without any, nothing is decided.
_STEMS = (
    "cover", "necess", "reasonable", "pay", "paid", "reimburs", "benefit", "exclu", "den", "experiment",
    "investig", "proven", "allow", "approv", "eligib", "bundl", "packag", "includ", "contractor", "mac",
    "carrier", "intermediar", "fiscal", "discretion", "judgment", "determin", "cosmetic", "barred", "refus", "withdr",
    "reject", "bar", "appropriate", "established", "standard", "separate", "meet", "medicare", "may be made",
)  # fmt: skip

NOTHING = Reading(Determination.NOT_ADDRESSED)


@lru_cache(maxsize=50_000)  # contractors' policies repeat whole paragraphs
def read_sentence(text: str) -> Reading:
    """What one sentence (or a few that belong together) says of coverage; NOTHING where it doesn't."""
    words = text.lower()  # once: patterns that ignore case take four times as long
    if not any(stem in words for stem in _STEMS):
        return NOTHING
    readings = [_read_clause(clause) for clause in _clauses(words)]
    decided = [reading for reading in readings if reading is not NOTHING]
    return _joined(decided, words) if decided else NOTHING


def _clauses(text: str) -> Iterator[str]:
    text = _OTHER_PAYER.sub("", text, count=1)
    yield from (clause for clause in _CLAUSE.split(text) if clause.strip())


def _read_clause(clause: str) -> Reading:
    """The clause's own reading: its cues, resolved in order."""
    words = _NOT_COVERAGE.sub(" ", clause)
    lifted = bool(_DOUBLE_NEGATION.search(words))
    words = _DOUBLE_NEGATION.sub(" is covered ", words)
    if _DISCRETION.search(words):
        return Reading(Determination.CONTRACTOR_DISCRETION)
    refusal, rest = _REFUSAL.search(words), _REFUSAL.sub(" ", words)
    approval = _APPROVAL.search(rest)
    if not refusal and not approval:
        return NOTHING
    if _UNDECIDED.search(words) and not _is_firm(words):
        return NOTHING
    if _PAST.search(words) and not _NOW.search(_PAST.sub(" ", words)):
        return NOTHING
    if refusal:
        why = _why(clause)
        both = not lifted and _APPROVES.search(words[: refusal.start()])
        if _EXCEPTION.search(words) or both:
            return Reading(Determination.CONDITIONAL, why)
        return Reading(Determination.NOT_COVERED, why)
    if lifted and not _CONDITION.search(rest):
        return Reading(Determination.COVERED)
    return Reading(Determination.CONDITIONAL if _CONDITION.search(words) else Determination.COVERED)


_FIRM = re.compile(
    r"\b(?:is|are|be) (?:therefore |thus |considered |deemed |nationally )*(?:not |non-?)?(?:covered|medically necessary|"
    r"reasonable and necessary|excluded|denied|experimental|investigational|payable)|does not cover|covers\b",
)


def _is_firm(words: str) -> bool:
    """Whether a clause decides in the present tense, beside whatever else it reports."""
    return bool(_FIRM.search(words)) and not re.search(r"\?\s*$|\bwhether\b", words)


def _why(clause: str) -> Why | None:
    return next((why for why, pattern in _WHYS if re.search(pattern, clause)), None)


def _joined(readings: list[Reading], text: str) -> Reading:
    """One reading for several clauses: they agree, or the sentence is conditional."""
    kinds = {reading.determination for reading in readings}
    if len(kinds) == 1:
        return readings[0]
    if _PAST.search(text):
        return readings[-1]
    if kinds == {Determination.NOT_COVERED, Determination.CONTRACTOR_DISCRETION}:
        return Reading(Determination.CONTRACTOR_DISCRETION)
    return Reading(Determination.CONDITIONAL, next((r.why for r in readings if r.why), None))
