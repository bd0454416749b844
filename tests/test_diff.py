"""Two snapshots side by side: which documents differ in what, and which answers."""

import json
from pathlib import Path

import pytest

from search_api.diff import answers_changed, documents_changed
from search_api.engine import open_engine
from tests.conftest import TODAY
from tests.test_cli import run

pytestmark = pytest.mark.encoder
OLD = """\
Is dry needling covered?

Our plan considers dry needling investigational.

Is cupping covered?

Our plan does not cover cupping.
"""
NEW = """\
Is dry needling covered?

Our plan covers dry needling for neck pain.

Is hypnosis covered?

Our plan does not cover hypnosis.
"""


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    folders = []
    for name, text in (("before", OLD), ("after", NEW)):
        (tmp_path / name).mkdir()
        page = tmp_path / name / "plan.txt"
        page.write_text(text)
        home = tmp_path / name / "home"
        built = run("index", str(page), "--no-library", "--snapshot", str(home), home=home)
        assert built.returncode == 0, built.stderr
        folders.append(home)
    return folders[0], folders[1]


def test_documents_and_answers(two: tuple[Path, Path]) -> None:
    old, new = (open_engine(each) for each in two)
    changes = documents_changed(old.snapshot.store, new.snapshot.store)
    assert [(each.change, each.title) for each in changes] == [
        ("removed", "Is cupping covered?"),
        ("changed", "Is dry needling covered?"),
        ("added", "Is hypnosis covered?"),
    ]
    assert {"text", "statements"} <= set(changes[1].fields)
    assert "retrieved" not in changes[1].fields
    assert documents_changed(old.snapshot.store, old.snapshot.store) == []
    questions = ["Is dry needling covered?", "What is a banana?", ""]
    answers = answers_changed(old, new, questions, on=TODAY)
    assert [each.question for each in answers] == ["Is dry needling covered?"]
    assert answers[0].before.outcome == "not_covered"
    assert answers[0].after.outcome in {"covered", "conditional"}
    assert answers[0].after.words == "Our plan covers dry needling for neck pain."
    assert answers_changed(old, old, questions, on=TODAY) == []


@pytest.mark.slow
def test_the_command(two: tuple[Path, Path], tmp_path: Path) -> None:
    saved = tmp_path / "questions.txt"
    saved.write_text("Is dry needling covered?\n\nWhat is a banana?\n")
    both = [str(each) for each in two]
    ran = run("diff", *both, "--questions", str(saved), home=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "removed: FAQ plan/is-cupping-covered Is cupping covered?" in ran.stdout
    assert "before: not_covered" in ran.stdout
    found = json.loads(
        run("diff", *both, "--questions", str(saved), "--json", home=tmp_path).stdout
    )
    assert len(found["documents"]) == 3
    assert [each["question"] for each in found["answers"]] == ["Is dry needling covered?"]
    same = run("diff", both[0], both[0], home=tmp_path)
    assert same.stdout == "No document differs.\n"
    missing = run("diff", *both, "--questions", str(tmp_path / "none.txt"), home=tmp_path)
    assert missing.returncode == 2
    assert "questions:" in missing.stderr
    nowhere = run("diff", both[0], str(tmp_path / "nowhere"), home=tmp_path)
    assert nowhere.returncode == 1
    assert "Traceback" not in nowhere.stderr
