"""CMS's Coverage API fetched: reports first, then the documents that they list.

A document's version never changes: what is there is not fetched again. Reports are, once a day.
Local documents stand behind a licence token, which the API gives to whoever accepts the licences
of the AMA, the ADA and the AHA; without that, reports and national determinations are fetched.
Every file appears whole or not at all, a document's own last: a folder that has it is complete.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from corpus.errors import FetchError
from corpus.fetching.connection import AT_ONCE, ATTEMPTS, TIMEOUT, Connection, Unauthorized
from corpus.readers.coverage_api import BY_STATE, MANIFEST, REPORTS, STATES, load

HOST = "https://api.coverage.cms.gov"
KINDS = ("ncd", "lcd", "article")
_LISTS = {
    "ncd": "national-coverage-ncd",
    "lcd": "local-coverage-final-lcds",
    "article": "local-coverage-articles",
}
_FAMILY = ("related-documents", "related-ncd-documents", "hcpc-code", "hcpc-code-group")
_PARTS = {
    "lcd": _FAMILY,
    "article": (
        *_FAMILY, "icd10-covered", "icd10-covered-group", "icd10-noncovered",
        "icd10-noncovered-group", "code-table",
    ),
}  # fmt: skip
_MOST_FAILURES = 10  # documents; more of them is the host's trouble, not theirs

Progress = Callable[[str, int, int], None]  # (what, done, of)


@dataclass(slots=True)
class FetchReport:
    """What a fetch did: documents brought, documents there already, and what failed."""

    fetched: int = 0
    kept: int = 0
    failures: list[str] = field(default_factory=list)


async def fetch_coverage(
    folder: Path,
    *,
    on: date,
    kinds: Sequence[str] = KINDS,
    licensed: bool = False,
    base: str = HOST,
    progress: Progress = lambda what, done, of: None,
    at_once: int = AT_ONCE,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT,
    pause: float = 1.0,
) -> FetchReport:
    """Bring reports and documents into a folder that `corpus.readers.coverage_api` reads.

    on: today; reports of an earlier day are fetched anew. licensed: the user accepts the licences
    that the API asks for. Raises FetchError where the host doesn't answer: what came is kept, and
    another run goes on from there.
    """
    async with Connection(
        base, at_once=at_once, attempts=attempts, timeout=timeout, pause=pause
    ) as connection:
        fetch = _Fetch(connection, folder, licensed=licensed, progress=progress)
        await fetch.reports(kinds, on)
        await fetch.documents([kind for kind in kinds if kind == "ncd" or licensed])
        return fetch.report


class _Fetch:
    """One run: a connection, a folder, a token."""

    def __init__(
        self, connection: Connection, folder: Path, *, licensed: bool, progress: Progress
    ) -> None:
        self._connection, self._folder, self._progress = connection, folder, progress
        self._licensed = licensed
        self._token = ""
        self._renewing = asyncio.Lock()
        self.report = FetchReport()

    async def reports(self, kinds: Sequence[str], on: date) -> None:
        """The lists of documents, for the country and for each state."""
        manifest = self._folder / MANIFEST
        fresh = _day_of(manifest) != on.isoformat()
        if fresh:  # said at the end again, when all of them are there
            _write(manifest, {"api": str(self._connection.base), "reports_of": ""})
        wanted: list[tuple[Path, str, dict[str, str]]] = [
            (self._folder / REPORTS / f"{_LISTS[kind]}.json", _report(kind), {}) for kind in kinds
        ]
        local = [kind for kind in kinds if kind != "ncd"]
        if local:
            await self._save(self._folder / STATES, "/v1/metadata/states/", {}, anew=fresh)
            wanted += [
                (
                    self._folder / REPORTS / BY_STATE / state / f"{_LISTS[kind]}.json",
                    _report(kind),
                    {"state_id": state},
                )
                for state in (str(row["state_id"]) for row in load(self._folder / STATES))
                for kind in local
            ]
        await self._all("reports", [self._save(*each, anew=fresh) for each in wanted])
        _write(manifest, {"api": str(self._connection.base), "reports_of": on.isoformat()})

    async def documents(self, kinds: Sequence[str]) -> None:
        """Every document that the lists name."""
        listed = [
            (kind, str(row["document_id"]), str(row["document_version"]))
            for kind in kinds
            for row in load(self._folder / REPORTS / f"{_LISTS[kind]}.json")
        ]
        await self._all("documents", [self._document(*each) for each in dict.fromkeys(listed)])

    async def _all(self, what: str, tasks: Sequence[Any]) -> None:
        """Wait for all, telling how far it is; the first error ends the others."""
        done = 0

        async def _counted(task: Any) -> None:  # noqa: ANN401
            nonlocal done
            await task
            done += 1
            self._progress(what, done, len(tasks))

        self._progress(what, 0, len(tasks))
        try:
            async with asyncio.TaskGroup() as group:
                for task in tasks:
                    group.create_task(_counted(task))
        except ExceptionGroup as group:  # raised within `except*`, some 3.11 would wrap it again
            failed = group.subgroup(FetchError)
            if failed is None:
                raise
            raise failed.exceptions[0] from None

    async def _document(self, kind: str, number: str, version: str) -> None:
        """A document with its parts; one that can't be had is noted, ten of them end the run."""
        try:
            await self._bring(kind, number, version)
        except FetchError as error:
            self.report.failures.append(str(error))
            if len(self.report.failures) > _MOST_FAILURES:
                raise

    async def _bring(self, kind: str, number: str, version: str) -> None:
        home = self._folder / kind
        name = f"{number}-{version}"
        target = home / f"{name}.json" if kind == "ncd" else home / name / f"{kind}.json"
        if target.exists():
            self.report.kept += 1
            return
        key = {"ncdid": number, "ncdver": version}
        if kind != "ncd":
            key = {f"{kind}id": number, "ver": version}
            for part in _PARTS[kind]:
                await self._save(home / name / f"{part}.json", f"/v1/data/{kind}/{part}", key)
        await self._save(target, f"/v1/data/{kind}/", key, needed=True)
        self.report.fetched += 1

    async def _save(
        self,
        target: Path,
        path: str,
        params: Mapping[str, str],
        *,
        anew: bool = False,
        needed: bool = False,
    ) -> None:
        """All pages of an answer as one file. needed: an answer without rows is a failure."""
        if target.exists() and not anew:
            return
        answer = await self._pages(path, params)
        if needed and not answer["data"]:
            raise FetchError(f"{path} {dict(params)}: the API has no such document")
        _write(target, answer)

    async def _pages(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The first page's answer with the rows of all pages."""
        whole = await self._page(path, params)
        seen: set[str] = set()
        token = _next(whole)
        while token:
            if token in seen:
                raise FetchError(f"{path}: its pages go round in a circle")
            seen.add(token)
            page = await self._page(path, {**params, "next_token": token})
            whole["data"] += page["data"]
            token = _next(page)
        return whole

    async def _page(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        for _ in range(3):  # a token holds for an hour: it may run out between two requests
            used = self._token
            try:
                return await self._connection.rows(path, params, self._headers)
            except Unauthorized as error:
                if not self._licensed:
                    raise FetchError(
                        f"{error}: asks for a licence token; --accept-licenses fetches one"
                    ) from error
                await self._renew(used)
        raise FetchError(f"{path}: refuses every licence token")

    def _headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    async def _renew(self, used: str) -> None:
        """A new token, unless another task has brought one since."""
        async with self._renewing:
            if self._token != used:
                return
            answer = await self._connection.rows("/v1/metadata/license-agreement/", {}, lambda: {})
            rows = [row for row in answer["data"] if isinstance(row, dict)]
            token = next(
                (str(v) for row in rows for k, v in row.items() if k.lower() == "token"), ""
            )
            if not token:
                raise FetchError("the licence agreement's answer holds no token")
            self._token = token


def _report(kind: str) -> str:
    return f"/v1/reports/{_LISTS[kind]}/"


def _next(answer: Mapping[str, Any]) -> str:
    meta = answer.get("meta")
    return str(meta.get("next_token") or "") if isinstance(meta, dict) else ""


def _day_of(manifest: Path) -> str:
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["reports_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(target: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file so that it appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
