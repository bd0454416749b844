"""The synthetic export has CMS's shape and quirks, and its truth is what its files say."""

import csv
import html
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cms.export import SMALL, Truth, TruthDocument, write_export
from tests.cms.prose import escaped
from tests.cms.tables import BUNDLES, COLUMNS, HEADERLESS, tables_of
from tests.conftest import SHARED, TODAY

SCHEMA = SHARED / "cms" / "bulk_columns.tsv"
MAIN = {"ncd": "ncd_trkg", "lcd": "lcd", "article": "article"}
READ = {
    "ncd": ("itm_srvc_desc", "indctn_lmtn"),
    "lcd": ("indication", "associated_info", "util_guide", "doc_reqs"),
    "article": ("description", "other_comments"),
}
Row = dict[str, str]
Files = dict[str, dict[str, bytes]]


def read_zips(folder: Path) -> Files:
    """The bytes of each CSV of each bundle."""
    found: Files = {}
    for bundle in BUNDLES:
        with zipfile.ZipFile(folder / f"{bundle}.zip") as outer:
            inner = zipfile.ZipFile(io.BytesIO(outer.read(f"{bundle}_csv.zip")))
            found[bundle] = {Path(name).stem: inner.read(name) for name in inner.namelist()}
    return found


@cache
def export(*, edited: float = 0.0) -> tuple[Truth, Files]:
    with TemporaryDirectory() as folder:
        truth = write_export(Path(folder), today=TODAY, edited=edited)
        return truth, read_zips(Path(folder))


@cache
def rows(bundle: str, table: str) -> list[Row]:
    text = export()[1][bundle][table].decode()
    names = COLUMNS[table] if table == HEADERLESS else None
    return list(csv.DictReader(io.StringIO(text, newline=""), fieldnames=names))


def main_row(each: TruthDocument) -> Row:
    bundle = "ncd" if each.kind == "ncd" else f"all_{each.kind}"
    number, version = COLUMNS[MAIN[each.kind]][:2]
    wanted = (str(each.id), str(each.version))
    found = [row for row in rows(bundle, MAIN[each.kind]) if (row[number], row[version]) == wanted]
    assert len(found) == 1
    return found[0]


def plain(cell: str) -> str:
    """Readable text: unescaped until it no longer changes, block tags as blanks."""
    while (once := html.unescape(cell)) != cell:
        cell = once
    cell = re.sub(r"</?(?:em|a|span|strong|sup)\b[^>]*>", "", cell)
    return " ".join(re.sub(r"</?[a-z]+\b[^>]*>", " ", cell).split())


def documents(kind: str) -> list[TruthDocument]:
    return [each for each in export()[0].documents if each.kind == kind]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the schema of CMS's files is not here")
def test_every_table_has_cms_columns_in_cms_order() -> None:
    listed: dict[tuple[str, str], list[str]] = defaultdict(list)
    with SCHEMA.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            listed[row["bundle"], row["table_csv"]].append(row["column"])
    for (bundle, table), columns in listed.items():
        written = export()[1][bundle][table]
        if table == HEADERLESS:
            first = next(csv.reader(io.StringIO(written.decode())))
            assert len(first) == len(columns)
            assert first[0].isdigit()
        else:
            assert written.startswith(",".join(columns).encode() + b"\r\n")
    for bundle in ("ncd", "current_lcd", "current_article"):
        wanted = {table for each, table in listed if each == bundle}
        assert set(export()[1][bundle]) == wanted == set(tables_of(bundle))


def test_all_data_holds_the_five_zips_beside_which_lies_what_is_no_table(tmp_path: Path) -> None:
    write_export(tmp_path, replace(SMALL, junk_bytes=300_000))
    with zipfile.ZipFile(tmp_path / "all_data.zip") as outer:
        assert outer.namelist() == [f"{bundle}.zip" for bundle in BUNDLES]
        for bundle in BUNDLES:
            part = outer.read(f"{bundle}.zip")
            assert part == (tmp_path / f"{bundle}.zip").read_bytes()
            names = zipfile.ZipFile(io.BytesIO(part)).namelist()
            assert {Path(name).suffix for name in names} == {".zip", ".txt", ".pdf", ".mdb"}
            assert len(part) > 100_000
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".zip"] * 6


def test_records_end_in_crlf_and_cells_hold_line_feeds() -> None:
    whole = b"".join(text for files in export()[1].values() for text in files.values())
    assert b"\xef\xbb\xbf" not in whole
    assert "–".encode() in whole
    cells = [cell for cell in re.findall(rb'"((?:[^"]|"")*)"', whole) if b"\n" in cell]
    assert any(b"\r\n" in cell for cell in cells)
    assert any(b"\r\n" not in cell for cell in cells)
    assert not re.search(rb"(?<!\r)\n", re.sub(rb'"(?:[^"]|"")*"', b"", whole))
    assert export()[1]["current_article"]["article_related_source_icd9"].count(b"\n") == 1


def test_html_is_escaped_in_every_way_and_of_every_form() -> None:
    cells = [main_row(each)[column] for each in documents("lcd") for column in READ["lcd"]]
    starts = ("<p", "&lt;p", "&amp;lt;p")
    assert all(any(cell.startswith(start) for cell in cells) for start in starts)
    whole = " ".join(cells)
    for form in ("&lt;&sol;p&gt;", "&amp;nbsp;", "&amp;amp;nbsp;", "&amp;#160;", "&amp;sect;"):
        assert form in whole
    once = whole.replace("&sol;", "/")
    for markup in ('<ol type="a">', "<td>", "<br>", "<p><strong>", "style=", "<strong><span"):
        assert escaped(markup, "once") in once
    assert 32_000 < max(map(len, cells)) <= 33_000


def test_sentences_headings_and_titles_stand_in_the_text() -> None:
    for each in export()[0].documents:
        row = main_row(each)
        text = plain("\n".join(plain(row[column]) for column in READ[each.kind]))
        assert len(each.sentences) >= 3
        assert each.headings
        assert all(sentence in text for sentence in each.sentences)
        assert all(heading in text for heading in each.headings)
        title = row["NCD_mnl_sect_title" if each.kind == "ncd" else "title"]
        assert html.unescape(title) == each.title
    assert any("&reg;" in row["title"] for row in rows("current_lcd", "lcd"))


def test_national_determinations() -> None:
    ncds = documents("ncd")
    assert sum(each.current for each in ncds) == SMALL.ncds
    assert len(ncds) == SMALL.ncds + 1
    assert {each.level for each in ncds} == {1, 2, 3, 4}
    assert {(each.id, each.number) for each in ncds} >= {(226, "240.4")}
    assert {"150.1", "150.10"} <= {each.number for each in ncds}
    retired = [each for each in ncds if each.current and each.status == "R"]
    assert any(each.title.startswith("RETIRED - ") and not each.last_day for each in retired)
    assert any(each.title.endswith(" (RETIRED)") and not each.last_day for each in retired)
    assert any("RETIRED" not in each.title and each.last_day for each in retired)
    assert {row["under_rvw"] for row in rows("ncd", "ncd_trkg")} == {"True", "False"}
    assert any(each.effective is None for each in ncds)


@pytest.mark.parametrize("kind", ["lcd", "article"])
def test_versions_follow_each_other_without_a_gap(kind: str) -> None:
    chains = defaultdict(list)
    for each in documents(kind):
        chains[each.id].append(each)
    for chain in chains.values():
        for earlier, later in pairwise(sorted(chain, key=lambda each: each.version)):
            assert later.effective is not None
            assert earlier.last_day == later.effective - timedelta(days=1)
            column = "rev_end_date" if kind == "lcd" else "article_rev_end_date"
            assert main_row(earlier)[column] == f"{earlier.last_day} 00:00:00"
    current = [each for each in documents(kind) if each.current]
    assert len(current) == len(rows(f"current_{kind}", kind)) < len(documents(kind))
    assert {each.status for each in current} == {"A", "R", "P"}
    assert {each.number[0] == "D" for each in current if each.status == "P"} == {True}
    assert any(each.effective and each.effective > TODAY for each in current)
    assert len({each.id for each in current}) == len(current) - 1  # in force, and its successor


@pytest.mark.parametrize("kind", ["lcd", "article"])
def test_states_and_contractors_follow_from_the_tables(kind: str) -> None:
    bundle, keys = f"all_{kind}", ("contractor_id", "contractor_type_id", "contractor_version")
    names = {row["state_id"]: row for row in rows(bundle, "state_lookup")}
    codes = {row["description"]: row["state_abbrev"] for row in names.values()}
    assert len(names) == 63
    live = defaultdict(set)
    for row in rows(bundle, "contractor_jurisdiction"):
        if not row["term_date"] or date.fromisoformat(row["term_date"][:10]) >= TODAY:
            whole = names[row["state_id"]]["description"].partition(" - ")[0]
            live[tuple(row[key] for key in keys)].add(codes[whole])
    business = {
        tuple(row[key] for key in keys): row["contractor_bus_name"]
        for row in rows(bundle, "contractor")
    }
    bound = defaultdict(set)
    for row in rows(bundle, f"{kind}_x_contractor"):
        bound[row[f"{kind}_id"], row[f"{kind}_version"]].add(tuple(row[key] for key in keys))
    for each in documents(kind):
        held = bound[str(each.id), str(each.version)]
        assert each.states == {state for key in held for state in live[key]}
        assert each.contractors == {business[key] for key in held}
    assert any("CA" in each.states for each in documents(kind))
    assert kind == "article" or any(not each.states for each in documents(kind))


def test_groups_hold_the_rows_of_the_files() -> None:
    for side in ("covered", "noncovered"):
        found = defaultdict(list)
        for row in rows("all_article", f"article_x_icd10_{side}"):
            key = row["article_id"], row["article_version"], row[f"icd10_{side}_group"]
            found[key].append((row["icd10_code_id"], row.get("asterisk", "")))
        for row in rows("all_article", f"article_x_icd10_{side}_group"):
            key = row["article_id"], row["article_version"], row[f"icd10_{side}_group"]
            group = next(
                group
                for each in documents("article")
                if (str(each.id), str(each.version)) == key[:2]
                for group in getattr(each, side)
                if str(group.number) == key[2]
            )
            assert group.paragraph == plain(row["paragraph"])
            assert group.star_note == plain(row.get("icd10_covered_ast", ""))
            coded = [code for code, _ in found[key] if code != "XX000"]
            assert group.codes == tuple(coded)
            assert group.starred == {code for code, star in found[key] if star == "*"}
    assert len(rows("current_article", "article_x_icd10_covered")) == SMALL.covered_rows
    assert len(rows("current_article", "article_x_icd10_noncovered")) == SMALL.noncovered_rows


def test_pairing_is_named_assumed_or_of_all() -> None:
    pairings = defaultdict(set)
    for each in documents("article"):
        for group in each.covered:
            pairings[group.pairing].add(bool(group.paragraph))
            said = re.findall(r"(?<![\w.])(?:[A-V]\d{4}|\d{5}|\d{4}[TU])(?!\w)", group.paragraph)
            assert (group.pairing == "named") == any(code in each.procedures for code in said)
            assert group.procedures >= set(said) & each.procedures
            assert group.procedures <= each.procedures
            assert group.pairing != "all" or group.procedures == each.procedures
    assert pairings == {"named": {True}, "all": {True, False}, "assumed": {False}}
    assert {each.unlisted_denied for each in documents("article")} == {True, False}
    assert any(group.star_note for each in documents("article") for group in each.covered)
    whole = " ".join(group.paragraph for each in documents("article") for group in each.covered)
    assert re.search(r"\w{5} through \w{5}", whole)
    assert re.search(r"\w{5} ?[-–] ?\w{5}", whole)


def test_descriptors_are_withheld() -> None:
    for row in rows("all_article", "article_x_hcpc_code") + rows("all_lcd", "lcd_x_hcpc_code"):
        assert "DESCRIPTORTEXT" in row["long_description"]
        assert "DESCRIPTORTEXT" in row["short_description"]


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "other")]
    for folder, seed in zip(folders, (3, 3, 4), strict=True):
        folder.mkdir()
        write_export(folder, seed=seed)
    one, two, other = ((folder / "all_data.zip").read_bytes() for folder in folders)
    assert one == two != other


def changed_rows(before: Files, after: Files, bundle: str) -> Iterator[tuple[str, str, str]]:
    for table, text in before[bundle].items():
        if (new := after[bundle][table]) != text:
            pair = (csv.reader(io.StringIO(each.decode(), newline="")) for each in (text, new))
            for old_row, new_row in zip(*pair, strict=True):
                for old, edited in zip(old_row, new_row, strict=True):
                    if old != edited:
                        yield old_row[0], plain(old), plain(edited)


def test_an_edit_changes_one_sentence_and_no_other_byte() -> None:
    (_, before), (truth, after) = export(), export(edited=0.3)
    assert len(truth.edited) == round(0.3 * (SMALL.ncds + SMALL.lcds + SMALL.articles))
    for bundle in ("ncd", "current_lcd", "current_article"):
        changes = list(changed_rows(before, after, bundle))
        kind = bundle.removeprefix("current_")
        wanted = sorted(str(number) for each, number, _ in truth.edited if each == kind)
        assert sorted(number for number, _, _ in changes) == wanted
        for _, old, new in changes:
            differ = [
                pair for pair in zip(old.split(), new.split(), strict=True) if len(set(pair)) > 1
            ]
            assert len(differ) == 1
    one = export(edited=0.001)[0].edited
    assert len(one) == 1
