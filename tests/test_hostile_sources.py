"""Hostile and broken sources: a clear error with file and place, and the snapshot in use stays."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from corpus.errors import CorpusError
from indexer.snapshot import open_snapshot, verify
from search_api.building import build_snapshot
from search_api.settings import settings
from tests.conftest import CACHE

pytestmark = pytest.mark.encoder
HEADER = (
    "NCD_id,NCD_vrsn_num,cvrg_lvl_cd,NCD_mnl_sect,NCD_mnl_sect_title,NCD_efctv_dt,NCD_trmntn_dt,"
    "itm_srvc_desc,indctn_lmtn,xref_txt,othr_txt,rev_hstry\r\n"
)
ROW = "7,1,3,150.90,Salt Rooms,2019-01-02 00:00:00,,Salt.,Not covered.,,,\r\n"
Make = Callable[[Path], Path]


def zipped(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def export(table: bytes) -> bytes:
    return zipped({"ncd_csv.zip": zipped({"ncd_trkg.csv": table})})


def written(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def locked_pdf() -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=11)
    page.cell(text="Salt rooms are not covered.")
    writer, content = PdfWriter(clone_from=PdfReader(io.BytesIO(page.output()))), io.BytesIO()
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(content)
    return content.getvalue()


WHOLE = export((HEADER + ROW).encode())
HOSTILE = {
    "truncated zip": (
        written("ncd.zip", WHOLE[: len(WHOLE) // 2]),
        r"ncd\.zip: is no zip, or is cut",
    ),
    "truncated inside": (
        written("ncd.zip", zipped({"ncd_csv.zip": zipped({"ncd_trkg.csv": b"x"})[:40]})),
        r"ncd\.zip/ncd_csv\.zip: is no zip, or is cut short",
    ),
    "zip inside zip inside zip": (
        written("ncd.zip", zipped({"ncd_csv.zip": zipped({"more.zip": WHOLE})})),
        r"ncd\.zip/ncd_csv\.zip: holds more\.zip where tables",
    ),
    "bomb": (
        written("ncd.zip", zipped({"ncd_csv.zip": zipped({"ncd_trkg.csv": bytes(30_000_000)})})),
        r"ncd_trkg\.csv: unpacks to [\d,]+ times its size; at most 200",
    ),
    "path traversal": (
        written("ncd.zip", zipped({"../../ncd_csv.zip": b"x"})),
        r"ncd\.zip: a name that leads outside: '\.\./\.\./ncd_csv\.zip'",
    ),
    "missing table": (
        written("ncd.zip", zipped({"ncd_csv.zip": zipped({"other.csv": b"a,b\r\n"})})),
        r"ncd\.zip: holds no table of documents",
    ),
    "missing column": (
        written("ncd.zip", export(HEADER.replace("indctn_lmtn,", "").encode())),
        r"ncd_trkg\.csv:1: no column 'indctn_lmtn'",
    ),
    "row too short": (
        written("ncd.zip", export((HEADER + ROW + "8,1,3\r\n").encode())),
        r"ncd_trkg\.csv:3: 3 cells where the header has 12",
    ),
    "bad encoding": (
        written("ncd.zip", export(HEADER.encode() + ROW.encode().replace(b"Salt.", b"S\x81lt."))),
        r"ncd_trkg\.csv:2: neither UTF-8 nor Windows-1252",
    ),
    "HTML named .pdf": (
        written("policy.pdf", b"<!doctype html><html><body>Not covered.</body></html>"),
        r"policy\.pdf: is no PDF; it begins like an HTML page: name it \.html",
    ),
    "encrypted PDF": (written("policy.pdf", locked_pdf()), r"policy\.pdf: is encrypted"),
    "broken source.toml": (
        lambda folder: written("source.toml", b'payer = "Acme"\ncolour = "red"')(folder).parent,
        r"source\.toml: colour: Extra inputs are not permitted",
    ),
}


@pytest.fixture(scope="module")
def in_use(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder whose current snapshot is of one good export."""
    home = tmp_path_factory.mktemp("home")
    source = written("ncd.zip", WHOLE)(tmp_path_factory.mktemp("source"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COVERAGE_SEARCH_CACHE", str(CACHE))
        settings.cache_clear()
        build_snapshot(home, [source], library=False, encoder="all-MiniLM-L6-v2")
    settings.cache_clear()
    return home


@pytest.mark.parametrize(("make", "problem"), HOSTILE.values(), ids=HOSTILE)
def test_the_error_is_clear_and_the_snapshot_stays(
    make: Make, problem: str, in_use: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVERAGE_SEARCH_CACHE", str(CACHE))
    settings.cache_clear()
    before = {path: path.stat().st_mtime_ns for path in in_use.rglob("*") if path.is_file()}
    with pytest.raises(CorpusError, match=problem):
        build_snapshot(in_use, [make(tmp_path)], library=False, encoder="all-MiniLM-L6-v2")
    settings.cache_clear()
    assert {path: path.stat().st_mtime_ns for path in in_use.rglob("*") if path.is_file()} == before
    snapshot = open_snapshot(in_use)
    assert verify(snapshot) == len(snapshot.manifest.files)
    assert snapshot.store.document(0).id == "NCD 150.90"
    assert sorted(path.name[:6] for path in in_use.iterdir()) == sorted(
        ["CURREN", snapshot.folder.name[:6]]
    )
