"""What the generator tells a test: the sizes asked for, and the truth about what was written."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["ncd", "lcd", "article"]
Status = Literal["A", "R", "P"]
Pairing = Literal["named", "all", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much to write; the defaults are the real files' sizes.

    ncds counts identifiers (some have an older version besides); lcds and articles count rows of
    the current files. covered_rows and noncovered_rows are met exactly in current_article.zip,
    but that each group has one row at least, and that the first articles have none not covered.
    junk_bytes is the sum over ncd.zip, current_lcd.zip and current_article.zip, a third each.
    """

    ncds: int = 345
    lcds: int = 940
    articles: int = 2002
    covered_rows: int = 431_120
    noncovered_rows: int = 45_352
    junk_bytes: int = 24_400_000


SMALL = Sizes(ncds=12, lcds=10, articles=16, covered_rows=600, noncovered_rows=60, junk_bytes=3_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of diagnoses of an article, and the procedures that its rule applies to."""

    number: int
    paragraph: str  # plain, white space collapsed; "" if none
    codes: tuple[str, ...]  # in the order of the file; never the placeholder XX000
    starred: frozenset[str]
    star_note: str
    procedures: frozenset[str]
    pairing: Pairing


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthDocument:
    """One version of one document, as a reader must understand it."""

    kind: Kind
    number: str  # "240.4", "L33825", "A52477"; a draft's as displayed, "DL33825"
    id: int
    version: int
    title: str
    level: int | None
    status: Status
    effective: date | None
    last_day: date | None  # inclusive, as CMS writes it
    states: frozenset[str]
    contractors: frozenset[str]
    sentences: tuple[str, ...]
    headings: tuple[str, ...]
    procedures: frozenset[str]
    covered: tuple[Group, ...]
    noncovered: tuple[Group, ...]
    unlisted_denied: bool
    related: frozenset[str]
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Every document of the bundles that were written, and which of them were edited."""

    documents: tuple[TruthDocument, ...]
    edited: tuple[tuple[Kind, int, int], ...]
