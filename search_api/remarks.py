"""What a reader must know beside an outcome: whose words, since when, who else decides."""

from collections.abc import Sequence

from corpus.payers import MEDICARE, contractors
from corpus.records import NOTES_HEADING, Document
from corpus.terms import Line, Reliability, Status
from search_api.query import Query
from search_api.replies import Outcome, Side

_UNMET = (
    "The rule quoted covers under its conditions; by what the question says, one is not met. "
    "Where that is a misunderstanding, the conditions decide."
)
_FLOOR = (
    "National and local Medicare policy binds a Medicare Advantage plan as a floor; "
    "check the plan's own rules and prior authorization (42 CFR 422.101(b))."
)


def unmet_conditions(sides: Sequence[Side]) -> list[str]:
    """That a condition of a rule is said to be unmet, and which where plain reading tells."""
    told = [_UNMET] if any(side.unmet for side in sides) else []
    pairs = dict.fromkeys(side.against for side in sides if side.against is not None)
    return told + [f"The question says: {said}; the rule asks: {asked}." for said, asked in pairs]


def remarks(outcome: Outcome, deciding: Side, query: Query) -> list[str]:
    """What a reader must know beside the outcome, most binding first."""
    document, statement = deciding.evidence.document, deciding.statement
    told = []
    if query.line is Line.ADVANTAGE and deciding.payer == MEDICARE and document.kind.decides:
        told.append(_FLOOR)
    if query.line is Line.MEDIGAP:
        told.append(
            "A Medigap policy pays shares of what Original Medicare covers; "
            "it covers nothing that Medicare refuses."
        )
    told += _reach(document, query)
    if document.status is Status.RETIRED:
        told.append(f"{document.id} is retired.")
    if outcome is Outcome.INFORMATION and statement is not None and query.codes:
        told.append(
            "This policy restricts the code for the use quoted; it doesn't name the asked one."
        )
    if query.dated and document.effective is not None and query.as_of < document.effective:
        told.append(f"This version took effect on {document.effective}, after the asked day.")
    if query.dated and statement is not None and statement.since is None:
        told.append(
            "The source states no start date for this rule; "
            "it is taken to have stood on the asked day."
        )
    if document.reliability is Reliability.SECONDARY:
        where = document.source_note or document.url
        told.append(f"Read second hand: {where}." if where else "From a page, not from a policy.")
    told += _code_remarks(document, query)
    if outcome is Outcome.CONTRACTOR_DISCRETION:
        told += _contractor_remarks(query)
    told += _notes(document)
    return told


def _reach(document: Document, query: Query) -> list[str]:
    """For whom and where a policy is, where that is not everybody, everywhere."""
    told = []
    if document.plan is not None:
        told.append(f"This is the policy of {document.plan}; another plan's may differ.")
    if query.state is None and "US" not in document.jurisdiction and document.kind.decides:
        where = ", ".join(document.jurisdiction) or "states that this source doesn't name"
        told.append(
            f"A local policy: it binds in {where}; "
            "elsewhere another contractor's may say otherwise: name the state."
        )
    return told


def _code_remarks(document: Document, query: Query) -> list[str]:
    """How the asked codes came to this document, where the crosswalk lent them."""
    lent = [link for link in document.codes if link.code in query.codes and link.source]
    return [
        f"{link.code} is linked to {document.id} ({link.relation.value}: {link.note}); "
        f"source: {link.source}."
        for link in lent
    ]


def _contractor_remarks(query: Query) -> list[str]:
    """Who handles the state's claims, or that the state must be known."""
    if query.state is None:
        return [
            "The local Medicare contractor decides, "
            "so the answer can differ by state: name the state."
        ]
    return [
        f"In {query.state}, {row.claim_type} claims go to {row.name} ({row.jurisdiction})"
        + (f", {row.note}." if row.note else ".")
        for row in contractors(query.state, on=query.as_of)
    ]


def _notes(document: Document) -> list[str]:
    """The limits and notes that the record gives for the whole policy."""
    return [
        line
        for section in document.sections
        if section.heading == NOTES_HEADING
        for line in section.span.of(document.text).split("\n")
    ]
