"""Folders of files: what source.toml says of them, what is passed over, what is refused."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from corpus.errors import CorpusError
from corpus.readers.folders import How, read_source
from corpus.records import Document, Notice, Pointer, Reading
from corpus.terms import Kind, Line, Status
from indexer.preparing import sort_out
from tests.conftest import SHARED, TODAY

SOURCE = """payer = "Acme Health"
plan = "Gold"
line = "commercial"
kind = "payer_policy"
url = "https://acme.example/policies"
states = ["TX"]
effective = 2025-01-01
ended = 2025-12-31
retrieved = 2026-11-01
"""
LISTED = (
    "contractor_name_type,document_display_id,document_id,document_type,document_version,"
    "effective_date,retirement_date,title,updated_on_sort\n"
)
LISTING = SHARED / "cms" / "local_documents_2025-08.csv"
NOVITAS = '"Novitas Solutions, Inc.\n(MAC - Part A, MAC - Part B)"'


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "acme").mkdir()
    return tmp_path / "acme"


def read(folder: Path, **files: str | bytes) -> list[Reading]:
    """What a folder of these files reads as; in a name, "__" stands for a dot."""
    for name, content in files.items():
        written = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("__", ".")).write_bytes(written)
    return list(read_source(folder, How(on=TODAY)))


def documents(folder: Path, **files: str | bytes) -> dict[str, Document]:
    found = read(folder, **files)
    return {each.id: each for each in found if isinstance(each, Document)}


def test_a_folder_names_its_documents(acme: Path) -> None:
    found = documents(acme, b__md="# Bee\n\nText.", a__txt="Hello.")
    assert [(name, each.title) for name, each in found.items()] == [
        ("acme/a", "a"),
        ("acme/b", "Bee"),
    ]
    assert found["acme/a"].kind is Kind.PAGE
    assert found["acme/a"].jurisdiction == ("US",)


def test_a_source_file_says_what_its_files_do_not(acme: Path) -> None:
    page = documents(acme, source__toml=SOURCE, a__txt="Hello.")["acme/a"]
    assert (page.payer, page.plan, page.line) == ("Acme Health", "Gold", Line.COMMERCIAL)
    assert (page.kind, page.jurisdiction) == (Kind.PAYER_POLICY, ("TX",))
    assert (page.effective, page.retrieved) == (date(2025, 1, 1), date(2026, 11, 1))
    assert page.ended == date(2026, 1, 1)  # it binds through December 31
    assert page.url == "https://acme.example/policies"


def test_one_file_may_differ(acme: Path) -> None:
    own = """[files."b.txt"]
id = "ACME-1"
title = "Bee"
ended = 2026-06-30
status = "retired"
codes = ["E0849"]
aliases = ["Bee policy"]
asked_as = ["is bee covered"]
"""
    found = documents(acme, source__toml=SOURCE + own, a__txt="Hello.", b__txt="Bees.")
    assert found["acme/a"].ended == date(2026, 1, 1)
    bee = found["ACME-1"]
    assert (bee.title, bee.payer, bee.ended) == ("Bee", "Acme Health", date(2026, 7, 1))
    assert (bee.status, bee.aliases) == (Status.RETIRED, ("Bee policy",))
    assert bee.questions == ("is bee covered",)
    assert [link.code for link in bee.codes] == ["E0849"]


def test_a_payer_alone_makes_a_policy(acme: Path) -> None:
    page = documents(acme, source__toml='payer = "Acme"', a__txt="Hello.")["acme/a"]
    assert page.kind is Kind.PAYER_POLICY


def test_a_folder_inside_has_a_source_of_its_own(acme: Path) -> None:
    (acme / "sub").mkdir()
    (acme / "sub" / "c.txt").write_text("Sub.")
    found = documents(acme, source__toml=SOURCE, a__txt="Hello.")
    assert found["acme/a"].payer == "Acme Health"
    assert found["acme/sub/c"].payer is None


def test_questions_of_a_payer(acme: Path) -> None:
    found = documents(acme, source__toml='payer = "Acme"', q__txt="Is it covered?\n\nYes.\n")
    (entry,) = found.values()
    assert (entry.kind, entry.payer, entry.text) == (Kind.FAQ, "Acme", "Yes.")


def test_questions_have_the_dates_and_states_of_their_folder(acme: Path) -> None:
    source = SOURCE.replace('kind = "payer_policy"\n', "")
    (entry,) = documents(acme, source__toml=source, q__txt="Is it?\n\nYes.\n").values()
    assert (entry.jurisdiction, entry.ended) == (("TX",), date(2026, 1, 1))


def test_records_have_the_payer_of_their_folder(acme: Path) -> None:
    record = '{"id": "a", "title": "A", "text": "Hello."}'
    assert documents(acme, source__toml=SOURCE, r__jsonl=record)["a"].payer == "Acme Health"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('colour = "red"', "colour: Extra inputs"),
        ("payer = 3", "payer: Input should be a valid string"),
        ('payer = ""', "payer: "),
        ('kind = "poem"', "kind: "),
        ('status = "gone"', "status: "),
        ('states = "TX"', "states: "),
        ('effective = "soon"', "effective: "),
        ("effective = 2025-01-01T10:00:00", "effective: "),
        ("effective = 2025-13-45", "not TOML"),
        ("= broken", "not TOML"),
        ("files = 3", "files: "),
        ('[files]\n"a.txt" = 3', r"files\.a\.txt: "),
        ('[files."a.txt"]\ncolour = 1', r"files\.a\.txt\.colour: Extra inputs"),
        ('[files."a.txt"]\nended = "x"', r"files\.a\.txt\.ended: "),
        ('[files."z.pdf"]\ntitle = "Z"', r"files\.'z\.pdf': there is no such file"),
        ('[files."../a.txt"]\ntitle = "A"', r"files\.'\.\./a\.txt': there is no such file"),
    ],
)
def test_a_wrong_source_file_is_named(acme: Path, source: str, problem: str) -> None:
    with pytest.raises(CorpusError, match=rf"acme/source\.toml: {problem}"):
        read(acme, source__toml=source, a__txt="Hello.")


def test_a_source_file_that_is_not_utf8(acme: Path) -> None:
    with pytest.raises(CorpusError, match=r"source\.toml: "):
        read(acme, source__toml='payer = "Café"'.encode("latin-1"))


@pytest.mark.parametrize(
    "source",
    [
        'states = ["Atlantis"]',
        'states = ["ZZ"]',
        "effective = 1735689600",
        "effective = 2025-01-01\nended = 2024-01-01",
    ],
)
def test_what_cannot_be_meant_is_refused(acme: Path, source: str) -> None:
    with pytest.raises(CorpusError, match=r"source\.toml: "):
        read(acme, source__toml=source, a__txt="Hello.")


def test_an_entry_for_a_file_in_a_folder_inside(acme: Path) -> None:
    (acme / "sub").mkdir()
    (acme / "sub" / "c.txt").write_text("Sub.")
    with pytest.raises(CorpusError, match=r"sub/c\.txt"):
        read(acme, source__toml='[files."sub/c.txt"]\ntitle = "C"')


def test_two_files_of_one_id_are_refused(acme: Path) -> None:
    with pytest.raises(CorpusError, match="a second document has the id 'acme/a'"):
        sort_out(read(acme, a__txt="Hello.", a__md="Bye."))


@pytest.mark.parametrize("text", ["Of {}.", "Is it covered?\n\nBy {}.\n"], ids=["page", "faq"])
def test_files_of_one_name_in_two_folders(tmp_path: Path, text: str) -> None:
    for payer in ("acme", "zenith"):
        (tmp_path / payer / "policies").mkdir(parents=True)
        (tmp_path / payer / "policies" / "knee.txt").write_text(text.format(payer))
    assert len(documents(tmp_path)) == 2


def test_odd_files_are_passed_over_and_reported(acme: Path) -> None:
    found = read(
        acme,
        a__txt="Hello.",
        b__docx="PK",
        c__csv="x,y\n1,2\n",
        d__json='{"x": 1}',
        Makefile="all:",
        __hidden="x",
    )
    passed = [each for each in found if isinstance(each, Notice)]
    assert [Path(each.path).name for each in passed] == ["Makefile", "b.docx", "c.csv", "d.json"]
    assert all("passed over" in each.text for each in passed)
    assert len(found) == 5


def test_an_empty_folder(acme: Path) -> None:
    assert read(acme) == []
    with pytest.raises(CorpusError, match="no document"):
        sort_out(read(acme))


@pytest.mark.parametrize("name", ["gone", "gone.txt"])
def test_a_source_that_is_not_there(acme: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=f"{name}: no such file or folder"):
        read(acme / name)


@pytest.mark.parametrize(
    "name",
    ["gone.txt", "gone.json", "gone.zip", "gone.pdf", "gone.csv"],
)
def test_a_link_to_nowhere(acme: Path, name: str) -> None:
    (acme / name).symlink_to("/nowhere/at/all")
    with pytest.raises(CorpusError, match=name):
        read(acme)


def test_a_folder_that_links_to_itself_is_read_once(acme: Path) -> None:
    (acme / "again").symlink_to(acme)
    assert len(read(acme, a__txt="Hello.")) == 1


def test_broken_json_is_an_error(acme: Path) -> None:
    with pytest.raises(CorpusError, match=r"acme/a\.json: not JSON"):
        read(acme, a__json="[" * 200_000)


def test_a_listing_in_a_folder(acme: Path) -> None:
    row = f"{NOVITAS},L1,1,LCD,2,01/02/2025,06/30/2026,Knees &amp; hips,20260801120000\n"
    (found,) = read(acme, listing__csv=LISTED + row)
    assert isinstance(found, Pointer)
    assert (found.id, found.kind, found.title) == ("LCD L1", Kind.LCD, "Knees & hips")
    assert (found.effective, found.ended) == (date(2025, 1, 2), date(2026, 7, 1))
    assert found.updated == date(2026, 8, 1)
    assert found.contractors == ("Novitas Solutions, Inc.",)
    assert "TX" in found.jurisdiction
    assert found.url.endswith("/lcd.aspx?lcdid=1&ver=2")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"x,L1,1,LCD\n", "2: a row of another length"),
        (b"x,L1,1,Poem,2,,,T,\n", "2: document_type 'Poem' is not"),
        (b"x,L1,1,LCD,2,soon,,T,\n", "2: effective_date 'soon' is not a date"),
        (b'"x,L1,1,LCD\n', r"\d: not CSV"),
        (b"x,L1,1,LCD,2,,,Caf\xe9,\n", " not UTF-8"),
    ],
)
def test_a_broken_listing_is_named(acme: Path, row: bytes, problem: str) -> None:
    with pytest.raises(CorpusError, match=rf"listing\.csv:{problem}"):
        read(acme, listing__csv=LISTED.encode() + row)


@pytest.mark.skipif(not LISTING.exists(), reason="CMS's listing is not beside the project")
def test_the_listing_of_local_documents() -> None:
    found = list(read_source(LISTING, How(on=TODAY)))
    rows = [each for each in found if isinstance(each, Pointer)]
    assert len(rows) == len(found) == 3_133
    assert Counter(each.kind for each in rows) == {Kind.LCD: 972, Kind.ARTICLE: 2_161}
    assert all(each.jurisdiction and each.contractors and each.updated for each in rows)
    drugs = next(each for each in rows if each.id == "LCD L36668")
    assert (drugs.title, drugs.effective) == ("Urine Drug Testing", date(2025, 8, 14))
    assert drugs.updated == date(2025, 8, 6)
    calcium = next(each for each in rows if each.id == "LCD L34011")
    assert (calcium.effective, calcium.ended) == (date(2019, 10, 1), date(2025, 6, 27))
    assert calcium.jurisdiction == ("FL", "PR", "VI")
