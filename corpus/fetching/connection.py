"""One polite connection to a host of CMS: a few requests at once, retries with backoff, no detours.

Retried: no answer, 429 and 5xx, a body that was cut short or is not what was asked for. Waits
follow `Retry-After` where the host gives one. A redirect to another host is refused: nothing is
asked of any host but the one given.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from corpus.errors import FetchError

AT_ONCE = 4
ATTEMPTS = 6
TIMEOUT = 60.0  # seconds without a byte
LONGEST_WAIT = 120.0  # seconds
_AGENT = "coverage-search (+https://pypi.org/project/coverage-search)"
_Result = TypeVar("_Result")
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Passing(Exception):
    """A failure that another try may mend; carries the seconds that the host asks to wait."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(problem)


class Connection:
    """Requests to one host; an asynchronous context manager."""

    def __init__(
        self,
        base: str,
        *,
        at_once: int = AT_ONCE,
        attempts: int = ATTEMPTS,
        timeout: float = TIMEOUT,
        pause: float = 1.0,
    ) -> None:
        """A connection to the host of `base`. pause: seconds before the first retry; it doubles."""
        self.base = httpx2.URL(base)
        self._slots = asyncio.Semaphore(at_once)
        self._attempts, self._pause = attempts, pause
        self._http = httpx2.AsyncClient(
            timeout=timeout, headers={"user-agent": _AGENT}, follow_redirects=False
        )

    async def __aenter__(self) -> "Connection":
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self._http.aclose()

    async def rows(
        self, path: str, params: Mapping[str, str], headers: Callable[[], Mapping[str, str]]
    ) -> dict[str, Any]:
        """The JSON answer of an endpoint. headers: asked for at each try: a token may be renewed.

        Raises FetchError where no try brings one, Unauthorized where the token is refused.
        """
        url = self._url(path, params)

        async def _once() -> dict[str, Any]:
            async with self.stream(url, headers()) as response:
                body = await response.aread()
            if response.status_code == 401:
                raise Unauthorized(url)
            return _answer(body, response, url)

        return await self.patiently(_once, url)

    async def patiently(self, once: Callable[[], Awaitable[_Result]], what: str) -> _Result:
        """What `once` returns, tried again after Passing failures. Raises FetchError."""
        tries = AsyncRetrying(
            stop=stop_after_attempt(self._attempts),
            wait=self._wait,
            retry=retry_if_exception_type(Passing),
            reraise=True,
        )
        try:
            async for attempt in tries:
                with attempt:
                    async with self._slots:
                        return await once()
        except Passing as error:
            raise FetchError(f"{what}: {error}, {self._attempts} times; try again later") from error
        raise AssertionError("tenacity ends by a result or an error")

    @asynccontextmanager
    async def stream(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        """A response whose body is yet to come; failures that may pass are Passing."""
        try:
            async with self._http.stream("GET", url, headers=dict(headers)) as response:
                if response.is_redirect:
                    async with self._elsewhere(response, headers) as moved:
                        yield moved
                    return
                _check(response)
                yield response
        except httpx2.HTTPError as error:
            raise Passing(f"no whole answer ({error or type(error).__name__})") from error

    @asynccontextmanager
    async def _elsewhere(
        self, response: httpx2.Response, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx2.Response]:
        """The answer of the place that a redirect names, if it is on the same host."""
        target = httpx2.URL(urljoin(str(response.url), response.headers.get("location", "")))
        if (target.scheme, target.host, target.port) != (
            self.base.scheme, self.base.host, self.base.port,
        ):  # fmt: skip
            raise FetchError(f"{response.url}: leads to {target.host}, which is not asked")
        async with self._http.stream("GET", target, headers=dict(headers)) as moved:
            if moved.is_redirect:
                raise FetchError(f"{response.url}: redirects twice")
            _check(moved)
            yield moved

    def _url(self, path: str, params: Mapping[str, str]) -> str:
        return str(self.base.join(path).copy_merge_params(dict(params)))

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next try: what the host asks for, else doubling, with some chance."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Passing) and error.wait is not None:
            return min(error.wait, LONGEST_WAIT)
        doubled: float = self._pause * 2 ** (state.attempt_number - 1)
        return min(doubled, LONGEST_WAIT) * (0.75 + random.random() / 2)


class Unauthorized(Exception):
    """The host refuses the token, or wants one."""


def _check(response: httpx2.Response) -> None:
    """Raise Passing for what may pass, FetchError for what won't."""
    status = response.status_code
    if status in _AGAIN:
        raise Passing(f"HTTP {status}", _asked_wait(response))
    if status >= 400 and status not in (401, 416):
        raise FetchError(f"{response.url}: HTTP {status}")


def _answer(body: bytes, response: httpx2.Response, url: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        kind = response.headers.get("content-type", "no type")
        raise Passing(f"not JSON ({kind})") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise FetchError(f"{url}: an answer without a list 'data'")
    return answer


def _asked_wait(response: httpx2.Response) -> float | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    written = response.headers.get("retry-after", "").strip()
    if written.isdecimal():
        return float(written)
    try:
        return max(0.0, (parsedate_to_datetime(written) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
