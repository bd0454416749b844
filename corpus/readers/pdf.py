"""PDF files: the text layer, page by page, lines joined into paragraphs.

A page without a text layer (a scan) is reported and skipped: nothing is read by sight. Lines
that stand at the edge of most pages (running heads, page numbers) are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import CorpusError, MissingExtra
from corpus.readers.tables import DocumentText
from corpus.records import Notice
from corpus.text import clean

MOST_PAGES = 5_000
MOST_BYTES = 200_000_000
_EDGE = 2  # lines at the top and at the bottom of a page that may be running heads
_RECURS = 0.5  # share of the pages on which an edge line must stand to be one
_FEWEST_PAGES = 4  # below it, recurring lines tell nothing
_FULL_LINE = 0.6  # of the page's longest line: a line this long goes on in the next
_PAGE_NUMBER = re.compile(
    r"\b(?:page|p\.)\s*\d+|\b\d+\s*(?:of|/)\s*\d+\b|^[-–—\s]*\d+[-–—\s]*$", re.I
)
_SHORT_LINES = 50  # characters: where no line of a page is longer, the lines are a list
_STOP = re.compile(r"[.:;?!]['\"”’)\]]*$")
_NEW = re.compile(r"^(?:[•▪●○◦*–—-]|\(?[0-9a-zA-Z]{1,3}[.)])\s")
_BULLETS = str.maketrans(dict.fromkeys("▪●○◦", "•"))


def read_pdf(path: Path) -> tuple[DocumentText, list[Notice]]:
    """The text of a file, a section a page, and the pages that have none.

    Raises CorpusError for what is no PDF, is damaged, or is encrypted with a password.
    """
    pages = [
        [line for line in clean(page.translate(_BULLETS)).split("\n")] for page in _pages(path)
    ]
    recurring = _recurring(pages)
    text, notices = DocumentText(), []
    for number, lines in enumerate(pages, start=1):
        body = clean("\n".join(_paragraphs(_without_edges(lines, recurring))))
        if body:
            text.section(f"page {number}", body)
        else:
            words = f"page {number} has no text layer: nothing of it is indexed"
            notices.append(Notice(words, str(path)))
    if not text.text:
        raise CorpusError(path, None, "no page has a text layer; run it through OCR first")
    return text, notices


def _pages(path: Path) -> Iterator[str]:
    """The text of each page, as the file lays it out."""
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise MissingExtra("index", "Reading PDF") from error
    _check(path)
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise CorpusError(path, None, "is encrypted; save a copy without a password")
            if len(reader.pages) > MOST_PAGES:
                raise CorpusError(path, None, f"has more than {MOST_PAGES:,} pages")
            for page in reader.pages:
                yield page.extract_text()
    except CorpusError:
        raise
    except Exception as error:  # pypdf raises whatever its parts do on a broken file
        raise CorpusError(path, None, f"is damaged: {error}") from error


def _check(path: Path) -> None:
    """Raise CorpusError for a file that doesn't begin like a PDF, or is too large."""
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise CorpusError(path, None, f"can't be read: {error.strerror}") from error
    if b"%PDF-" not in start:
        page = re.match(rb"\s*(?:<!doctype html|<html|<\?xml|<head|<body)", start, re.I)
        kind = "begins like an HTML page: name it .html" if page else "doesn't begin with %PDF-"
        raise CorpusError(path, None, f"is no PDF; it {kind}")
    if path.stat().st_size > MOST_BYTES:
        raise CorpusError(path, None, f"is larger than {MOST_BYTES:,} bytes")


def _masked(line: str) -> str:
    """A line without its page number; other numbers tell lines apart: a list of codes is none."""
    return _PAGE_NUMBER.sub("#", line)


def _edges(lines: Sequence[str]) -> list[str]:
    held = [line for line in lines if line]
    return [*held[:_EDGE], *held[-_EDGE:]] if len(held) > 2 * _EDGE else held


def _recurring(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Lines at the edges of more than half of the pages, their numbers masked."""
    if len(pages) < _FEWEST_PAGES:
        return frozenset()
    counts = Counter(line for lines in pages for line in set(map(_masked, _edges(lines))))
    return frozenset(line for line, count in counts.items() if count > _RECURS * len(pages))


def _without_edges(lines: Sequence[str], recurring: frozenset[str]) -> list[str]:
    edges = set(_edges(lines))
    return [line for line in lines if not (line in edges and _masked(line) in recurring)]


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Lines joined where the layout broke them: a full line that ends no sentence goes on."""
    longest = max(map(len, lines), default=0)
    held = ""
    broken = False  # whether the held line was broken by the layout
    for line in lines:
        if held and broken and line and not _NEW.match(line):
            held = f"{held}{line}" if held.endswith("-") else f"{held} {line}"
        else:
            if held or not line:
                yield held
            held = line
        full = len(line) >= max(_FULL_LINE * longest, _FULL_LINE * _SHORT_LINES)
        broken = full and longest >= _SHORT_LINES and not _STOP.search(line)
    yield held
