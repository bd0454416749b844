"""Ranked documents to a coverage answer: whose rule, for which use, on which day.

The statement of the asked use decides. Statements are grouped by who speaks (a payer and a line
of business); within a group the likeliest determination wins, and where groups, or uses of one
policy, disagree and the question doesn't say which, the outcome is `differs` with each side cited.
"""

from collections.abc import Sequence
from contextlib import suppress

from corpus.records import ITEM_HEADING
from corpus.terms import Determination, Line, Reliability, Status
from search_api.bearing import of_another
from search_api.pools import pools
from search_api.query import Query, QuestionKind
from search_api.ranking import Ranked
from search_api.readings import Pool
from search_api.remarks import remarks, unmet_conditions
from search_api.replies import Answer, DiffersBy, Evidence, Outcome, Side
from search_api.selection import Choice
from search_api.verdicts import NoVersion, Reader, restricts_other_uses, verdict

_UNDATED_CEILING = 0.5  # where the asked day lies before the version that prints an undated rule
_SECOND_HAND_CEILING = 0.75  # of the confidence, where the deciding document was read second hand
_LIKE = 0.8  # cosine with a way to ask from which a question is about the same
_OUTCOMES = {
    Determination.COVERED: Outcome.COVERED,
    Determination.CONDITIONAL: Outcome.CONDITIONAL,
    Determination.NOT_COVERED: Outcome.NOT_COVERED,
    Determination.CONTRACTOR_DISCRETION: Outcome.CONTRACTOR_DISCRETION,
    Determination.NOT_ADDRESSED: Outcome.INFORMATION,
}


def answer(
    ranked: Sequence[Ranked], query: Query, *, reader: Reader, confidence: float
) -> Answer | None:
    """The answer that the ranking supports, None where no document of it can give one.

    confidence: the chance that the corpus answers; the answer's own is that times the chance that
    the rule chosen is the right one (`Choice.sure`), where one determination is told.
    Raises NoVersion where the policy is there and its rule for the asked day is not.
    """
    if not ranked:
        return None
    if query.kind is not QuestionKind.COVERAGE:
        return _information(ranked, query, confidence)
    own, others = pools(ranked, query)
    if not own:
        # Another payer's policy is no answer; what a page says may be read as information.
        policy = any(pool[0][0].entry.document.kind.decides for pool in others)
        draft = ranked[0].entry.document.status is Status.PROPOSED
        return None if policy or draft else _information(ranked, query, confidence)
    own = [pool for pool in own if _shares_the_subject(pool[0][0], reader)]
    own = [pool for pool in own if not of_another(reader.text, pool[0][0].entry.document)]
    if not own:
        return None
    verdicts = _verdicts(own, query, reader)
    outcome, differs_by, chosen = _resolve(verdicts)
    if outcome is Outcome.NOT_COVERED and restricts_other_uses(chosen, query):
        outcome = Outcome.INFORMATION
    beside = [verdict(pool, query, reader, read=False)[0] for pool in others]
    sides = [_side(choice) for verdict in verdicts for choice in verdict] + [
        _side(choice) for choice in beside
    ]
    told = outcome not in (Outcome.DIFFERS, Outcome.INFORMATION)
    chance = confidence * chosen.sure if told else confidence
    return _compose(outcome, differs_by, _side(chosen), sides, query, chance)


def _verdicts(own: Sequence[Pool], query: Query, reader: Reader) -> list[list[Choice]]:
    """What each asked speaker says, the best-ranked first; who has no rule for the day is left out.

    Raises NoVersion where that is the best-ranked one.
    """
    found = [verdict(own[0], query, reader)]
    for pool in own[1:]:
        with suppress(NoVersion):
            found.append(verdict(pool, query, reader))
    return found


def _shares_the_subject(ranked: Ranked, reader: Reader) -> bool:
    """Whether a document holds a telling term of the question, or is named by code or number.

    A question much like a way to ask for it may share no word with it.
    """
    telling = reader.asked.telling
    if ranked.tier > 0 or ranked.entry.candidate.asked >= _LIKE or not telling:
        return True
    document = ranked.entry.document
    words = (document.title, document.text, *document.questions, *document.aliases)
    return not telling.keys().isdisjoint(reader.terms(" ".join(words)))


def _resolve(verdicts: Sequence[Sequence[Choice]]) -> tuple[Outcome, DiffersBy | None, Choice]:
    """One outcome for what the asked speakers say; the best-ranked speaker's choice leads."""
    first = verdicts[0][0]
    heard = {_OUTCOMES[verdict[0].determination] for verdict in verdicts} - {Outcome.INFORMATION}
    if len(heard) > 1:
        return Outcome.DIFFERS, _between(verdicts), first
    if any(len(verdict) > 1 for verdict in verdicts):
        return Outcome.DIFFERS, DiffersBy.INDICATION, first
    informative = next(
        (v[0] for v in verdicts if v[0].determination is not Determination.NOT_ADDRESSED), first
    )
    return _OUTCOMES[informative.determination], None, informative


def _between(verdicts: Sequence[Sequence[Choice]]) -> DiffersBy:
    """What speakers differ by: payers and their lines, or the states of one payer's policies."""
    heard = [
        verdict[0].scored.statement
        for verdict in verdicts
        if verdict[0].determination is not Determination.NOT_ADDRESSED
    ]
    payers = {(each.payer, each.line is Line.ADVANTAGE) for each in heard}
    return DiffersBy.PAYER if len(payers) > 1 else DiffersBy.STATE


def _side(choice: Choice) -> Side:
    """What a choice says as a side of the answer, its deciding words as evidence."""
    statement = choice.scored.statement
    return Side(
        payer=statement.payer,
        line=statement.line,
        outcome=_OUTCOMES[choice.determination],
        why=statement.why,
        evidence=Evidence(
            document=choice.ranked.entry.document,
            passage=choice.scored.passage,
            span=statement.evidence,
        ),
        conditions=statement.conditions,
        statement=statement,
        unmet=choice.unmet,
        against=choice.against,
    )


def _information(ranked: Sequence[Ranked], query: Query, confidence: float) -> Answer:
    """The passage that tells what was asked, as information: it decides no coverage."""
    entry = ranked[0].entry
    definition = [passage for passage, _ in entry.passages if passage.heading == ITEM_HEADING]
    best = max(entry.passages, key=lambda pair: pair[1])[0]
    passage = definition[0] if definition and query.kind is not QuestionKind.COVERAGE else best
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


def _is_older(deciding: Side, query: Query) -> bool:
    """Whether the asked day lies before the version that prints an undated rule."""
    statement, effective = deciding.statement, deciding.evidence.document.effective
    undated = statement is not None and statement.since is None and statement.ended is None
    return undated and query.dated and effective is not None and query.as_of < effective


def _compose(
    outcome: Outcome,
    differs_by: DiffersBy | None,
    deciding: Side,
    sides: Sequence[Side],
    query: Query,
    confidence: float,
) -> Answer:
    """The answer put together; one that rests on second-hand reading is never quite sure."""
    document = deciding.evidence.document
    second_hand = document.reliability is not Reliability.PRIMARY
    ceiling = min(
        _SECOND_HAND_CEILING if second_hand else 1.0,
        _UNDATED_CEILING if _is_older(deciding, query) else 1.0,
    )
    return Answer(
        outcome=outcome,
        differs_by=differs_by,
        deciding=deciding,
        sides=tuple(sides),
        confidence=min(confidence, ceiling),
        notice=f"Summary of published policy on {query.as_of}; "
        "not a coverage decision or a promise of payment.",
        remarks=(
            *unmet_conditions(sides),
            *remarks(outcome, deciding, query),
        ),
    )
