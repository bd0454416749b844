"""HTML fragments as readable text: headings, paragraphs, list items, table rows.

CMS's cells hold HTML that is escaped up to twice, with headings written as bold paragraphs.
What is kept is what a browser would show; a heading opens a section.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpus.text import clean

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ESCAPED_AT_MOST = 2
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BOLD = {"strong", "b"}
_SILENT = {"script", "style", "head", "noscript", "template", "iframe", "object"}
_PARAGRAPHS = {"p", "div", "section", "article", "blockquote", "dl", "table", "ul", "ol", "pre"}
_LINES = {"li", "tr", "dt", "dd", "caption"}
_BREAKS = _PARAGRAPHS | _LINES | _HEADINGS | {"br", "hr"}
_LONGEST_HEADING = 160  # characters; a longer bold paragraph is emphasis
_DEEPEST = 200  # elements inside one another; what lies deeper is read as if it lay there
_TANGLED = (
    10_000  # the parser's time grows with the square of the depth: beyond it, tags are dropped
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with the text under it; the text before the first heading has an empty one."""

    heading: str
    text: str


def unescaped(cell: str) -> str:
    """The HTML of a cell that was escaped up to twice; text that holds no tag stays as it is."""
    for _ in range(_ESCAPED_AT_MOST):
        if _TAG.search(cell) or not _TAG.search(html.unescape(html.unescape(cell))):
            break
        cell = html.unescape(cell)
    return cell


def blocks(cell: str) -> list[Block]:
    """The headings of a cell with their text, in order; empty ones left out."""
    markup = unescaped(cell)
    if not _TAG.search(markup) or _depth(markup) > _TANGLED:
        text = clean(html.unescape(_TAG.sub(" ", markup)))
        return [Block("", text)] if text else []
    page = _Page()
    body = LexborHTMLParser(markup).body
    if body is not None:
        _walk(body, page)
    return page.finished()


def _depth(markup: str) -> int:
    """At most how deep the elements of a fragment nest."""
    deepest = depth = 0
    for tag in _TAG.finditer(markup):
        depth = max(0, depth - 1) if tag[0].startswith("</") else depth + 1
        deepest = max(deepest, depth)
    return deepest


def plain(cell: str) -> str:
    """A cell's text on one line: titles and short paragraphs."""
    return " ".join(
        part for block in blocks(cell) for part in (block.heading, *block.text.split()) if part
    )


@dataclass(slots=True)
class _Page:
    """Text as it is laid out: the open line, the lines of the open block, the blocks so far."""

    done: list[Block] = field(default_factory=list)
    heading: str = ""
    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    bold: int = 0  # characters of the open line that stand in bold
    mark: str = ""  # what stands before the open line: a bullet, a number

    def text(self, words: str, *, bold: bool) -> None:
        """Words as they stand in the line; white space counts once."""
        self.line.append(words)
        if bold:
            self.bold += len("".join(words.split()))

    def end_line(self, *, heading: bool = False, gap: bool = False) -> None:
        """Close the open line: as a heading where it is one, else as a line of the text."""
        words = clean(" ".join("".join(self.line).split()))
        all_bold = bool(words) and self.bold >= len("".join(words.split()))
        if words and (heading or (all_bold and not self.mark and _is_heading(words))):
            self._open(words)
        elif words:
            self.lines.append(self.mark + words)
            self.mark = ""
        if gap and self.lines and self.lines[-1]:
            self.lines.append("")
        self.line, self.bold = [], 0

    def finished(self) -> list[Block]:
        """Every block, the open one closed."""
        self.end_line()
        self._open("")
        return self.done

    def _open(self, heading: str) -> None:
        text = clean("\n".join(self.lines))
        if text:
            self.done.append(Block(self.heading, text))
        elif self.heading and heading:
            heading = f"{self.heading}: {heading}"  # a heading right above another
        elif self.heading:
            self.done.append(Block("", self.heading))  # nothing stands under it: it is a line
        self.heading, self.lines = heading.rstrip(" :"), []


def _is_heading(words: str) -> bool:
    return len(words) <= _LONGEST_HEADING and not words.endswith((".", ";", ",", "!", "?"))


def _walk(body: LexborNode, page: _Page) -> None:
    """Lay out every node, in document order, without recursion: depth is the source's choice."""
    items: dict[int, int] = {}  # how many items of each list were met
    for node, entering, inside in _visits(body):
        tag = node.tag or ""
        if tag == "-text":
            if entering:
                page.text(node.text_content or "", bold=bool(inside & _BOLD))
            continue
        if tag in ("td", "th") and not entering and node.next is not None:
            page.text(" | ", bold=False)
        if tag in _BREAKS:
            gap = tag in _PARAGRAPHS or tag in _HEADINGS
            page.end_line(heading=tag in _HEADINGS and not entering, gap=gap)
        if tag == "li" and entering:
            page.mark = _mark(node, items)


def _visits(body: LexborNode) -> Iterator[tuple[LexborNode, bool, frozenset[str]]]:
    """(node, whether it is entered or left, tags around it) of everything below the body."""
    stack: list[tuple[LexborNode, bool, frozenset[str], int]] = [(body, True, frozenset(), 0)]
    while stack:
        node, entering, inside, depth = stack.pop()
        yield node, entering, inside
        if not entering:
            continue
        tag = node.tag or ""
        stack.append((node, False, inside, depth))
        if tag in _SILENT:
            continue
        children = []
        child = node.child
        while child is not None:
            children.append(child)
            child = child.next
        around = inside | {tag} if depth < _DEEPEST else inside
        stack.extend((each, True, around, depth + 1) for each in reversed(children))


def _mark(item: LexborNode, items: dict[int, int]) -> str:
    """The bullet of a list item, or its number as the list writes it."""
    parent = item.parent
    if parent is None or parent.tag != "ol":
        return "• "
    number = items[parent.mem_id] = items.get(parent.mem_id, 0) + 1
    style = (parent.attributes.get("type") or "1")[:1]
    if style in "aA" and number <= 26:
        return f"{chr(ord(style) + number - 1)}. "
    return f"{number}. "
