"""When not to answer, and what to say instead: each reason has its words and a pointer.

An abstention speaks of us and of the corpus, never of the policy: silence is not "not covered".
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.payers import FAMILIES
from corpus.terms import Line
from indexer.store import Store
from search_api.query import Query, QuestionKind
from search_api.ranking import Ranked
from search_api.replies import Abstention, Answer, Reason

_NEAREST = 3
_TELLING = 3  # distinct words that tell a language
_FAR = 0.35  # cosine of the best document below which a question is on another subject
# Matters of a plan's administration: no policy document holds them.
_ADMINISTRATION = re.compile(
    r"\b(?:phone|telephone|fax|contact) number|\b(?:help|member|nurse|contact) ?line\b|\bcustomer service\b|\b(?:mailing|postal|claims?) address\b|"
    r"\b(?:premium|deductible|co-?pay(?:ment)?|coinsurance|out[- ]of[- ]pocket(?: (?:max\w*|limit))?)s?\b[^?]*\b(?:amount|much|cost|this year|20\d\d|per month)|"
    r"\b(?:how much|amount|what)\b[^?]*\b(?:premium|deductible|out[- ]of[- ]pocket max\w*)|"
    r"\bsign(?:ing)? up for\b|\bopen enrollment\b|\bswitch(?:ing)? (?:plans?|doctors?)|"
    r"\bchange my (?:primary )?(?:doctor|care|plan|pcp|address)|\b(?:income|asset) limits?\b|\b(?:qualify|eligible|eligibility|apply|applying) for (?:medicaid|medicare|chip|cobra|extra help|subsid)|"
    r"\b(?:id|insurance|member(?:ship)?) cards?\b|\bin[- ]network\b|\bnetwork (?:providers?|doctors?|pharmac)|\bprovider directory\b|\bpayer id\b|"
    r"\bcobra\b|\bpreferred (?:pharmac|drugstore)|\b(?:pharmac\w+|drugstores?)\b[^?]*\bpreferred\b|\bformulary\b|\bdrug tiers?\b|\btier \d\b|\btravel (?:policy|insurance)\b|"
    r"\bpassword\b|\blog ?in\b|\bgrace period\b|\bpays? first\b|\bcoordination of benefits\b|\bnewborn\b[^?]*\bplan\b|\bspecial enrollment\b",
    re.I,
)
# One enrols in plans, and in studies, which policies ask for.
_ENROLMENT = re.compile(r"\benrol(?:l|ment|ling|led)\b", re.I)
_STUDY = re.compile(r"\b(?:stud(?:y|ies)|trials?|registr(?:y|ies))\b", re.I)
# Words that stand in nearly every Spanish question and in no English one: three of them are enough.
_SPANISH = re.compile(
    r"[¿¡]|\b(?:cubre[ns]?|cubierto|cubierta|el|la|los|las|una|para|por|seguro|tratamiento|terapia|puedo|tengo|mi|con|del|cómo|qué|está|paga|dolor)\b",
    re.I,
)
_ENGLISH_ONLY = (
    "Este servicio solo entiende preguntas en inglés; para ayuda en español llame a 1-800-MEDICARE (1-800-633-4227). "
    "This service reads questions in English only."
)
NO_POLICY_FOUND = (
    "No document of this corpus answers the question. That says nothing about coverage: "
    "ask the payer, or look for a local policy of your Medicare contractor."
)
_MESSAGES = {
    Reason.NO_POLICY_FOUND: NO_POLICY_FOUND,
    Reason.VERSION_NOT_IN_CORPUS: "The policy is in this corpus, but not its rule for {day}. "
    "Ask for the version in force on that day at the source.",
    Reason.NOT_A_COVERAGE_QUESTION: "This is a matter of a plan's administration, which policy documents don't hold. "
    "The plan's member services (the number on the card) or 1-800-MEDICARE can tell.",
    Reason.OFF_TOPIC: "This corpus is about coverage of health services; nothing in it is near the question.",
}


def before_retrieval(query: Query, store: Store, *, held: frozenset[str]) -> Reason | None:
    """The reason not to answer that the question itself gives, None where it gives none.

    held: the payers of which the corpus has something.
    """
    if _in_spanish(query):
        return Reason.NOT_A_COVERAGE_QUESTION
    if query.invalid and not (query.codes or query.documents):
        return Reason.CODE_INVALID
    if query.documents and not any(
        store.document_row(name) is not None for name in query.documents
    ):
        return Reason.NO_POLICY_FOUND
    if query.codes and not any(store.code_links(code) for code in query.codes):
        return Reason.CODE_NOT_IN_CORPUS
    wanted = {member for name in query.payers for member in FAMILIES.get(name, {name})}
    if (wanted and not wanted & held) or (query.line is Line.MEDICAID and not wanted):
        return Reason.PAYER_NOT_IN_CORPUS
    if query.kind is not QuestionKind.CODE and _of_administration(query.text):
        return Reason.NOT_A_COVERAGE_QUESTION
    return None


def _of_administration(text: str) -> bool:
    enrolment = _ENROLMENT.search(text) and not _STUDY.search(text)
    return bool(enrolment or _ADMINISTRATION.search(text))


def _in_spanish(query: Query) -> bool:
    return len({match[0].lower() for match in _SPANISH.finditer(query.text)}) >= _TELLING


def without_answer(
    reason: Reason | None, query: Query, ranked: Sequence[Ranked], *, confidence: float
) -> Abstention:
    """The abstention, with the passages that come nearest; without a reason, the ranking's."""
    near = bool(ranked) and ranked[0].entry.candidate.dense >= _FAR
    told = reason or (Reason.NO_POLICY_FOUND if near or query.payers else Reason.OFF_TOPIC)
    return Abstention(
        reason=told,
        message=_message(told, query),
        confidence=confidence,
        nearest=tuple(
            max(each.entry.passages, key=lambda pair: pair[1])[0] for each in ranked[:_NEAREST]
        )
        if near
        else (),
    )


def not_sure(given: Answer, query: Query, ranked: Sequence[Ranked]) -> Abstention:
    """The abstention in place of an answer whose confidence is too low: it names the policy."""
    document = given.deciding.evidence.document
    return replace(
        without_answer(Reason.NO_POLICY_FOUND, query, ranked, confidence=given.confidence),
        message=f"The nearest document is {document.id}, {document.title}. Whether it answers the question, or which of "
        "its rules does, is not sure enough to say. Read it, or ask again and name the use, the stage or the setting.",
    )


def _message(reason: Reason, query: Query) -> str:
    match reason:
        case Reason.CODE_INVALID:
            return (
                f"{', '.join(query.invalid)} can't be a code: a CPT code has five digits (97026), a HCPCS code a letter "
                "and four digits (E0221), an ICD-10-CM code a letter, two characters and a point (M54.50)."
            )
        case Reason.CODE_NOT_IN_CORPUS:
            return (
                f"Nothing in this corpus names {', '.join(query.codes)}. That says nothing about coverage; "
                "the passages listed are related at most."
            )
        case Reason.PAYER_NOT_IN_CORPUS:
            return (
                f"This corpus holds no policy of {' or '.join(query.payers) or 'Medicaid'}. "
                "Other payers' policies may be listed as related; they don't answer for it."
            )
        case Reason.NOT_A_COVERAGE_QUESTION if _in_spanish(query):
            return _ENGLISH_ONLY
        case Reason.NO_POLICY_FOUND if query.documents:
            return f"{', '.join(query.documents)} is not in this corpus."
        case _:
            return _MESSAGES[reason].format(day=query.as_of)
