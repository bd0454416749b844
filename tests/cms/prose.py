"""HTML as contractors paste it from Word, and the ways in which the export escapes it."""

import html
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cms.words import Topic, sentence

MAX_CELL = 33_000
STYLES = ("once", "slash", "twice", "plain")
_SIGNS = {
    "§": ("&sect;", "&#167;", "§"), "’": ("&rsquo;", "&#8217;", "’"),
    "“": ("&ldquo;", "“"), "”": ("&rdquo;", "”"), "≥": ("&ge;", "≥"), "≤": ("&le;", "≤"),
    "–": ("&ndash;", "–"), "®": ("&reg;", "<sup>&reg;</sup>", "®"),
}  # fmt: skip
_BLANKS = ("&nbsp;", "&#160;", "&nbsp; ", "\n", "\r\n", "\n\t\t")
_WORD_STYLE = (
    ' style="margin-bottom: 0.0001pt; line-height: normal;"',
    " style=\"font-family: 'Verdana','sans-serif'; font-size: 10.5pt;\"",
)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of HTML, the plain sentences in it, and its heading if it is one."""

    markup: str
    sentences: tuple[str, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in the file, and what a reader must find in it."""

    written: str
    sentences: tuple[str, ...]
    headings: tuple[str, ...]


def escaped(markup: str, style: str) -> str:
    """Markup as the export writes it: escaped once, also its slashes, twice, or not at all."""
    match style:
        case "plain":
            return markup
        case "slash":
            return html.escape(markup).replace("/", "&sol;")
        case "twice":
            return html.escape(html.escape(markup))
        case _:
            return html.escape(markup)


def any_style(rng: random.Random) -> str:
    """A style at random, once-escaped most often."""
    return rng.choices(STYLES, (70, 12, 12, 6))[0]


def collapsed(text: str) -> str:
    """Text with every run of white space, no-break spaces included, made one blank."""
    return " ".join(text.split())


def inline(plain: str, rng: random.Random) -> str:
    """Markup of a plain sentence: entities, odd blanks, now and then emphasis."""
    markup = html.escape(plain, quote=False)
    for sign, forms in _SIGNS.items():
        if sign in markup:
            markup = markup.replace(sign, rng.choice(forms))
    words = markup.split(" ")
    place = rng.randrange(len(words))
    chance = rng.random()
    if chance < 0.08:
        words[place] = f"<em>{words[place]}</em>"
    elif chance < 0.12:
        words[place] = f'<a href="https://mac.example/page?a=1&amp;b=2">{words[place]}</a>'
    elif chance < 0.16:
        words[place] = f"<span{rng.choice(_WORD_STYLE)}>{words[place]}</span>"
    if chance > 0.7 and 0 < place:
        blank = rng.choice(_BLANKS)
        return " ".join(words[:place]) + blank + " ".join(words[place:])
    return " ".join(words)


def heading(words: str, rng: random.Random) -> Block:
    """A heading as CMS writes one, a paragraph that is bold throughout."""
    text = html.escape(words, quote=False)
    match rng.randrange(4):
        case 0:
            text = f"<strong><span{_WORD_STYLE[1]}>{text}</span></strong>"
        case 1:
            text = f"<strong>{text}</strong>&nbsp;"
        case _:
            text = f"<strong>{text}</strong>"
    numbered = re.sub(r"^(.*?[A-D]\.) ", r"\1&#160;&#160;&#160;", text)
    return Block(f"<p>{numbered}</p>", heading=words)


def paragraph(sentences: Sequence[str], rng: random.Random) -> Block:
    """Sentences in one paragraph, now and then parted by a line break or led by a bold word."""
    joint = rng.choice((" ", " ", " ", "<br>", "<br />\n"))
    lead = "<strong>Note:</strong> " if rng.random() < 0.06 else ""
    style = rng.choice((*_WORD_STYLE, "", "", "", ""))
    text = joint.join(inline(each, rng) for each in sentences)
    return Block(f"<p{style}>{lead}{text}</p>", tuple(sentences))


def bullets(sentences: Sequence[str], rng: random.Random) -> Block:
    """A list; the second half of a long one is a list within an entry."""
    entries = [f"<li>{inline(each, rng)}" for each in sentences]
    tag = rng.choice(("ul", "ol"))
    if len(entries) > 3:
        half = len(entries) // 2
        entries[half - 1] += f'\n<ol type="a">\n{_closed(entries[half:])}\n</ol>'
        del entries[half:]
    return Block(f"<{tag}>\n{_closed(entries)}\n</{tag}>", tuple(sentences))


def _closed(entries: Sequence[str]) -> str:
    return "\n".join(f"{entry}</li>" for entry in entries)


def table(sentences: Sequence[str], rng: random.Random) -> Block:
    """A table of two columns, a sentence in the second."""
    rows = "\n".join(
        f"<tr><td>Row {number}</td><td>{inline(each, rng)}</td></tr>"
        for number, each in enumerate(sentences, start=1)
    )
    top = "<tr><td><strong>Item</strong></td><td><strong>Rule</strong></td></tr>"
    return Block(f'<table border="1"><tbody>\n{top}\n{rows}\n</tbody></table>', tuple(sentences))


def compose(
    rng: random.Random, about: Topic, sections: Sequence[tuple[str, str]], *, length: int
) -> list[Block]:
    """Blocks of about length plain characters: each section is a heading and a sentence kind."""
    blocks: list[Block] = []
    for words, kind in sections:
        if words:
            blocks.append(heading(words, rng))
        left = length // len(sections)
        while left > 0:
            make = rng.choices((paragraph, bullets, table), (70, 25, 5))[0]
            count = rng.randrange(2, 6)
            blocks.append(make([sentence(kind, rng, about) for _ in range(count)], rng))
            left -= sum(map(len, blocks[-1].sentences))
    return blocks


def cell(blocks: Sequence[Block], style: str) -> Cell:
    """Blocks written in one cell; those that would not fit in it are left out, from the end."""
    kept: list[Block] = []
    room = MAX_CELL
    for block in blocks:
        room -= len(escaped(block.markup, style)) + 2
        if room < 0:
            break
        kept.append(block)
    joint = "\r\n" if len(kept) % 5 == 2 else "\n"
    return Cell(
        escaped(joint.join(block.markup for block in kept), style),
        tuple(each for block in kept for each in block.sentences),
        tuple(block.heading for block in kept if block.heading),
    )


def short_cell(plain: str, rng: random.Random) -> str:
    """A short text as a cell: bare or in a paragraph, a code in bold at times, then escaped."""
    if not plain:
        return ""
    parts = re.split(r"(?<=[.:]) (?=[A-Z])", plain) if rng.random() < 0.3 else [plain]
    texts = [inline(part, rng) for part in parts]
    if rng.random() < 0.2:
        texts = [re.sub(r"\b(\d{5})\b", r"<strong>\1</strong>", text, count=1) for text in texts]
    if len(texts) == 1 and rng.random() < 0.3 and "<" not in texts[0]:
        return texts[0]
    style = any_style(rng)
    return escaped("\n".join(f"<p>{text}</p>" for text in texts), style)


def blank_cell(rng: random.Random) -> str:
    """A paragraph without words."""
    return escaped(rng.choice(("<p>&nbsp;</p>", "<p></p>", "<p><br>&#160;</p>")), any_style(rng))
