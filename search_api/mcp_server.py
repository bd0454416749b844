"""The MCP door: `search` and `fetch` as ChatGPT apps expect them, `check_coverage`, and documents.

Tools only read. Standard output belongs to the protocol: whatever is logged goes to stderr.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date as Date
from typing import Annotated, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, BeforeValidator, Field

from corpus.errors import CoverageSearchError, QuestionError, UnknownId
from search_api.engine import Engine
from search_api.query import Filters
from search_api.schemas import SearchOut

_HITS = 10  # results of a search
_INSTRUCTIONS = (
    "Whether a health service is covered, from policy documents. Ask check_coverage; quote the "
    "deciding words with their source, and pass on an abstention as one: silence is not 'not "
    "covered'. A summary of published policy is not a coverage decision."
)


_Value = TypeVar("_Value")


def _given(value: _Value) -> _Value | None:
    """What a model states; it sends "" for what it leaves out."""
    return value or None


class Found(BaseModel):
    """A passage that a search found."""

    id: str
    title: str
    url: str
    text: str


class FoundList(BaseModel):
    """What a search found, best first."""

    results: list[Found]


class Fetched(BaseModel):
    """A passage or a document whole."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


def create_server(engine: Engine) -> MCPServer:
    """An MCP server that answers from an engine, not yet running."""
    server = MCPServer("coverage-search", instructions=_INSTRUCTIONS, log_level="WARNING")
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @server.tool(annotations=reads)
    def search(
        query: Annotated[str, Field(description="The question, in plain language.")],
    ) -> FoundList:
        """Find the passages of policies and FAQ pages that speak of a health service."""
        with _as_tool_errors():
            hits = engine.search(query, k=_HITS)
        return FoundList(
            results=[
                Found(
                    id=each.id,
                    title=f"{each.document.id} {each.document.title}",
                    url=each.document.url,
                    text=each.text,
                )
                for each in hits
            ]
        )

    @server.tool(annotations=reads)
    def fetch(
        id: Annotated[
            str, Field(description="Of a passage ('NCD 30.3#2') or document ('NCD 30.3').")
        ],
    ) -> Fetched:
        """Read a passage or a document whole, with its payer, dates and source."""
        with _as_tool_errors():
            return _fetched(engine, id)

    @server.tool(annotations=reads)
    def check_coverage(
        question: Annotated[str | None, Field(description="In plain language.")] = None,
        code: Annotated[str | None, Field(description="A procedure code, e.g. 97026.")] = None,
        payer: Annotated[str | None, Field(description="E.g. Medicare or Aetna.")] = None,
        state: Annotated[str | None, Field(description="US state, name or two letters.")] = None,
        diagnosis: Annotated[str | None, Field(description="ICD-10-CM code or words.")] = None,
        date: Annotated[
            Date | None, BeforeValidator(_given), Field(description="Date of service.")
        ] = None,
    ) -> SearchOut:
        """Whether a service is covered: outcome, conditions, words, source; or why it isn't told.

        Give a question, a code, or both; the rest narrows it down.
        """
        with _as_tool_errors():
            if not question and not code:
                raise QuestionError("question", "give a question or a code")
            asked = question or f"Is {code} covered?"
            filters = Filters(
                payer=_given(payer),
                state=_given(state),
                codes=(code,) if code else None,
                as_of=date,
            )
            return engine.ask(f"{asked} {diagnosis or ''}".strip(), k=3, filters=filters)

    @server.resource("coverage://documents/{+name}", mime_type="text/plain")
    def document(name: str) -> str:
        """The text of a document, by its id or an alias."""
        try:
            found = engine.document(name)
        except UnknownId as error:
            raise ResourceNotFoundError(str(error)) from error
        return f"{found.document.id} {found.document.title}\n{found.document.url}\n\n{found.text}"

    return server


def _fetched(engine: Engine, identifier: str) -> Fetched:
    try:
        passage = engine.passage(identifier)
        about, text = passage.document, passage.text
    except UnknownId:
        whole = engine.document(identifier)
        about, text = whole.document, whole.text
    facts = {
        "document": about.id,
        "kind": about.kind.value,
        "status": about.status.value,
        "payer": about.payer,
        "effective": about.effective,
        "ended": about.ended,
        "retrieved": about.retrieved,
    }
    return Fetched(
        id=identifier,
        title=f"{about.id} {about.title}",
        text=text,
        url=about.url,
        metadata={name: str(value) for name, value in facts.items() if value is not None},
    )


@contextmanager
def _as_tool_errors() -> Iterator[None]:
    """Our errors as MCP's: the model reads what is wrong and may ask better."""
    try:
        yield
    except CoverageSearchError as error:
        raise ToolError(str(error)) from error
