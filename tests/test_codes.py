"""Identifiers: recognised as people write them, and nothing else taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.codes import System, expand, normalize, recognize
from corpus.errors import IdentifierError


def found(text: str) -> list[tuple[System, str]]:
    return [(each.system, each.value) for each in recognize(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Does Medicare pay for CPT 97026?", "97026"),
        ("97026? used alone", "97026"),
        ("CPT: 97026", "97026"),
        ("cpt97026", "97026"),
        ("97026-GP with therapy", "97026"),
        ("E0221-NU", "E0221"),
        ("e0221", "E0221"),
        ("HCPCS code G0283", "G0283"),
        ("0552T", "0552T"),
        ("0037u assay", "0037U"),
    ],
)
def test_procedure_codes(text: str, code: str) -> None:
    assert found(text) == [(System.PROCEDURE, code)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NCD270.6", "NCD 270.6"),
        ("NCD 20.8.1.1.", "NCD 20.8.1.1"),
        ("ncdid=315", "ncdid 315"),
        ("LCD L33825", "LCD L33825"),
        ("l33825", "LCD L33825"),
        ("article A52477", "Article A52477"),
        ("42 CFR 411.15(d)", "42 CFR 411.15(d)"),
        ("42 C.F.R. § 410.32(a)(4)", "42 CFR 410.32(a)(4)"),
        ("CPB 0363", "CPB 0363"),
        ("cpb0363", "CPB 0363"),
        ("CPG030", "CPG030"),
        ("07.00.14H", "07.00.14h"),
        ("MP-270", "MP-270"),
        ("DME101.045", "DME101.045"),
    ],
)
def test_document_numbers(text: str, value: str) -> None:
    assert found(text) == [(System.DOCUMENT, value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("M54.50", "M54.50"),
        ("dx M545", "M54.5"),
        ("diagnosis E11.9", "E11.9"),
        ("ICD-10 G20", "G20"),
    ],
)
def test_diagnoses(text: str, value: str) -> None:
    assert found(text) == [(System.DIAGNOSIS, value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("CO-50", "CO-50"), ("pr-96 denial PR 96", "PR-96"), ("remark N115", "N115")],
)
def test_denial_codes_are_never_procedures(text: str, value: str) -> None:
    assert set(found(text)) == {(System.DENIAL, value)}


@pytest.mark.parametrize(
    "text",
    [
        "in 2024 and 2025",
        "I paid $12000, or $12,500.00",
        "12,000 dollars",
        "15000 steps a day",
        "call 305-555-1234 or (305) 555-1234",
        "Miami, FL 33101",
        "zip code 33101",
        "33101-1234",
        "C5-6 disc, L4-L5, BMI 33, EF 30, hba1c, B12",
        "the code for laser therapy",
    ],
)
def test_years_money_phones_and_zip_codes_are_no_codes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["CPT 9702", "CPT 97O26", "HCPCS Z9999", "code 1234567"])
def test_what_is_called_a_code_and_cannot_be_one_is_invalid(text: str) -> None:
    assert found(text) == [(System.INVALID, text.split()[-1])]


@pytest.mark.parametrize(
    "text", ["97110/97112", "97110,97112", "codes 97110 and 97112", "97110, 97112"]
)
def test_lists_of_codes(text: str) -> None:
    assert [value for _, value in found(text)] == ["97110", "97112"]


def test_a_range_is_expanded_with_both_ends() -> None:
    codes = expand("97010-97039")
    assert (codes[0], codes[-1], len(codes)) == ("97010", "97039", 30)
    assert [each.value for each in recognize("CPT codes 97010 to 97012")] == [
        "97010",
        "97011",
        "97012",
    ]
    assert expand("E0650-E0652") == ["E0650", "E0651", "E0652"]
    assert expand("0001T-0003T") == ["0001T", "0002T", "0003T"]


@pytest.mark.parametrize(
    "text", ["97039-97010", "97010-E0221", "0001T-0003U", "00001-99999", "soon"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        expand(text)


def test_normalize_wants_exactly_one() -> None:
    assert normalize(" cpt97026 ") == "97026"
    with pytest.raises(IdentifierError, match="not one code"):
        normalize("97026 and 97112")
    with pytest.raises(IdentifierError):
        normalize("97O26")


@given(st.integers(0, 99_999), st.integers(0, 400))
def test_a_range_round_trips(first: int, more: int) -> None:
    last = min(first + more, 99_999)
    codes = expand(f"{first:05d}-{last:05d}")
    assert codes == [f"{number:05d}" for number in range(first, last + 1)]


@given(st.text(max_size=200))
def test_recognition_never_fails_and_spans_lie_in_the_text(text: str) -> None:
    for each in recognize(text):
        assert 0 <= each.span.start < each.span.end <= len(text)
