"""Who is heard: the statements near enough to a question, a pool for each payer that speaks.

A policy decides; an FAQ's or a page's own words do only where no policy is near.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.records import Document, in_force
from corpus.terms import Determination, Kind, Line, Reliability, Status, Words
from search_api.backends.protocol import ScoredStatement
from search_api.query import Query
from search_api.ranking import CODE_TIER, Ranked, asked_of, speakers
from search_api.readings import Pool

_NEAR = 0.8  # of the best document's score: as near to the question
_NEAR_BEST = 0.6  # of the best score of any document: below it, a policy is about something else
_NEAR_PAYER = 0.6  # the same for another payer's policy, shown side by side


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose rule a statement is: a payer, whether for its Medicare Advantage members, and where.

    where: the states of a local policy that binds elsewhere than the nearest one does; else empty.
    """

    payer: str
    advantage: bool
    where: tuple[str, ...] = ()


def _deciding(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The documents that may decide, best first.

    Policies as near as the best document, or else a page's own words; neither, where all that is
    near only tells something.
    """
    if not ranked:
        return []
    with_rules = [each for each in ranked if each.entry.statements]
    policies = [each for each in with_rules if each.entry.document.kind.decides]
    pages = [each for each in with_rules if _may_decide(each.entry.document)]
    if policies and policies[0].tier == 0 and not _about_the_same(policies, ranked):
        policies = []
    if policies and _silent_policy_before(policies[0], ranked):
        policies = []
    if policies and not (
        pages and ranked[0] is pages[0] and policies[0].score < _NEAR * pages[0].score
    ):
        return policies
    return pages


def _silent_policy_before(first: Ranked, ranked: Sequence[Ranked]) -> bool:
    """Whether a policy in whose text no rule was read is nearer to the question than any other.

    The next policy is about something else then: its rule is no answer.
    """
    before = ranked[: ranked.index(first)]
    return any(
        each.entry.document.kind.decides
        and not each.entry.statements
        and each.entry.document.status is Status.IN_FORCE
        for each in before
    )


def _about_the_same(policies: Sequence[Ranked], ranked: Sequence[Ranked]) -> bool:
    """Whether the policies are near enough to the best document, or are what it restates."""
    names = {name for each in policies for name in _names(each.entry.document)}
    others = [each.score for each in ranked if not names.intersection(each.entry.document.about)]
    best = max(each.score for each in policies)
    return best >= _NEAR_BEST * max(others, default=0.0)


def _names(document: Document) -> tuple[str, ...]:
    return (document.id, *document.aliases)


def _may_decide(document: Document) -> bool:
    """Whether a page may be evidence: it restates no policy, and isn't common knowledge."""
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
            speaker = Speaker(
                payer=scored.statement.payer,
                advantage=scored.statement.line is Line.ADVANTAGE,
                where=_elsewhere(each.entry.document, deciding[0].entry.document, query),
            )
            if _near_enough(each, deciding[0], speaker):
                groups.setdefault(speaker, []).append((each, scored))
    own: list[Pool] = []
    others: list[Pool] = []
    for speaker, pairs in groups.items():
        side = own if asked_of(speaker.payer, speaker.advantage, query) else others
        side.append(_standing(_narrowed(pairs), query))
    return [pool for pool in own if pool], [pool for pool in others if pool]


def _elsewhere(document: Document, best: Document, query: Query) -> tuple[str, ...]:
    """The states of a local policy where the nearest one is local too and binds in none of them.

    Contractors may decide otherwise: where the question names no state, each is heard.
    """
    local = document.kind.decides and best.kind.decides and "US" not in best.jurisdiction
    if (
        query.state is not None
        or not local
        or {"US", *best.jurisdiction} & {*document.jurisdiction}
    ):
        return ()
    return document.jurisdiction


def _standing(pool: Pool, query: Query) -> Pool:
    """The rules that bind today; all of them where the question is about another day.

    Where none binds any more, those of a record tell so themselves; a source's text, which was
    written when it did, tells nothing of today.
    """
    standing = [pair for pair in pool if query.dated or _stands(pair, query)]
    return standing or [pair for pair in pool if not _is_past(pair[0].entry.document)]


def _is_past(document: Document) -> bool:
    past = document.status in (Status.RETIRED, Status.SUPERSEDED)
    return past and document.words is Words.SOURCE


def _near_enough(each: Ranked, best: Ranked, speaker: Speaker) -> bool:
    """Whether a document is near enough to the question to be heard beside the best one.

    Within one payer's policies the next one must be about as near; another payer's policy of the
    same service is shown side by side, and words alone set it further off.
    """
    if each is best:
        return True
    if each.tier != best.tier:
        return False
    share = (
        _NEAR
        if (speaker.payer, speaker.advantage) in speakers(best.entry.document)
        else _NEAR_PAYER
    )
    return each.tier == CODE_TIER or each.score >= share * best.score


def _narrowed(pairs: Pool) -> Pool:
    """One speaker's statements: those of its best document, or of all that hold the asked code."""
    first = pairs[0][0]
    if first.tier == CODE_TIER:
        return pairs
    return [pair for pair in pairs if pair[0] is first]


def _stands(pair: tuple[Ranked, ScoredStatement], query: Query) -> bool:
    """Whether a rule binds today; what says that a policy is gone stands for good."""
    statement = pair[1].statement
    gone = statement.determination is Determination.NOT_ADDRESSED
    return gone or in_force(statement.since, statement.ended, on=query.as_of)
