"""The docs say what the code does."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus import errors
from search_api.schemas import SearchOut
from search_api.settings import Settings

ROOT = Path(__file__).parent.parent


def test_every_setting_has_its_heading() -> None:
    told = set(
        re.findall(
            r"^#+ `?COVERAGE_SEARCH_([A-Z_]+)`?", (ROOT / "docs/operations.md").read_text(), re.M
        )
    )
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.encoder
def test_the_openapi_file_is_what_the_server_says(client: TestClient) -> None:
    """`make openapi` writes it anew: a change of the wire shows in the diff of a review."""
    kept = json.loads((ROOT / "docs/openapi.json").read_text())
    assert kept == client.get("/openapi.json").json()


def test_the_examples_of_http_api_name_fields_of_the_wire() -> None:
    """Every field that a table of docs/http-api.md names stands in the OpenAPI file."""
    wire = (ROOT / "docs/openapi.json").read_text()
    told = (ROOT / "docs/http-api.md").read_text()
    rows = r"^\| (?:request field|filter|field)[^\n]*\n\|[-| ]+\n((?:\|.*\n)+)"
    tables = re.findall(rows, told, re.M)
    assert len(tables) >= 2
    for table in tables:
        for field in re.findall(r"^\| `(\w+)`", table, re.M):
            assert f'"{field}"' in wire, field


@pytest.mark.encoder
def test_every_route_is_described(client: TestClient) -> None:
    told = (ROOT / "docs/http-api.md").read_text()
    for path in client.get("/openapi.json").json()["paths"]:
        assert re.sub(r"\{[^}]*\}", "{", path).split("{")[0] in told


def test_the_error_tree_is_drawn_whole() -> None:
    drawn = set(re.findall(r"\* (\w+)", errors.__doc__ or ""))
    made = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert drawn == made


def test_the_readme_names_every_command() -> None:
    helped = subprocess.run(
        [sys.executable, "-m", "search_api.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    commands = re.findall(r"^[│|] ([a-z]+) {2,}", helped, re.M)
    assert len(commands) >= 10
    readme = (ROOT / "README.md").read_text()
    assert all(f"coverage-search {command}" in readme for command in commands)


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.encoder
def test_the_python_of_the_docs_runs(
    address: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """README's and docs/doors.md's Python, as a reader would paste it, against a server."""
    monkeypatch.setattr("search_api.settings.settings", lambda: Settings(home=home))
    for name in ("README.md", "docs/doors.md"):
        names: dict[str, object] = {}
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text(), re.M | re.S)
        assert blocks
        for block in blocks:
            exec(block.replace("http://localhost:8000", address), names)
        reply = names["reply"]
        assert isinstance(reply, SearchOut)
        assert reply.answer is not None
        assert reply.answer.outcome.value == "not_covered"
    assert names["found"].data[0].file_id  # type: ignore[attr-defined]
