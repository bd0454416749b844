"""The shapes of the library's JSONL lines; an unknown field is an error, not a surprise."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from corpus.terms import Determination, Kind, Line, Reliability, Status, Why


class LibraryLine(BaseModel):
    """A line of a library file; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StatementLine(LibraryLine):
    """A statement of a record, with its own determination."""

    determination: Determination
    text: str = Field(min_length=1)
    conditions: tuple[str, ...] = ()
    why: Why | None = None
    study_only: bool = False
    since: date | None = None
    ended: date | None = None
    payer: str | None = None
    line: Line | None = None
    codes: frozenset[str] = frozenset()


class RecordLine(LibraryLine):
    """The fields that a national determination and any other policy share."""

    title: str = Field(min_length=1)
    item: str = Field(min_length=1)
    statements: tuple[StatementLine, ...] = Field(min_length=1)
    asked_as: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    retrieved: date
    status: Status = Status.IN_FORCE


class NcdLine(RecordLine):
    """A national coverage determination (ncd.jsonl)."""

    ncd: str = Field(pattern=r"^\d{1,3}\.\d{1,2}(\.\d{1,2}){0,2}$")
    mcd_id: int
    version: int
    benefit_category: tuple[str, ...] = ()
    cross_refs: tuple[str, ...] = ()
    url: str
    quote_words: str | None = None
    version_effective: date | None = None
    implementation: date | None = None
    residual: Determination | None = None
    limits: tuple[str, ...] = ()


class PolicyLine(RecordLine):
    """A benefit or a payer's policy (benefits.jsonl, payers.jsonl)."""

    id: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    kind: Kind
    payer: str
    line: Line
    source: str
    url: str | None = None
    verification: str | None = None
    reliability: Reliability = Reliability.SECONDARY
    effective: date | None = None
    contractors: tuple[str, ...] = ()


class WayLine(LibraryLine):
    """A way to ask for some rules of a policy (ways.jsonl); places count its statements from 0."""

    document: str = Field(min_length=1)
    question: str = Field(min_length=1)
    fits: tuple[NonNegativeInt, ...] = ()
    unmet: tuple[NonNegativeInt, ...] = ()


class BeyondLine(LibraryLine):
    """A question that the library is known not to answer (beyond.jsonl)."""

    question: str = Field(min_length=1)


class JoinedLine(LibraryLine):
    """What a further source adds to a document that another file holds."""

    joins: str
    notes: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()
    source: str
    reliability: Reliability
