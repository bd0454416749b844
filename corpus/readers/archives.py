"""Zip archives from elsewhere, opened with suspicion: nothing is unpacked to a name they choose.

Limits: 1,000 members, 4 GiB unpacked in all, 200 bytes for each packed one (from 10 MB on). An
inner archive is copied to an unnamed temporary file; members are read as streams.
"""

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from corpus.errors import CorpusError

MOST_MEMBERS = 1_000
MOST_BYTES = 4 * 1024**3
MOST_RATIO = 200
_SMALL = 10_000_000  # bytes unpacked: below, a high ratio harms nobody
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
_HOSTILE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\x00")


class Archive:
    """An opened zip; `place` is how errors name it: "all_data.zip/current_lcd.zip"."""

    def __init__(self, opened: zipfile.ZipFile, place: str) -> None:
        """Check names and sizes of every member. Raises CorpusError for one that is refused."""
        self._zip = opened
        self.place = place
        members = opened.infolist()
        if len(members) > MOST_MEMBERS:
            raise CorpusError(place, None, f"{len(members):,} members; at most {MOST_MEMBERS:,}")
        for member in members:
            self._check(member)
        total = sum(member.file_size for member in members)
        if total > MOST_BYTES:
            raise CorpusError(place, None, f"unpacks to {total:,} bytes; at most {MOST_BYTES:,}")
        self._names = {Path(member.filename).name.lower(): member for member in members}

    def _check(self, member: zipfile.ZipInfo) -> None:
        where = f"{self.place}/{member.filename}"
        if _HOSTILE.search(member.orig_filename):
            raise CorpusError(self.place, None, f"a name that leads outside: {member.filename!r}")
        if member.flag_bits & 1:
            raise CorpusError(where, None, "is encrypted; unpack it with its password first")
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > _SMALL and ratio > MOST_RATIO:
            raise CorpusError(
                where, None, f"unpacks to {ratio:,.0f} times its size; at most {MOST_RATIO}"
            )

    def names(self) -> list[str]:
        """The members' names without folders, in lower case, in order of the alphabet."""
        return sorted(self._names)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """A member's bytes as a stream. Raises CorpusError if it is missing or damaged."""
        if name not in self:
            held = ", ".join(self.names()[:8]) or "nothing"
            raise CorpusError(self.place, None, f"holds no {name}; it holds {held}")
        try:
            with self._zip.open(self._names[name.lower()]) as stream:
                yield stream
        except _DAMAGE as error:
            raise CorpusError(f"{self.place}/{name}", None, f"is damaged: {error}") from error

    @contextmanager
    def inner(self, name: str) -> Iterator["Archive"]:
        """An archive inside this one."""
        with ExitStack() as stack:
            copy = stack.enter_context(tempfile.TemporaryFile())
            with self.member(name) as stream:
                shutil.copyfileobj(stream, copy)
            yield stack.enter_context(_opened(copy, f"{self.place}/{name}"))


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The zip of a path. Raises CorpusError for what is no zip, or is damaged or refused."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise CorpusError(path, None, f"can't be opened: {error.strerror}") from error
    with file, _opened(file, path.name) as archive:
        yield archive


@contextmanager
def _opened(file: IO[bytes], place: str) -> Iterator[Archive]:
    try:
        opened = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise CorpusError(place, None, f"is no zip, or is cut short: {error}") from error
    with opened:
        yield Archive(opened, place)
