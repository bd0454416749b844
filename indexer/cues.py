"""Cues in a sentence: whether it may decide anything at all, and why it refuses where it does.

What it decides is told by the judge of sentences (`indexer.judging`).
"""

import re
from dataclasses import dataclass

from corpus.terms import Determination, Why

_WHYS = (
    (Why.OUTSIDE_STUDY, r"outside (?:of )?(?:an? |the |any )?(?:\S+ ){0,3}(?:stud|trial|registr)|not (?:\w+ ){0,3}(?:enrolled|participating|part of)"),
    (Why.STATUTORY_EXCLUSION, r"statut|by law|under (?:section |§ ?)?18(?:62|61)\(a\)\((?!1\))|the (?:social security )?act (?:excludes|bars)"),
    (Why.NO_BENEFIT_CATEGORY, r"benefit categor|definition of (?:dme|durable medical equipment|prosthetic)|not (?:considered )?(?:durable medical equipment|primarily medical)|comfort or convenience"),
    (Why.BUNDLED, r"bundl|packaged|separate(?:ly)?\b|payment (?:\w+ )?(?:is|are) included|included in (?:the )?(?:payment|allowance|fee|reimbursement)|incidental"),
    (Why.FREQUENCY, r"more (?:often|than|frequent)|frequen|in excess of|exceed|every \d|per (?:year|lifetime)|once (?:per|a|in|every)"),
    (Why.EXPERIMENTAL, r"experimental|investigational|unproven|not (?:been )?(?:proven|established)|safe(?:ty)? (?:and|or) effective"),
    (Why.NOT_REASONABLE_AND_NECESSARY, r"reasonable (?:and|or)|medically (?:un)?necessary|medical necessity|1862\(a\)\(1\)|unnecessary"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """What a sentence decides, and why where it refuses."""

    determination: Determination
    why: Why | None = None


NOTHING = Decision(Determination.NOT_ADDRESSED)

_ENDS = re.compile(r"\b(?:stops?|ceases?|no longer|quits?) (?:pay|cover|reimburs)", re.I)

# Nearly every sentence that decides holds one of these; one without any need not be judged.
_STEMS = (
    "cover", "necess", "reasonable", "pay", "paid", "reimburs", "benefit", "exclu", "den", "experiment",
    "investig", "proven", "allow", "approv", "eligib", "bundl", "packag", "includ", "contractor", "mac",
    "carrier", "intermediar", "fiscal", "discretion", "judgment", "determin", "cosmetic", "barred", "refus", "withdr",
    "reject", "bar", "appropriate", "established", "standard", "separate", "meet", "medicare", "may be made",
    "limited", "bill", "decid", "decision", "request", "individual", "authori", "expense", "purchase", "qualif",
    "member", "plan", "fee", "part a", "part b", "available", "local policy", "cost", "charge", "free", "penny",
    "pocket", "help", "on you", "on your own", "up to you", "owe", "dollar", "price", "insur", "replac", "prescri",
    "rental", "formulary", "rider", " us", "we say", "buy", "finance", "fund", "review",
)  # fmt: skip


def may_decide(text: str) -> bool:
    """Whether a text holds any word that speaks of coverage; without one it decides nothing."""
    words = text.lower()
    return any(stem in words for stem in _STEMS)


def ends_payment(text: str) -> bool:
    """Whether a text says that payment ends: "stops paying" holds no word of refusal."""
    return _ENDS.search(text) is not None


def why_refused(text: str) -> Why | None:
    """The reason that a refusal's words give, None where they give none."""
    words = text.lower()
    return next((why for why, pattern in _WHYS if re.search(pattern, words)), None)
