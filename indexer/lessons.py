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

# How a rule stands to a question: it fits; what it asks for is unmet; it is about another use of
# the service; it is of another service.
RELATIONS = ("fits", "unmet", "sibling", "other")
_SIBLINGS = 2  # of a taught question, so that they do not outnumber the rest
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
        _lessons(path, lambda row: [(str(row["text"]), Determination(row["determination"]).value)])
    )


def rule_lessons(path: Path, documents: Iterable[Document], read: Reading) -> list[Lesson]:
    """The questions of a file, each beside every rule that it was labelled with.

    documents: those that the rows name by id, with the rules' places among their statements. read:
    how a judge reads a question beside a rule. Raises CorpusError naming the line that is none.
    """
    known = {document.id: document for document in documents}

    def labelled(row: Row) -> Iterator[tuple[Text, str]]:
        """The question and each rule as the judge reads them, and how they stand."""
        document = known[row["document"]]
        for relation in RELATIONS:
            places = [int(place) for place in row[relation]]
            if relation == "sibling" and not row["held_out"]:
                places = places[:_SIBLINGS]
            for place in places:
                if place < 0:
                    raise ValueError(f"rule {place}")
                yield read(str(row["question"]), document, document.statements[place]), relation

    return list(_lessons(path, labelled))


def _lessons(path: Path, labelled: Callable[[Row], Iterable[tuple[Text, str]]]) -> Iterator[Lesson]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                held_out = bool(row["held_out"])
                yield from [Lesson(*lesson, held_out=held_out) for lesson in labelled(row)]
            except (ValueError, KeyError, IndexError, TypeError) as error:
                raise CorpusError(str(path), number, f"is no lesson: {error!r}") from error
