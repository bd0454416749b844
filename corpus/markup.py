"""HTML fragments as readable text: headings, paragraphs, list items, table rows.

CMS's cells hold HTML that is escaped up to twice, with headings written as bold paragraphs.
What is kept is what a browser would show; a heading opens a section.
"""

import html
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpus.text import clean

_ELEMENTS = (
    "p|div|span|strong|b|i|em|u|s|ul|ol|li|table|tbody|thead|tfoot|caption|colgroup|col|tr|td|th|br|hr|a|h[1-6]|"
    "sup|sub|font|img|blockquote|pre|dl|dt|dd|section|article|header|footer|nav|main|aside|html|body|head|meta|"
    "title|link|script|style|noscript|template|iframe|object|label|form|input|button|small|big|center|code|cite|"
    "abbr|address|details|summary|figure|figcaption|strike|del|ins|mark|tt|nobr|o:p|st1:\\w+"
)
# Of a known element: "x <y and z> w" is text.
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?=[\s/>])[^<>]*>|<!--", re.I)
_PARTS = re.compile(r"<(/?)([a-zA-Z!][^\s/<>]*+)([^<>]*+)>")  # end mark, name, attributes
_ANY_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")
_HUGE_REFERENCE = re.compile(
    r"&#(?:\d{8,}|x[0-9a-f]{8,});?", re.I
)  # no character has such a number
_ESCAPED_AT_MOST = 2
_CELLS = {"td", "th"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BOLD = {"strong", "b"}
_SILENT = {"script", "style", "head", "noscript", "template", "iframe", "object"}
_PARAGRAPHS = {"p", "div", "section", "article", "blockquote", "dl", "table", "ul", "ol", "pre"}
_LINES = {"li", "tr", "dt", "dd", "caption"}
_BREAKS = _PARAGRAPHS | _LINES | _HEADINGS | {"br", "hr"}
_LONGEST_HEADING = 160  # characters; a longer bold paragraph is emphasis
_DEEPEST = 200  # elements inside one another; what lies deeper is read as if it lay there
_TANGLED = 10_000
# The parser's time grows with the square of depth, of formatting left open (it is opened again in
# every block) and of a tag's attributes: beyond these, tags are dropped.
_MOST_OPEN = 50
_MOST_ATTRIBUTES = 1_000
_FORMATTING = set("a b big code em font i nobr s small strike strong tt u".split())
_UNNESTED = set("br hr img input meta link col p li td th tr dt dd tbody thead tfoot !--".split())


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with the text under it; the text before the first heading has an empty one.

    The text is empty where a heading asks a question that nothing answers.
    """

    heading: str
    text: str


def unescaped(cell: str) -> str:
    """The HTML of a cell that was escaped up to twice; text that holds no tag stays as it is."""
    cell = _HUGE_REFERENCE.sub(" ", cell)
    found = cell
    for _ in range(_ESCAPED_AT_MOST + 1):
        if _TAG.search(found):
            return found
        found = html.unescape(found)
    return cell


def blocks(cell: str, *, without: frozenset[str] = frozenset()) -> list[Block]:
    """The headings of a cell with their text, in order; empty ones left out.

    without: elements to leave out with all that they hold.
    """
    markup = unescaped(cell)
    if not _TAG.search(markup) or _is_tangled(markup):
        text = clean(html.unescape(_ANY_TAG.sub(" ", _without_scripts(markup))))
        return [Block("", text)] if text else []
    page = _Page()
    body = LexborHTMLParser(markup).body
    if body is not None:
        _walk(body, page, _SILENT | without)
    return page.finished()


def _is_tangled(markup: str) -> bool:
    """Whether a fragment is made so that the parser would take very long."""
    depth = left_open = 0
    for ending, name, rest in _PARTS.findall(markup):
        if len(rest) > _MOST_ATTRIBUTES and len(rest.split()) > _MOST_ATTRIBUTES:
            return True
        name, step = name.lower(), -1 if ending else 1
        if name in _FORMATTING:
            left_open = max(0, left_open + step)
        elif name not in _UNNESTED:
            depth = max(0, depth + step)
        if left_open > _MOST_OPEN or depth > _TANGLED:
            return True
    return False


def _without_scripts(markup: str) -> str:
    """The fragment without the bodies of scripts and styles."""
    kept, at, lower = [], 0, markup.lower()
    for opening in re.finditer(r"<(script|style)\b", lower):
        if opening.start() < at:
            continue
        kept.append(markup[at : opening.start()])
        end = lower.find(f"</{opening[1]}", opening.end())
        at = len(markup) if end < 0 else end
    return "".join((*kept, markup[at:]))


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
        words = " ".join("".join(self.line).split())
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
        elif self.heading.endswith("?"):
            self.done.append(Block(self.heading, ""))  # asked, and not answered
        elif self.heading and heading and len(self.heading) <= _LONGEST_HEADING:
            heading = f"{self.heading}: {heading}"  # a heading right above another
        elif self.heading:
            self.done.append(Block("", self.heading))  # nothing stands under it: it is a line
        self.heading, self.lines = clean(heading).rstrip(" :"), []


def _is_heading(words: str) -> bool:
    return len(words) <= _LONGEST_HEADING and not words.endswith((".", ";", ",", "!", "?"))


def _walk(body: LexborNode, page: _Page, silent: Set[str]) -> None:
    """Lay out every node, in document order, without recursion: depth is the source's choice."""
    items: dict[int, int] = {}  # how many items of each list were met
    for node, entering, inside in _visits(body, silent):
        tag = node.tag or ""
        if tag == "-text":
            if entering:
                page.text(node.text_content or "", bold=bool(inside & _BOLD))
            continue
        if tag in _CELLS and not entering and _has_next_cell(node):
            page.text(" | ", bold=False)
        if tag in ("p", "div") and inside & _CELLS:
            page.text(" ", bold=False)  # a row stays a line
            continue
        if tag in _BREAKS:
            gap = tag in _PARAGRAPHS or tag in _HEADINGS
            page.end_line(heading=tag in _HEADINGS and not entering, gap=gap)
        if tag == "li":
            page.mark = _mark(node, items) if entering else ""


def _has_next_cell(cell: LexborNode) -> bool:
    after = cell.next
    while after is not None and after.tag not in _CELLS:
        after = after.next
    return after is not None


def _visits(
    body: LexborNode, silent: Set[str]
) -> Iterator[tuple[LexborNode, bool, frozenset[str]]]:
    """(node, whether it is entered or left, tags around it) of everything below the body."""
    stack: list[tuple[LexborNode, bool, frozenset[str], int]] = [(body, True, frozenset(), 0)]
    while stack:
        node, entering, inside, depth = stack.pop()
        yield node, entering, inside
        if not entering:
            continue
        tag = node.tag or ""
        stack.append((node, False, inside, depth))
        if tag in silent:
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
    before = items.get(parent.mem_id, _whole(parent.attributes.get("start"), 1) - 1)
    number = items[parent.mem_id] = _whole(item.attributes.get("value"), before + 1)
    return f"{_numeral(number, (parent.attributes.get('type') or '1')[:1])}. "


def _whole(written: str | None, otherwise: int) -> int:
    return int(written) if written and re.fullmatch(r"\d{1,6}", written) else otherwise


def _numeral(number: int, style: str) -> str:
    """A number in a list's style: 1, a, A, i or I; as digits where the style can't write it."""
    if style in ("a", "A") and 1 <= number <= 26:
        return chr(ord(style) + number - 1)
    if style in ("i", "I") and 1 <= number < 40:
        roman = "x" * (number // 10) + _ONES[number % 10]
        return roman if style == "i" else roman.upper()
    return str(number)


_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
