"""Judged questions read in: coverage judgments in JSONL, retrieval sets as BEIR folders."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import EvaluationError

NO_ANSWER = "no_answer"
_OUTCOMES = {
    "covered",
    "conditional",
    "not_covered",
    "contractor_discretion",
    "differs",
    "information",
    NO_ANSWER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """A question with the documents and outcomes that a careful reader accepts.

    documents: ids or aliases, any of which is a hit. evidence: phrases, lower case, one of which
    the deciding words should hold. kind: the slice that it is counted in. pair: minimal pairs
    share one, and differ in what `contrast` names.
    """

    id: str
    question: str
    kind: str
    asker: str
    documents: frozenset[str]
    outcomes: frozenset[str]
    evidence: tuple[str, ...]
    pair: str = ""
    contrast: str = ""

    @property
    def answerable(self) -> bool:
        """Whether abstaining is not accepted."""
        return NO_ANSWER not in self.outcomes

    @property
    def unanswerable(self) -> bool:
        """Whether nothing but abstaining is accepted."""
        return self.outcomes == {NO_ANSWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """A BEIR folder: texts by id as (title, text), queries by id, graded judgments by query."""

    name: str
    corpus: Mapping[str, tuple[str, str]]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]


def read_judgments(path: Path) -> list[Judgment]:
    """The judgments of a JSONL file, in its order. Raises EvaluationError naming the line."""
    judgments, seen = [], set()
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = json.loads(line)
            judgment = Judgment(
                id=row["id"],
                question=row["question"],
                kind=row.get("kind", row.get("contrast", "coverage")),
                asker=row.get("asker", ""),
                documents=frozenset(row["documents"]),
                outcomes=frozenset(row["outcome"]),
                evidence=tuple(phrase.lower() for phrase in row.get("evidence_any", ())),
                pair=row.get("pair", ""),
                contrast=row.get("contrast", ""),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(f"{path}:{number}: not a judgment: {error!r}") from error
        unknown = judgment.outcomes - _OUTCOMES
        if unknown or not judgment.outcomes:
            raise EvaluationError(
                f"{path}:{number}: outcome {sorted(unknown)} is none of {sorted(_OUTCOMES)}"
            )
        if judgment.id in seen:
            raise EvaluationError(f"{path}:{number}: a second judgment has the id {judgment.id}")
        seen.add(judgment.id)
        judgments.append(judgment)
    if not judgments:
        raise EvaluationError(f"{path}: holds no judgment")
    return judgments


def read_retrieval_set(folder: Path, *, split: str | None = None) -> RetrievalSet:
    """A BEIR folder: corpus.jsonl, queries.jsonl, and qrels.tsv or qrels/<split>.tsv.

    split: the file of qrels, or, where one file judges all, the queries whose metadata names it
    or whose id begins with it.
    """
    apart = split is not None and (folder / "qrels" / f"{split}.tsv").exists()
    corpus = {
        row["_id"]: (row.get("title", ""), row["text"]) for row in _objects(folder / "corpus.jsonl")
    }
    queries = {
        row["_id"]: row["text"]
        for row in _objects(folder / "queries.jsonl")
        if split is None
        or apart
        or row.get("metadata", {}).get("split", row["_id"].split("-")[0]) == split
    }
    qrels = _qrels(folder, split)
    judged = {query: text for query, text in queries.items() if qrels.get(query)}
    if not judged:
        raise EvaluationError(
            f"{folder}: no judged query" + (f" in split {split!r}" if split else "")
        )
    return RetrievalSet(
        name=folder.name,
        corpus=corpus,
        queries=judged,
        qrels={query: qrels[query] for query in judged},
    )


def _qrels(folder: Path, split: str | None) -> dict[str, dict[str, int]]:
    path = folder / "qrels" / f"{split or 'test'}.tsv"
    path = path if path.exists() else folder / "qrels.tsv"
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for number, row in enumerate(csv.DictReader(_lines(path), delimiter="\t"), start=2):
        try:
            qrels[row["query-id"]][row["corpus-id"]] = int(row["score"])
        except (KeyError, ValueError, TypeError) as error:
            raise EvaluationError(
                f"{path}:{number}: not query-id, corpus-id, score: {error!r}"
            ) from error
    return qrels


def _objects(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in _lines(path)]
    except ValueError as error:
        raise EvaluationError(f"{path}: not JSON lines: {error}") from error


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from error
