"""What comes in over the wire, v1: checked here; an unknown field is refused by name."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from corpus.terms import Kind, Line
from search_api.hits import MOST_HITS
from search_api.query import LONGEST_QUESTION, Filters

MOST_QUESTIONS = 100  # of a batch


class Wire(BaseModel):
    """A body of the wire: immutable, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FiltersIn(Wire):
    """What the caller states; each part overrides what the question's words say."""

    payer: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    line: Line | None = None
    state: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    codes: Annotated[list[str], Field(max_length=100)] | None = None
    kinds: list[Kind] | None = None
    as_of: date | None = None

    def filters(self) -> Filters:
        """The filters as the engine takes them."""
        return Filters(
            payer=self.payer,
            line=self.line,
            state=self.state,
            codes=None if self.codes is None else tuple(self.codes),
            kinds=None if self.kinds is None else tuple(self.kinds),
            as_of=self.as_of,
        )


class SearchIn(Wire):
    """A question, how many hits, and filters."""

    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
    k: Annotated[int, Field(ge=1, le=MOST_HITS)] = 5
    filters: FiltersIn = FiltersIn()
    explain: bool = False


class BatchIn(Wire):
    """Questions to ask together; each is checked alone: a wrong one spoils no other."""

    queries: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=MOST_QUESTIONS)]


class SuggestIn(Wire):
    """What is typed so far."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
    k: Annotated[int, Field(ge=1, le=20)] = 8
