"""The verbs of the engine over HTTP: `Client` waits, `AsyncClient` is awaited.

Results and errors are those of the engine in process; a server that fails or can't be reached is
a ServiceError. What may pass (no connection, 429, 502, 503, 504) is tried again, each time later.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx2
from pydantic import TypeAdapter
from rich.progress import track
from tenacity import (
    AsyncRetrying,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from corpus.errors import (
    CoverageSearchError,
    IdentifierError,
    QuestionError,
    ServiceError,
    UnknownId,
)
from search_api.code_schemas import CodeOut
from search_api.query import Filters
from search_api.requests import Wire
from search_api.schemas import (
    BatchOut,
    BatchRowOut,
    HitOut,
    PassageOut,
    SearchOut,
    SuggestionOut,
    SuggestOut,
    WholeDocumentOut,
)

_MAY_PASS = {0, 429, 502, 503, 504}
_FILTERS = TypeAdapter(Filters)
_CHUNK = 20  # questions of a batch sent together: a bar moves, and no request takes long
_Reply = TypeVar("_Reply", bound=Wire)


class _Shared:
    """What both clients know: paths, bodies, replies and errors."""

    def __init__(self, address: str, *, timeout: float = 30.0, attempts: int = 3) -> None:
        """address: of the server ("http://localhost:8000"). timeout: seconds of one try."""
        self.address = address
        self.timeout = timeout
        self._tries: dict[str, Any] = {
            "retry": retry_if_exception(
                lambda error: isinstance(error, ServiceError) and error.status in _MAY_PASS
            ),
            "stop": stop_after_attempt(attempts),
            "wait": wait_exponential_jitter(multiplier=0.2, max=5.0),
            "reraise": True,
        }


class Client(_Shared):
    """The engine's verbs on a server; a context manager, safe to use from several threads."""

    def __init__(self, address: str, *, timeout: float = 30.0, attempts: int = 3) -> None:
        super().__init__(address, timeout=timeout, attempts=attempts)
        self._http = httpx2.Client(base_url=address, timeout=timeout)

    def ask(
        self, question: str, *, k: int = 5, filters: Filters | None = None, explain: bool = False
    ) -> SearchOut:
        """The answer or the abstention, with at most k ranked passages, best first."""
        return self._send(
            SearchOut, "POST", "/v1/search", {**_asked(question, k, filters), "explain": explain}
        )

    def search(self, question: str, *, k: int = 5, filters: Filters | None = None) -> list[HitOut]:
        """The ranked passages alone, at most k, best first."""
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
        chunks = list(_chunks(questions, k, filters))
        rows: list[BatchRowOut] = []
        for body in track(chunks, description="asking", disable=not progress):
            rows += self._send(BatchOut, "POST", "/v1/search/batch", body).results
        return rows

    def passage(self, identifier: str) -> PassageOut:
        """A passage by its id, with its document. Raises UnknownId."""
        return self._send(PassageOut, "GET", f"/v1/passages/{quote(identifier)}")

    def document(self, name: str) -> WholeDocumentOut:
        """A document by its id or an alias, with its text and passages. Raises UnknownId."""
        return self._send(WholeDocumentOut, "GET", f"/v1/documents/{quote(name)}")

    def code(
        self,
        code: str,
        *,
        diagnosis: str | None = None,
        state: str | None = None,
        as_of: date | None = None,
    ) -> CodeOut:
        """The documents that name a code, and what articles' lists say of a diagnosis for it.

        Raises IdentifierError if it can't be a code, QuestionError for a wrong diagnosis or state.
        """
        return self._send(CodeOut, "GET", _code_path(code, diagnosis, state, as_of))

    def suggest(self, text: str, *, k: int = 8) -> list[SuggestionOut]:
        """At most k titles and codes of the corpus that what is typed may become."""
        return self._send(SuggestOut, "POST", "/v1/suggest", {"text": text, "k": k}).suggestions

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def _send(
        self, reply: type[_Reply], method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> _Reply:
        for attempt in Retrying(**self._tries):
            with attempt:
                try:
                    response = self._http.request(method, path, json=body)
                except httpx2.HTTPError as error:
                    raise _unreached(self.address, error) from error
                return _read(reply, response)
        raise AssertionError("tenacity ends by a result or an error")


class AsyncClient(_Shared):
    """The same verbs, awaited; an asynchronous context manager."""

    def __init__(self, address: str, *, timeout: float = 30.0, attempts: int = 3) -> None:
        super().__init__(address, timeout=timeout, attempts=attempts)
        self._http = httpx2.AsyncClient(base_url=address, timeout=timeout)

    async def ask(
        self, question: str, *, k: int = 5, filters: Filters | None = None, explain: bool = False
    ) -> SearchOut:
        """The answer or the abstention, with at most k ranked passages, best first."""
        return await self._send(
            SearchOut, "POST", "/v1/search", {**_asked(question, k, filters), "explain": explain}
        )

    async def search(
        self, question: str, *, k: int = 5, filters: Filters | None = None
    ) -> list[HitOut]:
        """The ranked passages alone, at most k, best first."""
        return (await self.ask(question, k=k, filters=filters)).hits

    async def search_batch(
        self,
        questions: Sequence[str],
        *,
        k: int = 5,
        filters: Filters | None = None,
        progress: bool = True,
    ) -> list[BatchRowOut]:
        """A reply or a problem for each question, in their order; a bar shows how far it is."""
        chunks = list(_chunks(questions, k, filters))
        rows: list[BatchRowOut] = []
        for body in track(chunks, description="asking", disable=not progress):
            rows += (await self._send(BatchOut, "POST", "/v1/search/batch", body)).results
        return rows

    async def passage(self, identifier: str) -> PassageOut:
        """A passage by its id, with its document. Raises UnknownId."""
        return await self._send(PassageOut, "GET", f"/v1/passages/{quote(identifier)}")

    async def document(self, name: str) -> WholeDocumentOut:
        """A document by its id or an alias, with its text and passages. Raises UnknownId."""
        return await self._send(WholeDocumentOut, "GET", f"/v1/documents/{quote(name)}")

    async def code(
        self,
        code: str,
        *,
        diagnosis: str | None = None,
        state: str | None = None,
        as_of: date | None = None,
    ) -> CodeOut:
        """The documents that name a code, and what articles' lists say of a diagnosis for it.

        Raises IdentifierError if it can't be a code, QuestionError for a wrong diagnosis or state.
        """
        return await self._send(CodeOut, "GET", _code_path(code, diagnosis, state, as_of))

    async def suggest(self, text: str, *, k: int = 8) -> list[SuggestionOut]:
        """At most k titles and codes of the corpus that what is typed may become."""
        found = await self._send(SuggestOut, "POST", "/v1/suggest", {"text": text, "k": k})
        return found.suggestions

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self.close()

    async def _send(
        self, reply: type[_Reply], method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> _Reply:
        async for attempt in AsyncRetrying(**self._tries):
            with attempt:
                try:
                    response = await self._http.request(method, path, json=body)
                except httpx2.HTTPError as error:
                    raise _unreached(self.address, error) from error
                return _read(reply, response)
        raise AssertionError("tenacity ends by a result or an error")


def _asked(question: str, k: int, filters: Filters | None) -> dict[str, Any]:
    # Not checked here: the server answers for what can't be used, as the engine does.
    stated = _FILTERS.dump_python(filters or Filters(), mode="json", exclude_none=True)
    return {"query": question, "k": k, "filters": stated}


def _code_path(code: str, diagnosis: str | None, state: str | None, as_of: date | None) -> str:
    asked = {"diagnosis": diagnosis, "state": state, "as_of": as_of and as_of.isoformat()}
    given = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"/v1/codes/{quote(code, safe='')}{'?' if given else ''}{given}"


def _chunks(
    questions: Sequence[str], k: int, filters: Filters | None
) -> Iterable[Mapping[str, Any]]:
    for start in range(0, len(questions), _CHUNK):
        part = questions[start : start + _CHUNK]
        yield {"queries": [_asked(each, k, filters) for each in part]}


def _read(reply: type[_Reply], response: httpx2.Response) -> _Reply:
    """The reply, or the error that the engine would have raised."""
    try:
        body = response.json()
        if response.is_success:
            return reply.model_validate(body)
        raise _error(response.status_code, body)
    except ValueError as error:
        raise ServiceError(
            response.status_code, f"{response.url}: not a reply of coverage-search: {error}"
        ) from error


def _error(status: int, problem: Mapping[str, Any]) -> CoverageSearchError:
    detail = str(problem.get("detail", problem))
    match status, problem.get("errors"):
        case 404, _:
            return UnknownId(detail)
        case 422, [{"field": field, "problem": what}, *_]:
            return QuestionError(field, what)
        case 422, _:
            return IdentifierError(detail)
        case _:
            return ServiceError(status, detail)


def _unreached(address: str, error: Exception) -> ServiceError:
    return ServiceError(0, f"{address}: no answer ({error or type(error).__name__})")
