"""One file of text as documents: HTML, PDF, Markdown, plain text, JSONL records.

HTML is reduced to its main text, tables kept as rows. A page of questions and answers becomes a
document a question (`corpus.readers.faq`); every other file is one document, a JSONL line too.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from corpus.errors import CorpusError, MissingExtra
from corpus.markup import Block, blocks, plain
from corpus.readers.about import About, RecordLine
from corpus.readers.faq import is_faq, read_faq
from corpus.readers.pdf import read_pdf
from corpus.readers.tables import DocumentText
from corpus.records import CodeLink, Document, Reading, UnansweredQuestion, day_after
from corpus.terms import Kind, Relation, Words
from corpus.text import clean, slug

HTML, MARKDOWN, TEXT, PDF, RECORDS = (".html", ".htm"), (".md",), (".txt",), (".pdf",), (".jsonl",)
SUFFIXES = (*HTML, *MARKDOWN, *TEXT, *PDF, *RECORDS)
MOST_BYTES = 50_000_000
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", re.I)
_SHORT = 250  # characters of a page
_FURNITURE = frozenset({"nav", "header", "footer", "aside", "form"})


def read_file(path: Path, about: About | None = None) -> Iterator[Reading]:
    """The documents of one file. Raises CorpusError naming it, and the line of a record."""
    about = about or About()
    if not path.is_file():  # a pipe would be waited for
        raise CorpusError(path, None, "is no file")
    suffix = path.suffix.lower()
    if suffix in PDF:
        yield from _pdf(path, about)
    elif suffix in RECORDS:
        yield from _records(path, about)
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
            yield _stated(each, about) if isinstance(each, Document) else each
        return
    if path.suffix.lower() in MARKDOWN:
        from markdown_it import MarkdownIt

        found = blocks(MarkdownIt("commonmark").enable("table").render(text))
        title = re.search(r"^# (.+?)\s*#*$", text, re.M)
        yield _from_blocks(path, about, *_titled(title[1] if title else "", found))
    else:
        yield _from_blocks(path, about, "", [Block("", clean(text))])


def _html(path: Path, about: About) -> Iterator[Reading]:
    """A web page: a document a question where its headings ask, and one of everything else."""
    markup = _decoded(path)
    if markup.lstrip().startswith("%PDF-"):
        raise CorpusError(path, None, "is no HTML; it begins like a PDF: name it .pdf")
    title, found = _main_text(path, markup)
    asked = [block for block in found if block.heading.endswith("?")]
    if about.kind is Kind.FAQ and not asked:
        raise CorpusError(path, None, "no question found; a question is a heading that ends in '?'")
    if about.kind is Kind.FAQ or (about.kind is None and len(asked) > 1):
        yield from _answers(path, about, asked)
        found = [block for block in found if block not in asked]
        about = about.model_copy(update={"kind": None, "id": None})
    if found:
        yield _from_blocks(path, about, title, found)


def _answers(path: Path, about: About, asked: Sequence[Block]) -> Iterator[Reading]:
    """The questions of a web page with their answers. Raises CorpusError for one asked twice."""
    seen: set[str] = set()
    for block in asked:
        name = slug(block.heading)
        if name in seen:
            raise CorpusError(path, None, f"asked already: {block.heading}")
        seen.add(name)
        if not block.text:
            yield UnansweredQuestion(block.heading, str(path), 0)
            continue
        text = DocumentText()
        text.section("", block.text)
        named = f"FAQ {about.id or path.stem}/{name[:80]}"
        own = {"id": named, "title": block.heading, "kind": Kind.FAQ}
        yield _document(path, about.model_copy(update=own), text)


def _titled(title: str, found: Sequence[Block]) -> tuple[str, list[Block]]:
    """(title, blocks), the title taken off headings that it stands right above."""
    title = " ".join(clean(title).split())
    over = f"{title}: "
    return title, [
        replace(block, heading=block.heading.removeprefix(over)) if title else block
        for block in found
    ]


def _main_text(path: Path, markup: str) -> tuple[str, list[Block]]:
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
    whole = blocks(markup, without=_FURNITURE)
    found = blocks(main) if main else whole
    if sum(len(block.text) for block in found) < _SHORT:  # too short to tell a main part
        found = whole
    if not found:
        raise CorpusError(path, None, "holds no text")
    named = re.search(r"<title[^>]*>(.*?)</title", markup, re.I | re.S)
    first = re.search(r"<h1[^>]*>(.*?)</h1", markup, re.I | re.S)
    heading = plain(first[1]) if first else ""
    _, found = _titled(heading, found)
    return (plain(named[1]) if named else "") or heading, found


def _records(path: Path, about: About) -> Iterator[Document]:
    """The lines of a JSONL file; what they leave out is said by the folder."""
    empty = True
    for number, line in enumerate(_decoded(path).split("\n"), start=1):
        if not line.strip():
            continue
        empty = False
        try:
            record = RecordLine.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "record"
            raise CorpusError(path, number, f"{field}: {first['msg']}") from error
        except (ValueError, RecursionError) as error:
            raise CorpusError(path, number, f"not JSON: {error}") from error
        body = clean(record.text)
        if not body:
            raise CorpusError(path, number, "text: is empty")
        text = DocumentText()
        text.section("", body)
        own = record.model_dump(exclude_unset=True, exclude={"text"})
        yield _document(path, about.model_copy(update=own), text)
    if empty:
        raise CorpusError(path, None, "holds no record")


def _from_blocks(path: Path, about: About, title: str, found: Sequence[Block]) -> Document:
    text = DocumentText()
    for block in found:
        text.section(block.heading, block.text or block.heading)
    if not text.text.strip():
        raise CorpusError(path, None, "holds no text")
    given = about if about.title or not title else about.model_copy(update={"title": title})
    return _document(path, given, text)


def _stated(document: Document, about: About) -> Document:
    """An entry of a page of questions, with what its folder says of the page."""
    said = about.model_fields_set
    question = document.id.partition("/")[2]
    return replace(
        document,
        id=f"FAQ {about.id}/{question}" if about.id else document.id,
        payer=about.payer,
        line=about.line,
        plan=about.plan,
        jurisdiction=about.states or ("US",),
        effective=about.effective,
        ended=day_after(about.ended),
        status=about.status,
        reliability=about.reliability if "reliability" in said else document.reliability,
    )


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
        except (LookupError, UnicodeError):
            problem = f"says that it is written in {encoding!r}, which nobody knows"
    raise CorpusError(path, None, problem)
