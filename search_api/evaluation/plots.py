"""Two plots of the confidence: risk against coverage, and the reliability diagram."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from search_api.evaluation.judgments import NO_ANSWER
from search_api.evaluation.measures import Observed

_BINS = 5


def risk_coverage(rows: Sequence[Observed]) -> Figure:
    """Share of wrong replies among the answered, as the threshold lets in more questions.

    Questions enter by falling confidence; a reply is wrong if its outcome isn't accepted.
    """
    answered = sorted(
        (row for row in rows if row.outcome != NO_ANSWER), key=lambda row: -row.confidence
    )
    wrong = np.cumsum([not row.right for row in answered])
    number = np.arange(1, len(answered) + 1)
    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(number / len(rows), wrong / number, drawstyle="steps-post")
    axes.set(xlabel="share of questions answered", ylabel="share of answers that are wrong")
    axes.set(xlim=(0, 1), ylim=(0, None), title="Risk against coverage")
    axes.grid(alpha=0.3)
    return figure


def reliability(rows: Sequence[Observed]) -> Figure:
    """How often questions of a confidence are answerable, in five bins of equal number."""
    clear = sorted(
        (row for row in rows if row.judgment.answerable or row.judgment.unanswerable),
        key=lambda row: row.confidence,
    )
    bins = np.array_split(np.arange(len(clear)), min(_BINS, len(clear)))
    said = [float(np.mean([clear[place].confidence for place in part])) for part in bins]
    seen = [float(np.mean([clear[place].judgment.answerable for place in part])) for part in bins]
    figure = Figure(figsize=(4, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], linestyle="--", color="gray", label="calibrated")
    axes.plot(said, seen, marker="o", label=f"{len(clear)} questions")
    axes.set(xlabel="confidence", ylabel="share that is answerable", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title("Reliability")
    axes.legend()
    axes.grid(alpha=0.3)
    return figure


def save(rows: Sequence[Observed], folder: Path) -> list[Path]:
    """Write both plots as PNG files into a folder; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "risk_coverage.png", folder / "reliability.png"]
    for path, figure in zip(paths, (risk_coverage(rows), reliability(rows)), strict=True):
        figure.savefig(path, dpi=120)
    return paths
