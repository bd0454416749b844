"""What each lane counts for in the ranking: four shares of 1, fitted and reviewed as data.

`search_api/weights.json` holds the default; `coverage-search weigh` fits it on judged questions.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from corpus.errors import EvaluationError

FIELDS = ("whole", "title", "questions")  # of a document in the BM25 index
LANES = ("dense", *FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Shares of a cosine and of the BM25 fields in a document's score; not negative, summing to 1.

    whole: the document's text with its title and questions. title, questions: those alone.
    """

    dense: float
    whole: float
    title: float
    questions: float

    def __post_init__(self) -> None:
        """Raise EvaluationError where the shares are none."""
        shares = asdict(self).values()
        if not all(isinstance(each, float | int) and 0 <= each <= 1 for each in shares):
            raise EvaluationError(f"weights are from 0 to 1: {asdict(self)}")
        if not math.isclose(sum(shares), 1.0, abs_tol=0.01):
            raise EvaluationError(f"weights sum to 1, not {sum(shares):.3f}: {asdict(self)}")

    @property
    def fields(self) -> Mapping[str, float]:
        """Weight by BM25 field."""
        return {name: getattr(self, name) for name in FIELDS}

    @property
    def lexical(self) -> float:
        """What the BM25 fields count for together."""
        return math.fsum(self.fields.values())


@cache
def default_weights() -> Weights:
    """The shipped weights."""
    return _parsed(files("search_api").joinpath("weights.json").read_text(encoding="utf-8"))


def read_weights(path: Path) -> Weights:
    """The weights in a JSON file. Raises EvaluationError naming the file."""
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, EvaluationError) as error:
        wanted = ", ".join(LANES)
        raise EvaluationError(f"{path}: not weights ({wanted}, summing to 1): {error}") from error


def _parsed(text: str) -> Weights:
    row = json.loads(text)
    return Weights(**{name: row[name] for name in LANES})
