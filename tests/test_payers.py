"""Payers, lines of business, states and contractors as people name them."""

from datetime import date

import pytest

from corpus import payers
from corpus.terms import Line


@pytest.mark.parametrize(
    ("text", "payer", "line"),
    [
        ("does Medicare pay", "Medicare", None),
        ("original Medicare", "Medicare", Line.ORIGINAL),
        ("traditional Medicare", "Medicare", Line.ORIGINAL),
        ("my Medicare Advantage plan", "Medicare", Line.ADVANTAGE),
        ("Medigap plan G", "Medicare", Line.MEDIGAP),
        ("Ohio Medicaid", "Medicaid", Line.MEDICAID),
        ("BlueCHiP for Medicare", "BCBS Rhode Island", Line.ADVANTAGE),
        ("Blue Cross Blue Shield of Rhode Island", "BCBS Rhode Island", None),
        ("bcbs of texas", "Blue Cross Blue Shield of Texas", None),
        ("Blue Cross braces", "Blue Cross Blue Shield", None),
        ("Aetna member", "Aetna", None),
        ("Kaiser laser therapy policy", "Kaiser Permanente", None),
        ("Independence Blue Cross", "Independence Blue Cross", None),
        ("Noridian heating pad", "Medicare", None),
    ],
)
def test_payers_and_lines(text: str, payer: str, line: Line | None) -> None:
    mention = payers.mentions(text)[0]
    assert (mention.payer, mention.line) == (payer, line)


def test_an_independent_clause_is_no_payer() -> None:
    assert payers.mentions("is independence of the patient required") == []


def test_contractors_speak_for_medicare() -> None:
    assert payers.mentions("CGS infrared pad")[0].contractor == "CGS Administrators, LLC"
    assert payers.mentions("DME MAC")[0].contractor == "DME MAC"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("in Florida", ["FL"]),
        ("Miami, FL", ["FL"]),
        ("CA 19-9 for pain", []),
        ("weakness in MS - is it paid", []),
        ("CO-50 denial", []),
        ("New York and New Jersey", ["NY", "NJ"]),
    ],
)
def test_states(text: str, codes: list[str]) -> None:
    assert [code for code, _ in payers.states(text)] == codes


def test_state_codes_by_name_or_letters() -> None:
    assert payers.state_code("fl") == payers.state_code(" Florida ") == "FL"
    assert payers.state_code("Atlantis") is None


def test_the_contractors_of_a_state_are_listed_by_claim_type() -> None:
    rows = payers.contractors("FL", on=date(2026, 3, 1))
    assert {(row.claim_type, row.name) for row in rows} == {
        ("A/B", "First Coast Service Options, Inc."),
        ("DME", "CGS Administrators, LLC"),
        ("HHH", "Palmetto GBA"),
    }
    assert all(row.source for row in payers.all_contractors())


def test_the_blue_plan_of_a_state() -> None:
    assert payers.of_state(payers.BLUES, "RI") == "BCBS Rhode Island"
    assert payers.of_state(payers.BLUES, "TX") == "Blue Cross Blue Shield of Texas"
    assert payers.of_state(payers.BLUES, None) == payers.BLUES
    assert payers.canonical("aetna better health") == "Aetna"
    assert payers.canonical("nobody") is None
