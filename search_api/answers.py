"""Ranked documents to a coverage answer: whose rule, for which use, on which day.

The statement of the asked use decides. Statements are grouped by who speaks (a payer and a line
of business); within a group the likeliest determination wins, and where groups, or uses of one
policy, disagree and the question doesn't say which, the outcome is `differs` with each side cited.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.payers import MEDICARE, contractors
from corpus.records import (
    ITEM_HEADING,
    NOTES_HEADING,
    Determination, Document, Kind, Line, Reliability, Status, in_force,
)
from search_api.backends.protocol import ScoredStatement
from search_api.confidence import Calibration
from search_api.query import Query, QuestionKind
from search_api.ranking import CODE_TIER, Ranked, asked_of, speakers
from search_api.replies import Answer, DiffersBy, Evidence, Outcome, Side
from search_api.selection import Asked, Choice, Pool, Terms, choose

_NEAR = 0.8  # of the best document's score: as near to the question
_NEAR_PAYER = 0.6  # the same for another payer's policy, shown side by side
_SECOND_HAND_CEILING = 0.75  # of the confidence, where the deciding document was read second hand
_FLOOR = (
    "National and local Medicare policy binds a Medicare Advantage plan as a floor; check the plan's own "
    "rules and prior authorization (42 CFR 422.101(b))."
)
_OUTCOMES = {
    Determination.COVERED: Outcome.COVERED,
    Determination.CONDITIONAL: Outcome.CONDITIONAL,
    Determination.NOT_COVERED: Outcome.NOT_COVERED,
    Determination.CONTRACTOR_DISCRETION: Outcome.CONTRACTOR_DISCRETION,
    Determination.NOT_ADDRESSED: Outcome.INFORMATION,
}
_POSITIVE = (Determination.COVERED, Determination.CONDITIONAL)


class NoVersion(Exception):  # noqa: N818  a signal between two modules, not an error of the product
    """The corpus has the policy, but not its rule for the day that was asked for."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose rule a statement is: a payer, and whether for its Medicare Advantage members."""

    payer: str
    advantage: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is needed to weigh statements: what was asked, the analyzer, the fit."""

    asked: Asked
    terms: Terms
    calibration: Calibration


def answer(ranked: Sequence[Ranked], query: Query, *, reader: Reader, confidence: float) -> Answer | None:
    """The answer that the ranking supports, None where no document of it can give one.

    Raises NoVersion where the policy is there and its rule for the asked day is not.
    """
    if not ranked:
        return None
    if query.kind is not QuestionKind.COVERAGE:
        return _information(ranked, query, confidence)
    own, others = pools(ranked, query)
    if not own:
        return None if others else _information(ranked, query, confidence)
    verdicts = [_verdict(pool, query, reader) for pool in own]
    outcome, differs_by, chosen = _resolve(verdicts)
    beside = [_verdict(pool, query, reader)[0] for pool in others]
    sides = [_side(choice) for verdict in verdicts for choice in verdict] + [_side(choice) for choice in beside]
    return _compose(outcome, differs_by, _side(chosen), sides, query, confidence)


def _deciding(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The documents that may decide: policies, or a FAQ's or a page's own words where no policy is near."""
    with_rules = [each for each in ranked if each.entry.statements]
    policies = [each for each in with_rules if each.entry.document.kind.decides]
    pages = [each for each in with_rules if _may_decide(each.entry.document)]
    if policies and not (pages and ranked[0] is pages[0] and policies[0].score < _NEAR * pages[0].score):
        return policies
    return pages


def _may_decide(document: Document) -> bool:
    """Whether a page that is no policy may be evidence: it restates none, and isn't common knowledge."""
    page = document.kind in (Kind.FAQ, Kind.PAGE)
    return page and not document.about and document.reliability is not Reliability.GENERAL


def pools(ranked: Sequence[Ranked], query: Query) -> tuple[list[Pool], list[Pool]]:
    """Statements to choose from, a pool a speaker: (those that the question is put to, the others).

    The speaker of the best-ranked document comes first. Both are empty where nothing can decide.
    """
    deciding = _deciding(ranked)
    groups: dict[Speaker, list[tuple[Ranked, ScoredStatement]]] = {}
    for each in deciding:
        for scored in each.entry.statements:
            speaker = Speaker(scored.statement.payer, scored.statement.line is Line.ADVANTAGE)
            if _near_enough(each, deciding[0], speaker):
                groups.setdefault(speaker, []).append((each, scored))
    own: list[Pool] = []
    others: list[Pool] = []
    for speaker, pairs in groups.items():
        side = own if asked_of(speaker.payer, speaker.advantage, query) else others
        side.append(_standing(_narrowed(pairs), query))
    return own, others


def _standing(pool: Pool, query: Query) -> Pool:
    """The rules that bind today; all of them where the question is about another day."""
    standing = [pair for pair in pool if query.dated or _stands(pair, query)]
    return standing or pool


def _near_enough(each: Ranked, best: Ranked, speaker: Speaker) -> bool:
    """Whether a document is near enough to the question to be heard beside the best one.

    Within one payer's policies the next one must be about as near; another payer's policy of the
    same service is shown side by side, and words alone set it further off.
    """
    if each is best:
        return True
    if each.tier != best.tier:
        return False
    share = _NEAR if speaker in _speakers(best) else _NEAR_PAYER
    return each.tier == CODE_TIER or each.score >= share * best.score


def _speakers(ranked: Ranked) -> set[Speaker]:
    return {Speaker(*who) for who in speakers(ranked.entry.document)}


def _narrowed(pairs: Pool) -> Pool:
    """One speaker's statements: those of its best document, or of all that hold the asked code."""
    first = pairs[0][0]
    if first.tier == CODE_TIER:
        return pairs
    return [pair for pair in pairs if pair[0] is first]


def _verdict(pool: Pool, query: Query, reader: Reader) -> list[Choice]:
    """What one speaker says of the asked use: one choice, or one of each of two uses that disagree."""
    choices = choose(
        pool,
        asked=reader.asked,
        terms=reader.terms,
        weights=reader.calibration.statement,
    )
    by_document = _document_verdicts(choices)
    if by_document and not query.dated:
        return by_document
    shares = _shares([choice for choice in choices if not _beside_the_point(choice)] or choices)
    winner = max(shares, key=lambda kind: shares[kind])
    first = next(choice for choice in choices if _group(choice) is winner)
    if query.dated:
        return [_on_the_day(first, choices, query)]
    second = max((kind for kind in shares if kind is not winner), key=lambda kind: shares[kind], default=None)
    if second in (None, Determination.NOT_ADDRESSED) or winner is Determination.NOT_ADDRESSED:
        return [first]
    if shares[second] < reader.calibration.differs_share:
        return [first]
    return [first, next(choice for choice in choices if _group(choice) is second)]


def _document_verdicts(choices: Sequence[Choice]) -> list[Choice]:
    """One choice a document where several hold the asked code, no use is named, and they disagree."""
    first: dict[str, Choice] = {}
    for choice in choices:
        if choice.determination is not Determination.NOT_ADDRESSED:
            first.setdefault(choice.ranked.entry.document.id, choice)
    verdicts = sorted(first.values(), key=lambda choice: choice.ranked.entry.document.kind.authority)
    broad = all(choice.broad for choice in verdicts)
    disagree = len({_group(choice) for choice in verdicts}) > 1
    return verdicts if len(verdicts) > 1 and broad and disagree else []


def _stands(pair: tuple[Ranked, ScoredStatement], query: Query) -> bool:
    """Whether a rule binds today; what says that a policy is gone stands for good."""
    statement = pair[1].statement
    gone = statement.determination is Determination.NOT_ADDRESSED
    return gone or in_force(statement.since, statement.ended, on=query.as_of)


def _shares(choices: Sequence[Choice]) -> dict[Determination, float]:
    """Summed chances by determination, covered and conditional taken together as conditional."""
    shares: dict[Determination, float] = {}
    for choice in choices:
        shares[_group(choice)] = shares.get(_group(choice), 0.0) + choice.chance
    return shares


def _beside_the_point(choice: Choice) -> bool:
    """Whether it is a refusal under conditions of its own, and the question names no use."""
    refusal = choice.determination is Determination.NOT_COVERED
    return choice.broad and refusal and bool(choice.scored.statement.conditions)


def _group(choice: Choice) -> Determination:
    return Determination.CONDITIONAL if choice.determination in _POSITIVE else choice.determination


def _on_the_day(first: Choice, choices: Sequence[Choice], query: Query) -> Choice:
    """The choice if its rule bound on the asked day, else the likeliest rule that says it did."""
    statement = first.scored.statement
    if in_force(statement.since, statement.ended, on=query.as_of):
        return first
    for choice in choices:
        other = choice.scored.statement
        dated = other.since is not None or other.ended is not None
        decides = other.determination is not Determination.NOT_ADDRESSED
        if dated and decides and in_force(other.since, other.ended, on=query.as_of):
            return choice
    raise NoVersion


def _resolve(verdicts: Sequence[Sequence[Choice]]) -> tuple[Outcome, DiffersBy | None, Choice]:
    """One outcome for what the asked speakers say; the best-ranked speaker's choice leads."""
    first = verdicts[0][0]
    heard = {_OUTCOMES[verdict[0].determination] for verdict in verdicts} - {Outcome.INFORMATION}
    if len(heard) > 1:
        return Outcome.DIFFERS, DiffersBy.PAYER, first
    if any(len(verdict) > 1 for verdict in verdicts):
        return Outcome.DIFFERS, DiffersBy.INDICATION, first
    informative = next((v[0] for v in verdicts if v[0].determination is not Determination.NOT_ADDRESSED), first)
    return _OUTCOMES[informative.determination], None, informative


def _side(choice: Choice) -> Side:
    statement = choice.scored.statement
    return Side(
        payer=statement.payer,
        line=statement.line,
        outcome=_OUTCOMES[statement.determination],
        why=statement.why,
        evidence=Evidence(
            document=choice.ranked.entry.document, passage=choice.scored.passage, span=statement.evidence
        ),
        conditions=statement.conditions,
        statement=statement,
    )


def _information(ranked: Sequence[Ranked], query: Query, confidence: float) -> Answer:
    """The passage that tells what was asked, as information: it decides no coverage."""
    entry = ranked[0].entry
    definition = [passage for passage, _ in entry.passages if passage.heading == ITEM_HEADING]
    best = max(entry.passages, key=lambda pair: pair[1])[0]
    passage = definition[0] if definition and query.kind is QuestionKind.INFORMATION else best
    side = Side(
        payer=entry.document.payer or "",
        line=entry.document.line,
        outcome=Outcome.INFORMATION,
        why=None,
        evidence=Evidence(document=entry.document, passage=passage, span=passage.span),
        conditions=(),
        statement=None,
    )
    return _compose(Outcome.INFORMATION, None, side, [side], query, confidence)


def _compose(
    outcome: Outcome,
    differs_by: DiffersBy | None,
    deciding: Side,
    sides: Sequence[Side],
    query: Query,
    confidence: float,
) -> Answer:
    document = deciding.evidence.document
    second_hand = document.reliability is not Reliability.PRIMARY
    return Answer(
        outcome=outcome,
        differs_by=differs_by,
        deciding=deciding,
        sides=tuple(sides),
        confidence=min(confidence, _SECOND_HAND_CEILING) if second_hand else confidence,
        notice=f"Summary of published policy on {query.as_of}; not a coverage decision or a promise of payment.",
        remarks=tuple(_remarks(outcome, deciding, query)),
    )


def _remarks(outcome: Outcome, deciding: Side, query: Query) -> list[str]:
    """What a reader must know beside the outcome, most binding first."""
    document, statement = deciding.evidence.document, deciding.statement
    remarks = []
    if query.line is Line.ADVANTAGE and deciding.payer == MEDICARE and document.kind.decides:
        remarks.append(_FLOOR)
    if query.line is Line.MEDIGAP:
        remarks.append("A Medigap policy pays shares of what Original Medicare covers; it covers nothing that Medicare refuses.")
    if document.status is Status.RETIRED:
        remarks.append(f"{document.id} is retired.")
    if query.dated and statement is not None and statement.since is None:
        remarks.append("The source states no start date for this rule; it is taken to have stood on the asked day.")
    if document.reliability is Reliability.SECONDARY:
        remarks.append(f"Read second hand: {document.source_note or document.url}.")
    remarks += _code_remarks(document, query)
    if outcome is Outcome.CONTRACTOR_DISCRETION:
        remarks += _contractor_remarks(query)
    remarks += _notes(document)
    return remarks


def _code_remarks(document: Document, query: Query) -> list[str]:
    """How the asked codes came to this document, where the crosswalk lent them."""
    lent = [link for link in document.codes if link.code in query.codes and link.source]
    return [
        f"{link.code} is linked to {document.id} ({link.relation.value}: {link.note}); source: {link.source}."
        for link in lent
    ]


def _contractor_remarks(query: Query) -> list[str]:
    if query.state is None:
        return ["The local Medicare contractor decides, so the answer can differ by state: name the state."]
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

