"""Saved answers of CMS's Coverage API: as recorded, and a folder written by hand."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from corpus.errors import CorpusError
from corpus.readers.coverage_api import read_answer, read_saved
from corpus.readers.folders import How, read_source
from corpus.records import Document, Notice, Pointer, Reading
from corpus.terms import Kind, Line, Pairing, Status, Support
from tests.conftest import SHARED, TODAY

RECORDED = SHARED / "cms" / "api"
needs_recorded = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded answers are not beside the project"
)
Row = Mapping[str, object]

PUMP: Row = {
    "document_id": "226",
    "document_version": 3,
    "document_display_id": "240.4",
    "title": "Air Pumps for Sleep",
    "effective_date": "03/13/2008",
    "effective_end_date": "N/A",
    "item_service_description": "&lt;p&gt;A pump that keeps the throat open.&lt;/p&gt;",
    "indications_limitations": "<h3>B. Covered</h3><p>It is covered for adults.</p>",
    "other_text": None,
}
TRACTION: Row = {
    "lcd_id": 39101,
    "lcd_version": 12,
    "display_id": None,
    "title": "Neck Traction at Home",
    "status": "A",
    "rev_eff_date": "09/01/2024",
    "rev_end_date": "12/31/2026",
    "indication": "<p>A home device is covered after exercise has failed.</p>",
}
BILLING: Row = {
    "article_id": 59101,
    "article_version": 7,
    "display_id": None,
    "title": "Billing Neck Traction",
    "status": "A",
    "article_eff_date": "09/01/2024",
    "article_rev_end_Date": "06/30/2027",
    "description": "<p>Bill one line a day.</p>",
}
STATES = (
    {"state_id": 9, "description": "Florida"},
    {"state_id": 61, "description": "California - Northern"},
)


def answer(*rows: Row) -> str:
    return json.dumps({"meta": {"status": {"id": 200}}, "data": rows})


def listed(shown: str, version: int, kind: str, **more: object) -> Row:
    """A row of a report."""
    return {
        "document_display_id": shown,
        "document_id": int(shown.strip("DLA")),
        "document_version": version,
        "document_type": kind,
        "title": f"{kind} {shown}",
        "contractor_name_type": "First Coast Service Options, Inc.\r\n(MAC - Part A, MAC - Part B)",
        "effective_date": "09/01/2024",
        "retirement_date": "N/A",
        "updated_on_sort": "20261102120000",
        **more,
    }


def of_article(**cells: object) -> Row:
    return {"article_id": 59101, "article_version": 7, **cells}


def both(*rows: Row) -> str:
    return answer(*rows, listed("A59101", 7, "Article"))


OF_LCD = {"lcd_id": 39101, "lcd_version": 12}
LCD_ROW = listed("L39101", 12, "LCD")
FILES = {
    "coverage-api.json": "{}",
    "states.json": answer(*STATES),
    "reports/local-coverage-final-lcds.json": answer(LCD_ROW, listed("L39102", 1, "LCD")),
    "reports/local-coverage-articles.json": answer(listed("A59101", 7, "Article")),
    "reports/by-state/9/local-coverage-final-lcds.json": answer(LCD_ROW),
    "reports/by-state/61/local-coverage-final-lcds.json": both(LCD_ROW, listed("L39102", 1, "LCD")),
    "ncd/226-3.json": answer(PUMP),
    "ncd/226-2.json": answer(
        {**PUMP, "document_version": 2, "effective_date": "01/01/2000", "title": "Old Pumps"}
    ),
    "lcd/39101-12/lcd.json": answer(TRACTION),
    "lcd/39101-12/contractor.json": answer({**OF_LCD, "contractor_id": 368}),
    "lcd/39101-12/related-documents.json": answer(
        {**OF_LCD, "r_article_id": 59101, "r_lcd_id": None}
    ),
    "article/59101-7/article.json": answer(BILLING),
    "article/59101-7/hcpc-code.json": answer(
        of_article(hcpc_code_id="97110", hcpc_code_group=1, short_description="WORDS OF THE AMA"),
        of_article(hcpc_code_id="E0849", hcpc_code_group=2),
    ),
    "article/59101-7/hcpc-code-group.json": answer(
        of_article(hcpc_code_group=1, paragraph="For exercise:")
    ),
    "article/59101-7/icd10-covered.json": answer(
        of_article(icd10_code_id="M54.2", icd10_covered_group=1, asterisk=""),
        of_article(icd10_code_id="G54.2", icd10_covered_group=2, asterisk="*"),
        of_article(icd10_code_id="XX000", icd10_covered_group=2, asterisk=""),
    ),
    "article/59101-7/icd10-covered-group.json": answer(
        of_article(icd10_covered_group=1, paragraph="<p>For CPT code 97110:</p>"),
        of_article(
            icd10_covered_group=2, paragraph="For E0849:", icd10_covered_ast="Name another."
        ),
    ),
}


def save(folder: Path, **changes: str) -> Path:
    """The folder as fetch would have saved it; changes by the last part of a file's name."""
    for name, content in FILES.items():
        path = folder / "saved" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changes.get(path.stem.replace("-", "_"), content))
    return folder / "saved"


def documents(readings: list[Reading]) -> dict[str, Document]:
    return {each.id: each for each in readings if isinstance(each, Document)}


def pointers(readings: list[Reading]) -> dict[str, Pointer]:
    return {each.id: each for each in readings if isinstance(each, Pointer)}


@needs_recorded
def test_the_recorded_ncd() -> None:
    (pump,) = documents(
        list(read_answer(RECORDED / "v1_data_ncd_ncdid226.json", on=TODAY))
    ).values()
    assert (pump.id, pump.aliases, pump.kind) == ("NCD 240.4", ("ncdid 226",), Kind.NCD)
    assert pump.title.startswith("Continuous Positive Airway Pressure (CPAP) Therapy")
    assert (pump.effective, pump.ended, pump.version) == (date(2008, 3, 13), None, 3)
    assert (pump.line, pump.jurisdiction) == (Line.ORIGINAL, ("US",))
    assert [each.heading for each in pump.sections] == [
        "A. General",
        "B. Nationally Covered Indications",
        "C. Nationally Non-covered Indications",
        "D. Other",
        "Cross reference",
        "Revision history",
    ]
    assert "initially limited to a 12-week period" in pump.sections[1].span.of(pump.text)
    assert not any(mark in pump.text for mark in ("<", "&lt;", "&nbsp;", "&#160;"))


@needs_recorded
def test_the_recorded_lcd() -> None:
    (fusion,) = documents(
        list(read_answer(RECORDED / "v1_data_lcd_lcdid37848.trimmed.json", on=TODAY))
    ).values()
    assert (fusion.id, fusion.aliases) == ("LCD L37848", ("lcdid 37848",))
    assert (fusion.title, fusion.version) == ("Lumbar Spinal Fusion", 18)
    assert (fusion.effective, fusion.status) == (date(2024, 9, 12), Status.IN_FORCE)
    assert "§1862(a)(1)(A)" in fusion.text


@needs_recorded
@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("local-coverage-articles", ["A59636", "A56853", "A53022", "A60253"]),
        ("local-coverage-final-lcds", ["L36668", "L36692", "L34011", "L39297"]),
        ("national-coverage-ncd", ["100.3", "30.3.3", "190.25", "220.6.20"]),
    ],
)
def test_recorded_reports_are_pointers(name: str, ids: list[str]) -> None:
    found = list(read_answer(RECORDED / f"v1_reports_{name}.rows.json", on=TODAY))
    assert [isinstance(each, Pointer) and each.id.split()[1] for each in found] == ids


def test_a_saved_folder(tmp_path: Path) -> None:
    found = documents(list(read_source(save(tmp_path), How(on=TODAY))))
    assert list(found) == ["NCD 240.4 version 2", "NCD 240.4", "LCD L39101", "Article A59101"]
    pump, old = found["NCD 240.4"], found["NCD 240.4 version 2"]
    assert (old.status, old.version, old.ended) == (Status.SUPERSEDED, 2, date(2008, 3, 13))
    assert (pump.status, pump.aliases, pump.version) == (Status.IN_FORCE, ("ncdid 226",), 3)
    assert [(each.heading, each.span.of(pump.text)) for each in pump.sections] == [
        ("Item or service", "A pump that keeps the throat open."),
        ("B. Covered", "It is covered for adults."),
    ]


def test_a_version_to_come_waits_for_its_day(tmp_path: Path) -> None:
    found = documents(list(read_saved(save(tmp_path), on=date(2007, 1, 1))))
    assert found["NCD 240.4"].title == "Old Pumps"


def test_the_places_of_local_documents(tmp_path: Path) -> None:
    found = documents(list(read_saved(save(tmp_path), on=TODAY)))
    traction, billing = found["LCD L39101"], found["Article A59101"]
    assert (traction.jurisdiction, billing.jurisdiction) == (("CA", "FL"), ("CA",))
    assert traction.contractors == ("First Coast Service Options, Inc.",)
    assert (traction.effective, traction.ended) == (date(2024, 9, 1), date(2027, 1, 1))
    assert billing.ended == date(2027, 7, 1)
    assert traction.related == ("Article A59101",)


def test_reports_point_to_what_they_list(tmp_path: Path) -> None:
    found = pointers(list(read_saved(save(tmp_path), on=TODAY)))
    assert sorted(found) == ["Article A59101", "LCD L39101", "LCD L39102"]
    assert found["LCD L39102"].jurisdiction == ("CA",)
    assert found["LCD L39102"].updated == date(2026, 11, 2)


def test_the_code_rules_of_an_article(tmp_path: Path) -> None:
    billing = documents(list(read_saved(save(tmp_path), on=TODAY)))["Article A59101"]
    assert [link.code for link in billing.codes] == ["97110", "E0849"]
    assert "WORDS OF THE AMA" not in f"{billing}"
    first, second = billing.rules
    assert (first.support, first.pairing) == (Support.SUPPORTS, Pairing.NAMED)
    assert (first.procedures, first.diagnoses) == (frozenset({"97110"}), ("M54.2",))
    assert first.evidence is not None
    assert first.evidence.of(billing.text) == "For CPT code 97110:"
    assert (second.procedures, second.diagnoses) == (frozenset({"E0849"}), ("G54.2",))
    assert second.starred == {"G54.2"}
    assert second.star_note is not None
    assert second.star_note.of(billing.text) == "Name another."


def test_a_report_of_drafts(tmp_path: Path) -> None:
    (tmp_path / "drafts.json").write_text(answer(listed("DL39101", 13, "Proposed LCD")))
    assert list(pointers(list(read_answer(tmp_path / "drafts.json", on=TODAY)))) == ["LCD DL39101"]


def test_descriptors_are_for_licence_holders(tmp_path: Path) -> None:
    read = list(read_saved(save(tmp_path), on=TODAY, descriptors=True))
    assert "WORDS OF THE AMA" in {link.note for link in documents(read)["Article A59101"].codes}


def test_a_draft(tmp_path: Path) -> None:
    draft = answer({**TRACTION, "display_id": 39101, "status": "P"})
    found = documents(list(read_saved(save(tmp_path, lcd=draft), on=TODAY)))
    assert found["LCD DL39101"].status is Status.PROPOSED


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("lcd", answer(), r"lcd\.json: holds no lcd; fetch it again"),
        ("lcd", answer({**TRACTION, "status": "Q"}), r"lcd\.json: status 'Q'"),
        ("226_3", '{"error": 500}', r"226-3\.json: holds no NCD; fetch it again"),
        ("226_3", answer({**PUMP, "effective_date": "soon"}), r"226-3\.json: .*'soon' is not"),
        ("226_3", answer({**PUMP, "document_id": None}), r"226-3\.json: .* is not a number"),
        ("hcpc_code", "<html>", r"hcpc-code\.json: not JSON"),
        ("states", "[" * 200_000, r"states\.json: not JSON"),
        ("local_coverage_articles", both(listed("A1", 1, "Poem")), "document_type 'Poem'"),
    ],
)
def test_a_broken_saved_file_is_named(
    tmp_path: Path, name: str, content: str, problem: str
) -> None:
    with pytest.raises(CorpusError, match=problem):
        list(read_saved(save(tmp_path, **{name: content}), on=TODAY))


def test_a_saved_error_is_no_empty_table(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"hcpc-code\.json"):
        list(read_saved(save(tmp_path, hcpc_code='{"error": 500}'), on=TODAY))


def test_an_error_names_the_field_as_the_file_does(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(answer({**PUMP, "effective_date": "soon"}))
    with pytest.raises(CorpusError, match="effective_date"):
        list(read_answer(tmp_path / "one.json", on=TODAY))


def test_an_odd_row_costs_no_document(tmp_path: Path) -> None:
    (tmp_path / "two.json").write_text(answer(PUMP, {"x": 1}))
    assert "NCD 240.4" in documents(list(read_answer(tmp_path / "two.json", on=TODAY)))


@pytest.mark.parametrize("content", ["3", "[]", "{}", answer(), '{"data": [1]}', answer({"x": 1})])
def test_what_is_no_answer_is_reported(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.json").write_text(content)
    (notice,) = read_answer(tmp_path / "odd.json", on=TODAY)
    assert isinstance(notice, Notice)
