"""Zip archives from elsewhere: whatever is wrong with one is named, and never does harm."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from corpus.readers.archives import MOST_MEMBERS, open_archive

TABLE = b"a,b\r\n" + b"".join(b"%d,%d\r\n" % (each, each**3) for each in range(100))
Members = dict[str, bytes]
CENTRAL = {"flags": ("<H", 8), "packed": ("<I", 20), "unpacked": ("<I", 24)}  # APPNOTE 4.3.12


def zipped(members: Members, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return written.getvalue()


def nested() -> bytes:
    return zipped({"inner.zip": zipped({"t.csv": TABLE})}, zipfile.ZIP_STORED)


def patched(archive: bytes, field: str, value: int) -> bytes:
    """The archive with one field of every entry of its central directory overwritten."""
    form, offset = CENTRAL[field]
    changed = bytearray(archive)
    at = archive.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into(form, changed, at + offset, value)
        at = archive.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def with_offset(archive: bytes, offset: int) -> bytes:
    """The archive of one member, which is said (in 64 bits) to lie at another offset."""
    start, end = archive.index(b"PK\x01\x02"), archive.index(b"PK\x05\x06")
    entry, last = bytearray(archive[start:end]), bytearray(archive[end:])
    extra = struct.pack("<HHQ", 1, 8, offset)
    struct.pack_into("<I", entry, 42, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<I", last, 12, len(entry) + len(extra))
    return archive[:start] + bytes(entry) + extra + bytes(last)


def named(place: str) -> str:
    """A place from the name of the tests' archive on."""
    return place[place.index("x.zip") :] if "x.zip" in place else place


def read(folder: Path, archive: bytes, *, inner: bool = False) -> bytes:
    """The bytes of t.csv, in the archive or in the inner.zip of it."""
    path = folder / "x.zip"
    path.write_bytes(archive)
    with open_archive(path) as outer:
        if not inner:
            with outer.member("t.csv") as stream:
                return stream.read()
        with outer.inner("inner.zip") as opened, opened.member("t.csv") as stream:
            return stream.read()


@contextmanager
def refused(place: str, problem: str) -> Iterator[None]:
    with pytest.raises(CorpusError, match=problem) as caught:
        yield
    assert named(caught.value.path) == place
    assert len(str(caught.value)) < 2_000


def test_members_are_found_in_any_case_and_without_their_folder(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"Tables/T.CSV": b"1", "readme.txt": b"2"}))
    with open_archive(path) as archive:
        assert archive.names() == ["readme.txt", "t.csv"]
        assert "T.csv" in archive
        with archive.member("t.CSV") as stream:
            assert stream.read() == b"1"


def test_an_inner_archive_is_read_and_named_with_its_outer_one(tmp_path: Path) -> None:
    assert read(tmp_path, nested(), inner=True) == TABLE
    path = tmp_path / "x.zip"
    with open_archive(path) as outer, outer.inner("inner.zip") as inner:
        assert named(inner.place) == "x.zip/inner.zip"
        with (
            refused("x.zip/inner.zip", r"holds no lcd\.csv; it holds t\.csv"),
            inner.member("lcd.csv"),
        ):
            pass


@pytest.mark.parametrize("body", [b"", b"PK", b"a,b\r\n1,2\r\n", b"\x00" * 1_000])
def test_what_is_no_zip(tmp_path: Path, body: bytes) -> None:
    with refused("x.zip", "is no zip, or is cut short"):
        read(tmp_path, body)


def test_what_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.zip", tmp_path):
        with refused(str(path), "can't be opened"), open_archive(path):
            pass


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 12, 14])
def test_a_zip_cut_short_anywhere_is_refused(tmp_path: Path, compression: int) -> None:
    whole = zipped({"t.csv": TABLE}, compression)
    assert read(tmp_path, whole) == TABLE
    for length in range(len(whole)):
        with refused("x.zip", "is no zip, or is cut short"):
            read(tmp_path, whole[:length])


def test_an_inner_zip_cut_short_anywhere_is_named(tmp_path: Path) -> None:
    inner = zipped({"t.csv": TABLE})
    for length in range(len(inner)):
        with refused("x.zip/inner.zip", "is no zip, or is cut short"):
            read(tmp_path, zipped({"inner.zip": inner[:length]}), inner=True)


def whole_or_refused(folder: Path, archive: bytes) -> None:
    try:
        assert read(folder, archive) == TABLE
    except CorpusError as error:
        assert "x.zip" in error.path  # noqa: PT017 (either outcome is right)


@pytest.mark.parametrize(
    "compression",
    [
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    ],
)
def test_a_changed_byte_anywhere_is_noticed_or_harmless(tmp_path: Path, compression: int) -> None:
    whole = zipped({"t.csv": TABLE}, compression)
    for place in range(len(whole)):
        for mask in (0x01, 0xFF):
            changed = bytearray(whole)
            changed[place] ^= mask
            whole_or_refused(tmp_path, bytes(changed))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_several_changed_bytes_never_raise_another_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    archive = bytearray(nested())
    places = st.dictionaries(st.integers(0, len(archive) - 1), st.integers(0, 255), max_size=6)
    for place, value in data.draw(places).items():
        archive[place] = value
    try:
        assert read(tmp_path_factory.getbasetemp(), bytes(archive), inner=True) == TABLE
    except CorpusError as error:
        assert "x.zip" in error.path  # noqa: PT017


@pytest.mark.parametrize("offset", [2**62, 2**63, 2**64 - 1])
def test_a_member_said_to_lie_nowhere(tmp_path: Path, offset: int) -> None:
    with refused("x.zip/t.csv", "is damaged"):
        read(tmp_path, with_offset(zipped({"t.csv": TABLE}), offset))


@pytest.mark.parametrize(
    "name",
    ["../t.csv", "a/../../t.csv", "/etc/t.csv", "C:\\t.csv", "c:t.csv", "..\\t.csv", "\\\\h\\t"],
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    with refused("x.zip", "a name that leads outside"):
        read(tmp_path, zipped({"t.csv": TABLE, name: b""}))


def test_a_name_with_nul_is_refused(tmp_path: Path) -> None:
    archive = zipped({"t.csv": TABLE, "t.csv#": b""}).replace(b"t.csv#", b"t.csv\x00")
    with refused("x.zip", "a name that leads outside"):
        read(tmp_path, archive)


def test_dots_that_lead_nowhere_are_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, zipped({"a..b/t.csv": TABLE})) == TABLE


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    with refused("x.zip/t.csv", "is encrypted"):
        read(tmp_path, patched(zipped({"t.csv": TABLE}), "flags", 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda archive: patched(archive, "unpacked", 0),
        lambda archive: patched(archive, "unpacked", 10),
        lambda archive: patched(archive, "packed", 3),
        lambda archive: archive.replace(b"t.csv", b"u.csv", 1),
        lambda archive: archive.replace(TABLE[:9], b"a,b\r\n9,9\r\n"[:9]),
    ],
    ids=["empty", "smaller", "packed smaller", "another name", "another checksum"],
)
def test_a_header_that_lies(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    with refused("x.zip/t.csv", "is damaged"):
        read(tmp_path, change(zipped({"t.csv": TABLE}, zipfile.ZIP_STORED)))


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with refused("x.zip/t.csv", r"unpacks to [\d,]+ times its size; at most 200"):
        read(tmp_path, zipped({"t.csv": bytes(10_000_001)}))
    assert len(read(tmp_path, zipped({"t.csv": bytes(9_999_999)}))) == 9_999_999


def test_a_bomb_that_lies_about_its_packed_size_is_refused(tmp_path: Path) -> None:
    bomb = zipped({"t.csv": bytes(20_000_000)})
    assert len(bomb) < 30_000
    with refused("x.zip", "says that 1,000,000 bytes lie in"):
        read(tmp_path, patched(bomb, "packed", 1_000_000))


def test_members_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    archive = zipped({"t.csv": TABLE, "u.csv": TABLE})
    huge = patched(patched(archive, "unpacked", 3 * 1024**3), "packed", 1024**3)
    with refused("x.zip", "unpacks to 6,442,450,944 bytes; at most 4,294,967,296"):
        read(tmp_path, huge)


def test_a_thousand_members_and_no_more(tmp_path: Path) -> None:
    members = {f"{number}.csv": b"" for number in range(MOST_MEMBERS - 1)}
    assert read(tmp_path, zipped({**members, "t.csv": b"1"})) == b"1"
    with refused("x.zip", "1,001 members; at most 1,000"):
        read(tmp_path, zipped({**members, "t.csv": b"1", "one.more": b""}))


def test_a_directory_of_very_many_members_costs_no_memory(tmp_path: Path) -> None:
    one = zipped({"t": b""}, zipfile.ZIP_STORED)
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    last = bytearray(one[end:])
    struct.pack_into("<I", last, 12, 40_000 * (end - start))
    archive = one[:start] + one[start:end] * 40_000 + bytes(last)
    tracemalloc.start()
    try:
        with refused("x.zip", "members; at most 1,000"):
            read(tmp_path, archive)
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("other", ["old/t.csv", "T.CSV"])
def test_two_members_of_one_name_are_refused(tmp_path: Path, other: str) -> None:
    with refused("x.zip", "."):
        read(tmp_path, zipped({"t.csv": TABLE, other: b"another"}))


def test_a_folder_is_no_member(tmp_path: Path) -> None:
    assert read(tmp_path, zipped({"t.csv": TABLE, "t.csv/": b""})) == TABLE
