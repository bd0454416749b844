"""The stand-in for CMS keeps the API's habits, so that a client's tests mean something."""

import html
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cms.answers import ARTICLES, AST_NOTE, FIELDS, LCDS, NCDS, SENTENCES
from tests.cms.server import CmsServer

ZIP = "/medicare-coverage-database/downloads/exports/ncd.zip"
LICENSE = "/v1/metadata/license-agreement/"


@pytest.fixture
def cms(tmp_path: Path) -> Iterator[CmsServer]:
    (tmp_path / "ncd.zip").write_bytes(bytes(range(100)))
    with CmsServer(exports=tmp_path, token_lives=200) as server:
        yield server


@pytest.fixture
def client(cms: CmsServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=cms.url, timeout=5) as opened:
        token = opened.get(LICENSE).json()["data"][0]["token"]
        opened.headers["Authorization"] = f"Bearer {token}"
        yield opened


def rows(client: httpx2.Client, path: str, **asked: str) -> list[dict[str, Any]]:
    """Every row, over all pages."""
    found: list[dict[str, Any]] = []
    while True:
        reply = client.get(f"/v1/{path}", params=asked)
        assert reply.status_code == 200, reply.text
        found += reply.json()["data"]
        asked["next_token"] = reply.json()["meta"]["next_token"]
        if not asked["next_token"]:
            return found


def test_reports_come_by_page_and_filter(client: httpx2.Client) -> None:
    assert len(client.get("/v1/reports/national-coverage-ncd").json()["data"]) == 2
    ncds = rows(client, "reports/national-coverage-ncd/")
    assert [(int(row["document_id"]), row["document_version"]) for row in ncds] == list(NCDS)
    finals = rows(client, "reports/local-coverage-final-lcds/", state_id="61,9", status="A,F")
    assert [row["document_display_id"] for row in finals] == ["L39101", "L39103"]
    retired = rows(client, "reports/local-coverage-articles/", status="R")
    assert [(row["document_display_id"], row["note"]) for row in retired] == [("A59102", "Retired")]
    assert len(rows(client, "reports/local-coverage-articles/")) == len(ARTICLES)
    proposed = rows(client, "reports/local-coverage-proposed-lcds/")
    assert [row["document_display_id"] for row in proposed] == ["DL39101"]


@pytest.mark.parametrize(
    ("path", "key", "ids", "field"),
    [
        ("data/ncd", "ncdid", NCDS, "indications_limitations"),
        ("data/lcd/", "lcdid", LCDS, "indication"),
        ("data/article", "articleid", ARTICLES, "description"),
    ],
)
def test_every_document_says_its_sentence(
    client: httpx2.Client, path: str, key: str, ids: tuple[tuple[int, int], ...], field: str
) -> None:
    found = [rows(client, path, **{key: str(number)})[0] for number, _ in ids]
    assert all("&lt;&sol;p&gt;" in row[field] for row in found)
    texts = " ".join(html.unescape(row[field]) for row in found)
    assert sum(sentence in texts for sentence in SENTENCES.values()) == len(ids)
    assert rows(client, path, **{key: "1"}) == []


def test_codes_come_in_groups(client: httpx2.Client) -> None:
    codes = rows(client, "data/article/icd10-covered", articleid="59101", ver="7")
    assert [row["icd10_code_id"] for row in codes if row["asterisk"] == "*"] == ["M99.01", "G54.2"]
    assert {row["description"] for row in codes} == {"DESCRIPTORTEXT"}
    groups = rows(client, "data/article/icd10-covered-group/", articleid="59101")
    assert [row["icd10_covered_ast"] for row in groups] == ["", AST_NOTE]
    assert html.unescape(groups[0]["paragraph"]) == "<p>For CPT code 97110:</p>"
    assert rows(client, "data/article/icd10-noncovered", articleid="59102") == []


def test_refusals_are_api_errors(cms: CmsServer, client: httpx2.Client) -> None:
    assert client.get("/v1/data/lcd/").json()["code"] == 400
    assert client.get("/v1/nothing/").json()["code"] == 404
    assert client.get("/v1/data/ncd", params={"ncdid": "9101", "next_token": "x"}).is_client_error
    cms.token_lives = 1
    token = {"Authorization": f"Bearer {client.get(LICENSE).json()['data'][0]['token']}"}
    lcd = "/v1/data/lcd/?lcdid=39101"
    assert [client.get(lcd, headers=token).status_code for _ in range(2)] == [200, 401]
    assert httpx2.get(f"{cms.url}{lcd}").json()["code"] == 401


def test_downloads_resume(client: httpx2.Client) -> None:
    whole = client.get(ZIP)
    rest = client.get(ZIP, headers={"Range": "bytes=90-", "If-Range": whole.headers["ETag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[90:])
    assert rest.headers["Content-Range"] == "bytes 90-99/100"
    assert client.get(ZIP, headers={"Range": "bytes=90-", "If-Range": '"old"'}).status_code == 200
    assert client.get(ZIP, headers={"Range": "bytes=100-"}).status_code == 416


def test_faults_come_in_order_and_are_used_up(cms: CmsServer, client: httpx2.Client) -> None:
    for kind in ("500", "503", "429", "429-date", "elsewhere", "same-host", "html"):
        cms.fault("/v1/data/ncd/", kind)
    ncd = "/v1/data/ncd?ncdid=9101"
    replies = [client.get(ncd) for _ in range(8)]
    statuses = [reply.status_code for reply in replies]
    assert statuses == [500, 503, 429, 429, 302, 302, 200, 200]
    assert replies[2].headers["Retry-After"] == "1"
    assert replies[3].headers["Retry-After"].endswith("GMT")
    assert replies[5].headers["Location"] == f"{ncd}&again=1"
    assert replies[6].headers["Content-Type"] == "text/html"
    assert cms.faults == []
    assert cms.requests[-1][:2] == ("GET", ncd)


def test_broken_bodies(cms: CmsServer, client: httpx2.Client) -> None:
    cms.fault(ZIP, "drop")
    cms.fault(ZIP, "short")
    for kept in (50, 100):
        got: list[bytes] = []
        with client.stream("GET", ZIP) as reply, pytest.raises(httpx2.RemoteProtocolError):
            got.extend(reply.iter_bytes())
        assert len(b"".join(got)) == kept
    cms.fault("states", "not-json")
    with pytest.raises(json.JSONDecodeError):
        client.get("/v1/metadata/states/").json()


def test_slow_answers_overlap_and_are_counted(cms: CmsServer) -> None:
    cms.delay = 0.2
    cms.fault("states", "slow", times=4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(httpx2.get, [f"{cms.url}/v1/metadata/states/"] * 4))
    assert 1 < cms.most_at_once <= 4


def test_unknown_faults_are_refused(cms: CmsServer) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        cms.fault("states", "flood")


def test_leaving_hangs_up_on_idle_clients() -> None:
    with CmsServer() as server, httpx2.Client(base_url=server.url) as client:
        client.get("/v1/metadata/states/")
        server.__exit__()
        with pytest.raises(httpx2.TransportError):
            client.get("/v1/metadata/states/")


def test_the_schemas_name_no_field_twice() -> None:
    assert all(len(set(each.split())) == len(each.split()) for each in FIELDS.values())
