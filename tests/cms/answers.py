"""Answers of CMS's Coverage API for a few invented documents: the rows of every endpoint."""

import html
import re
from collections.abc import Iterable
from typing import NamedTuple

Value = int | str | None
Row = dict[str, Value]

UPDATED = "11/02/2026"
DESCRIPTOR = "DESCRIPTORTEXT"
AST_NOTE = "A starred diagnosis needs a second diagnosis of neck pain on the same claim."
STATES = {9: "Florida", 10: "Georgia", 48: "Washington", 61: "California - Northern"}
CONTRACTORS = {
    "140": "CGS Administrators, LLC",
    "344": "Noridian Healthcare Solutions, LLC",
    "368": "First Coast Service Options, Inc.",
}
SENTENCES = {
    "150.90": "Sitting in a heated salt room is not covered as a treatment of chronic cough.",
    "160.90": "A nerve stimulation patch is covered when knee pain has lasted three months.",
    "100.90": "Gastric magnet bracelets are excluded from coverage.",
    "L39101": "A home neck traction device is covered after four weeks of failed exercise.",
    "L39102": "A home paraffin bath unit is covered for stiff hands after a trial in a clinic.",
    "L39103": "An implanted knee nerve stimulator is covered after a successful test week.",
    "DL39101": "A home neck traction device would be covered after two weeks of failed exercise.",
    "A59101": "Bill neck traction on one line for each day of treatment.",
    "A59102": "Paraffin wax is billed apart from the bath unit that it is used with.",
    "A59103": "Name the treated knee by modifier when billing a nerve stimulator.",
    "A59104": "A commenter asked for a shorter test week, and the contractor kept its length.",
    "A59105": "Syringe travel kits are usually self-administered and are not paid under Part B.",
}
# Fields by endpoint in the schemas' order: "#" an integer, "*" given row by row in LINES.
REPORT = """document_id document_version# document_display_id document_type note title
    contractor_name_type updated_on updated_on_sort effective_date retirement_date url"""
TABLES = {
    "primary-jurisdiction": "*state_id# last_updated",
    "related-documents": "related_num# *r_article_id# *r_article_version# *r_lcd_id#"
    " *r_lcd_version# r_contractor_id# last_updated url",
    "related-ncd-documents": "related_num# *r_ncd_id# *r_ncd_version# last_updated url",
    "hcpc-code-group": "*hcpc_code_group# *paragraph last_updated",
    "hcpc-code": "*hcpc_code_id hcpc_code_version# *hcpc_code_group# long_description"
    " short_description range last_updated",
    "contractor": "*contractor_id# contractor_type_id# contractor_version# last_updated",
}
ARTICLE_TABLES = TABLES | {
    "contractor": f"article_type# article_type_description {TABLES['contractor']}",
    "icd10-covered-group": "*icd10_covered_group# *paragraph *icd10_covered_ast last_updated",
    "icd10-covered": "*icd10_code_id icd10_code_version# *icd10_covered_group# range sort_order#"
    " description *asterisk last_updated",
    "icd10-noncovered-group": "*icd10_noncovered_group# *paragraph last_updated",
    "icd10-noncovered": "*icd10_code_id icd10_code_version# *icd10_noncovered_group# range"
    " sort_order# description last_updated",
    "hcpc-modifier": "*hcpc_modifier_code_id hcpc_modifier_code_version# *hcpc_modifier_group#"
    " description last_updated",
    "bill-codes": "*bill_code_id bill_code_version# description last_updated",
    "revenue-code": "*revenue_code_id revenue_code_version# description range last_updated",
    "code-table": "article_type# article_type_description code_table_row# *brand_name eff_date"
    " end_date comments *hcpc_code_id hcpc_code_version# long_description short_description"
    " last_updated",
}
FIELDS = {
    "metadata/states": "state_id# description",
    "metadata/license-agreement": "token",
    "reports/national-coverage-ncd": """document_id document_version# document_display_id
    document_status last_updated last_updated_sort document_type title chapter is_lab url""",
    "reports/local-coverage-final-lcds": REPORT,
    "reports/local-coverage-proposed-lcds": REPORT,
    "reports/local-coverage-articles": REPORT,
    "data/ncd": """document_id document_version# document_display_id title publication_number
    effective_date effective_end_date implementation_date qr_modifier_date benefit_category
    item_service_description indications_limitations cross_reference transmittal_number
    transmittal_url revision_history other_text ama_statement reasons_for_denial""",
    "data/lcd": """lcd_id# lcd_version# display_id# title determination_number cms_cov_policy
    orig_det_eff_date ent_det_end_date rev_eff_date rev_end_date indication diagnoses_support
    icd9_dont_support_para icd9_dont_support_ast diagnoses_dont_support coding_guidelines
    doc_reqs appendices util_guide source_info adv_meeting comment_start_dt comment_end_dt
    notice_start_dt rev_hist_num history_exp last_reviewed_on thirty_percent status last_updated
    draft_contact# revenue_para source_lcd_id# add_icd10_info keywords associated_info
    notice_end_dt date_retired draft_released_Date icd10_doc synopsis_changes bibliography
    summary_of_evidence analysis_of_evidence mcd_publish_date issue issue_change mac_initiated""",
    "data/article": """article_id# article_version# article_type# article_type_description title
    article_pub_date article_eff_date article_end_date description other_comments sad_url
    thirty_percent status last_updated key_article icd9_covered_para icd9_noncovered_para
    revenue_para article_rev_end_Date source_article_id# date_retired keywords icd10_doc
    add_icd10_info cms_cov_policy display_id# reference_article""",
    **{f"data/lcd/{name}": f"lcd_id# lcd_version# {rest}" for name, rest in TABLES.items()},
    **{
        f"data/article/{name}": f"article_id# article_version# {rest}"
        for name, rest in ARTICLE_TABLES.items()
    },
    # The schema names an article's number lcd_id here.
    "data/article/primary-jurisdiction": f"lcd_id# lcd_version# {TABLES['primary-jurisdiction']}",
}
# A line: kind, id, version, display id, status, contractor, effective and retired dates, title;
# below it, fields ("name = text") and tables ("name: row; row", a row's values between bars).
LINES = f"""
ncd 9101 2 150.90 A 368 01/15/2020 N/A Heated Salt Rooms for Chronic Cough
ncd 9102 1 160.90 A 368 06/01/2023 N/A Nerve Stimulation Patches for Joint Pain
ncd 9103 3 100.90 R 368 04/01/2009 01/01/2021 Gastric Magnet Bracelets (RETIRED)
lcd 39101 12 L39101 A 368 09/01/2024 N/A Home Traction Devices for Neck Pain
  primary-jurisdiction: 9
  related-documents: 59101|7||
lcd 39102 5 L39102 R 140 10/01/2019 06/26/2026 Paraffin Bath Units for Home Use
  primary-jurisdiction: 9; 10; 48
  related-documents: 59102|3||
  hcpc-code-group: 1|For HCPCS code E0235:
  hcpc-code: E0235|1
lcd 39103 2 L39103 F 344 03/01/2027 N/A Implanted Nerve Stimulation for Chronic Knee Pain
  notice_start_dt = 01/14/2027
  notice_end_dt = 02/28/2027
  primary-jurisdiction: 48; 61
  related-documents: 59103|2||; 59104|1||
  related-ncd-documents: 9102|1
lcd 39904 3 DL39101 C 368 N/A N/A Home Traction Devices for Neck Pain
  display_id = 39101
  comment_start_dt = 11/01/2026
  comment_end_dt = 12/15/2026
  primary-jurisdiction: 9
article 59101 7 A59101 A 368 09/01/2024 N/A Billing and Coding: Home Traction Devices for Neck Pain
  primary-jurisdiction: 9
  related-documents: ||39101|12
  hcpc-code-group: 1|For CPT code 97110:; 2|For HCPCS codes E0849 and E0855:
  hcpc-code: 97110|1; E0849|2; E0855|2
  icd10-covered-group: 1|For CPT code 97110:|; 2|For HCPCS codes E0849 and E0855:|{AST_NOTE}
  icd10-covered: M54.2|1|; M50.20|1|; M47.812|1|; M99.01|2|*; G54.2|2|*; M54.2|2|
  icd10-noncovered-group: 1|For CPT code 97110, the diagnoses below are not paid:
  icd10-noncovered: F45.41|1; Z00.00|1
  hcpc-modifier: KX|1; GA|1
  bill-codes: 012x; 013x
  revenue-code: 0420
article 59102 3 A59102 R 140 10/01/2019 06/26/2026 Billing and Coding: Paraffin Bath Units
  primary-jurisdiction: 9; 10; 48
  related-documents: ||39102|5
  hcpc-code-group: 1|
  hcpc-code: A4265|1; E0235|1
  icd10-covered-group: 1|The diagnoses below support a paraffin bath unit:|
  icd10-covered: M24.541|1|; M24.542|1|
article 59103 2 A59103 F 344 03/01/2027 N/A Billing and Coding: Implanted Knee Nerve Stimulation
  primary-jurisdiction: 48; 61
  related-documents: ||39103|2
  related-ncd-documents: 9102|1
  hcpc-code-group: 1|For CPT code 64555:
  hcpc-code: 64555|1
  icd10-covered-group: 1|For CPT code 64555:|
  icd10-covered: M17.11|1|; M17.12|1|; G89.29|1|
  hcpc-modifier: LT|1; RT|1
article 59104 1 A59104 A 344 10/14/2026 N/A Response to Comments: Implanted Knee Nerve Stimulation
  primary-jurisdiction: 48; 61
  related-documents: ||39103|2
article 59105 9 A59105 A 368 07/01/2025 N/A Self-Administered Drug Exclusion List: Syringe Kits
  code-table: Sureshot|J3590
  primary-jurisdiction: 9
"""
EXPORTS = "/medicare-coverage-database/downloads/exports/"
KEYS = {"ncd": ("ncdid", "ncdver"), "lcd": ("lcdid", "ver"), "article": ("articleid", "ver")}
KINDS = "500 503 429 429-date slow drop html not-json short elsewhere same-host".split()
JSON = {"Content-Type": "application/json"}


def escaped(text: str) -> str:
    """HTML as the API writes it: entities for tags and slashes."""
    return html.escape(text).replace("/", "&sol;")


class CmsDocument(NamedTuple):
    """One document: its endpoint, its fields by name in any answer, and its tables' rows."""

    kind: str
    fields: dict[str, str]
    tables: dict[str, list[list[str]]]


def documented(paragraph: str) -> CmsDocument:
    """The document that a line of LINES and those below it say."""
    head, *rest = paragraph.strip().split("\n  ")
    fields = headed(head) | dict(each.split(" = ") for each in rest if " = " in each)
    tables = {"contractor": [[fields["contractor_id"]]]}
    for name, _, rows in (each.partition(": ") for each in rest if " = " not in each):
        tables[name] = [row.split("|") for row in rows.split("; ")]
    return CmsDocument(head.partition(" ")[0], fields, tables)


def headed(line: str) -> dict[str, str]:
    """The fields that a document's own line says, under every name they have."""
    kind, number, version, display, status, mac, began, ended, title = line.split(" ", 8)
    text = f"<p><b>A.&#160;Uses</b></p>\r\n<ul>\r\n<li>{SENTENCES[display]}</li>\r\n</ul>"
    named = {
        "lcd_id article_id document_id": number,
        "lcd_version article_version document_version": version,
        "document_display_id": display,
        "chapter": display.partition(".")[0],
        "title": title,
        "article_type_description": title.partition(":")[0],
        "status": status,
        "note": {"R": "Retired", "F": "Future"}.get(status, ""),
        "effective_date": began,
        "orig_det_eff_date rev_eff_date article_eff_date": began.removeprefix("N/A"),
        "effective_end_date retirement_date": ended,
        "date_retired article_end_date": ended.removeprefix("N/A"),
        "last_updated updated_on": UPDATED,
        "last_updated_sort updated_on_sort": "20261102083000",
        "indications_limitations indication description": escaped(text),
        "item_service_description": escaped(escaped(f"<p>About: {title}.</p>")),
        "contractor_id r_contractor_id": mac,
        "contractor_name_type": f"{CONTRACTORS[mac]}\n(MAC - Part A, MAC - Part B)",
    }
    named |= {"article_type contractor_type_id contractor_version": "1", "is_lab": "0"}
    named |= listed(kind, number, version, display)
    return {name: text for names, text in named.items() for name in names.split()}


def listed(kind: str, number: str, version: str, display: str) -> dict[str, str]:
    """The report that lists a document, and how."""
    site = "https://www.cms.gov/medicare-coverage-database/view"
    url, type_ = f"{site}/{kind}.aspx?{kind}id={number}&ver={version}", "LCD"
    report = "reports/local-coverage-final-lcds"
    if kind == "ncd":
        url, type_ = f"/data/ncd?ncdid={number}&ncdver={version}", "NCD"
        report = "reports/national-coverage-ncd"
    elif kind == "article":
        type_, report = "Article", "reports/local-coverage-articles"
    elif display.startswith("DL"):
        type_, report = "Proposed LCD", "reports/local-coverage-proposed-lcds"
    return {"url": url, "document_type": type_, "report": report}


ALL = tuple(map(documented, re.split(r"\n(?! )", LINES.strip())))
NCDS, LCDS, ARTICLES = (
    tuple(
        (int(each.fields["lcd_id"]), int(each.fields["lcd_version"]))
        for each in ALL
        if each.kind == kind
    )
    for kind in KEYS
)


def filled(schema: str, known: dict[str, str], values: Iterable[str] = ()) -> Row:
    """A row with every field of a schema: the starred from values, others by name or empty."""
    given, row = iter(values), Row()
    for field in schema.split():
        name = field.strip("*#")
        empty = "1" if name.endswith("code_version") else ""
        text = next(given) if field.startswith("*") else known.get(name, empty)
        text = escaped(f"<p>{text}</p>") if name == "paragraph" and text else text
        row[name] = text if not field.endswith("#") else int(text) if text else None
    return row


def table_rows(path: str, document: CmsDocument) -> list[Row]:
    """The rows of a document's sub-endpoint."""
    known = {name: text for name, text in document.fields.items() if name != "url"}
    known |= dict.fromkeys(("description", "long_description", "short_description"), DESCRIPTOR)
    rows = enumerate(document.tables.get(path.split("/")[2], []), 1)
    places = [({"related_num": str(n), "sort_order": str(n)}, values) for n, values in rows]
    return [filled(FIELDS[path], known | place, values) for place, values in places]


def rows_of(path: str, asked: dict[str, str]) -> list[Row]:
    """Every row of an endpoint for what is asked."""
    if path == "metadata/states":
        return [{"state_id": number, "description": name} for number, name in STATES.items()]
    place, kind, *table = path.split("/")
    if place == "reports":
        listed = [each for each in ALL if each.fields["report"] == path and wanted(each, asked)]
        return [filled(FIELDS[path], each.fields) for each in listed]
    number, version = (asked.get(key) for key in KEYS[kind])
    found = [each for each in ALL if each.kind == kind and each.fields["lcd_id"] == number]
    found = [each for each in found if version in (None, each.fields["lcd_version"])]
    if table:
        return [row for each in found for row in table_rows(path, each)]
    return [filled(FIELDS[path], each.fields) for each in found]


def wanted(document: CmsDocument, asked: dict[str, str]) -> bool:
    """Whether a report's filters let a document through."""
    held = {
        "state_id": {state for (state,) in document.tables.get("primary-jurisdiction", [])},
        "status": {document.fields["status"]},
        "contractor_id": {document.fields["contractor_id"]},
    }
    return all(have & set(asked[key].split(",")) for key, have in held.items() if key in asked)
