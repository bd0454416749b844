"""Rows of every table of an export, from drafts, and of the tables that no reader needs.

The tables that carry meaning have a function each; the others are filled by the names of their
columns (see filler). AMA descriptors appear nowhere: their columns say DESCRIPTORTEXT.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from tests.cms.coding import PLACEHOLDER, CodeGroup, hash_of
from tests.cms.documents import Spec
from tests.cms.drafts import Draft, level_of
from tests.cms.filler import LOOKUP_SIZES, long_cell, lookup_rows, minor_rows
from tests.cms.geography import (
    STATE_IDS,
    STATE_NAMES,
    TYPES,
    contractor_rows,
    contractors,
    jurisdiction_rows,
)
from tests.cms.prose import escaped
from tests.cms.tables import Row

ARTICLE_TYPES = (
    "General", "Response to Comments", "Self-Administered Drug Exclusion List", "Policy Article",
    "Draft", "Billing and Coding",
)  # fmt: skip


def rows_of(table: str, drafts: Sequence[Draft], today: date) -> Iterable[Row]:
    """The rows of a table; drafts are those of the bundle that holds it."""
    if table in _LOOKUPS:
        return _LOOKUPS[table](today)
    if table in LOOKUP_SIZES:
        return lookup_rows(table, today)
    if table in ("ncd_trkg", "lcd", "article"):
        return (_MAIN[table](each, today) for each in drafts)
    shuffled = random.Random(table).sample(drafts, k=len(drafts))  # no table is in another's order
    rest = table.partition("_")[2]
    if rest in _CHILDREN:
        return (row for each in shuffled for row in _CHILDREN[rest](each))
    return (
        {**row, **_key(each)}
        for each in shuffled
        for row in minor_rows(table, each.spec.index, today)
    )


def stamp(spec: Spec) -> str:
    """When CMS last touched a document: a timestamp with nine decimals."""
    second = spec.id % 60
    return f"2025-{spec.version % 12 + 1:02d}-06 13:30:{second:02d}.{spec.id % 1000:03d}000000"


def _day(day: date | None) -> str:
    return f"{day} 00:00:00" if day else ""


def _key(each: Draft) -> dict[str, object]:
    name = {"ncd": ("NCD_id", "NCD_vrsn_num")}.get(
        each.spec.kind, (f"{each.spec.kind}_id", f"{each.spec.kind}_version")
    )
    return {name[0]: each.spec.id, name[1]: each.spec.version}


def _stamped(each: Draft) -> dict[str, object]:
    return {**_key(each), "last_updated": stamp(each.spec)}


def _ncd(each: Draft, today: date) -> Row:
    spec = each.spec
    return {
        **_key(each), **each.cells, "natl_cvrg_type": spec.index % 50 != 7,
        "cvrg_lvl_cd": level_of(spec), "NCD_mnl_sect": spec.number,
        "NCD_mnl_sect_title": each.title,
        "NCD_efctv_dt": _day(spec.effective), "NCD_trmntn_dt": _day(spec.last_day),
        "NCD_impltn_dt": _day(spec.effective and spec.effective + timedelta(days=60)),
        "xref_txt": escaped("<p>See the manual, §10 &amp; §20.</p>", "once"),
        "trnsmtl_num": spec.id % 200, "trnsmtl_url": "https://www.example/R1NCD.pdf",
        "chg_rqst_num": f"CR{spec.id:05d}", "pblctn_cd": 3, "under_rvw": spec.index % 11 == 10,
        "creatd_tmstmp": stamp(spec), "last_updt_tmstmp": stamp(spec),
        "last_clrnc_tmstmp": "", "NCD_lab": spec.number.startswith("190."),
        "ncd_keyword": "", "NCD_AMA": spec.index % 3 == 0,
    }  # fmt: skip


def _lcd(each: Draft, today: date) -> Row:
    spec = each.spec
    draft = spec.status == "P"
    retired = _day(spec.last_day) if spec.status == "R" else ""
    whole = retired if spec.index % 3 != 2 else ""  # at times date_retired stands alone
    ending = _day(spec.last_day) if spec.role == "ending" else ""
    return {
        **_stamped(each), **each.cells, "title": each.title, "status": spec.status,
        "display_id": spec.number if draft else "",
        "orig_det_eff_date": "" if draft else _day(spec.original if not _new(spec) else None),
        "rev_eff_date": _day(spec.effective), "date_retired": retired,
        "ent_det_end_date": whole or ending,
        "rev_end_date": _day(spec.last_day) if spec.role != "ending" and not retired else whole,
        "comment_start_dt": _day(spec.original - timedelta(days=200)),
        "comment_end_dt": _day(spec.original - timedelta(days=155)),
        "notice_start_dt": "" if draft else _day(spec.original - timedelta(days=46)),
        "notice_end_dt": "" if draft else _day(spec.original - timedelta(days=1)),
        "draft_released_date": _day(today - timedelta(days=30)) if draft else "",
        "draft_contact": 7 if draft else "", "rev_hist_num": f"R{spec.version}",
        "last_reviewed_on": _day(spec.original), "mcd_publish_date": _day(spec.original),
        "keywords": "alpha|beta |gamma", "thirty_percent": "N", "icd10_doc": "Y",
        "issue": escaped("<p>N/A</p>", "once") if spec.index % 4 == 1 else "",
        "mac_initiated": "Y" if spec.index % 2 else "N",
    }  # fmt: skip


def _new(spec: Spec) -> bool:
    return spec.index % 10 == 9


def _article(each: Draft, today: date) -> Row:
    spec = each.spec
    retired = spec.status == "R"
    superseded = not retired and spec.role != "ending"
    return {
        **_stamped(each), **each.cells, "title": each.title, "status": spec.status,
        "article_type": each.article_type, "display_id": spec.number if spec.status == "P" else "",
        "article_pub_date": _day(spec.original), "article_eff_date": _day(spec.effective),
        "article_end_date": "" if superseded else _day(spec.last_day),
        "article_rev_end_date": _day(spec.last_day) if superseded else "",
        "date_retired": _day(spec.last_day) if retired else "",
        "key_article": "Y" if spec.index % 3 == 0 else "", "thirty_percent": "N",
        "icd10_doc": "Y", "reference_article": "N", "keywords": "delta|epsilon",
    }  # fmt: skip


def _contracted(each: Draft) -> Iterator[Row]:
    kind = {"article_type": each.article_type} if each.spec.kind == "article" else {}
    for payer in each.contractors:
        yield {
            **_stamped(each), **kind, "contractor_id": payer.id, "contractor_type_id": payer.type,
            "contractor_version": payer.version,
        }  # fmt: skip


def _procedures(each: Draft) -> Iterator[Row]:
    for group in each.procedures:
        for code in group.codes:
            yield {
                **_stamped(each), "hcpc_code_id": code, "hcpc_code_version": 2026,
                "hcpc_code_group": group.number, "range": "N" if code.endswith("7") else "",
                "long_description": f"DESCRIPTORTEXT of {code} withheld, at length",
                "short_description": f"DESCRIPTORTEXT {code}",
            }  # fmt: skip


def _groups(each: Draft, column: str, groups: Sequence[CodeGroup]) -> Iterator[Row]:
    for group in groups:
        note = {"icd10_covered_ast": group.note} if column == "icd10_covered_group" else {}
        yield {**_stamped(each), column: group.number, "paragraph": group.paragraph, **note}


def _diagnoses(each: Draft, column: str, groups: Sequence[CodeGroup]) -> Iterator[Row]:
    common = _stamped(each)
    for group in groups:
        starred = group.truth.starred if group.truth else ()
        for order, code in enumerate(group.codes, start=1):
            row = common | {
                "icd10_code_id": code, "icd10_code_version": 2026, column: group.number,
                "sort_order": order, "range": "N" if order % 97 == 0 else "",
                "description": _condition(code),
            }  # fmt: skip
            yield row | {"asterisk": "*"} if code in starred else row


def _condition(code: str) -> str:
    """Our own words for a diagnosis code; its name in ICD-10-CM is not given."""
    if code == PLACEHOLDER:
        return "Not Applicable"
    number = hash_of(code)
    side = ("left side", "right side", "unspecified side", "both sides")[number % 4]
    return f"{('Acute', 'Chronic', 'Other', 'Recurrent')[number % 3]} condition {code}, {side}"


def _linked(each: Draft) -> Iterator[Row]:
    none = "0" if each.spec.index % 2 else ""
    local = [link for link in each.links if link.kind != "ncd"]
    for number, link in enumerate(local, start=1):
        yield {
            **_stamped(each), "related_num": number, "r_contractor_id": none,
            "r_article_id": none, "r_article_version": none, "r_lcd_id": none,
            "r_lcd_version": none, f"r_{link.kind}_id": link.id,
            f"r_{link.kind}_version": link.version,
        }  # fmt: skip


def _linked_ncds(each: Draft) -> Iterator[Row]:
    for number, link in enumerate((link for link in each.links if link.kind == "ncd"), start=1):
        yield {
            **_stamped(each), "related_num": number, "r_ncd_id": link.id,
            "r_ncd_version": link.version,
        }  # fmt: skip


def _comments(each: Draft) -> Iterator[Row]:
    count = 20 if each.spec.kind == "article" and each.article_type == 2 else 0
    for number in range(1, count + 1):
        rng = random.Random(f"{each.spec.key}/{number}")
        yield {
            **_stamped(each), "rtc_num": number,
            "comment": long_cell(rng), "response": long_cell(rng),
        }  # fmt: skip


def _excluded_drugs(each: Draft) -> Iterator[Row]:
    count = 4 if each.spec.kind == "article" and each.article_type == 3 else 0
    for number in range(1, count + 1):
        yield {
            **_stamped(each), "article_type": 3, "code_table_row": number,
            "brand_name": f"Brand {number}", "eff_date": _day(each.spec.effective),
            "hcpc_code_id": f"J{3300 + number}", "hcpc_code_version": 2026,
            "short_description": "DESCRIPTORTEXT", "long_description": "DESCRIPTORTEXT withheld",
        }  # fmt: skip


def _retiring(each: Draft) -> Iterator[Row]:
    if each.spec.role == "ending":
        yield {f"{each.spec.kind}_id": each.spec.id, "retire_dt": _day(each.spec.last_day)}


def _states(today: date) -> Iterator[Row]:
    for code, number in STATE_IDS.items():
        yield {"state_id": number, "state_abbrev": code, "description": STATE_NAMES[code]}


def _types(today: date) -> Iterator[Row]:
    for number, name in enumerate(TYPES, start=1):
        yield {"contractor_type_id": number, "description": name}


def _article_types(today: date) -> Iterator[Row]:
    for number, name in enumerate(ARTICLE_TYPES, start=1):
        yield {"article_type_id": number, "description": name}


def _oversight(today: date) -> Iterator[Row]:
    for each in contractors():
        yield {
            "contractor_id": each.id, "contractor_type_id": each.type,
            "contractor_version": each.version, "region_id": each.id % 11 + 1,
        }  # fmt: skip


_MAIN: dict[str, Callable[[Draft, date], Row]] = {
    "ncd_trkg": _ncd, "lcd": _lcd, "article": _article,
}  # fmt: skip
_LOOKUPS: dict[str, Callable[[date], Iterable[Row]]] = {
    "state_lookup": _states, "contractor_type_lookup": _types,
    "article_type_lookup": _article_types, "contractor": lambda _: contractor_rows(),
    "contractor_jurisdiction": jurisdiction_rows, "contractor_oversight": _oversight,
}  # fmt: skip
_CHILDREN: dict[str, Callable[[Draft], Iterable[Row]]] = {
    "x_contractor": _contracted, "x_hcpc_code": _procedures,
    "x_hcpc_code_group": lambda each: _groups(each, "hcpc_code_group", each.procedures),
    "x_icd10_covered": lambda each: _diagnoses(each, "icd10_covered_group", each.covered),
    "x_icd10_covered_group": lambda each: _groups(each, "icd10_covered_group", each.covered),
    "x_icd10_noncovered": lambda each: _diagnoses(
        each, "icd10_noncovered_group", each.noncovered
    ),
    "x_icd10_noncovered_group": lambda each: _groups(
        each, "icd10_noncovered_group", each.noncovered
    ),
    "related_documents": _linked, "related_ncd_documents": _linked_ncds,
    "x_response_to_comment": _comments, "x_code_table": _excluded_drugs,
    "future_retire": _retiring,
}  # fmt: skip
