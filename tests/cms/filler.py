"""Tables that mean nothing to a reader, filled by the names of their columns."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from tests.cms.prose import any_style, escaped, inline
from tests.cms.tables import COLUMNS
from tests.cms.words import Topic, sentence

_WORDS = Topic("this service", "this condition")
LOOKUP_SIZES = {
    "update_period": 1196, "ncd_bnft_ctgry_ref": 78, "ncd_pblctn_ref": 42,
    "contractor_subtype_lookup": 4, "dmerc_region_lookup": 14, "region_lookup": 11,
    "draft_contact_lookup": 166, "reason_change_lookup": 108, "lcd_url_type_lookup": 1,
    "state_x_region": 63, "synopsis_changes_fields_lookup": 17, "article_url_type_lookup": 4,
}  # fmt: skip
# Rows of each document that has any, and which documents do: one in so many.
_MINOR = {
    "lcd_x_advisory_committee": (2, 15), "lcd_x_primary_jurisdiction": (2, 8),
    "lcd_x_reason_change": (1, 1), "lcd_x_requestor_letters": (1, 24),
    "lcd_x_revision_history": (8, 1), "lcd_x_sticky_note": (1, 28), "lcd_x_urls": (1, 8),
    "lcd_x_synopsis_changes_fields": (1, 28), "article_x_bill_code": (3, 5),
    "article_x_hcpc_modifier": (5, 20), "article_x_hcpc_modifier_group": (1, 2),
    "article_x_icd10_pcs_code": (4, 110), "article_x_icd10_pcs_code_group": (1, 2),
    "article_x_other_coding_group": (1, 2), "article_x_primary_jurisdiction": (1, 8),
    "article_x_revenue_code": (6, 4), "article_x_revision_history": (5, 1),
    "article_x_sticky_note": (1, 60), "article_x_urls": (5, 2), "ncd_trkg_bnft_xref": (2, 1),
}  # fmt: skip
_CODES = {
    "bill_code_id": "0{:02d}x", "hcpc_modifier_code_id": "K{}", "revenue_code_id": "0{:03d}",
    "icd10_pcs_code_id": "0B{:02d}0ZZ", "url": "https://mac.example/page/{}", "rev_hist_num": "R{}",
    "letter_path": "letters/{}.pdf", "size": "{} KB", "pblctn_num": "100-{}",
    "NCD_id": "{}", "phone": "555-01{:02d}", "email_address": "person{}@mac.example",
}  # fmt: skip
_LONG = {
    "paragraph", "comment", "response", "sticky_note", "rev_hist_exp", "meeting_info",
    "reason_change_other",
}  # fmt: skip


def lookup_rows(table: str, today: date) -> Iterator[dict[str, object]]:
    """Rows of a table that belongs to no document."""
    for number in range(1, LOOKUP_SIZES[table] + 1):
        yield filler(table, number, today)


def minor_rows(table: str, index: int, today: date) -> Iterator[dict[str, object]]:
    """Rows of a document in a table that means nothing, but for its key; mostly there are none."""
    rows, apart = _MINOR.get(table, (0, 1))
    if index % apart == min(apart - 1, 2):
        for number in range(1, rows + 1):
            yield filler(table, number, today)


def long_cell(rng: random.Random) -> str:
    """Two sentences in a paragraph, escaped."""
    text = " ".join(inline(sentence("background", rng, _WORDS), rng) for _ in range(2))
    return escaped(f"<p>{text}</p>", any_style(rng))


def filler(table: str, number: int, today: date) -> dict[str, object]:
    """A row of any table, its cells guessed from the names of its columns."""
    return {column: _value(column, number, today) for column in COLUMNS[table]}


def _value(column: str, number: int, today: date) -> object:
    if column in _CODES:
        return _CODES[column].format(number)
    if column in _LONG:
        return long_cell(random.Random(f"{column}/{number}"))
    if column.endswith(("_dt", "_date")):
        return f"{today - timedelta(days=7 * number)} 00:00:00"
    if column.endswith(("last_updated", "tmstmp")):
        return "2024-08-06 13:30:01.123000000"
    if column == "state_id":
        return (number - 1) % 63 + 1
    if column.endswith(("_id", "_cd", "_version", "_num", "_order", "_group", "region_id")):
        return number
    return "" if column in ("range", "codes", "address2", "address3") else f"Entry {number}"
