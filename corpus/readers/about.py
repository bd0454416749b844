"""What a user says of files that these don't say themselves: payer, plan, kind, states, dates."""

from datetime import date
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from corpus.payers import state_code
from corpus.terms import Kind, Line, Reliability, Status


def _no_number(value: object) -> object:
    """Refuse a number where a date belongs: pydantic would take it for seconds."""
    if isinstance(value, int | float):
        raise ValueError("a date such as 2026-01-01 is wanted")
    return value


def _state(value: str) -> str:
    """The two-letter code of a state. Raises ValueError."""
    if (code := state_code(value)) is None:
        raise ValueError(f"{value!r} is not a US state or its two-letter code")
    return code


Day = Annotated[date, BeforeValidator(_no_number)]


class Shared(BaseModel):
    """What may be known of several files that they don't say; every part may be left out.

    ended: the last day of the policy, as sources write it. states: by code or name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.effective and self.ended and self.ended < self.effective:
            raise ValueError(f"ended {self.ended} lies before effective {self.effective}")
        return self

    kind: Kind | None = None
    payer: str | None = Field(default=None, min_length=1)
    line: Line | None = None
    plan: str | None = Field(default=None, min_length=1)
    url: str = ""
    states: tuple[Annotated[str, AfterValidator(_state)], ...] = ()
    effective: Day | None = None
    ended: Day | None = None
    status: Status = Status.IN_FORCE
    reliability: Reliability = Reliability.PRIMARY
    retrieved: Day | None = None


class About(Shared):
    """What is to be known of one file. asked_as: ways in which people ask for it."""

    id: str | None = Field(default=None, min_length=1)
    title: str | None = Field(default=None, min_length=1)
    codes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()


class RecordLine(About):
    """A line of a JSONL file: a document of its own."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    text: str = Field(min_length=1)
