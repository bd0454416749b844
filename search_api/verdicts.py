"""What one speaker says of the asked use, on the asked day: a choice, or several that disagree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.records import in_force
from corpus.terms import Basis, Determination, Relation
from search_api.bearing import borne
from search_api.confidence import Calibration
from search_api.fitting import Fitting
from search_api.query import Query
from search_api.readings import POSITIVE, Asked, Pool, Terms, by_ways
from search_api.selection import Choice, choose, refit

_PLAIN = 2.0  # how much likelier plain coverage must be than all criteria together
_GUESS = 0.2  # chance below which the likeliest of many rules read from a text is a guess
# A note of the crosswalk that says that the policy refuses the code.
_REFUSES = re.compile(
    r"\bnot (?:covered|medically necessary)\b|\bdenied\b|\bexperimental\b|\bexclusion\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Apart:
    """How much less likely than the likeliest rule one may be that answers for the asked day.

    same: share of its chance from which a rule may be about the same use. refusing: the same for
    one that refuses, which harms less where it is another use's. ended: chance that a rule needs
    which has ended since.
    """

    same: float
    refusing: float
    ended: float


_APART = _Apart(same=0.1, refusing=0.1, ended=0.03)
_APART_BY_WAYS = _Apart(same=0.03, refusing=0.003, ended=0.0005)  # those chances lie further apart


class NoVersion(Exception):
    """The corpus has the policy, but not its rule for the day that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is needed to weigh statements: what was asked, the analyzer, the fit.

    text: the question, its slips put right.
    """

    text: str
    asked: Asked
    terms: Terms
    calibration: Calibration
    fitting: Fitting

    def choices(self, pool: Pool) -> list[Choice]:
        """Every statement of the pool with its chance, likeliest first, none read yet."""
        return choose(
            pool,
            asked=self.asked,
            terms=self.terms,
            weights=self.calibration.statement,
            asked_weights=self.calibration.asked_statement,
        )


def verdict(pool: Pool, query: Query, reader: Reader, *, read: bool = True) -> list[Choice]:
    """What one speaker says of the asked use: one choice, or one of each of two that disagree.

    What the question says is held against each rule. read: where no ways to ask are known, the
    likeliest are also read beside it by the judge, and one whose conditions it finds unmet refuses.
    """
    choices = reader.choices(pool)
    liked = by_ways(pool, reader.asked)
    if read and not liked:
        choices = refit(choices, reader.fitting, reader.calibration.fit_weight)
        choices = [_unmet(choice, reader.calibration.unmet_bar) for choice in choices]
    choices = borne(choices, reader.text, on=query.as_of)
    if _code_refused(choices, query):
        choices = [c for c in choices if c.determination is Determination.NOT_COVERED] or choices
    if query.dated:
        earlier = _on_the_day(choices, query, _APART_BY_WAYS if liked else _APART)
        if earlier is not None:
            return [earlier]
        choices = [choice for choice in choices if _stood(choice, query)]
    by_document = _document_verdicts(choices)
    if by_document:
        return by_document
    shares = _shares([choice for choice in choices if not _beside_the_point(choice)] or choices)
    winner = max(shares, key=lambda kind: shares[kind])
    first = _likelier_reading(_leading(choices, winner), choices)
    if liked:
        first = replace(first, sure=shares[_group(first)] / sum(shares.values()))
    both = _refused_in_general(first, choices)
    if both:
        return both
    second = max(
        (kind for kind in shares if kind is not winner), key=lambda kind: shares[kind], default=None
    )
    if second in (None, Determination.NOT_ADDRESSED) or winner is Determination.NOT_ADDRESSED:
        return [first]
    if shares[second] < reader.calibration.differs_share and not _may_be_any(first):
        return [first]
    other = _leading(choices, second)
    return [first] if other.scored is first.scored else [first, other]


def _likelier_reading(first: Choice, choices: Sequence[Choice]) -> Choice:
    """The likelier of both readings of a rule: met, or unmet."""
    return next(choice for choice in choices if choice.scored is first.scored)


def _unmet(choice: Choice, bar: float) -> Choice:
    """The choice, as a refusal where its rule covers and asks for what the question says is not."""
    conditional = choice.determination is Determination.CONDITIONAL
    return replace(choice, unmet=conditional and choice.fit.unmet >= bar)


def _may_be_any(first: Choice) -> bool:
    """Whether the choice among a policy's rules is a guess: read from its text, none stands out.

    Where they disagree, both sides are told.
    """
    extracted = first.scored.statement.basis is Basis.EXTRACTED
    guess = first.broad or first.chance < _GUESS
    return guess and extracted and first.ranked.entry.document.kind.decides


def _code_refused(choices: Sequence[Choice], query: Query) -> bool:
    """Whether the crosswalk says of an asked code that the policy it follows refuses it."""
    links = [link for choice in choices for link in choice.ranked.entry.document.codes]
    return any(
        link.relation is Relation.DECIDES
        and link.code in query.codes
        and _REFUSES.search(link.note)
        for link in links
    )


def restricts_other_uses(choice: Choice, query: Query) -> bool:
    """Whether a refusal reached the asked code only as a restriction, and names another use.

    "97032 is restricted for Bell's palsy" refuses nothing to a shoulder.
    """
    links = [link for link in choice.ranked.entry.document.codes if link.code in query.codes]
    restricted = bool(links) and all(link.relation is Relation.RESTRICTS for link in links)
    return restricted and not choice.broad and not choice.named and not choice.other


def _document_verdicts(choices: Sequence[Choice]) -> list[Choice]:
    """One choice a document where several hold the asked code and disagree, and no use is named."""
    first: dict[str, Choice] = {}
    for choice in choices:
        if choice.determination is not Determination.NOT_ADDRESSED:
            first.setdefault(choice.ranked.entry.document.id, choice)
    verdicts = sorted(
        first.values(), key=lambda choice: choice.ranked.entry.document.kind.authority
    )
    broad = all(choice.broad for choice in verdicts)
    disagree = len({_group(choice) for choice in verdicts}) > 1
    return verdicts if len(verdicts) > 1 and broad and disagree else []


def _refused_in_general(first: Choice, choices: Sequence[Choice]) -> list[Choice]:
    """The refusal that a document begins with and its likeliest exception, for a broad question.

    "Medicare does not pay for dental care" with covered exceptions is neither "covered" nor the
    whole answer: both are told. Empty where it isn't so.
    """
    rule = first.ranked.entry.statements[0]
    refuses = rule.statement.determination is Determination.NOT_COVERED
    if not (first.broad and refuses and (first.scored is rule or first.determination in POSITIVE)):
        return []
    refusal = next((choice for choice in choices if choice.scored is rule), None)
    own = (each for each in choices if each.ranked is first.ranked)
    exception = next((each for each in own if each.determination in POSITIVE), None)
    return [refusal, exception] if refusal and exception else []


def _leading(choices: Sequence[Choice], winner: Determination) -> Choice:
    """The likeliest choice of the winning group; plain coverage leads only where criteria don't.

    A document that sets criteria for the asked use does not cover it plainly.
    """
    group = [choice for choice in choices if _group(choice) is winner]
    criteria = [choice for choice in group if choice.determination is Determination.CONDITIONAL]
    plain = sum(c.chance for c in group if c.determination is Determination.COVERED)
    told = [choice for choice in group if choice.against is not None]
    if told and group[0].scored.statement.residual:
        return told[0]  # it says why: the rule for what isn't named only follows from it
    if criteria and plain < _PLAIN * sum(choice.chance for choice in criteria):
        return criteria[0]
    return group[0]


def _shares(choices: Sequence[Choice]) -> dict[Determination, float]:
    """Summed chances by determination, covered and conditional taken together as conditional."""
    shares: dict[Determination, float] = {}
    for choice in choices:
        shares[_group(choice)] = shares.get(_group(choice), 0.0) + choice.chance
    return shares


def _beside_the_point(choice: Choice) -> bool:
    """Whether it is a refusal under conditions of its own, and the question names no use."""
    statement = choice.scored.statement
    refusal = statement.determination is Determination.NOT_COVERED
    return choice.broad and refusal and bool(statement.conditions)


def _group(choice: Choice) -> Determination:
    """A choice's determination, covered and conditional taken together as conditional."""
    return Determination.CONDITIONAL if choice.determination in POSITIVE else choice.determination


def _on_the_day(choices: Sequence[Choice], query: Query, apart: _Apart) -> Choice | None:
    """The rule of the asked day where the likeliest one is another day's, None where it stood.

    A rule without dates is taken to have stood, unless one that may be about the same use began
    later. Raises NoVersion where no rule says that it bound on the day.
    """
    first = choices[0]
    statement = first.scored.statement
    undated = statement.since is None and statement.ended is None
    later = any(_began_after(choice, query) for choice in choices if _rivals(choice, first, apart))
    was = next((choice for choice in choices if _ended_rule(choice, query, apart)), None)
    if undated and was is not None:
        return was
    if _stood(first, query) and not (undated and later):
        return None
    for choice in choices:
        begun = choice.scored.statement.since is not None and _rivals(choice, first, apart)
        decides = choice.determination is not Determination.NOT_ADDRESSED
        if _ended_rule(choice, query, apart) or (begun and decides and _stood(choice, query)):
            return choice
    raise NoVersion


def _ended_rule(choice: Choice, query: Query, apart: _Apart) -> bool:
    """Whether it is a rule that has ended since, and that bound on the asked day."""
    ended = choice.scored.statement.ended is not None
    decides = choice.determination is not Determination.NOT_ADDRESSED
    return ended and decides and choice.chance >= apart.ended and _stood(choice, query)


def _stood(choice: Choice, query: Query) -> bool:
    statement = choice.scored.statement
    return in_force(statement.since, statement.ended, on=query.as_of)


def _rivals(choice: Choice, first: Choice, apart: _Apart) -> bool:
    """Whether a rule may be about the same use as the likeliest one."""
    refuses = choice.determination is Determination.NOT_COVERED and not choice.unmet
    return choice.chance >= (apart.refusing if refuses else apart.same) * first.chance


def _began_after(choice: Choice, query: Query) -> bool:
    since = choice.scored.statement.since
    return since is not None and since > query.as_of
