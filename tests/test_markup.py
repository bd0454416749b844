"""HTML cells as text: what a browser would show, from any markup, in seconds."""

import html
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corpus.markup import Block, blocks, plain, unescaped

WORD = st.text("abcxyzé0123456789", min_size=1, max_size=6)
CLOSED = ("p", "div", "span", "em", "u", "strong", "b", "h2", "h4", "blockquote", "sup", "section")


@dataclass(frozen=True)
class Markup:
    """A fragment, and its words in order."""

    source: str
    words: str


def element(tag: str, children: list[Markup]) -> Markup:
    source = f'<{tag} class="x">{" ".join(each.source for each in children)}</{tag}>'
    return Markup(source, "".join(each.words for each in children))


def listing(tag: str, items: list[Markup]) -> Markup:
    source = "".join(f"<li>{each.source}</li>" for each in items)
    return Markup(f"<{tag}>{source}</{tag}>", "".join(each.words for each in items))


def fragments() -> st.SearchStrategy[Markup]:
    word = WORD.map(lambda word: Markup(word, word))
    return st.recursive(
        word,
        lambda inner: st.builds(element, st.sampled_from(CLOSED), st.lists(inner, max_size=4)),
        max_leaves=25,
    ).map(lambda each: element("div", [each]))


def text_of(cell: str) -> str:
    """The text of a cell that has no headings."""
    found = blocks(cell)
    assert [block.heading for block in found] in ([""], [])
    return "".join(block.text for block in found)


def squeezed(cell: str) -> str:
    return "".join("".join(f"{block.heading}{block.text}".split()) for block in blocks(cell))


def test_headings_open_sections() -> None:
    cell = "before<h2>Indications</h2><p>One.</p><p>Two.</p><h3>Limits:</h3><p>Three.</p>"
    assert blocks(cell) == [
        Block("", "before"),
        Block("Indications", "One.\n\nTwo."),
        Block("Limits", "Three."),
    ]


def test_a_heading_right_above_another_and_one_with_nothing_under_it() -> None:
    assert blocks("<h2>A</h2><h3>B</h3>x<h2>C</h2>") == [Block("A: B", "x"), Block("", "C")]


@pytest.mark.parametrize("tag", ["b", "strong"])
def test_a_bold_paragraph_is_a_heading_unless_it_is_a_sentence(tag: str) -> None:
    assert blocks(f"<p><{tag}>Limits:</{tag}></p><p>x</p>") == [Block("Limits", "x")]
    assert blocks(f"<p><{tag}>No more.</{tag}></p><p>x</p>") == [Block("", "No more.\n\nx")]
    assert blocks(f"<p><{tag}>Not</{tag}> this</p><p>x</p>") == [Block("", "Not this\n\nx")]
    assert blocks(f"<p><{tag}>{'y' * 161}</{tag}></p><p>x</p>") == [Block("", f"{'y' * 161}\n\nx")]


def test_list_items_have_their_marks() -> None:
    assert text_of("<ul><li>a<li>b</ul>") == "• a\n• b"
    assert text_of("<ol><li>a</li><li>b</li></ol><ol><li>c</li></ol>") == "1. a\n2. b\n\n1. c"
    assert text_of('<ol type="a"><li>x</li><li>y</li></ol>') == "a. x\nb. y"
    assert text_of("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>") == "1. a\n\n• b\n\n2. c"
    assert text_of("<ul><li><p>a</p></li><li><b>b</b></li></ul>") == "• a\n\n• b"


def test_table_rows_are_lines() -> None:
    rows = "<tr><th>Code</th><th>Use</th></tr><tr><td>97110</td><td>knee</td></tr>"
    assert text_of(f"<table>{rows}</table>") == "Code | Use\n97110 | knee"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a &amp; b", "a & b"),
        ("x &lt; 3 and y > 4", "x < 3 and y > 4"),
        ("<p>&nbsp;</p>", ""),
        ("", ""),
        ("<p>CO<sub>2</sub>&nbsp;&sect;&nbsp;1</p>", "CO2 § 1"),
        ("<p>&lt;p&gt; is a tag</p>", "<p> is a tag"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>x</p><script>evil()</script><style>p{}</style>", "x"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ('<a href="x" title="1>2">link</a>', "link"),
    ],
)
def test_what_a_browser_shows(cell: str, text: str) -> None:
    assert text_of(cell) == text


def test_a_title_stands_on_one_line() -> None:
    assert plain("<h1>Knees</h1>\n<p>and  more</p>") == "Knees and more"
    assert plain("&lt;p&gt;Bone &amp;amp; joint&lt;/p&gt;") == "Bone & joint"


@given(fragments())
def test_escaping_once_or_twice_changes_nothing(markup: Markup) -> None:
    once, twice = html.escape(markup.source), html.escape(html.escape(markup.source))
    assert unescaped(once) == unescaped(twice) == markup.source
    assert blocks(once) == blocks(twice) == blocks(markup.source)


@given(fragments())
def test_every_word_is_kept_in_order_and_no_tag(markup: Markup) -> None:
    assert squeezed(markup.source).replace(":", "") == markup.words


@given(st.lists(WORD, min_size=1), st.sampled_from(["ul", "ol"]))
def test_every_item_is_a_line(words: list[str], tag: str) -> None:
    lines = text_of(listing(tag, [Markup(word, word) for word in words]).source).split("\n")
    assert [line.split(" ", 1)[1] for line in lines] == words


@given(st.text() | st.text("<>/&;#x!-=\"' pbliohtrd123\x00\n"))
def test_any_text_is_read(cell: str) -> None:
    for block in blocks(cell):
        assert block.heading or block.text
    assert "\n" not in plain(cell)


@given(st.text())
def test_plain_text_read_twice_is_the_same(cell: str) -> None:
    assume("&" not in cell and "<" not in cell)
    once = blocks(cell)
    assert [again for block in once for again in blocks(block.text)] == once


DEEP = {
    "blocks": "<div>",
    "bold": "<b>",
    "lists": "<ul><li>",
    "tables": "<table><tr><td>",
    "links": "<a href=x>",
    "headings": "<h1>",
    "paragraphs": "<b><p>",
    "ends": "</p>",
    "fonts": "<font color=1>",
    "unknown": "<x-y>",
    "frames": "<svg><g>",
    "comments": "<!--",
}


@pytest.mark.parametrize("tags", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize("times", [4_000, 100_000])
def test_deep_nesting_and_unclosed_tags_end(tags: str, times: int) -> None:
    started = time.perf_counter()
    assert "x" in squeezed("x" + tags * times)
    assert time.perf_counter() - started < 5


def test_many_headings_end() -> None:
    assert squeezed("<h2>x</h2>" * 30_000 + "y").endswith("xy")


def growth(cell: Callable[[int], str], size: int) -> float:
    """How many times longer a cell of four times the size takes: 4 where time is linear."""

    def seconds(size: int) -> float:
        made = cell(size)
        started = time.perf_counter()
        blocks(made)
        return time.perf_counter() - started

    return min(seconds(4 * size) for _ in range(2)) / min(seconds(size) for _ in range(3))


def test_time_grows_with_the_size_of_a_list() -> None:
    assert growth(lambda size: "<ul>" + "<li>x</li>" * size + "</ul>", 2_000) < 8


# Cells below the limit of a million characters that take minutes, or gigabytes.
def test_time_grows_with_the_number_of_attributes() -> None:
    names = [f"a{number}" for number in range(14_000)]
    assert growth(lambda size: f"<p {' '.join(names[:size])}>x</p>", 3_500) < 8


def test_time_grows_with_the_number_of_unclosed_styles() -> None:
    def cell(size: int) -> str:
        styles = "".join(f"<b a={number}>" for number in range(size))
        return f"<p>{styles}</p>{'<p>x.</p>' * size}"

    assert growth(cell, 150) < 8


def test_time_grows_with_the_number_of_accents() -> None:
    assert growth(lambda size: "a" + "\u0301\u0316" * size, 3_000) < 8


def test_a_character_reference_of_many_digits_is_read() -> None:
    blocks(f"&#{'1' * 5_000};")


def test_a_comment_alone_is_not_shown() -> None:
    assert text_of("a <!-- hidden --> b") == "a b"


def test_a_table_laid_out_in_lines_has_no_bar_at_the_end() -> None:
    assert text_of("<table>\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n</table>") == "a | b"


def test_cells_that_hold_paragraphs_stay_in_their_row() -> None:
    assert text_of("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>") == "a | b"


def test_an_empty_item_lends_its_mark_to_nothing() -> None:
    assert text_of("<ul><li>a</li><li></li></ul><p>b</p>") == "• a\n\nb"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<ol start="3"><li>x</li></ol>', "3. x"),
        ('<ol><li value="5">x</li></ol>', "5. x"),
        ('<ol type="i"><li>x</li></ol>', "i. x"),
    ],
)
def test_numbers_are_those_that_the_list_writes(cell: str, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize("line", ["x<br>", "<p>x"])
def test_a_long_flat_cell_keeps_its_lines(line: str) -> None:
    assert blocks("<h2>Codes</h2>" + line * 10_001)[0].heading == "Codes"


def test_a_script_in_tangled_markup_is_not_shown() -> None:
    assert text_of("<script>evil()</script>" + "<div>" * 10_001 + "x") == "x"


def test_an_escaped_comparison_is_no_tag() -> None:
    assert text_of("if x &lt;y and z&gt; w") == "if x <y and z> w"
