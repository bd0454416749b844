"""What sentences say of coverage, by the judge of sentences; the reason of a refusal by its cues.

A sentence that may be a refusal is never read as plain coverage. Figures: docs/evaluation.md.
"""

from collections.abc import Iterator, Mapping, Sequence

from corpus.terms import Determination
from indexer.cues import NOTHING, Decision, ends_payment, may_decide, why_refused
from indexer.judges import Judge

REFUSAL_BAR = 0.05  # chance of a refusal above which a sentence is not read as plain coverage
READING = "1"  # counts up when the same chances come to another decision
_BLOCK = 1_024  # sentences judged at a time, so that a long reading shows how far it is


def decisions(sentences: Sequence[str], judge: Judge) -> Iterator[tuple[str, Decision]]:
    """(sentence, what it decides, read alone) for each, in their order."""
    labels = [Determination(label) for label in judge.card.labels]
    for start in range(0, len(sentences), _BLOCK):
        block = sentences[start : start + _BLOCK]
        asked = [sentence for sentence in block if may_decide(sentence)]
        judged = dict(zip(asked, judge.chances(asked), strict=True))
        for sentence in block:
            if sentence in judged:
                chances = dict(zip(labels, map(float, judged[sentence]), strict=True))
                yield sentence, decision(sentence, determination(chances))
            else:
                yield sentence, NOTHING


def determination(chances: Mapping[Determination, float]) -> Determination:
    """The likeliest determination; plain coverage only where a refusal is all but ruled out."""
    order = sorted(chances, key=lambda kind: -chances[kind])
    if order[0] is Determination.COVERED and chances[Determination.NOT_COVERED] > REFUSAL_BAR:
        return order[1]
    return order[0]


def decision(sentence: str, says: Determination) -> Decision:
    """A determination with the reason that the sentence's words give where it refuses.

    Plain coverage in words that end a payment is a refusal.
    """
    if says is Determination.COVERED and ends_payment(sentence):
        says = Determination.NOT_COVERED
    if says is Determination.NOT_ADDRESSED:
        return NOTHING
    return Decision(says, why_refused(sentence) if says is Determination.NOT_COVERED else None)
