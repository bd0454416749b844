"""CMS's bulk downloads fetched: resumed where they broke off, checked for length and for kind.

A download grows in NAME.zip.part; it gets its name only when it is whole and is a zip. What is
there is not fetched again unless the host has a newer one.
"""

import asyncio
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx2

from corpus.errors import FetchError
from corpus.fetching.connection import Connection, Passing
from corpus.readers.coverage_database import BUNDLES, CURRENT, EVERYTHING

HOST = "https://downloads.cms.gov"
FOLDER = "/medicare-coverage-database/downloads/exports/"
NAMES = (*BUNDLES, EVERYTHING)
_STATE = ".state.json"  # beside a part: what the host said of the file that it is part of

Progress = Callable[[str, int, int], None]  # (file, bytes done, of; 0 where not known)


async def fetch_downloads(
    folder: Path,
    names: Sequence[str] = CURRENT,
    *,
    base: str = HOST,
    progress: Progress = lambda name, done, of: None,
    pause: float = 1.0,
) -> list[Path]:
    """Bring downloads into a folder; their paths, in the order of the names.

    Raises FetchError for an unknown name, a host that doesn't answer, or a file that is no zip.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise FetchError(f"{unknown[0]!r} is none of CMS's downloads: {', '.join(NAMES)}")
    folder.mkdir(parents=True, exist_ok=True)
    async with Connection(base, at_once=2, pause=pause) as connection:
        return list(
            await asyncio.gather(*(_fetch(connection, name, folder, progress) for name in names))
        )


async def _fetch(connection: Connection, name: str, folder: Path, progress: Progress) -> Path:
    target, part = folder / name, folder / f"{name}.part"
    url = str(connection.base.join(FOLDER + name))

    async def _once() -> None:
        await _resume(connection, url, target, part, progress)

    await connection.patiently(_once, url)
    return target


async def _resume(
    connection: Connection, url: str, target: Path, part: Path, progress: Progress
) -> None:
    """One try: the rest of the part, or all of it where the host has another file by now."""
    state = _load(part)
    have = part.stat().st_size if part.exists() and state else 0
    headers = {"range": f"bytes={have}-", "if-range": state["tag"]} if have else {}
    async with connection.stream(url, headers) as response:
        if response.status_code == 416:  # nothing is left of it, or it has shrunk
            _drop(part)
            raise Passing("the part is longer than the file")
        fresh = response.status_code != 206
        have = 0 if fresh else have
        size = _size(response, have)
        if fresh and _is_kept(target, response, size):
            return
        _looks_like_zip(response, url)
        _keep(part, {"tag": _tag(response), "size": size})
        with part.open("wb" if fresh else "ab") as file:
            async for block in response.aiter_bytes():
                file.write(block)
                have += len(block)
                progress(target.name, have, size)
    if size and have != size:
        raise Passing(f"{have:,} bytes of {size:,}")
    _accept(part, target, url)


def _accept(part: Path, target: Path, url: str) -> None:
    """Give a whole part its name. Raises FetchError if it is no zip."""
    if not zipfile.is_zipfile(part):
        _drop(part)
        raise FetchError(f"{url}: what came is no zip; nothing was kept of it")
    with part.open("rb") as file:
        os.fsync(file.fileno())
    state = _state(part)
    os.replace(part, target)
    os.replace(state, _state(target))


def _is_kept(target: Path, response: httpx2.Response, size: int) -> bool:
    """Whether the file is here already, as the host has it."""
    known = _load(target)
    same = known.get("tag") == _tag(response) and bool(known)
    return same and target.exists() and target.stat().st_size == (size or target.stat().st_size)


def _looks_like_zip(response: httpx2.Response, url: str) -> None:
    kind = response.headers.get("content-type", "")
    if kind.startswith("text/"):
        raise Passing(f"{kind} instead of a zip")


def _size(response: httpx2.Response, have: int) -> int:
    """Bytes of the whole file, 0 where the host doesn't say."""
    total = response.headers.get("content-range", "").rpartition("/")[2]
    if total.isdecimal():
        return int(total)
    length = response.headers.get("content-length", "")
    return have + int(length) if length.isdecimal() else 0


def _tag(response: httpx2.Response) -> str:
    """What tells one version of the file from another, empty where the host doesn't say."""
    found: str = response.headers.get("etag") or response.headers.get("last-modified") or ""
    return found


def _state(path: Path) -> Path:
    return path.with_name(f".{path.name}{_STATE}")


def _load(path: Path) -> dict[str, str]:
    try:
        found = json.loads(_state(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("tag") else {}


def _keep(part: Path, facts: dict[str, str | int]) -> None:
    _state(part).write_text(json.dumps(facts), encoding="utf-8")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)
