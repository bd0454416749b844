"""Judged questions put to a system: our engine in process, or what a run file recorded."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2

from corpus.errors import EvaluationError
from search_api.engine import Engine, open_engine
from search_api.evaluation.judgments import NO_ANSWER, Judgment
from search_api.evaluation.measures import Observed
from search_api.lexicon import informative
from search_api.replies import Answer
from search_api.results import Result
from search_api.weights import read_weights

_ABBREVIATION = re.compile(r"\b[A-Z][A-Z0-9-]{1,6}\b")
_PATIENCE = 30.0  # seconds for one question
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
        row = observed(judgment, engine.consider(judgment.question, k=_DOCUMENTS, on=on))
        rows.append(replace(row, slices=(judgment.kind, *_slices(judgment, engine))))
        progress(number, len(judgments))
    return rows


def replies(system: str, judgments: Sequence[Judgment], *, on: date, home: Path) -> list[Observed]:
    """The replies of a system in the judgments' order.

    system: a run file, a snapshot's folder, weights (.json) for the snapshot in `home`, or the
    address of a server that speaks the wire format ("http://localhost:8000").
    """
    if system.startswith(("http://", "https://")):
        return _served(system, judgments, on=on)
    path = Path(system)
    if path.suffix == ".json":
        return observe(open_engine(home, weights=read_weights(path)), judgments, on=on)
    if path.is_file():
        return read_run(path, judgments)
    return observe(open_engine(path), judgments, on=on)


def _served(address: str, judgments: Sequence[Judgment], *, on: date) -> list[Observed]:
    rows = []
    with httpx2.Client(base_url=address, timeout=_PATIENCE) as client:
        for judgment in judgments:
            # Only a server that is told the day answers for it; what the question names stands.
            body = {"query": judgment.question, "k": _DOCUMENTS}
            try:
                reply = client.post("/v1/search", json=body).raise_for_status().json()
            except httpx2.HTTPError as error:
                raise EvaluationError(f"{address}: {judgment.id}: {error}") from error
            rows.append(_from_wire(judgment, reply))
    return rows


def _from_wire(judgment: Judgment, reply: Mapping[str, Any]) -> Observed:
    documents = (each["document"] for each in reply["hits"])
    names = {each["id"]: frozenset({each["id"], *each["aliases"]}) for each in documents}
    answer, abstention = reply["answer"], reply["abstention"]
    passages = {each["id"]: each["text"] for each in reply["hits"]}
    words = f"{answer['text']}\n{next(iter(passages.values()), '')}".lower() if answer else ""
    return Observed(
        judgment=judgment,
        documents=tuple(names.values()),
        outcome=answer["outcome"] if answer else NO_ANSWER,
        words=words,
        confidence=(answer or abstention)["confidence"],
        took_ms=reply["took_ms"],
    )


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


def _slices(judgment: Judgment, engine: Engine) -> Iterator[str]:
    """What sort of wording a question has."""
    query = engine.understand(judgment.question)
    words = informative(query.about)
    if query.codes and not words:
        yield "code only"
    if _ABBREVIATION.search(query.about):
        yield "abbreviation"
    if any(engine.lexicon.corrections(query.about)):
        yield "typo or unknown word"
    rows = [engine.snapshot.store.document_row(name) for name in judgment.documents]
    titles = " ".join(engine.snapshot.store.document(row).title for row in rows if row is not None)
    if (
        titles
        and words
        and not set(engine.backend.terms(titles)) & set(engine.backend.terms(" ".join(words)))
    ):
        yield "paraphrase"


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
