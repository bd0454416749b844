"""The docs say what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus import errors
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
    commands = re.findall(r"^[│ ]+(ask|index|serve|verify|evaluate|calibrate)\b", helped, re.M)
    assert len(commands) == 6
    readme = (ROOT / "README.md").read_text()
    assert all(f"coverage-search {command}" in readme for command in commands)


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
