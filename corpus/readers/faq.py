"""FAQ pages: plain text as found on the web, and the library's Markdown with its header lines.

Plain text: a line that ends in "?" between blank lines is a question; what follows up to the
next question is its answer, the first paragraph short, bullets kept. A question without an
answer is yielded as unanswered, never as a document.

Markdown: "## Question?", then "- key: value" lines (about, asked, source, reliability), then the
answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from corpus.errors import CorpusError
from corpus.records import Document, UnansweredQuestion
from corpus.terms import Kind, Reliability, Words
from corpus.text import clean, slug

_HEADER = re.compile(r"- (?P<key>[a-z]+): (?P<value>.+)")
_KEYS = {"about", "asked", "source", "reliability"}
_LONGEST_TITLE = 120  # characters before a page's one question; more is a text of its own
_LONGEST_QUESTION = 300  # characters; a longer line that ends in "?" is prose


@dataclass(frozen=True, slots=True)
class _Entry:
    """A question with the line it stands on, its header and its answer as written."""

    question: str
    line: int
    header: dict[str, str]
    answer: str


def read_faq(
    path: Path, *, words: Words, retrieved: date | None = None, url: str = ""
) -> Iterator[Document | UnansweredQuestion]:
    """The answered questions of one .txt or .md page as documents, and the unanswered ones.

    words: whose words the answers are. url: where the page is, for entries that name no source.
    Raises CorpusError for a page that is not UTF-8, asks nothing, asks one question twice, or
    has a header line that this format doesn't know.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(path, None, f"not UTF-8 at byte {error.start}") from error
    if path.suffix.lower() == ".md":
        entries = list(_markdown(path, text, strict=words is Words.SUMMARY))
    else:
        entries = list(_plain(text))
    if not entries:
        raise CorpusError(path, None, "no question found; a question is a line that ends in '?'")
    seen: dict[str, int] = {}
    for entry in entries:
        name = slug(entry.question)
        if name in seen:
            raise CorpusError(
                path, entry.line, f"asked already on line {seen[name]}: {entry.question}"
            )
        seen[name] = entry.line
        if entry.answer:
            yield _document(entry, path, words=words, retrieved=retrieved, url=url)
        else:
            yield UnansweredQuestion(entry.question, str(path), entry.line)


def is_faq(path: Path, text: str) -> bool:
    """Whether a page is questions with answers: two questions, or one that it begins with.

    A question is a Markdown heading, or a line between blank ones, that ends in "?".
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if path.suffix.lower() == ".md":
        places = [n for n, line in enumerate(lines) if re.match(r"## .*\?\s*$", line)]
    else:
        places = [entry.line - 1 for entry in _plain("\n".join(lines))]
    before = " ".join(lines[: places[0]]).strip() if places else ""
    return len(places) > 1 or (len(places) == 1 and len(before) <= _LONGEST_TITLE)


def _plain(text: str) -> Iterator[_Entry]:
    lines = [clean(line) for line in re.split(r"\r\n?|\n", text)]
    starts = [
        number
        for number, line in enumerate(lines)
        if line.endswith("?")
        and len(line) <= _LONGEST_QUESTION
        and (number == 0 or not lines[number - 1])
        and (number + 1 == len(lines) or not lines[number + 1])
    ]
    for start, end in pairwise([*starts, len(lines)]):
        yield _Entry(lines[start], start + 1, {}, clean("\n".join(lines[start + 1 : end])))


def _markdown(path: Path, text: str, *, strict: bool) -> Iterator[_Entry]:
    """strict: a header line of an unknown key is an error; else it begins the answer."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    for start, end in pairwise([*starts, len(lines)]):
        header: dict[str, str] = {}
        body = start + 1
        while body < end and (match := _HEADER.fullmatch(lines[body].strip())):
            if match["key"] not in _KEYS:
                if not strict:
                    break
                raise CorpusError(
                    path, body + 1, f"unknown header {match['key']!r}; known: {sorted(_KEYS)}"
                )
            header[match["key"]] = match["value"].strip()
            body += 1
        yield _Entry(lines[start][3:].strip(), start + 1, header, clean("\n".join(lines[body:end])))


def _document(
    entry: _Entry, path: Path, *, words: Words, retrieved: date | None, url: str
) -> Document:
    source = entry.header.get("source", url)
    general = source == "general knowledge"
    return Document(
        id=f"FAQ {path.stem}/{slug(entry.question)[:80]}",
        kind=Kind.FAQ,
        title=entry.question,
        text=entry.answer,
        url="" if general else source,
        words=words,
        reliability=_reliability(entry, path, general=general),
        retrieved=retrieved,
        source_note="general knowledge" if general else "",
        questions=_several(entry.header.get("asked", ""), ";"),
        about=_several(entry.header.get("about", ""), "|"),
    )


def _reliability(entry: _Entry, path: Path, *, general: bool) -> Reliability:
    written = entry.header.get("reliability", "general" if general else "secondary")
    try:
        return Reliability(written)
    except ValueError as error:
        known = ", ".join(member.value for member in Reliability)
        raise CorpusError(
            path, entry.line, f"reliability {written!r} is none of {known}"
        ) from error


def _several(written: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in written.split(separator) if part.strip())
