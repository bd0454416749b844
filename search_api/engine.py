"""consider(): parse, retrieve, rank, answer; the whole way of a question on one screen.

`ask` and the verbs beside it write out what was found; `search_api.client` has the same verbs.
`open_engine` opens a snapshot; an `Engine` answers from it, in process or behind a door.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from rich.progress import track

from corpus.errors import QuestionError, UnknownId
from corpus.records import Pointer
from indexer.snapshot import Snapshot, open_snapshot
from search_api.abstentions import before_retrieval, not_sure, without_answer
from search_api.answers import answer
from search_api.backends.local import LocalBackend, filter_payers, weighted_terms
from search_api.code_rules import findings, in_words, look_up
from search_api.code_schemas import CodeOut
from search_api.coded import meanings_of, only_names_a_policy
from search_api.confidence import Calibration, Signs, calibration, confidence, signs
from search_api.fitting import JUDGED, Fitting
from search_api.hits import MOST_HITS, hits
from search_api.lexicon import COMMON_WORDS, GENERIC_WORDS, Lexicon, informative
from search_api.opposites import named
from search_api.pointers import Pointers, naming, wanted
from search_api.pools import pools
from search_api.problems import row
from search_api.query import Filters, Query, QuestionKind, parse
from search_api.ranking import Ranked, rank, shortlist
from search_api.readings import Asked
from search_api.replies import Abstention, Answer, Outcome, Reason
from search_api.results import Result
from search_api.schemas import BatchRowOut, HitOut, PassageOut, SearchOut, WholeDocumentOut
from search_api.suggest import Suggester, Suggestion
from search_api.verdicts import NoVersion, Reader
from search_api.weights import Weights, default_weights
from search_api.wire import code_out, passage_out, search_out, whole_document_out

# The chance that a question is answered after all which gives a reason itself not to answer it.
_REFUSED = 0.05
DEPTH = 100  # documents a lane
READ = 20  # documents read whole: more than any k shows, and what the answer looks at


class Engine:
    """Answers questions from one snapshot; safe to use from several threads."""

    def __init__(
        self, snapshot: Snapshot, *, weights: Weights | None = None, ways: bool = True
    ) -> None:
        """An engine over an opened snapshot; weights: the shipped ones unless given.

        ways: False leaves out the ways to ask, as for documents that nobody wrote any for.
        """
        self.snapshot = snapshot
        self.weights = weights or default_weights()
        self.ways = ways
        self.backend = LocalBackend(snapshot, self.weights, ways=ways)
        self.lexicon = Lexicon(snapshot.store.vocabulary(), snapshot.manifest.documents)
        self._common = {
            term for word in COMMON_WORDS | GENERIC_WORDS for term in self.backend.terms(word)
        }
        self._payers = snapshot.store.payers()
        self._suggester: Suggester | None = None
        self._pointers: Pointers | None = None

    def ask(
        self, question: str, *, k: int = 5, filters: Filters | None = None, explain: bool = False
    ) -> SearchOut:
        """The answer or the abstention, with at most k ranked passages, best first.

        filters: each part overrides the question's words. explain: adds to each hit's scores what
        ordered it. Raises QuestionError naming the field that is wrong.
        """
        return search_out(self.consider(question, k=k, filters=filters), explain=explain)

    def search(self, question: str, *, k: int = 5, filters: Filters | None = None) -> list[HitOut]:
        """The ranked passages alone, at most k, best first. Raises QuestionError."""
        return self.ask(question, k=k, filters=filters).hits

    def search_batch(
        self,
        questions: Sequence[str],
        *,
        k: int = 5,
        filters: Filters | None = None,
        progress: bool = True,
    ) -> list[BatchRowOut]:
        """A reply or a problem for each question, in their order; a bar shows how far it is."""
        asked = track(questions, description="asking", disable=not progress)
        return [row(partial(self.ask, text, k=k, filters=filters)) for text in asked]

    def consider(
        self, question: str, *, k: int = 5, filters: Filters | None = None, on: date | None = None
    ) -> Result:
        """What `ask` writes out, as records. on: the day that counts as today.

        Raises QuestionError naming the field that is wrong.
        """
        started = time.perf_counter()
        if not 1 <= k <= MOST_HITS:
            raise QuestionError("k", f"{k} hits asked for; from 1 to {MOST_HITS} are given")
        query = self.understand(question, filters=filters, on=on)
        ranked = self.retrieve(query, read=max(READ, k))
        reply = self._reply(query, ranked)
        pointers = self._local(query) if wanted(reply) else []
        return Result(
            query=query,
            reply=naming(reply, pointers),
            pointers=tuple(pointers),
            hits=hits(ranked, reply, query, k=k, terms=self.backend.terms),
            manifest=self.snapshot.manifest,
            took_ms=(time.perf_counter() - started) * 1000,
        )

    def understand(
        self, question: str, *, filters: Filters | None = None, on: date | None = None
    ) -> Query:
        """The question as it is read, with what its words stand for in this corpus."""
        query = parse(question, on=on or date.today(), filters=filters)
        if query.kind is QuestionKind.CODE and only_names_a_policy(self.snapshot.store, query):
            query = replace(query, kind=QuestionKind.COVERAGE)
        told = [meanings_of(self.snapshot.store, code, query) for code in query.codes]
        topics = [topic for _, by_topic in told for topic in by_topic]
        return replace(
            query,
            expansions=(*self.lexicon.expansions(query.about), *topics),
            meanings=tuple(meaning for held, _ in told for meaning in held),
        )

    def retrieve(self, query: Query, *, read: int = READ) -> list[Ranked]:
        """The documents of the question in the order of the ranking."""
        within = query if self._holds(query) else replace(query, payers=(), line=None)
        encoded = self.backend.encode(query)
        candidates = self.backend.candidates(within, encoded, depth=DEPTH)
        chosen = shortlist(candidates, self.weights, read)
        return rank([self.backend.read(each, encoded) for each in chosen], query, self.weights)

    def asked(self, query: Query) -> Asked:
        """What statements are weighed against: the question's terms, and the telling among them."""
        weights = weighted_terms(query, self.backend.terms)
        about = {
            term for text in (query.about, *query.expansions) for term in self.backend.terms(text)
        }
        telling = {
            term: weight * self.backend.rarity(term)
            for term, weight in weights.items()
            if term in about and term not in self._common
        }
        return Asked(
            weights=weights,
            telling=telling,
            codes=frozenset(query.codes),
            worded=not query.codes or bool(informative(query.about)),
            named=named(self.lexicon.corrected(query.text)),
        )

    def reader(self, query: Query) -> Reader:
        """What weighs statements against a question."""
        return Reader(
            text=self.lexicon.corrected(query.text),
            asked=self.asked(query),
            terms=self.backend.terms,
            calibration=calibration(),
            fitting=Fitting(lambda: self.snapshot.rule_judge, query.text),
        )

    def signs(self, query: Query, ranked: Sequence[Ranked], reader: Reader) -> Signs:
        """The signs of confidence in a ranking."""
        return signs(
            ranked,
            query,
            lexicon=self.lexicon,
            terms=self.backend.terms,
            subject=lambda: _subject(query, ranked, reader),
        )

    def refusal(self, query: Query) -> Reason | None:
        """The reason not to answer that a question itself gives, None where it gives none."""
        return before_retrieval(query, self.snapshot.store, held=self._payers)

    def suggest(self, text: str, *, k: int = 8) -> list[Suggestion]:
        """At most k titles and codes of the corpus that what is typed may become."""
        if self._suggester is None:  # made when somebody first types; a second thread's is the same
            store = self.snapshot.store
            self._suggester = Suggester(store.titles(), store.coded())
        return self._suggester.suggest(text, k=k)

    def passage(self, identifier: str) -> PassageOut:
        """A passage by its id, with its document. Raises UnknownId."""
        row, found = self.snapshot.store.passage(identifier)
        return passage_out(self.snapshot.store.document(row), found)

    def document(self, name: str) -> WholeDocumentOut:
        """A document by its id or an alias, with its text and passages. Raises UnknownId."""
        row = self.snapshot.store.document_row(name)
        if row is None:
            raise UnknownId(f"no document {name!r} in this snapshot")
        passages = [each for _, each in self.snapshot.store.passages(row)]
        return whole_document_out(self.snapshot.store.document(row), passages)

    def code(
        self,
        code: str,
        *,
        diagnosis: str | None = None,
        state: str | None = None,
        as_of: date | None = None,
    ) -> CodeOut:
        """The documents that name a procedure code, and what articles' lists say of a diagnosis.

        state, as_of: only what binds there, and then (today, where a diagnosis is given). Raises
        IdentifierError if it can't be a code, QuestionError for a diagnosis or state that is none.
        """
        return code_out(look_up(self.snapshot.store, code, diagnosis, state, as_of))

    def _local(self, query: Query) -> list[Pointer]:
        """Local documents whose text is not here, that fit the question."""
        if self._pointers is None:  # as with the suggester
            self._pointers = Pointers(self.snapshot)
        return self._pointers.fitting(query, self.asked(query).telling)

    def _reply(self, query: Query, ranked: Sequence[Ranked]) -> Answer | Abstention:
        reply = self._judged(query, ranked)
        if not (query.codes and query.diagnoses and isinstance(reply, Answer)):
            return reply
        told = [
            sentence
            for code in query.codes
            for diagnosis in query.diagnoses
            for sentence in self._listed(code, diagnosis, query)
        ]
        return replace(reply, remarks=(*told, *reply.remarks))

    def _listed(self, code: str, diagnosis: str, query: Query) -> list[str]:
        """What articles' code lists say of a diagnosis for a code, in words."""
        found, _ = findings(self.snapshot.store, code, diagnosis, state=query.state, on=query.as_of)
        return in_words(found, code, diagnosis)

    def _judged(self, query: Query, ranked: Sequence[Ranked]) -> Answer | Abstention:
        fit = calibration()
        reader = self.reader(query)
        chance = confidence(self.signs(query, ranked, reader), fit)
        refusal = self.refusal(query)
        if refusal is not None:
            return without_answer(refusal, query, ranked, confidence=min(chance, _REFUSED))
        if chance < fit.threshold:
            return without_answer(None, query, ranked, confidence=chance)
        try:
            given = answer(ranked, query, reader=reader, confidence=chance)
        except NoVersion:
            return without_answer(Reason.VERSION_NOT_IN_CORPUS, query, ranked, confidence=chance)
        if given is None:
            return without_answer(Reason.NO_POLICY_FOUND, query, ranked, confidence=chance)
        if given.confidence < _bar(given, fit):
            return not_sure(given, query, ranked)
        return given

    def _holds(self, query: Query) -> bool:
        """Whether the corpus has something of a payer that the question names."""
        wanted = filter_payers(query)
        return wanted is None or bool(self._payers & set(wanted))


def _bar(given: Answer, fit: Calibration) -> float:
    """The confidence that an answer needs; a rule whose conditions are unmet is a conditional."""
    outcome = Outcome.CONDITIONAL if given.deciding.unmet else given.outcome
    return fit.bars.get(outcome.value, 0.0)


def _subject(query: Query, ranked: Sequence[Ranked], reader: Reader) -> float:
    """The chance that the likeliest rules are about the asked service; 1 where there are none."""
    own, _ = pools(ranked, query) if query.kind is QuestionKind.COVERAGE else ([], [])
    if not own:
        return 1.0
    likeliest = reader.choices(own[0])[:JUDGED]
    fits = reader.fitting.of([(choice.ranked, choice.scored) for choice in likeliest])
    return max(1.0 - fit.other for fit in fits)


def open_engine(path: Path, *, weights: Weights | None = None, ways: bool = True) -> Engine:
    """An engine over the snapshot in a folder, or the current one of a home folder.

    Raises SnapshotError where there is none.
    """
    return Engine(open_snapshot(path), weights=weights, ways=ways)
