"""The library's tables: links between codes and policies, and what each code means.

A table is tab-separated, its first line names the columns, and a quotation mark is a character
like any other.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import CorpusError
from corpus.records import ITEM_HEADING, NOTES_HEADING, CodeLink, Document, Section, Span
from corpus.terms import Kind, Relation, Reliability, Words


class DocumentText:
    """A document's text as it is written out, section by section, two line ends between them.

    text: what is written so far. sections: their headings and the spans of their bodies in it.
    """

    def __init__(self) -> None:
        self.text = ""
        self.sections: list[Section] = []

    def section(self, heading: str, body: str) -> Span:
        """Append a section; the span of its body in the text so far."""
        start = len(self.text) + 2 if self.text else 0
        self.text = f"{self.text}\n\n{body}" if self.text else body
        span = Span(start, start + len(body))
        self.sections.append(Section(heading, span))
        return span


def crosswalk(path: Path) -> dict[str, list[CodeLink]]:
    """Links of each policy, by the policy's name as the table writes it.

    Raises CorpusError with file and line for a table that can't be read or an unknown relation.
    """
    links: dict[str, list[CodeLink]] = defaultdict(list)
    columns = ("code", "policy", "relation", "note", "source", "verification", "meaning")
    for number, row in rows(path, columns):
        try:
            relation = Relation(row["relation"])
        except ValueError as error:
            raise CorpusError(path, number, f"unknown relation {row['relation']!r}") from error
        source = f"{row['source']} ({row['verification']})"
        links[row["policy"]].append(
            CodeLink(
                code=row["code"].upper(),
                relation=relation,
                note=row["note"],
                source=source,
                meaning=row["meaning"],
            )
        )
    return links


def code_documents(path: Path) -> Iterator[Document]:
    """A document a code: what it means in our own short words; it decides nothing.

    Raises CorpusError with file and line for a table that can't be read.
    """
    fields = ("code", "system", "short_meaning_own_words", "notes", "verification")
    for _, row in rows(path, fields):
        text = DocumentText()
        system = "CPT" if row["system"].startswith("CPT") else "HCPCS"
        text.section(
            ITEM_HEADING, f"{system} code {row['code']}: {row['short_meaning_own_words']}."
        )
        if row["notes"].strip("- "):
            text.section(NOTES_HEADING, row["notes"])
        yield Document(
            id=f"{system} {row['code']}",
            kind=Kind.CODE,
            title=f"{row['system']} {row['code']}: {row['short_meaning_own_words']}",
            text=text.text,
            url="",
            words=Words.SUMMARY,
            reliability=Reliability.SECONDARY,
            source_note=row["verification"],
            questions=(
                f"What is procedure code {row['code']}?",
                f"What does {system} {row['code']} mean?",
            ),
            sections=tuple(text.sections),
            codes=(CodeLink(code=row["code"].upper(), relation=Relation.NAMES),),
        )


def rows(path: Path, fields: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, cells by column) of a tab-separated table that has all of these columns.

    Raises CorpusError naming the missing columns, or the line that has other cells than columns.
    """
    lines = text_of(path).splitlines()
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = set(fields) - set(reader.fieldnames or ())
    if missing:
        raise CorpusError(path, 1, f"column missing: {', '.join(sorted(missing))}")
    for number, row in enumerate(reader, start=2):
        if None in row or any(row[field] is None for field in fields):
            raise CorpusError(
                path, number, f"not {len(reader.fieldnames or ())} tab-separated cells"
            )
        yield number, row


def text_of(path: Path) -> str:
    """A library file's text. Raises CorpusError if it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CorpusError(path, None, "no such file in the library") from error
    except UnicodeDecodeError as error:
        raise CorpusError(path, None, f"not UTF-8 at byte {error.start}") from error
