"""Judged questions put to a system: our engine in process, or what a run file recorded."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from corpus.errors import EvaluationError
from search_api.engine import Engine, Result, open_engine
from search_api.evaluation.judgments import NO_ANSWER, Judgment
from search_api.evaluation.measures import Observed
from search_api.replies import Answer

_DOCUMENTS = 10  # hits asked for a question


def observe(
    engine: Engine,
    judgments: Sequence[Judgment],
    *,
    on: date,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Observed]:
    """The engine's reply to every judgment, in order."""
    rows = []
    for number, judgment in enumerate(judgments, start=1):
        rows.append(observed(judgment, engine.ask(judgment.question, k=_DOCUMENTS, on=on)))
        progress(number, len(judgments))
    return rows


def replies(source: Path, judgments: Sequence[Judgment], *, on: date) -> list[Observed]:
    """The replies of a run file, or of the snapshot in a folder, in the judgments' order."""
    if source.is_file():
        return read_run(source, judgments)
    return observe(open_engine(source), judgments, on=on)


def observed(judgment: Judgment, result: Result) -> Observed:
    """A result as the measures take it."""
    names: dict[str, frozenset[str]] = {}
    for hit in result.hits:
        names.setdefault(hit.document.id, frozenset({hit.document.id, *hit.document.aliases}))
    reply = result.reply
    words = ""
    if isinstance(reply, Answer):
        words = f"{reply.deciding.evidence.text}\n{reply.deciding.evidence.passage.text}".lower()
    return Observed(
        judgment=judgment,
        documents=tuple(names.values()),
        outcome=reply.outcome.value if isinstance(reply, Answer) else NO_ANSWER,
        words=words,
        confidence=reply.confidence,
        took_ms=result.took_ms,
    )


def write_run(path: Path, rows: Sequence[Observed]) -> None:
    """Write what was observed as JSON lines, from which any system's replies can be scored."""
    lines = (
        {
            "id": row.judgment.id,
            "documents": [sorted(names) for names in row.documents],
            "outcome": row.outcome,
            "words": row.words,
            "confidence": row.confidence,
            "took_ms": row.took_ms,
        }
        for row in rows
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def read_run(path: Path, judgments: Sequence[Judgment]) -> list[Observed]:
    """The replies of a run file for the judgments, in their order.

    A judged question that the run lacks counts as abstained without a document. Raises
    EvaluationError for a line that is not such a reply, or a question that isn't judged.
    """
    wanted = {judgment.id: judgment for judgment in judgments}
    found: dict[str, Observed] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            judgment = wanted[row["id"]]
            found[judgment.id] = Observed(
                judgment=judgment,
                documents=tuple(frozenset(names) for names in row["documents"]),
                outcome=row["outcome"],
                words=str(row.get("words", "")).lower(),
                confidence=float(row.get("confidence", row["outcome"] != NO_ANSWER)),
                took_ms=float(row.get("took_ms", 0.0)),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{path}:{number}: not a reply to a judged question: {error!r}"
            ) from error
    return [found.get(judgment.id) or _unanswered(judgment) for judgment in judgments]


def _unanswered(judgment: Judgment) -> Observed:
    """What counts as observed where a run says nothing."""
    return Observed(
        judgment=judgment,
        documents=(),
        outcome=NO_ANSWER,
        words="",
        confidence=0.0,
        took_ms=0.0,
    )


def as_row(row: Observed) -> dict[str, object]:
    """An observation as plain values, for tables."""
    judgment = {
        name: value
        for name, value in asdict(row.judgment).items()
        if not isinstance(value, frozenset)
    }
    return {
        **judgment,
        "outcome": row.outcome,
        "rank": row.rank,
        "right": row.right,
        "confidence": row.confidence,
    }
