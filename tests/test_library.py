"""The shipped library: everything is there, resolves, and says whose words it is."""

import json
import shutil
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from corpus.errors import CorpusError
from corpus.readers.library import read_library, shipped_library
from corpus.records import Document
from corpus.terms import Determination, Kind, Line, Relation, Reliability, Status, Words


@cache
def library() -> dict[str, Document]:
    return {each.id: each for each in read_library(shipped_library()) if isinstance(each, Document)}


def test_everything_is_read() -> None:
    kinds = Counter(each.kind for each in library().values())
    assert kinds[Kind.NCD] == 345
    assert kinds[Kind.STATUTE] == 68
    assert kinds[Kind.CODE] == 16
    assert kinds[Kind.FAQ] >= 40
    stated = sum(
        not each.residual
        for doc in library().values()
        if doc.kind is Kind.NCD
        for each in doc.statements
    )
    assert stated == 1243


def test_every_statement_is_a_slice_of_its_document_and_a_summary_says_so() -> None:
    for document in library().values():
        assert document.words is Words.SUMMARY
        for statement in document.statements:
            assert statement.evidence.of(document.text).strip()
        for section in document.sections:
            assert section.span.of(document.text)


def test_statement_dates_come_from_the_statement_and_ends_are_half_open() -> None:
    lumbar = library()["NCD 150.10"].statements
    assert (lumbar[0].since, lumbar[0].ended) == (date(2007, 8, 14), None)
    assert (lumbar[2].since, lumbar[2].ended) == (
        date(2006, 5, 16),
        date(2007, 8, 14),
    )  # "through August 13"
    assert library()["NCD 110.13"].statements[-1].ended or library()["NCD 110.13"].statements[
        0
    ].ended == date(1985, 8, 5)  # "before August 5"
    telehealth = library()["42 CFR 410.78"].statements[0]
    assert telehealth.ended == date(2028, 1, 1)  # "through December 31, 2027"


def test_a_residual_rule_becomes_a_statement() -> None:
    photopheresis = library()["NCD 110.4"].statements[-1]
    assert photopheresis.residual
    assert photopheresis.determination is Determination.NOT_COVERED


def test_payer_positions() -> None:
    blue = library()["LLLT policy (number not found)"]
    assert [(each.payer, each.line, each.determination) for each in blue.statements] == [
        ("BCBS Rhode Island", Line.ADVANTAGE, Determination.NOT_COVERED),
        ("BCBS Rhode Island", Line.COMMERCIAL, Determination.NOT_COVERED),
    ]
    assert blue.reliability is Reliability.SECONDARY
    assert "LCD L33825 + Article A52477" in library()["LCD L33825"].aliases
    assert library()["LCD L33829"].status is Status.RETIRED
    assert "an inference" in library()["NCD 140.5"].text


def test_the_crosswalk_lends_codes() -> None:
    links = {link.code: link.relation for link in library()["NCD 270.6"].codes}
    assert links["97026"] is Relation.RESTRICTS
    assert links["E0221"] is Relation.DECIDES
    assert links["97037"] is Relation.INFERRED
    bypass = next(link for link in library()["NCD 100.1"].codes if link.code == "43644")
    assert "bypass" in bypass.meaning


def test_what_a_faq_restates_is_in_the_library() -> None:
    names = {name for each in library().values() for name in (each.id, *each.aliases)}
    entries = [each for each in library().values() if each.kind is Kind.FAQ]
    assert {name for entry in entries for name in entry.about} <= names
    assert all(entry.url or entry.reliability is Reliability.GENERAL for entry in entries)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_library(), tmp_path / "library"))


def test_a_broken_line_is_named(copy: Path) -> None:
    path = copy / "ncd.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:-5], *lines[3:]]))
    with pytest.raises(CorpusError, match=r"ncd\.jsonl:3: not JSON"):
        list(read_library(copy))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"determination": "maybe"}, r"statements\.0\.determination"),
        ({"text": ""}, r"statements\.0\.text"),
        ({"since": "someday"}, r"statements\.0\.since"),
        ({"colour": "red"}, r"statements\.0\.colour: Extra inputs"),
    ],
)
def test_a_wrong_field_is_named(copy: Path, change: dict[str, str], problem: str) -> None:
    path = copy / "benefits.jsonl"
    lines = path.read_text().splitlines()
    record = json.loads(lines[1])
    record["statements"][0] |= change
    path.write_text("\n".join([lines[0], json.dumps(record)]))
    with pytest.raises(CorpusError, match=rf"benefits\.jsonl:2: {problem}"):
        list(read_library(copy))


def test_a_code_row_about_an_unknown_policy_is_refused(copy: Path) -> None:
    with (copy / "crosswalk.tsv").open("a") as file:
        file.write("97026\tCPT\tNCD 999.9\tdecides\tnote\tsource\tread\tmeaning\n")
    with pytest.raises(CorpusError, match=r"crosswalk\.tsv: names 'NCD 999\.9'"):
        list(read_library(copy))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("97026\tCPT", "tab-separated cells"),
        ("1\t2\tNCD 1.1\tmaybe\t4\t5\t6\t7", "unknown relation 'maybe'"),
    ],
)
def test_a_broken_table_row_is_named(copy: Path, row: str, problem: str) -> None:
    path = copy / "crosswalk.tsv"
    header = path.read_text().splitlines()[0]
    path.write_text(f"{header}\n{row}\n")
    with pytest.raises(CorpusError, match=rf"crosswalk\.tsv:2: .*{problem}"):
        list(read_library(copy))


def test_a_missing_file_and_a_missing_column(copy: Path) -> None:
    (copy / "codes.tsv").write_text("code\tsystem\n")
    with pytest.raises(CorpusError, match=r"codes\.tsv:1: column missing"):
        list(read_library(copy))
    (copy / "ncd.jsonl").unlink()
    with pytest.raises(CorpusError, match="no such file in the library"):
        list(read_library(copy))
