"""What comes back: an answer with its sides and evidence, or an abstention with its reason.

An `Answer` can't be built without evidence, and evidence is a slice of a document's text.
"""

from dataclasses import dataclass
from enum import Enum

from corpus.records import CoverageStatement, Document, Passage, Span
from corpus.terms import Line, Why, Words


class Outcome(Enum):
    """What an answer says: a determination, or that sides differ, or information."""

    COVERED = "covered"
    CONDITIONAL = "conditional"
    NOT_COVERED = "not_covered"
    CONTRACTOR_DISCRETION = "contractor_discretion"
    DIFFERS = "differs"
    INFORMATION = "information"


class DiffersBy(Enum):
    """What the sides of a `differs` differ by."""

    PAYER = "payer"
    INDICATION = "indication"
    STATE = "state"
    DATE = "date"


class Reason(Enum):
    """Why there is no answer: these speak of us, never of the policy."""

    NO_POLICY_FOUND = "no_policy_found"
    CODE_INVALID = "code_invalid"
    CODE_NOT_IN_CORPUS = "code_not_in_corpus"
    PAYER_NOT_IN_CORPUS = "payer_not_in_corpus"
    VERSION_NOT_IN_CORPUS = "version_not_in_corpus"
    NOT_A_COVERAGE_QUESTION = "not_a_coverage_question"
    OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The deciding words, `document.text[span.start:span.end]`, and whose they are."""

    document: Document
    passage: Passage
    span: Span

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(f"no words at {self.span} of {self.document.id}: that is no evidence")

    @property
    def text(self) -> str:
        """The words, verbatim."""
        return self.span.of(self.document.text)

    @property
    def words(self) -> Words:
        """The source's own, or our summary of them."""
        return self.document.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one payer says, or what one policy says of one use.

    unmet: the rule covers under its conditions, and the question says that one is not met; against:
    the question's words and the rule's that don't agree, where plain reading found them.
    """

    payer: str
    line: Line | None
    outcome: Outcome
    why: Why | None
    evidence: Evidence
    conditions: tuple[str, ...]
    statement: CoverageStatement | None
    unmet: bool = False
    against: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An outcome, the side that decides it, every side, and what a reader must know beside it."""

    outcome: Outcome
    differs_by: DiffersBy | None
    deciding: Side
    sides: tuple[Side, ...]
    confidence: float
    notice: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """No answer, why, and the passages that come nearest."""

    reason: Reason
    message: str
    confidence: float
    nearest: tuple[Passage, ...]
