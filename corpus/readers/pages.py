"""One file of text as documents: HTML, PDF, Markdown, plain text, JSONL records.

HTML is reduced to its main text, tables kept as rows. A page of questions and answers becomes a
document a question (`corpus.readers.faq`); every other file is one document, a JSONL line too.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.errors import CorpusError, MissingExtra
from corpus.markup import Block, blocks
from corpus.readers.faq import is_faq, read_faq
from corpus.readers.pdf import read_pdf
from corpus.readers.tables import DocumentText
from corpus.records import CodeLink, Document, Reading, day_after
from corpus.terms import Kind, Line, Relation, Reliability, Status, Words
from corpus.text import clean, slug

HTML, MARKDOWN, TEXT, PDF, RECORDS = (".html", ".htm"), (".md",), (".txt",), (".pdf",), (".jsonl",)
SUFFIXES = (*HTML, *MARKDOWN, *TEXT, *PDF, *RECORDS)
MOST_BYTES = 50_000_000
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", re.I)
_FURNITURE = re.compile(r"<(nav|header|footer|aside|form)\b.*?</\1\s*>", re.I | re.S)


class Shared(BaseModel):
    """What may be known of several files that they don't say; every part may be left out.

    ended: the last day of the policy, as sources write it. states: two-letter codes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = None
    payer: str | None = Field(default=None, min_length=1)
    line: Line | None = None
    plan: str | None = Field(default=None, min_length=1)
    url: str = ""
    states: tuple[str, ...] = ()
    effective: date | None = None
    ended: date | None = None
    status: Status = Status.IN_FORCE
    reliability: Reliability = Reliability.PRIMARY
    retrieved: date | None = None


class About(Shared):
    """What is to be known of one file. asked_as: ways in which people ask for it."""

    id: str | None = Field(default=None, min_length=1)
    title: str | None = Field(default=None, min_length=1)
    codes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    asked_as: tuple[str, ...] = ()


class RecordLine(About):
    """A line of a JSONL file: a document of its own."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    text: str = Field(min_length=1)


def read_file(path: Path, about: About | None = None) -> Iterator[Reading]:
    """The documents of one file. Raises CorpusError naming it, and the line of a record."""
    about = about or About()
    suffix = path.suffix.lower()
    if suffix in PDF:
        yield from _pdf(path, about)
    elif suffix in RECORDS:
        yield from _records(path)
    elif suffix in HTML:
        yield from _html(path, about)
    elif suffix in (*MARKDOWN, *TEXT):
        yield from _written(path, about)
    else:
        raise CorpusError(
            path, None, f"is of no kind that is read here; these are: {', '.join(SUFFIXES)}"
        )


def _pdf(path: Path, about: About) -> Iterator[Reading]:
    text, notices = read_pdf(path)
    yield _document(path, about, text)
    yield from notices


def _written(path: Path, about: About) -> Iterator[Reading]:
    """Markdown and plain text: questions with answers, or one document."""
    text = _decoded(path)
    if about.kind is Kind.FAQ or (about.kind is None and is_faq(path, text)):
        for each in read_faq(path, words=Words.SOURCE, retrieved=about.retrieved, url=about.url):
            yield (
                replace(each, payer=about.payer, line=about.line, plan=about.plan)
                if isinstance(each, Document)
                else each
            )
        return
    if path.suffix.lower() in MARKDOWN:
        from markdown_it import MarkdownIt

        found = blocks(MarkdownIt("commonmark").enable("table").render(text))
    else:
        found = [Block("", clean(text))]
    yield _from_blocks(path, about, found)


def _html(path: Path, about: About) -> Iterator[Reading]:
    """A web page: a document a question where its headings ask, else one document."""
    markup = _decoded(path)
    if markup.lstrip().startswith("%PDF-"):
        raise CorpusError(path, None, "is no HTML; it begins like a PDF: name it .pdf")
    title, found = _main_text(path, markup)
    asked = [block for block in found if block.heading.endswith("?")]
    if about.kind is Kind.FAQ or (about.kind is None and len(asked) > 1):
        for block in asked:
            yield _answer(path, about, block)
        return
    given = about if about.title or not title else about.model_copy(update={"title": title})
    yield _from_blocks(path, given, found)


def _main_text(path: Path, markup: str) -> tuple[str, Sequence[Block]]:
    """(title, blocks) of a page's main text; of all its text where no main part stands out."""
    try:
        import trafilatura
    except ImportError as error:
        raise MissingExtra("index", "Reading web pages") from error
    main = trafilatura.extract(
        markup,
        output_format="html",
        include_tables=True,
        include_comments=False,
        include_formatting=True,
        favor_recall=True,
    )
    found = blocks(main) if main else blocks(_FURNITURE.sub(" ", markup))
    if not found:
        raise CorpusError(path, None, "holds no text")
    named = re.search(r"<title[^>]*>(.*?)</title", markup, re.I | re.S)
    return clean(html.unescape(named[1])).replace("\n", " ") if named else "", found


def _records(path: Path) -> Iterator[Document]:
    for number, line in enumerate(_decoded(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = RecordLine.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "record"
            raise CorpusError(path, number, f"{field}: {first['msg']}") from error
        except (ValueError, RecursionError) as error:
            raise CorpusError(path, number, f"not JSON: {error}") from error
        text = DocumentText()
        text.section("", clean(record.text))
        yield _document(path, record, text)


def _from_blocks(path: Path, about: About, found: Sequence[Block]) -> Document:
    text = DocumentText()
    for block in found:
        text.section(block.heading, block.text)
    if not text.text.strip():
        raise CorpusError(path, None, "holds no text")
    return _document(path, about, text)


def _answer(path: Path, about: About, block: Block) -> Document:
    """A question of a web page with its answer."""
    text = DocumentText()
    text.section("", block.text)
    own = about.model_copy(
        update={
            "id": f"FAQ {path.stem}/{slug(block.heading)[:80]}",
            "title": block.heading,
            "kind": Kind.FAQ,
        }
    )
    return _document(path, own, text)


def _document(path: Path, about: About, text: DocumentText) -> Document:
    """The document of a file's text and of what is known about it."""
    heading = text.sections[0].heading
    title = about.title or (heading if heading and path.suffix.lower() not in PDF else path.stem)
    kind = about.kind or (Kind.PAYER_POLICY if about.payer else Kind.PAGE)
    return Document(
        id=about.id or path.stem,
        kind=kind,
        title=title,
        text=text.text,
        sections=tuple(text.sections),
        url=about.url,
        words=Words.SOURCE,
        payer=about.payer,
        line=about.line,
        plan=about.plan,
        aliases=about.aliases,
        jurisdiction=about.states or ("US",),
        effective=about.effective,
        ended=day_after(about.ended),
        status=about.status,
        reliability=about.reliability,
        retrieved=about.retrieved,
        questions=about.asked_as,
        codes=tuple(CodeLink(code=code, relation=Relation.NAMES) for code in about.codes),
    )


def _decoded(path: Path) -> str:
    """The text of a file: UTF-8, or what an HTML page says that it is written in."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(path, None, f"can't be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise CorpusError(path, None, f"is larger than {MOST_BYTES:,} bytes")
    said = _CHARSET.search(content[:4096]) if path.suffix.lower() in HTML else None
    for encoding in ("utf-8-sig", said[1].decode("ascii") if said else "utf-8"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            problem = f"not {encoding.removesuffix('-sig').upper()} at byte {error.start}"
        except LookupError:
            problem = f"says that it is written in {encoding!r}, which nobody knows"
    raise CorpusError(path, None, problem)
