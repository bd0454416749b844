"""Unicode and white space made regular, and slugs; what a reader does to text before it is kept.

Every offset in the project points into text that went through `clean` once, at reading.
"""

import re
import unicodedata

_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]"
)


# UAX 15's stream-safe format: nobody writes more than 30 marks on a letter, and normalising them
# takes time that grows with the square of their number.
_MARKS = r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_MARKS = re.compile(rf"({_MARKS}{{30}}){_MARKS}+")


def clean(text: str) -> str:
    """NFC text with single spaces, LF line ends, at most one blank line, nothing invisible.

    Punctuation stays as the source wrote it: evidence is verbatim.
    """
    text = unicodedata.normalize("NFC", _PILED_MARKS.sub(r"\1", _LINE_BREAKS.sub("\n", text)))
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    lines = (line.strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """Lower case without accents, typographic quotes and dashes made plain: for comparing only."""
    plain = text.translate(_PLAIN)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).lower()


def slug(text: str) -> str:
    """Letters and digits of the folded text, joined by hyphens: part of an id."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(text)))


_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-"}
)
