"""Zip archives from elsewhere, opened with suspicion: nothing is unpacked to a name they choose.

Limits: 1,000 members, 4 GiB unpacked in all, 200 bytes for each packed one (from 10 MB on). The
directory's size is checked before it is read, and packed members can't be more than the file
is. An inner archive is copied to an unnamed temporary file; members are read as streams.
"""

import lzma
import os
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
_DIRECTORY_ENTRY = 500  # bytes: names are short, and a longer directory is somebody's trick
_END = b"PK\x05\x06"  # the end record: its bytes 12 to 16 are the directory's size
_END_REACH = 65_557  # bytes before the file's end within which it must begin
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError,
    ValueError,
)  # fmt: skip
_HOSTILE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\x00")


class Archive:
    """An opened zip; `place` is how errors name it: "all_data.zip/current_lcd.zip"."""

    def __init__(self, opened: zipfile.ZipFile, place: str, size: int) -> None:
        """Check names and sizes of every member. Raises CorpusError for one that is refused.

        size: bytes of the file.
        """
        self._zip = opened
        self.place = place
        members = [member for member in opened.infolist() if not member.is_dir()]
        if len(members) > MOST_MEMBERS:
            raise CorpusError(place, None, f"{len(members):,} members; at most {MOST_MEMBERS:,}")
        for member in members:
            self._check(member)
        total = sum(member.file_size for member in members)
        if total > MOST_BYTES:
            raise CorpusError(place, None, f"unpacks to {total:,} bytes; at most {MOST_BYTES:,}")
        packed = sum(member.compress_size for member in members)
        if packed > size:
            raise CorpusError(place, None, f"says that {packed:,} bytes lie in {size:,}")
        self._names: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            name = Path(member.filename).name.lower()
            if name in self._names:
                raise CorpusError(place, None, f"holds two files called {name}")
            self._names[name] = member

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
    with file, _opened(file, str(path)) as archive:
        yield archive


@contextmanager
def _opened(file: IO[bytes], place: str) -> Iterator[Archive]:
    try:
        size = _checked_size(file, place)
        opened = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise CorpusError(place, None, f"is no zip, or is cut short: {error}") from error
    with opened:
        yield Archive(opened, place, size)


def _checked_size(file: IO[bytes], place: str) -> int:
    """The file's size. Raises CorpusError if its directory is too long to be read at all."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_REACH))
    tail = file.read()
    at = tail.rfind(_END)
    directory = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    file.seek(0)
    if directory > MOST_MEMBERS * _DIRECTORY_ENTRY:
        raise CorpusError(
            place,
            None,
            f"a directory of {directory:,} bytes: too many members; at most {MOST_MEMBERS:,}",
        )
    return size
