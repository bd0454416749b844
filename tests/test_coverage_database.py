"""CMS's bulk downloads: every document, code rule and state of a synthetic export is found."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from corpus.errors import CorpusError
from corpus.readers.coverage_database import CURRENT, HISTORY, read_coverage_database
from corpus.records import CodeRule, Document, Notice
from corpus.terms import Determination, Kind, Line, Pairing, Status, Support, Words
from tests.cms.export import SMALL, Group, Truth, TruthDocument, write_export
from tests.conftest import TODAY

Key = tuple[str, int, int]  # (kind, id, version)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return write_export(folder, SMALL)


@pytest.fixture(scope="module")
def current(folder: Path, truth: Truth) -> dict[Key, Document]:
    return by_key(each for name in CURRENT for each in documents(folder / name))


def documents(
    path: Path, *, history: bool = False, descriptors: bool = False
) -> Iterator[Document]:
    found = read_coverage_database(path, on=TODAY, history=history, descriptors=descriptors)
    return (each for each in found if isinstance(each, Document))


def by_key(found: Iterator[Document]) -> dict[Key, Document]:
    return {key_of(each): each for each in found}


def key_of(document: Document) -> Key:
    number = re.search(r"id=(\d+)&", document.url)
    assert number is not None
    return document.kind.value, int(number[1]), document.version


def wanted(truth: Truth, current: dict[Key, Document]) -> Iterator[tuple[TruthDocument, Document]]:
    for told in truth.documents:
        if told.current or told.kind == "ncd":
            yield told, current[told.kind, told.id, told.version]


def test_every_document_is_read_and_nothing_else(
    truth: Truth, current: dict[Key, Document]
) -> None:
    told = {
        (each.kind, each.id, each.version)
        for each in truth.documents
        if each.current or each.kind == "ncd"
    }
    assert current.keys() == told


def test_text_and_headings_are_whole(truth: Truth, current: dict[Key, Document]) -> None:
    for told, document in wanted(truth, current):
        assert document.title == told.title
        assert [each for each in told.sentences if each not in document.text] == []
        headings = {heading for each in document.sections for heading in each.heading.split(": ")}
        assert {each.rstrip(" :") for each in told.headings} <= headings
        assert not re.search(r"</?\w+>|&\w+;", document.text)


def test_dates_are_half_open_and_statuses_kept(truth: Truth, current: dict[Key, Document]) -> None:
    for told, document in wanted(truth, current):
        assert document.effective == told.effective
        if told.last_day is not None:
            assert document.ended == told.last_day + timedelta(days=1)
        if told.kind != "ncd":
            retired, draft = document.status is Status.RETIRED, document.status is Status.PROPOSED
            assert (retired, draft) == (told.status == "R", told.status == "P")


def test_states_and_contractors_come_through_the_jurisdictions(
    truth: Truth, current: dict[Key, Document]
) -> None:
    several = 0
    for told, document in wanted(truth, current):
        if told.kind == "ncd":
            assert document.jurisdiction == ("US",)
        else:
            assert set(document.jurisdiction) == told.states
            assert set(document.contractors) == told.contractors
            several += len(told.contractors) > 1
    assert several


def test_families_are_named(truth: Truth, current: dict[Key, Document]) -> None:
    for told, document in wanted(truth, current):
        local = {each for each in told.related if re.fullmatch(r"[LA]\d+", each)}
        named = {each.partition(" ")[2] for each in document.related if "ncdid" not in each}
        assert local <= named


def test_code_rules_are_the_groups(truth: Truth, current: dict[Key, Document]) -> None:
    pairings = set()
    for told, document in wanted(truth, current):
        for support, groups in (
            (Support.SUPPORTS, told.covered),
            (Support.DOES_NOT_SUPPORT, told.noncovered),
        ):
            rules = {
                each.group: each
                for each in document.rules
                if each.support is support and not each.unlisted
            }
            listing = {each.number: each for each in groups if each.codes}
            assert rules.keys() == listing.keys()
            for number, group in listing.items():
                check_rule(rules[number], group, document)
                pairings.add(rules[number].pairing)
        assert any(each.unlisted for each in document.rules) == told.unlisted_denied
    assert pairings == set(Pairing)


def check_rule(rule: CodeRule, group: Group, document: Document) -> None:
    assert rule.diagnoses == group.codes
    assert rule.starred == group.starred
    assert (rule.procedures, rule.pairing.value) == (group.procedures, group.pairing)
    assert (rule.evidence.of(document.text) if rule.evidence else "") == group.paragraph
    assert (rule.star_note.of(document.text) if rule.star_note else "") == group.star_note


def test_level_and_speaker_of_a_national_determination(
    truth: Truth, current: dict[Key, Document]
) -> None:
    levels = {
        1: Determination.COVERED,
        2: Determination.CONDITIONAL,
        3: Determination.NOT_COVERED,
        4: None,
    }
    for told, document in wanted(truth, current):
        if told.kind == "ncd":
            assert document.level is levels[told.level or 4]
            assert f"ncdid {told.id}" in document.aliases or "version" in document.id
        assert (document.payer, document.line) == ("Medicare", Line.ORIGINAL)
        assert document.words is Words.SOURCE


def test_history_has_every_version_under_a_name_of_its_own(folder: Path, truth: Truth) -> None:
    found = [each for name in HISTORY for each in documents(folder / name)]
    assert len(found) == len({each.id for each in found}) == len(truth.documents)
    assert by_key(iter(documents(folder / "all_data.zip", history=True))) == by_key(iter(found))
    for each in found:
        if each.status is Status.SUPERSEDED:
            assert each.id.endswith(f"version {each.version}")
            assert each.ended is not None


def test_all_data_holds_the_current_bundles(folder: Path, current: dict[Key, Document]) -> None:
    assert by_key(documents(folder / "all_data.zip")) == current


def test_cpt_descriptors_are_dropped_unless_licensed(folder: Path, truth: Truth) -> None:
    path = folder / "current_article.zip"
    plain = "".join(repr(each) for each in documents(path))
    assert "DESCRIPTORTEXT" not in plain
    licensed = "".join(repr(each) for each in documents(path, descriptors=True))
    assert "DESCRIPTORTEXT" in licensed


def test_a_bundle_without_tables_says_what_it_holds(folder: Path, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "ncd.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("readme.txt", "nothing here")
    with pytest.raises(CorpusError, match=r"ncd\.zip: holds no one zip of tables .* readme\.txt"):
        list(read_coverage_database(path, on=TODAY))


def test_a_wrong_date_names_table_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "ncd.zip"
    write_ncd(path, "2019-13-45 00:00:00")
    with pytest.raises(CorpusError, match=r"ncd_trkg\.csv:2: ncd_efctv_dt '2019-13-45"):
        list(read_coverage_database(path, on=TODAY))


def test_a_retired_determination_without_a_last_day_ends_where_its_version_begins(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ncd.zip"
    write_ncd(path, "2019-01-02 00:00:00", title="Salt Rooms (RETIRED)")
    (document,) = (each for each in documents(path))
    assert (document.status, document.ended) == (Status.RETIRED, date(2019, 1, 2))
    assert not any(isinstance(each, Notice) for each in read_coverage_database(path, on=TODAY))
    assert document.kind is Kind.NCD


def write_ncd(path: Path, effective: str, title: str = "Salt Rooms") -> None:
    """A bundle of one national determination."""
    import io
    import zipfile

    header = (
        "NCD_id,NCD_vrsn_num,cvrg_lvl_cd,NCD_mnl_sect,NCD_mnl_sect_title,NCD_efctv_dt,"
        "NCD_trmntn_dt,itm_srvc_desc,indctn_lmtn,xref_txt,othr_txt,rev_hstry"
    )
    row = f"7,1,3,150.90,{title},{effective},,&lt;p&gt;Salt.&lt;/p&gt;,Not covered.,,,"
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as tables:
        tables.writestr("ncd_trkg.csv", f"{header}\r\n{row}\r\n")
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("ncd_csv.zip", inner.getvalue())
