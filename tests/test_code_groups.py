"""Code groups as rules: which procedures a paragraph means, and what it says of the unlisted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.code_groups import (
    NOT_SUPPORTING_HEADING,
    PROCEDURE_HEADING,
    SUPPORTING_HEADING,
    CodeGroups,
    Listed,
    Paragraph,
    code_rules,
)
from corpus.readers.tables import DocumentText
from corpus.records import CodeRule
from corpus.terms import Pairing, Support

PROCEDURES = {1: ("97110", "97112"), 2: ("20610", "97140"), 3: ("G0283",)}
ALL = {"97110", "97112", "20610", "97140", "G0283"}
KNEE, BACK = "M17.11", "M54.50"


def ruled(groups: CodeGroups) -> tuple[tuple[CodeRule, ...], DocumentText]:
    text = DocumentText()
    text.section("Article", "The article's own words.")
    return code_rules(groups, text), text


def rules_of(paragraph: str) -> tuple[tuple[CodeRule, ...], DocumentText]:
    """The rules of an article that has this paragraph over one group of one diagnosis."""
    groups = CodeGroups(
        procedures=PROCEDURES,
        covered=[Listed(1, KNEE, False)],
        covered_paragraphs={1: Paragraph(paragraph)},
    )
    return ruled(groups)


def named(paragraph: str) -> set[str]:
    """The procedures that a paragraph names; every one of the article's where it names none."""
    rule = rules_of(paragraph)[0][0]
    assert rule.pairing is (Pairing.ALL if rule.procedures == ALL else Pairing.NAMED)
    return set(rule.procedures)


def unlisted(paragraph: str) -> list[str]:
    """The words in which a paragraph refuses every diagnosis that is not listed."""
    rules, text = rules_of(paragraph)
    found = [rule for rule in rules if rule.unlisted]
    for rule in found:
        assert rule.support is Support.DOES_NOT_SUPPORT
        assert rule.diagnoses == ()
        assert rule.procedures == rules[0].procedures
    return [rule.evidence.of(text.text) for rule in found if rule.evidence]


@pytest.mark.parametrize(
    ("paragraph", "procedures"),
    [
        ("For CPT code 97110:", {"97110"}),
        ("For HCPCS code g0283.", {"G0283"}),
        ("The codes below support 97110, 97140 and G0283.", {"97110", "97140", "G0283"}),
        ("For 97110/97112 only", {"97110", "97112"}),
        ("For CPT 97110-59", {"97110"}),
        ("For CPT codes 97110-97140", {"97110", "97112", "97140"}),
        ("For CPT codes 97110 through 97120", {"97110", "97112"}),
        ("For 97112 – 97140", {"97112", "97140"}),
        ("For procedure codes in Group 2", {"20610", "97140"}),
        ("support CPT/HCPCS codes listed in Group 3:", {"G0283"}),
        ("CPT codes from groups 1 and 3", {"97110", "97112", "G0283"}),
        ("CPT codes in Groups 2 through 3", {"20610", "97140", "G0283"}),
        ("CPT codes in Groups 2-3", {"20610", "97140", "G0283"}),
        ("CPT codes in Group 2 and 97110", {"20610", "97140", "97110"}),
        ("for all codes except 97110", ALL - {"97110"}),
        ("All procedures other than 97110 and 97112", ALL - {"97110", "97112"}),
        ("For 97110 except when billed with 97112", {"97110"}),
    ],
)
def test_the_procedures_that_a_paragraph_names(paragraph: str, procedures: set[str]) -> None:
    assert named(paragraph) == procedures


@pytest.mark.parametrize(
    "paragraph",
    [
        "These diagnoses support medical necessity.",
        "Per Change Request 11655, effective 10/01/2024.",
        "CR 12345 and Transmittal 10666 revise this list.",
        "See LCD L33825, article A52477 and NCD 270.6.",
        "Diagnosis E11.9 needs a second code.",
        "For codes 99213 and 99214",  # of another article
        "Group 2 diagnoses are below.",
        "procedure codes in Group 9",
    ],
)
def test_a_paragraph_that_names_no_procedure_is_for_all(paragraph: str) -> None:
    assert named(paragraph) == ALL


def test_without_listed_procedures_the_paragraph_names_them() -> None:
    groups = CodeGroups(
        covered=[Listed(1, KNEE, False)],
        covered_paragraphs={1: Paragraph("For CPT 97110; see LCD L33825 and article A52477.")},
    )
    (rule,), _ = ruled(groups)
    assert (rule.procedures, rule.pairing) == (frozenset({"97110"}), Pairing.NAMED)


@pytest.mark.parametrize(
    "number", ["per Change Request 11655", "see CR 11655", "Transmittal 10666"]
)
def test_a_change_request_is_no_procedure(number: str) -> None:
    groups = CodeGroups(covered=[Listed(1, KNEE, False)], covered_paragraphs={1: Paragraph(number)})
    (rule,), _ = ruled(groups)
    assert (rule.procedures, rule.pairing) == (frozenset(), Pairing.ALL)


@pytest.mark.parametrize(
    "paragraph",
    ["CPT codes in Groups 1, 2, and 3", "CPT codes in Group 1, Group 2 and Group 3",
     "CPT codes in Groups 1–3", "CPT codes in Groups 1 to 3"],
)  # fmt: skip
def test_every_group_of_a_list_is_named(paragraph: str) -> None:
    assert set(rules_of(paragraph)[0][0].procedures) == ALL


@pytest.mark.parametrize(
    "paragraph",
    ["For Group 2 CPT codes", "Group 2 procedure codes:", "CPT codes in the Group 2 list"],
)
def test_other_words_for_the_codes_of_a_group(paragraph: str) -> None:
    assert named(paragraph) == {"20610", "97140"}


@pytest.mark.parametrize(
    "paragraph",
    ["CPT codes in Group 1 except 97112", "CPT 97110-97120, excluding 97112"],
)
def test_an_exception_from_what_is_named(paragraph: str) -> None:
    assert named(paragraph) == {"97110"}


@pytest.mark.parametrize(
    "paragraph",
    [
        "Diagnoses other than those listed are not covered for CPT 97110.",
        "Covered, except in trauma. Bill with CPT 97110.",
        "All of these, excluding screening, support CPT 97110.",
    ],
)
def test_an_exception_of_something_else(paragraph: str) -> None:
    assert named(paragraph) == {"97110"}


def test_a_wide_range_names_the_codes_within() -> None:
    assert named("For CPT codes 10004-69990") == {"20610"}


def paired(groups: CodeGroups) -> list[tuple[int, set[str], Pairing]]:
    return [(rule.group, set(rule.procedures), rule.pairing) for rule in ruled(groups)[0]]


def test_equally_many_groups_without_words_are_paired_by_number() -> None:
    listed = [Listed(number, KNEE, False) for number in (1, 2, 3)]
    assert paired(CodeGroups(procedures=PROCEDURES, covered=listed)) == [
        (1, {"97110", "97112"}, Pairing.ASSUMED),
        (2, {"20610", "97140"}, Pairing.ASSUMED),
        (3, {"G0283"}, Pairing.ASSUMED),
    ]


def test_unequally_many_groups_are_for_all_procedures() -> None:
    listed = [Listed(number, KNEE, False) for number in (1, 2)]
    assert paired(CodeGroups(procedures=PROCEDURES, covered=listed)) == [
        (1, ALL, Pairing.ALL),
        (2, ALL, Pairing.ALL),
    ]


def test_words_come_before_numbers() -> None:
    groups = CodeGroups(
        procedures={1: ("97110",), 2: ("97112",)},
        covered=[Listed(1, KNEE, False), Listed(2, KNEE, False)],
        covered_paragraphs={1: Paragraph("For CPT 97112"), 2: Paragraph("For these procedures")},
    )
    assert paired(groups) == [
        (1, {"97112"}, Pairing.NAMED),
        (2, {"97110", "97112"}, Pairing.ALL),
    ]


def test_each_side_has_its_rules_and_sections() -> None:
    groups = CodeGroups(
        procedures={1: ("97110",)},
        procedure_paragraphs={1: Paragraph("Therapy."), 2: Paragraph("")},
        covered=[Listed(1, KNEE, False), Listed(1, BACK, True), Listed(1, KNEE, False)],
        covered_paragraphs={1: Paragraph("Covered ones.", "Needs a second code.")},
        noncovered=[Listed(1, "Z00.00", False)],
        noncovered_paragraphs={1: Paragraph("")},
    )
    (supports, refuses), text = ruled(groups)
    assert (supports.support, refuses.support) == (Support.SUPPORTS, Support.DOES_NOT_SUPPORT)
    assert (supports.diagnoses, refuses.diagnoses) == ((KNEE, BACK), ("Z00.00",))
    assert (set(supports.starred), set(refuses.starred)) == ({BACK}, set())
    assert supports.evidence == text.sections[2].span
    assert supports.star_note == text.sections[3].span
    assert (refuses.evidence, refuses.star_note) == (None, None)
    assert [(each.heading, each.span.of(text.text)) for each in text.sections[1:]] == [
        (f"{PROCEDURE_HEADING}, group 1", "Therapy."),
        (f"{SUPPORTING_HEADING}, group 1", "Covered ones."),
        (f"{SUPPORTING_HEADING}, group 1, asterisk", "Needs a second code."),
    ]
    assert NOT_SUPPORTING_HEADING not in {each.heading for each in text.sections}


def test_a_group_of_neither_codes_nor_a_refusal_is_no_rule() -> None:
    assert ruled(CodeGroups())[0] == ()
    groups = CodeGroups(procedures=PROCEDURES, covered_paragraphs={1: Paragraph("See below.")})
    assert ruled(groups)[0] == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "Any diagnosis not listed below will be denied.",
        "ICD-10-CM codes that are not specifically listed will not be covered.",
        "Diagnoses other than those listed above are non-covered.",
        "Codes absent from the list are never covered.",
        "Claims will be denied when the diagnosis is not listed.",
        "A diagnosis not included here does not support medical necessity.",
        "Codes NOT LISTED are considered not reasonable and necessary.",
        "Diagnoses not listed cannot be covered.",
        "Codes not listed (such as E11.9) are not covered.",
        "Codes not listed are denied, as in 42 CFR 411.15.",
    ],
)
def test_a_refusal_of_what_is_not_listed_is_quoted(sentence: str) -> None:
    assert unlisted(sentence) == [sentence]
    assert unlisted(f"For CPT 97110. {sentence} Bill once a day.") == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "Diagnoses not listed may be covered upon review.",
        "Services are not covered for screening. Codes not listed may be reviewed.",
        "Codes listed below are not covered.",
        "The tests are not separately payable.",
        "Diagnoses not listed are not denied automatically.",
        "Diagnoses not listed may be covered and will not be denied.",
        "Diagnoses not listed may be covered on appeal of a denial.",
        "Claims are denied if the modifier is not included on the claim.",
        "The claim will be denied if the referring provider is not named.",
        "The list of noncovered codes is not included in this article.",
    ],
)
def test_what_refuses_no_unlisted_diagnosis(sentence: str) -> None:
    assert unlisted(sentence) == []


PIECES = st.sampled_from(
    ["97110", "-", "Group 2", "procedure codes in ", "except ", "not listed", " denied", ". ", "\n",
     "E11.9", "CPT ", "1", " and ", "G0283", "are not covered", "."]
)  # fmt: skip


@given(st.lists(PIECES).map("".join) | st.text(), st.text(max_size=20))
def test_all_evidence_is_a_slice_of_its_paragraph(paragraph: str, note: str) -> None:
    groups = CodeGroups(
        procedures=PROCEDURES,
        covered=[Listed(1, KNEE, True)],
        covered_paragraphs={1: Paragraph(paragraph, note)},
        noncovered_paragraphs={4: Paragraph(paragraph)},
    )
    rules, text = ruled(groups)
    assert rules[0].star_note is None or rules[0].star_note.of(text.text) == note
    assert rules[0].evidence is None or rules[0].evidence.of(text.text) == paragraph
    for rule in rules:
        assert rule.procedures <= ALL
        assert rule.evidence is None or rule.evidence.of(text.text) in paragraph
