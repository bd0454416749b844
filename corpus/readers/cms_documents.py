"""National and local documents of CMS as records, from the fields that CMS gives.

The bulk tables and the Coverage API have the same fields for LCDs and articles. End dates are
inclusive; a version binds from its own effective date; a draft is known by its display id. Left
out of the text: bibliographies, revision histories, comments, what is on display only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from corpus.markup import blocks, plain
from corpus.payers import MEDICARE
from corpus.readers.cms_fields import Fields
from corpus.readers.code_groups import CodeGroups, code_rules
from corpus.readers.tables import DocumentText
from corpus.records import CodeLink, Document, day_after
from corpus.terms import Determination, Kind, Line, Relation, Status, Words

VIEW = "https://www.cms.gov/medicare-coverage-database/view"
# Sections that report: what they say of coverage is history, or somebody else's opinion.
ASIDE = ("Summary of evidence", "Analysis of evidence", "Revision history")

NCD_SECTIONS = {
    "itm_srvc_desc": "Item or service",
    "indctn_lmtn": "Indications and limitations of coverage",
    "reasons_for_denial": "Reasons for denial",
    "xref_txt": "Cross reference",
    "othr_txt": "Other",
    "rev_hstry": ASIDE[2],
}
LCD_SECTIONS = {
    "cms_cov_policy": "CMS national coverage policy",
    "indication": "Coverage indications, limitations, and medical necessity",
    "diagnoses_support": "Diagnoses that support medical necessity",
    "icd9_dont_support_para": "Codes that do not support medical necessity",
    "diagnoses_dont_support": "Diagnoses that do not support medical necessity",
    "coding_guidelines": "Coding guidelines",
    "doc_reqs": "Documentation requirements",
    "util_guide": "Utilization guidelines",
    "associated_info": "Associated information",
    "appendices": "Appendices",
    "summary_of_evidence": ASIDE[0],
    "analysis_of_evidence": ASIDE[1],
}
ARTICLE_SECTIONS = {
    "description": "Article",
    "other_comments": "Other comments",
    "cms_cov_policy": "CMS national coverage policy",
    "add_icd10_info": "Additional ICD-10 information",
}

_LEVELS = {
    "1": Determination.COVERED,
    "2": Determination.CONDITIONAL,
    "3": Determination.NOT_COVERED,
}
_RETIRED_TITLE = re.compile(r"\bretired\b", re.I)
# Active, retired, proposed; the API also has future versions (F) and those open to comment (C).
_STATUSES = {
    "a": Status.IN_FORCE,
    "f": Status.IN_FORCE,
    "r": Status.RETIRED,
    "p": Status.PROPOSED,
    "c": Status.PROPOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What LCDs and articles differ by: names, and the columns of text and of dates."""

    kind: Kind
    name: str
    letter: str
    sections: Mapping[str, str]
    begins: tuple[str, ...]
    ends: tuple[str, ...]


_LCD = _Shape(
    kind=Kind.LCD,
    name="LCD",
    letter="L",
    sections=LCD_SECTIONS,
    begins=("rev_eff_date", "orig_det_eff_date"),
    ends=("rev_end_date", "ent_det_end_date", "date_retired"),
)
_ARTICLE = _Shape(
    kind=Kind.ARTICLE,
    name="Article",
    letter="A",
    sections=ARTICLE_SECTIONS,
    begins=("article_eff_date",),
    ends=("article_rev_end_date", "article_end_date", "date_retired"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What other tables say of a local document."""

    states: tuple[str, ...] = ()
    contractors: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    groups: CodeGroups = field(default_factory=CodeGroups)
    links: tuple[CodeLink, ...] = ()


def ncd_document(fields: Fields) -> Document:
    """A national determination, one version of it."""
    number, version = fields.number("ncd_id"), fields.number("ncd_vrsn_num")
    section, title = plain(fields["ncd_mnl_sect"]), plain(fields["ncd_mnl_sect_title"])
    effective, last = fields.day("ncd_efctv_dt"), fields.day("ncd_trmntn_dt")
    retired = bool(last or _RETIRED_TITLE.search(title))
    text = DocumentText()
    _write(text, fields, NCD_SECTIONS)
    return _document(
        fields,
        text,
        id=f"NCD {section}" if section else f"ncdid {number}",
        aliases=(f"ncdid {number}",) if section else (),
        kind=Kind.NCD,
        title=title,
        url=f"{VIEW}/ncd.aspx?ncdid={number}&ncdver={version}",
        version=version,
        effective=effective,
        # Most retired ones have no last day: the version that says so began when the rule ended.
        ended=day_after(last) or (effective if retired else None),
        status=Status.RETIRED if retired else Status.IN_FORCE,
        level=_LEVELS.get(fields["cvrg_lvl_cd"].strip()),
    )


def lcd_document(fields: Fields, around: Surroundings) -> Document:
    """A local determination, one version of it."""
    return _local_document(fields, around, _LCD)


def article_document(fields: Fields, around: Surroundings) -> Document:
    """A local article, one version of it, with its code rules."""
    return _local_document(fields, around, _ARTICLE)


def with_versions(documents: Iterable[Document], *, on: date) -> list[Document]:
    """One document of each id keeps it: the version in force on the day, else the latest.

    The others are told apart by their version number, and marked as superseded or as to come.
    """
    versions: dict[str, list[Document]] = {}
    for document in documents:
        versions.setdefault(document.id, []).append(document)
    named: list[Document] = []
    for several in versions.values():
        several.sort(key=lambda each: each.version)
        chosen = _chosen(several, on)
        named += [each if each is chosen else _another(each, chosen, several) for each in several]
    return named


def _chosen(versions: Sequence[Document], on: date) -> Document:
    begun = [each for each in versions if each.effective is None or each.effective <= on]
    adopted = [each for each in begun if each.status is not Status.PROPOSED]
    return (adopted or begun or list(versions))[-1]


def _another(document: Document, chosen: Document, versions: Sequence[Document]) -> Document:
    """A version that is not the chosen one, under a name of its own.

    One that is past ends at the latest where the next adopted one begins.
    """
    adopted = document.status is not Status.PROPOSED
    past = adopted and document.version < chosen.version
    begins = [
        each.effective
        for each in versions
        if each.version > document.version
        and each.status is not Status.PROPOSED
        and each.effective is not None
    ]
    ends = [day for day in (document.ended, *begins[:1]) if day is not None]
    return replace(
        document,
        id=f"{document.id} version {document.version}",
        aliases=(document.id,),
        status=Status.SUPERSEDED if past else document.status,
        ended=min(ends) if past and ends else document.ended,
    )


def _document(fields: Fields, text: DocumentText, **facts: object) -> Document:
    if not text.text:
        text.section("", str(facts["title"]))  # a document without text is found by its title
    return Document(
        text=text.text,
        sections=tuple(text.sections),
        words=Words.SOURCE,
        payer=MEDICARE,
        line=Line.ORIGINAL,
        **facts,  # type: ignore[arg-type]
    )


def _local_document(fields: Fields, around: Surroundings, shape: _Shape) -> Document:
    """A local document: its own text, then the paragraphs of its code groups."""
    column = shape.kind.value
    number, version = fields.number(f"{column}_id"), fields.number(f"{column}_version")
    draft = _shown(fields, shape.letter)
    text = DocumentText()
    _write(text, fields, shape.sections)
    rules = code_rules(around.groups, text)
    names = (CodeLink(code=code, relation=Relation.NAMES) for code in around.groups.codes)
    return _document(
        fields,
        text,
        id=f"{shape.name} {draft or f'{shape.letter}{number}'}",
        aliases=(f"{column}id {number}",),
        kind=shape.kind,
        title=plain(fields["title"]),
        url=f"{VIEW}/{column}.aspx?{column}id={number}&ver={version}",
        version=version,
        effective=next((day for name in shape.begins if (day := fields.day(name))), None),
        ended=_ended(fields, *shape.ends),
        status=_status(fields, draft=bool(draft)),
        rules=rules,
        jurisdiction=around.states,
        contractors=around.contractors,
        related=around.related,
        codes=(*names, *around.links),
    )


def _write(text: DocumentText, fields: Fields, sections: Mapping[str, str]) -> None:
    """The cells as sections, under their own headings where they have some."""
    for column, label in sections.items():
        for block in blocks(fields[column]):
            heading = block.heading or label
            if label in ASIDE and block.heading:
                heading = f"{label}: {block.heading}"
            text.section(heading, block.text or block.heading)


def _shown(fields: Fields, letter: str) -> str:
    """The number under which a draft is shown, "DL33825"; empty for what is no draft."""
    digits = re.sub(r"\D", "", fields["display_id"])
    return f"D{letter}{digits}" if digits else ""


def _status(fields: Fields, *, draft: bool) -> Status:
    written = fields["status"].strip().lower()
    if written not in _STATUSES:
        raise fields.wrong("status", "one of A, F, R, P, C")
    return Status.PROPOSED if draft else _STATUSES[written]


def _ended(fields: Fields, *columns: str) -> date | None:
    """The day after the earliest of the last days."""
    days = [day for column in columns if (day := fields.day(column)) is not None]
    return day_after(min(days)) if days else None
