"""Sources fetched from a local server that behaves as CMS's: whole, resumed, polite, held to it."""

import json
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.errors import FetchError
from corpus.fetching.coverage import FetchReport, fetch_coverage
from corpus.fetching.downloads import fetch_downloads
from corpus.readers.folders import How, read_source
from corpus.records import CodeRule, Document, Pointer
from corpus.terms import Pairing, Status, Support
from search_api.cli import app
from search_api.fetching import fetch_bulk, fetch_documents
from tests.cms.answers import ARTICLES, AST_NOTE, LCDS, NCDS, SENTENCES
from tests.cms.server import CmsServer
from tests.conftest import TODAY

DOCUMENTS = len(NCDS) + len(LCDS) + len(ARTICLES) - 1  # one is a draft, which no list here names


async def brought(
    server: CmsServer, folder: Path, *, licensed: bool = True, on: date = TODAY, timeout: float = 20
) -> FetchReport:
    return await fetch_coverage(
        folder, on=on, licensed=licensed, base=server.url, timeout=timeout, pause=0.01
    )


def read(folder: Path) -> tuple[dict[str, Document], dict[str, Pointer]]:
    found = list(read_source(folder, How(on=TODAY)))
    documents = {each.id: each for each in found if isinstance(each, Document)}
    return documents, {each.id: each for each in found if isinstance(each, Pointer)}


async def test_everything_is_fetched_and_read(tmp_path: Path) -> None:
    with CmsServer() as server:
        report = await brought(server, tmp_path)
        assert server.most_at_once <= 4
    assert (report.fetched, report.kept, report.failures) == (DOCUMENTS, 0, [])
    documents, pointers = read(tmp_path)
    for shown, sentence in SENTENCES.items():
        if not shown.startswith("D"):
            name = {"L": "LCD ", "A": "Article "}.get(shown[0], "NCD ") + shown
            assert sentence in documents[name].text
    assert documents["NCD 150.90"].aliases == ("ncdid 9101",)
    assert documents["NCD 100.90"].status is Status.RETIRED
    assert documents["LCD L39101"].jurisdiction == ("FL",)
    assert documents["LCD L39102"].jurisdiction == ("FL", "GA", "WA")
    assert documents["LCD L39103"].jurisdiction == ("CA", "WA")
    assert documents["LCD L39102"].ended == date(2026, 6, 27)  # CMS's last day is inclusive
    assert pointers["Article A59105"].jurisdiction == ("FL",)
    assert all(each.contractors for each in documents.values() if "NCD" not in each.id)


async def test_code_rules_come_from_the_parts(tmp_path: Path) -> None:
    with CmsServer() as server:
        await brought(server, tmp_path)
    article = read(tmp_path)[0]["Article A59101"]
    rules: dict[tuple[Support, int], CodeRule] = {
        (each.support, each.group): each for each in article.rules
    }
    first = rules[Support.SUPPORTS, 1]
    assert (first.procedures, first.pairing) == (frozenset({"97110"}), Pairing.NAMED)
    assert first.diagnoses == ("M54.2", "M50.20", "M47.812")
    second = rules[Support.SUPPORTS, 2]
    assert second.procedures == {"E0849", "E0855"}
    assert second.starred == {"M99.01", "G54.2"}
    assert second.star_note is not None
    assert second.star_note.of(article.text) == AST_NOTE
    assert rules[Support.DOES_NOT_SUPPORT, 1].diagnoses == ("F45.41", "Z00.00")
    assert article.related == ("LCD L39101",)
    (drug,) = read(tmp_path)[0]["Article A59105"].codes
    assert drug.code == "J3590"
    assert drug.note == "Sureshot; on a list of self-administered drugs, which Part B excludes"


async def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    with CmsServer() as server:
        await brought(server, tmp_path)
        asked = len(server.requests)
        again = await brought(server, tmp_path)
        assert (again.fetched, again.kept) == (0, DOCUMENTS)
        assert len(server.requests) == asked
        await brought(server, tmp_path, on=TODAY + timedelta(days=1))
        later = [path for _, path, _ in server.requests[asked:]]
        assert later
        assert not any("/data/" in path for path in later)  # reports alone


async def test_a_broken_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with CmsServer() as server:
        server.fault("/v1/data/article/", "500", times=1000)
        broken = await brought(server, tmp_path)
        assert len(broken.failures) == len(ARTICLES)
        assert "HTTP 500, 6 times; try again later" in broken.failures[0]
        server.faults.clear()
        report = await brought(server, tmp_path)
        assert (report.fetched, report.kept) == (len(ARTICLES), len(NCDS) + len(LCDS) - 1)
        paths = Counter(path for _, path, _ in server.requests if "/v1/data/ncd/" in path)
        assert set(paths.values()) == {1}
    assert not list(tmp_path.rglob(".part-*"))


@pytest.mark.parametrize(
    "kind",
    [
        "500",
        "503",
        "drop",
        "html",
        "not-json",
        "slow",
        pytest.param("429", marks=pytest.mark.slow),
        pytest.param("429-date", marks=pytest.mark.slow),
    ],
)
async def test_what_may_pass_is_tried_again(tmp_path: Path, kind: str) -> None:
    with CmsServer() as server:
        server.delay = 1.5
        server.fault("/v1/data/ncd/", kind, times=2)
        server.fault("/v1/reports/", kind, times=1)
        report = await fetch_coverage(
            tmp_path, on=TODAY, kinds=["ncd"], base=server.url, timeout=0.5, pause=0.01
        )
        assert server.faults == []
    assert (report.fetched, report.failures) == (len(NCDS), [])


async def test_a_token_is_asked_for_once_and_renewed_when_it_runs_out(tmp_path: Path) -> None:
    with CmsServer(token_lives=15) as server:
        report = await brought(server, tmp_path)
        tokens = [path for _, path, _ in server.requests if "license-agreement" in path]
        assert len(tokens) > 1
    assert report.failures == []
    with CmsServer() as server:
        await brought(server, tmp_path / "again")
        tokens = [path for _, path, _ in server.requests if "license-agreement" in path]
        assert len(tokens) == 1
        open_to_all = [headers for _, path, headers in server.requests if "/v1/data/" not in path]
        assert open_to_all


async def test_without_the_licences_local_documents_are_pointers_only(tmp_path: Path) -> None:
    with CmsServer() as server:
        await brought(server, tmp_path, licensed=False)
        assert not any("license" in path or "/data/lcd" in path for _, path, _ in server.requests)
    documents, pointers = read(tmp_path)
    assert set(documents) == {"NCD 150.90", "NCD 160.90", "NCD 100.90"}
    assert {"LCD L39101", "Article A59101"} <= pointers.keys()


async def test_no_other_host_is_asked(tmp_path: Path) -> None:
    with CmsServer() as server:
        server.fault("/v1/reports/national", "elsewhere")
        with pytest.raises(FetchError, match="leads to localhost, which is not asked"):
            await fetch_coverage(tmp_path, on=TODAY, kinds=["ncd"], base=server.url, pause=0.01)
        server.fault("/v1/reports/national", "same-host")
        report = await fetch_coverage(
            tmp_path, on=TODAY, kinds=["ncd"], base=server.url, pause=0.01
        )
    assert report.fetched == len(NCDS)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder of downloads, one of them of 300 kB."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("ncd.zip", "current_lcd.zip", "current_article.zip"):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("readme.txt", name * 20_000)
    (folder / "all_lcd.zip").write_text("<html>Sorry, down for maintenance</html>")
    return folder


async def test_downloads_come_whole_and_once(exports: Path, tmp_path: Path) -> None:
    with CmsServer(exports=exports) as server:
        first = await fetch_downloads(tmp_path, base=server.url, pause=0.01)
        assert [path.read_bytes() for path in first] == [
            (exports / path.name).read_bytes() for path in first
        ]
        before = {path: path.stat().st_mtime_ns for path in first}
        await fetch_downloads(tmp_path, base=server.url, pause=0.01)
        assert {path: path.stat().st_mtime_ns for path in first} == before
        with zipfile.ZipFile(exports / "ncd.zip", "a") as archive:
            archive.writestr("more.txt", "newer")
        await fetch_downloads(tmp_path, ["ncd.zip"], base=server.url, pause=0.01)
    assert (tmp_path / "ncd.zip").read_bytes() == (exports / "ncd.zip").read_bytes()


@pytest.mark.parametrize("kind", ["drop", "500", "429", "short", "slow", "html"])
async def test_a_download_that_breaks_off_is_resumed(
    exports: Path, tmp_path: Path, kind: str
) -> None:
    with CmsServer(exports=exports) as server:
        server.fault("current_lcd.zip", kind)
        server.delay = 0.2
        (path,) = await fetch_downloads(tmp_path, ["current_lcd.zip"], base=server.url, pause=0.01)
        ranges = [headers.get("range") for _, _, headers in server.requests]
    assert path.read_bytes() == (exports / "current_lcd.zip").read_bytes()
    if kind == "drop":
        assert ranges[0] is None
        assert ranges[1] is not None
        assert ranges[1].startswith("bytes=")
    assert [each.name for each in tmp_path.glob("[!.]*.zip*")] == ["current_lcd.zip"]


async def test_a_part_of_another_version_is_not_continued(exports: Path, tmp_path: Path) -> None:
    with CmsServer(exports=exports) as server:
        server.fault("ncd.zip", "drop", times=6)
        with pytest.raises(FetchError, match="6 times; try again later"):
            await fetch_downloads(tmp_path, ["ncd.zip"], base=server.url, pause=0.01)
        assert (tmp_path / "ncd.zip.part").exists()
        with zipfile.ZipFile(exports / "ncd.zip", "w") as archive:
            archive.writestr("readme.txt", "another")
        await fetch_downloads(tmp_path, ["ncd.zip"], base=server.url, pause=0.01)
    assert (tmp_path / "ncd.zip").read_bytes() == (exports / "ncd.zip").read_bytes()


async def test_what_is_no_zip_is_not_kept(exports: Path, tmp_path: Path) -> None:
    with CmsServer(exports=exports) as server:
        with pytest.raises(FetchError, match="is no zip; nothing was kept"):
            await fetch_downloads(tmp_path, ["all_lcd.zip"], base=server.url, pause=0.01)
        with pytest.raises(FetchError, match="none of CMS's downloads"):
            await fetch_downloads(tmp_path, ["../secret.zip"], base=server.url)
        server.fault("ncd.zip", "elsewhere")
        with pytest.raises(FetchError, match="leads to localhost, which is not asked"):
            await fetch_downloads(tmp_path, ["ncd.zip"], base=server.url, pause=0.01)
    assert not list(tmp_path.glob("all_lcd*"))


def test_the_command_tells_what_came(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with CmsServer(exports=exports) as server:
        fetch_bulk(tmp_path / "bulk", ["ncd.zip"], base=server.url)
        fetch_documents(tmp_path / "api", ["ncd"], licensed=False, base=server.url)
    told = capsys.readouterr().err
    assert "ncd.zip" in told
    assert f"{len(NCDS)} documents fetched, 0 there already" in told
    assert json.loads((tmp_path / "api/coverage-api.json").read_text())["reports_of"]


def test_an_unknown_kind_is_a_wrong_argument() -> None:
    result = CliRunner().invoke(app, ["fetch", "here", "--only", "lcds"])
    assert result.exit_code == 2
    assert "'lcds' is none of ncd, lcd, article" in " ".join(result.output.split())
