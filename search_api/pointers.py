"""Local documents that a listing names and whose text is not here, found by topic and state.

Never an answer: an abstention, or an answer that leaves the decision to the contractors, names
those that fit, so that a reader knows where to look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus.records import Pointer, in_force
from corpus.terms import Kind
from indexer.snapshot import Snapshot
from search_api.abstentions import NO_POLICY_FOUND
from search_api.query import Query
from search_api.replies import Abstention, Answer, Outcome, Reason

MOST = 5
_LOOKED_AT = 50
_NAMED = 3  # in the message; the list beside it has all
_FITS = 0.5  # share of the question's telling words, by how telling, that the title must hold
_UNANSWERED = (
    Reason.NO_POLICY_FOUND,
    Reason.CODE_NOT_IN_CORPUS,
    Reason.VERSION_NOT_IN_CORPUS,
    Reason.OFF_TOPIC,
)


class Pointers:
    """The pointers of a snapshot, searchable by their titles."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._all = snapshot.store.pointers()

    def fitting(self, query: Query, telling: Mapping[str, float]) -> list[Pointer]:
        """At most five that fit topic, state and day, best first.

        telling: weights of the question's telling terms, by term as the index has them.
        """
        total = sum(telling.values())
        if not self._all or not total or (query.payers and "Medicare" not in query.payers):
            return []
        where = {} if query.state is None else {"state": [query.state, "US"]}
        index = self._snapshot.pointers
        found = index.search(telling, _LOOKED_AT, fields={"title": 1.0}, where=where)
        chosen = [
            pointer
            for row, _ in found
            for pointer in (self._all[row],)
            if in_force(pointer.effective, pointer.ended, on=query.as_of)
            and _share(index.terms(pointer.title), telling) >= _FITS * total
        ]
        return sorted(chosen, key=_use)[:MOST]


def _use(pointer: Pointer) -> int:
    """What a reader needs first: the policy, then its billing article, then the rest."""
    if pointer.kind in (Kind.NCD, Kind.LCD):
        return 0
    return 1 if pointer.title.startswith("Billing and Coding") else 2


def _share(terms: Sequence[str], telling: Mapping[str, float]) -> float:
    return sum(telling.get(term, 0.0) for term in set(terms))


def wanted(reply: Answer | Abstention) -> bool:
    """Whether a reader has to look elsewhere: no answer, or one that leaves it to contractors."""
    if isinstance(reply, Abstention):
        return reply.reason in _UNANSWERED
    return reply.outcome is Outcome.CONTRACTOR_DISCRETION


def naming(reply: Answer | Abstention, pointers: Sequence[Pointer]) -> Answer | Abstention:
    """The reply with a sentence that says which local documents exist.

    What a local document is about is not off topic, however far the corpus is from it.
    """
    if not pointers:
        return reply
    if isinstance(reply, Abstention) and reply.reason is Reason.OFF_TOPIC:
        reply = replace(reply, reason=Reason.NO_POLICY_FOUND, message=NO_POLICY_FOUND)
    names = "; ".join(f"{each.id} {each.title}" for each in pointers[:_NAMED])
    told = f"Local documents on this exist whose text is not in this corpus: {names}."
    if isinstance(reply, Abstention):
        return replace(reply, message=f"{reply.message} {told}")
    return replace(reply, remarks=(*reply.remarks, told))
