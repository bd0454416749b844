"""The tables of the Medicare Coverage Database: their columns, and how a bundle is written.

A bundle is a zip that holds an inner zip of CSV files, and beside it a readme, a data dictionary
and an Access file, which here are junk. The CSV is UTF-8 without a byte order mark, with CRLF
behind each record; lcd_x_requestor_letters.csv has no header row, as CMS's has none.
"""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Row = Mapping[str, object]
BUNDLES = ("ncd", "current_lcd", "all_lcd", "current_article", "all_article")
ALL_DATA = "all_data"
HEADERLESS = "lcd_x_requestor_letters"

# "table: columns in order", continued on indented lines.
_NCD = """
ncd_bnft_ctgry_ref: bnft_ctgry_cd bnft_ctgry_desc
ncd_pblctn_ref: pblctn_cd pblctn_num pblctn_title
ncd_trkg: NCD_id NCD_vrsn_num natl_cvrg_type cvrg_lvl_cd NCD_mnl_sect NCD_mnl_sect_title
  NCD_efctv_dt NCD_impltn_dt NCD_trmntn_dt itm_srvc_desc indctn_lmtn xref_txt othr_txt trnsmtl_num
  trnsmtl_issnc_dt trnsmtl_url chg_rqst_num pblctn_cd rev_hstry under_rvw creatd_tmstmp
  last_updt_tmstmp last_clrnc_tmstmp NCD_lab ncd_keyword NCD_AMA
ncd_trkg_bnft_xref: NCD_id NCD_vrsn_num bnft_ctgry_cd creatd_tmstmp last_updt_tmstmp
"""
_LCD = """
draft_contact_lookup: contact_id email_address first_name middle_initial last_name phone address1
  address2 address3 city state_id zipcode last_updated p_ext
lcd: lcd_id lcd_version title determination_number orig_det_eff_date ent_det_end_date rev_eff_date
  rev_end_date indication diagnoses_support icd9_dont_support_para icd9_dont_support_ast
  diagnoses_dont_support coding_guidelines doc_reqs appendices util_guide source_info adv_meeting
  comment_start_dt comment_end_dt notice_start_dt rev_hist_num history_exp last_reviewed_on status
  last_updated cms_cov_policy display_id draft_contact revenue_para thirty_percent keywords
  associated_info notice_end_dt date_retired draft_released_date source_lcd_id add_icd10_info
  icd10_doc synopsis_changes bibliography summary_of_evidence analysis_of_evidence mcd_publish_date
  issue issue_change mac_initiated
lcd_future_retire: lcd_id retire_dt
lcd_related_documents: lcd_id lcd_version related_num r_article_id r_article_version r_lcd_id
  r_lcd_version r_contractor_id last_updated
lcd_related_ncd_documents: lcd_id lcd_version related_num r_ncd_id r_ncd_version last_updated
lcd_related_source_icd9: lcd_id lcd_version related_num source_lcd_id last_updated
lcd_url_type_lookup: url_type_id description sort_order last_updated
lcd_x_advisory_committee: lcd_id lcd_version meeting_id meeting_date meeting_info sort_order
  last_updated
lcd_x_contractor: lcd_id lcd_version contractor_id contractor_type_id contractor_version
  last_updated
lcd_x_hcpc_code: lcd_id lcd_version hcpc_code_id hcpc_code_version hcpc_code_group range
  last_updated long_description short_description
lcd_x_hcpc_code_group: lcd_id lcd_version hcpc_code_group paragraph last_updated
lcd_x_primary_jurisdiction: lcd_id lcd_version state_id last_updated
lcd_x_reason_change: lcd_id lcd_version reason_change_id reason_change_version last_updated
  reason_change_other
lcd_x_requestor_letters: lcd_id lcd_version letter_id requestor_name letter_path size sort_order
  last_updated
lcd_x_revision_history: lcd_id lcd_version rev_hist_num rev_hist_date rev_hist_exp last_updated
lcd_x_sticky_note: lcd_id lcd_version sticky_note_version sticky_note sticky_note_dt
  sticky_note_posting_dt
lcd_x_synopsis_changes_fields: lcd_id lcd_version synopsis_changes_field_id last_updated
lcd_x_urls: lcd_id lcd_version url_type_id url_id url url_name sort_order last_updated
  url_description
reason_change_lookup: reason_change_id reason_change_version description last_updated sort_order
synopsis_changes_fields_lookup: synopsis_changes_field_id field_name field_anchor mcd_field_name
  mcd_field_anchor
"""
_ARTICLE = """
article: article_id article_version article_type title article_pub_date article_eff_date
  article_end_date description other_comments sad_url status last_updated history_exp key_article
  icd9_covered_para icd9_noncovered_para revenue_para thirty_percent article_rev_end_date
  source_article_id date_retired keywords icd10_doc add_icd10_info cms_cov_policy display_id
  reference_article
article_future_retire: article_id retire_dt
article_related_documents: article_id article_version related_num r_article_id r_article_version
  r_lcd_id r_lcd_version r_contractor_id last_updated
article_related_ncd_documents: article_id article_version related_num r_ncd_id r_ncd_version
  last_updated
article_related_source_icd9: article_id article_version related_num source_article_id last_updated
article_type_lookup: article_type_id description last_updated
article_url_type_lookup: url_type_id description sort_order last_updated
article_x_bill_code: article_id article_version bill_code_id bill_code_version last_updated
  description
article_x_code_table: article_id article_version article_type code_table_row brand_name eff_date
  end_date comments hcpc_code_id hcpc_code_version last_updated short_description long_description
article_x_contractor: article_id article_version article_type contractor_id contractor_type_id
  contractor_version last_updated
article_x_hcpc_code: article_id article_version hcpc_code_id hcpc_code_version hcpc_code_group
  range last_updated long_description short_description
article_x_hcpc_code_group: article_id article_version hcpc_code_group paragraph last_updated
article_x_hcpc_modifier: article_id article_version hcpc_modifier_code_id
  hcpc_modifier_code_version hcpc_modifier_group last_updated description
article_x_hcpc_modifier_group: article_id article_version hcpc_modifier_group paragraph
  last_updated
article_x_icd10_covered: article_id article_version icd10_code_id icd10_code_version
  icd10_covered_group range last_updated sort_order description asterisk
article_x_icd10_covered_group: article_id article_version icd10_covered_group paragraph
  last_updated icd10_covered_ast
article_x_icd10_noncovered: article_id article_version icd10_code_id icd10_code_version
  icd10_noncovered_group range last_updated sort_order description
article_x_icd10_noncovered_group: article_id article_version icd10_noncovered_group paragraph
  last_updated
article_x_icd10_pcs_code: article_id article_version range last_updated sort_order
  icd10_pcs_code_id icd10_pcs_code_version icd10_pcs_code_group description
article_x_icd10_pcs_code_group: article_id article_version last_updated icd10_pcs_code_group
  paragraph
article_x_other_coding_group: article_id article_version other_coding_group paragraph codes
  last_updated
article_x_primary_jurisdiction: article_id article_version state_id last_updated
article_x_response_to_comment: article_id article_version rtc_num comment response last_updated
article_x_revenue_code: article_id article_version revenue_code_id revenue_code_version range
  last_updated description
article_x_revision_history: article_id article_version rev_hist_num rev_hist_date rev_hist_exp
  last_updated
article_x_sticky_note: article_id article_version sticky_note_version sticky_note sticky_note_dt
  sticky_note_posting_dt
article_x_urls: article_id article_version url_type_id url_id url url_name sort_order last_updated
  url_description
"""
_SHARED = """
contractor: contractor_id contractor_type_id contractor_version contractor_bus_name
  contractor_number dmerc_rgn address1 address2 address3 city state_id zipcode phone fax status
  last_updated url email ignore status_flag cmd_name cmd_title contractor_subtype_id
contractor_jurisdiction: contractor_id contractor_type_id contractor_version state_id last_updated
  active_date term_date
contractor_oversight: contractor_id contractor_type_id contractor_version region_id last_updated
contractor_subtype_lookup: contractor_subtype_id description
contractor_type_lookup: contractor_type_id description
dmerc_region_lookup: region_id description psc_description mac_description super_mac_description
region_lookup: region_id description
state_lookup: state_id state_abbrev description
state_x_region: state_id region_id
update_period: period_id begin_date dis_end_date
"""


def _parsed(listing: str) -> dict[str, tuple[str, ...]]:
    lines = listing.strip().replace("\n  ", " ").splitlines()
    return {table: tuple(names.split()) for table, names in (line.split(": ") for line in lines)}


NCD_TABLES = _parsed(_NCD)
LCD_TABLES = _parsed(_LCD) | _parsed(_SHARED)
ARTICLE_TABLES = _parsed(_ARTICLE) | _parsed(_SHARED)
COLUMNS = NCD_TABLES | LCD_TABLES | ARTICLE_TABLES
SHARED_TABLES = frozenset(_parsed(_SHARED))


def tables_of(bundle: str) -> tuple[str, ...]:
    """Names of the tables that a bundle holds; "all_" bundles hold those of "current_"."""
    if bundle == "ncd":
        return tuple(NCD_TABLES)
    return tuple(LCD_TABLES if bundle.endswith("lcd") else ARTICLE_TABLES)


def write_bundle(
    path: Path, bundle: str, rows: Callable[[str], Iterable[Row]], *, junk: int, rng: random.Random
) -> None:
    """Write one bundle's zip; rows gives a table's rows, and is asked for one table at a time."""
    inner = path.with_name(f"{bundle}_csv.zip")
    with zipfile.ZipFile(inner, "w") as archive:
        for table in tables_of(bundle):
            with archive.open(_entry(f"{table}.csv"), "w", force_zip64=True) as stream:
                _write_table(stream, table, rows(table))
    with zipfile.ZipFile(path, "w") as archive:
        _copy(archive, inner)
        archive.writestr(_entry(f"{bundle}_readme.txt"), b"Synthetic. Not CMS's words.\r\n" * 20)
        archive.writestr(_entry(f"{bundle}_data_dictionary.pdf"), rng.randbytes(junk // 10))
        archive.writestr(_entry(f"{bundle}.mdb"), rng.randbytes(junk - junk // 10))
    inner.unlink()


def write_all_data(path: Path, bundles: Iterable[Path]) -> None:
    """Write the zip of all bundles' zips."""
    with zipfile.ZipFile(path, "w") as archive:
        for bundle in bundles:
            _copy(archive, bundle)


def _copy(archive: zipfile.ZipFile, path: Path) -> None:
    with (
        archive.open(_entry(path.name), "w", force_zip64=True) as stream,
        path.open("rb") as zipped,
    ):
        while block := zipped.read(1 << 20):
            stream.write(block)


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry with a fixed time, so that the same seed writes the same bytes."""
    entry = zipfile.ZipInfo(name, date_time=(2026, 11, 20, 4, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_table(stream: io.BufferedIOBase | object, table: str, rows: Iterable[Row]) -> None:
    columns = COLUMNS[table]
    known = frozenset(columns)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")  # type: ignore[type-var]
    writer = csv.writer(text, lineterminator="\r\n")
    if table != HEADERLESS:
        writer.writerow(columns)
    for row in rows:
        if not known >= row.keys():
            raise ValueError(f"{table}: no column named {sorted(row.keys() - known)}")
        writer.writerow([row.get(column, "") for column in columns])
    text.flush()
    text.detach()
