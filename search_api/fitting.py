"""Whether a rule fits what a question says: the judge of rules over the likeliest few.

A statement may be about the asked service and yet not apply: a condition that the person says is
unmet, another stage, place or device. The judge reads question and rule together; its weight beside
the statement's own chance is data (calibration.json). Figures: docs/evaluation.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields

from corpus.records import CoverageStatement, Document
from corpus.text import fold
from indexer.judges import Judge
from search_api.backends.protocol import ScoredStatement
from search_api.lexicon import GENERIC_WORDS, expanded_words, informative
from search_api.ranking import Ranked

JUDGED = 4  # rules of a speaker read with a question; each costs some ten milliseconds
_WAYS = 2  # ways to ask for a policy that are read beside its rule

Pair = tuple[Ranked, ScoredStatement]


@dataclass(frozen=True, slots=True)
class Fit:
    """The chances that a rule fits, that what it asks is unmet, that it is of another service.

    What is left of 1 is the chance of a sibling use, where the judge knows that label.
    """

    fits: float
    unmet: float
    other: float


# A rule that was not read: as likely to fit as those that lie so far behind are.
UNREAD = Fit(0.2, 0.3, 0.5)


@dataclass(slots=True)
class Fitting:
    """The judge, opened where it is needed, and one question; what it has judged is kept."""

    open_judge: Callable[[], Judge]
    question: str
    _known: dict[tuple[str, str], Fit] = field(default_factory=dict)

    def of(self, pairs: Sequence[Pair]) -> list[Fit]:
        """How each rule fits the question, in the order given."""
        texts = [
            reading(self.question, each.entry.document, scored.statement) for each, scored in pairs
        ]
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            judge = self.open_judge()
            chances = judge.chances(missing)
            columns = [judge.card.labels.index(each.name) for each in fields(Fit)]
            self._known |= {
                text: Fit(*map(float, row[columns]))
                for text, row in zip(missing, chances, strict=True)
            }
        return [self._known[text] for text in texts]


def reading(question: str, document: Document, statement: CoverageStatement) -> tuple[str, str]:
    """A question and a rule as the judge reads them.

    The question is followed by what its lay words, brands and abbreviations stand for; the rule's
    words, after the policy's title, by its conditions and the nearest ways to ask for the policy.
    """
    meanings = dict.fromkeys(meaning for _, meaning in expanded_words(question))
    asked = " ".join([question, *(f"({meaning})" for meaning in meanings)])
    rule = " ".join((
        f"{document.title}.",
        statement.evidence.of(document.text),
        "; ".join(statement.conditions),
        *(f"({way})" for way in _ways(asked, question, document.questions)),
    ))  # fmt: skip
    return asked, rule


def _ways(asked: str, question: str, ways: Sequence[str]) -> list[str]:
    """The ways to ask that share the most telling words with a question; it is none of them."""
    words = set(informative(asked)) - GENERIC_WORDS
    shared = {
        way: len(words.intersection(informative(way)))
        for way in ways
        if fold(way) != fold(question)
    }
    near = sorted((way for way in shared if shared[way]), key=lambda way: -shared[way])
    return near[:_WAYS]
