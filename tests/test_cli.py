"""The command as people run it: in a process of its own, with its real streams and exit codes."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.errors import MissingExtra
from indexer.snapshot import open_snapshot
from search_api.building import need_readers

pytestmark = pytest.mark.encoder
ROOT = Path(__file__).parent.parent


def run(
    *arguments: str, home: Path, cache: Path | None = None, python_path: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "COVERAGE_SEARCH_HOME": str(home),
        "COVERAGE_SEARCH_CACHE": str(cache or ROOT / ".cache"),
        "COLUMNS": "110",
        "PYTHONPATH": python_path,
    }
    return subprocess.run(
        [sys.executable, "-m", "search_api.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_readable_answer(home: Path) -> None:
    ran = run("ask", "will Aetna pay for Class IV laser on my back", home=home)
    assert ran.returncode == 0, ran.stderr
    for words in (
        "Not covered",
        "experimental",
        "CPB 0363",
        "our summary",
        "https://",
        "not a coverage",
    ):
        assert words in ran.stdout
    assert ran.stdout.index("Not covered") < ran.stdout.index("Passages")
    assert "“" not in ran.stdout  # a summary is never shown as a quotation


def test_a_readable_abstention(home: Path) -> None:
    ran = run("ask", "CPT 97888", home=home)
    assert ran.returncode == 0
    assert "No answer: code not in corpus" in ran.stdout
    assert "Related passages, not an answer" in ran.stdout


def test_json_is_the_body_of_the_http_door(home: Path, client: TestClient) -> None:
    question = "acupuncture for neck pain"
    ran = run("ask", question, "--k", "3", "--as-of", "2026-03-01", "--json", home=home)
    printed = json.loads(ran.stdout)
    body = {"query": question, "k": 3, "filters": {"as_of": "2026-03-01"}}
    served = client.post("/v1/search", json=body).json()
    assert printed | {"took_ms": 0} == served | {"took_ms": 0}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", ""], 2, "query: the question is empty"),
        (["ask", "ok", "--k", "0"], 2, "k: 0 hits"),
        (["ask", "ok", "--state", "Atlantis"], 2, "filters.state: 'Atlantis'"),
        (["ask", "ok", "--as-of", "soon"], 2, "as_of: 'soon' is not a date"),
        (["ask", "ok", "--snapshot", "/nonexistent"], 1, "run `coverage-search index`"),
        (["verify", "--snapshot", "/nonexistent"], 1, "run `coverage-search index`"),
        (["index", "/nonexistent.txt"], 2, "sources: no such file"),
    ],
)
def test_a_mistake_is_one_line_and_no_stack_trace(
    home: Path, arguments: list[str], code: int, words: str
) -> None:
    ran = run(*arguments, home=home)
    assert ran.returncode == code
    assert words in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_index_ask_and_verify_a_page_of_ones_own(tmp_path: Path) -> None:
    page = tmp_path / "ours.txt"
    page.write_text(
        "Does Acme cover widget therapy?\n\nAcme does not cover widget therapy for any use.\n\n"
        "Who pays for gadgets?\n"
    )
    built = run("index", str(page), "--no-library", home=tmp_path / "home")
    assert built.returncode == 0, built.stderr
    assert "unanswered in its source: Who pays for gadgets?" in " ".join(built.stderr.split())
    asked = run("ask", "Is widget therapy covered by Acme?", "--json", home=tmp_path / "home")
    answer = json.loads(asked.stdout)["answer"]
    assert answer["outcome"] == "not_covered"
    assert answer["evidence"]["of"] == "source"
    assert answer["text"] == "Acme does not cover widget therapy for any use."
    verified = run("verify", home=tmp_path / "home")
    assert verified.returncode == 0
    assert "all as built" in " ".join(verified.stderr.split())
    (tmp_path / "bad.md").write_text("## Why?\n- reliability: high\n\nSo.\n")
    broken = run("index", str(tmp_path / "bad.md"), "--no-library", home=tmp_path / "home")
    assert broken.returncode == 1
    assert "bad.md:1: reliability 'high'" in " ".join(broken.stderr.split())
    assert run("verify", home=tmp_path / "home").returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        "store.sqlite",
        "dense.faiss",
        "statements.npy",
        "lexical/meta.json",
        "encoder/model.onnx",
        "asking/model.onnx",
    ],
)
@pytest.mark.parametrize("command", [["ask", "acupuncture"], ["serve", "--port", "0"]])
def test_a_damaged_snapshot_says_what_to_run(
    home: Path, tmp_path: Path, name: str, command: list[str]
) -> None:
    copy = Path(shutil.copytree(open_snapshot(home).folder, tmp_path / "snapshot"))
    (copy / name).write_bytes(b"damaged" * 20)
    ran = run(*command, "--snapshot", str(copy), home=tmp_path)
    assert ran.returncode == 1
    assert "run `coverage-search index`" in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_a_wheel_holds_everything_that_it_serves(home: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    kept = [path for path in (ROOT / "corpus/library").rglob("*") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in kept} <= names
    assert {"search_api/calibration.json", "corpus/py.typed", "search_api/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "notebooks/"))]
    probe = "import corpus, sys; sys.stdout.write(corpus.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", probe],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert found.stdout.startswith(str(tmp_path))
    ran = run("ask", "97112", home=home, python_path=str(tmp_path / "site"))
    assert "neuromuscular" in ran.stdout


def test_without_the_extra_the_extra_is_named(tmp_path: Path) -> None:
    """A finder that hides torch stands for an environment that has only the base install."""
    hide = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "hidden = ('torch', 'sentence_transformers')\n"
        "u.find_spec = lambda name, *a: None if name in hidden else real(name, *a)\n"
        "from search_api.cli import main; sys.argv = ['coverage-search', 'ask', 'x']; main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", hide],
        env={**os.environ, "COVERAGE_SEARCH_HOME": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "pip install 'coverage-search[index]'" in ran.stderr


def test_sources_need_the_extra_that_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search_api.building.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="Fetching sources needs the 'index' extra"):
        need_readers("Fetching sources")
