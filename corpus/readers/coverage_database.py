"""CMS's bulk downloads of the Medicare Coverage Database, read straight from the zip.

`ncd.zip`, `current_lcd.zip`, `all_lcd.zip`, `current_article.zip`, `all_article.zip` each hold a
zip of tables; `all_data.zip` holds those. Readme, dictionary and Access file are passed over.
Descriptors of CPT are the AMA's: they are dropped unless the caller holds a licence.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from corpus.errors import CorpusError
from corpus.readers.archives import Archive, open_archive
from corpus.readers.cms_documents import (
    ARTICLE_SECTIONS,
    LCD_SECTIONS,
    NCD_SECTIONS,
    Surroundings,
    article_document,
    lcd_document,
    ncd_document,
    with_versions,
)
from corpus.readers.cms_fields import Fields
from corpus.readers.cms_surroundings import NOWHERE, Around, places
from corpus.readers.cms_tables import Tables
from corpus.records import Document, Reading

CURRENT = ("ncd.zip", "current_lcd.zip", "current_article.zip")
HISTORY = ("ncd.zip", "all_lcd.zip", "all_article.zip")
_API_ONLY = "reasons_for_denial"
BUNDLES = tuple(dict.fromkeys((*CURRENT, *HISTORY)))
EVERYTHING = "all_data.zip"

_DATES = {
    "ncd": ("ncd_efctv_dt", "ncd_trmntn_dt"),
    "lcd": (
        "orig_det_eff_date", "rev_eff_date", "rev_end_date", "ent_det_end_date", "date_retired",
    ),
    "article": ("article_eff_date", "article_rev_end_date", "article_end_date", "date_retired"),
}  # fmt: skip
_NCD_COLUMNS = ("ncd_id", "ncd_vrsn_num", "ncd_mnl_sect", "ncd_mnl_sect_title", "cvrg_lvl_cd")
_LOCAL_COLUMNS = ("title", "status", "display_id")


def is_export(path: Path) -> bool:
    """Whether a path is named like one of CMS's downloads."""
    return path.name.lower() in (*BUNDLES, EVERYTHING)


def read_coverage_database(
    path: Path, *, on: date, history: bool = False, descriptors: bool = False
) -> Iterator[Reading]:
    """The documents of one download, and what should be known of its reading.

    on: the day whose version of a document keeps its plain id. history: of `all_data.zip`, read
    every version instead of the current ones. descriptors: keep CPT's, as notes of code links
    (the caller holds a licence of the AMA). Raises CorpusError naming file, line and field.
    """
    with open_archive(path) as archive:
        if any(name in archive for name in BUNDLES):
            for name in HISTORY if history else CURRENT:
                with archive.inner(name) as bundle:
                    yield from _bundle(bundle, on=on, descriptors=descriptors)
        else:
            yield from _bundle(archive, on=on, descriptors=descriptors)


def _bundle(archive: Archive, *, on: date, descriptors: bool) -> Iterator[Reading]:
    """The documents of one bundle, whichever of the three kinds of document it holds."""
    with _tables(archive) as (tables, names):
        if "ncd_trkg.csv" in names:
            documents = _ncds(tables)
        elif "lcd.csv" in names:
            documents = _locals(tables, "lcd", lcd_document, on=on, descriptors=descriptors)
        elif "article.csv" in names:
            documents = _locals(tables, "article", article_document, on=on, descriptors=descriptors)
        else:
            raise CorpusError(
                archive.place, None,
                "holds no table of documents: ncd_trkg.csv, lcd.csv or article.csv",
            )  # fmt: skip
        yield from with_versions(documents, on=on)
        yield from tables.notices


@contextmanager
def _tables(archive: Archive) -> Iterator[tuple[Tables, list[str]]]:
    """The tables of a bundle, and their names."""
    inner = [name for name in archive.names() if name.endswith("_csv.zip")]
    if len(inner) != 1:
        held = ", ".join(archive.names()[:8]) or "nothing"
        raise CorpusError(
            archive.place, None, f"holds no one zip of tables (..._csv.zip); it holds {held}"
        )
    with archive.inner(inner[0]) as opened:
        yield Tables(opened), opened.names()


def _ncds(tables: Tables) -> Iterator[Document]:
    columns = (*_NCD_COLUMNS, *_DATES["ncd"], *(name for name in NCD_SECTIONS if name != _API_ONLY))
    for fields in _fields(tables, "ncd_trkg", columns):
        yield ncd_document(fields)


def _fields(tables: Tables, table: str, columns: Iterable[str]) -> Iterator[Fields]:
    for line, row in tables.numbered(table, tuple(dict.fromkeys(columns))):
        yield Fields(cells=row, place=f"{tables.place}/{table}.csv", line=line)


def _locals(
    tables: Tables,
    kind: str,
    make: Callable[[Fields, Surroundings], Document],
    *,
    on: date,
    descriptors: bool,
) -> Iterator[Document]:
    """LCDs or articles, each with its states, contractors, family and codes."""
    around = Around(tables, kind, descriptors=descriptors)
    held = places(tables, kind, on=on)
    sections = LCD_SECTIONS if kind == "lcd" else ARTICLE_SECTIONS
    keys = (f"{kind}_id", f"{kind}_version")
    for fields in _fields(tables, kind, (*keys, *_LOCAL_COLUMNS, *_DATES[kind], *sections)):
        key = (fields[keys[0]], fields[keys[1]])
        yield make(fields, around.of(key, held.get(key, NOWHERE)))
