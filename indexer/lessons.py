"""What the judges are taught from: labelled sentences, and questions labelled against rules.

The files lie in tests/golden, with what each field means; a row that is `held_out` teaches nothing
and is what the judge is measured on.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError
from corpus.records import CoverageStatement, Document
from corpus.terms import Determination
from indexer.network import Text

# How a rule stands to a question: it fits, what it asks for is unmet, it is of another service.
RELATIONS = ("fits", "unmet", "other")
Row = dict[str, Any]
Reading = Callable[[str, Document, CoverageStatement], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text, or a question and a rule, with its label."""

    text: Text
    label: str
    held_out: bool


def sentence_lessons(path: Path) -> list[Lesson]:
    """The labelled sentences of a file. Raises CorpusError naming the line that is none."""
    return list(
        _lessons(path, lambda row: (str(row["text"]), Determination(row["determination"]).value))
    )


def rule_lessons(path: Path, documents: Iterable[Document], read: Reading) -> list[Lesson]:
    """The questions of a file, each with the rule that it was written against.

    documents: those that the rows name by id, with the rule's place among their statements. read:
    how a judge reads a question beside a rule. Raises CorpusError naming the line that is none.
    """
    known = {document.id: document for document in documents}

    def labelled(row: Row) -> tuple[Text, str]:
        """The question and its rule as the judge reads them, and how they stand."""
        document = known[row["document"]]
        place, relation = int(row["rule"]), str(row["relation"])
        if place < 0 or relation not in RELATIONS:
            raise ValueError(f"rule {place}, relation {relation!r}")
        return read(str(row["question"]), document, document.statements[place]), relation

    return list(_lessons(path, labelled))


def _lessons(path: Path, labelled: Callable[[Row], tuple[Text, str]]) -> Iterator[Lesson]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                yield Lesson(*labelled(row), held_out=bool(row["held_out"]))
            except (ValueError, KeyError, IndexError, TypeError) as error:
                raise CorpusError(str(path), number, f"is no lesson: {error!r}") from error
