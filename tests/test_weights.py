"""What the lanes count for: the record, its file, and a fit that a person can check."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import EvaluationError
from search_api.evaluation.judgments import RetrievalSet
from search_api.evaluation.weigh import FOLDS, Scene, fit, weigh
from search_api.weights import LANES, Weights, default_weights, read_weights

EVEN = Weights(dense=0.25, whole=0.25, title=0.25, questions=0.25)


def scene(question: str, *, right: int, random: np.random.Generator) -> Scene:
    """Eight documents with noise in every lane; in the title lane alone the right one is first."""
    scores = random.random((8, len(LANES)))
    scores[:, LANES.index("title")] = 0.2
    scores[right, LANES.index("title")] = 0.9
    return Scene(question, tuple(f"D{n}" for n in range(8)), scores, np.eye(8)[right])


def set_of(found: list[Scene], name: str) -> RetrievalSet:
    qrels = {each.question: {f"D{int(each.grades.argmax())}": 1} for each in found}
    return RetrievalSet(
        name=name, corpus={}, queries={each.question: "?" for each in found}, qrels=qrels
    )


def test_the_shipped_weights_are_shares() -> None:
    assert sum(getattr(default_weights(), lane) for lane in LANES) == pytest.approx(1, abs=0.001)
    assert default_weights().lexical == pytest.approx(1 - default_weights().dense, abs=0.001)


@given(st.lists(st.floats(-1, 2), min_size=4, max_size=4))
def test_weights_are_shares_or_an_error(shares: list[float]) -> None:
    proper = all(0 <= each <= 1 for each in shares) and abs(sum(shares) - 1) <= 0.01
    try:
        made = Weights(**dict(zip(LANES, shares, strict=True)))
    except EvaluationError:
        assert not proper
    else:
        assert proper
        assert made.dense == shares[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dense": 1}', '{"dense": "a lot"}'])
def test_a_file_that_is_no_weights_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.json").write_text(text)
    with pytest.raises(EvaluationError, match=r"w\.json: not weights"):
        read_weights(tmp_path / "w.json")


def test_a_file_of_weights(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text(json.dumps(dict.fromkeys(LANES, 0.25)))
    assert read_weights(tmp_path / "w.json") == EVEN


def test_the_fit_finds_the_lane_that_tells() -> None:
    random = np.random.default_rng(1)
    found = [scene(f"q{n}", right=n % 8, random=random) for n in range(40)]
    assert fit([found]).title > 0.9


def test_held_out_questions_are_ranked_by_weights_that_never_saw_them() -> None:
    """Two sets want different lanes: neither is ranked well by weights fitted on the other."""
    random = np.random.default_rng(2)
    by_title = [scene(f"t{n}", right=n % 8, random=random) for n in range(4 * FOLDS)]
    turned = LANES.index("title"), LANES.index("whole")
    by_whole = []
    for each in (scene(f"w{n}", right=n % 8, random=random) for n in range(4 * FOLDS)):
        scores = each.scores.copy()
        scores[:, turned] = scores[:, turned[::-1]]
        scores[:, LANES.index("title")] *= each.grades == 0
        by_whole.append(Scene(each.question, each.documents, scores, each.grades))
    sets = [(set_of(by_title, "title"), by_title), (set_of(by_whole, "whole"), by_whole)]
    found = weigh(EVEN, sets)
    assert found.fitted["title"] > 0.8
    assert found.held_out["title"] == pytest.approx(found.fitted["title"], abs=0.1)
    assert found.left_out["title"] < 0.6
    alone = weigh(EVEN, sets[:1])
    assert np.isnan(alone.left_out["title"])
    assert alone.held_out["title"] == 1.0


def test_nothing_relevant_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no question has a relevant document"):
        fit([[Scene("q", ("D",), np.ones((1, 4)), np.zeros(1))]])
