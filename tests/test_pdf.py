"""PDF files: the text layer in paragraphs, and files that are damaged, locked or scanned."""

import os
import signal
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import FrameType

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from corpus.errors import CorpusError
from corpus.readers.pages import read_file
from corpus.readers.pdf import read_pdf
from corpus.records import Document, Notice

SENTENCE = (
    "A home traction device is covered for adults whose neck pain has lasted for three months "
    "and who have tried exercise for four weeks without relief."
)
ORDINALS = ("first", "second", "third", "fourth", "fifth")


def pdf(*pages: Sequence[str], head: str = "", foot: str = "") -> bytes:
    """A page for each list of paragraphs; {n} in the foot is the page's number."""
    made = FPDF()
    made.set_font("helvetica", size=11)
    for number, paragraphs in enumerate(pages, start=1):
        made.add_page()
        for text in (head, *paragraphs, foot.replace("{n}", str(number))):
            if text:
                made.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


def locked(*, user: str, owner: str, algorithm: str) -> bytes:
    writer = PdfWriter(PdfReader(BytesIO(pdf([SENTENCE]))))
    writer.encrypt(user, owner, algorithm=algorithm)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def texts(path: Path, content: bytes) -> dict[str, str]:
    path.write_bytes(content)
    text, _ = read_pdf(path)
    return {each.heading: each.span.of(text.text) for each in text.sections}


def test_lines_are_joined_into_paragraphs(tmp_path: Path) -> None:
    found = texts(tmp_path / "p.pdf", pdf([SENTENCE, "Criteria", "Pain is needed."], [SENTENCE]))
    assert found == {
        "page 1": f"{SENTENCE}\nCriteria\nPain is needed.",
        "page 2": SENTENCE,
    }


def test_list_items_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    items = ["1. " + SENTENCE[:-1], "2. Exercise failed", "a) once", "- at home"]
    assert texts(tmp_path / "p.pdf", pdf(items)) == {"page 1": "\n".join(items)}


def test_a_file_is_a_document_named_like_it(tmp_path: Path) -> None:
    path = tmp_path / "traction.pdf"
    path.write_bytes(pdf([SENTENCE]))
    (document,) = read_file(path)
    assert isinstance(document, Document)
    assert (document.id, document.title, document.text) == ("traction", "traction", SENTENCE)


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [[f"The {word} rule.", SENTENCE, f"So much on the {word}."] for word in ORDINALS]
    found = texts(tmp_path / "p.pdf", pdf(*pages, head="Acme Policy", foot="Page {n} of 5"))
    assert found["page 5"] == f"The fifth rule.\n{SENTENCE}\nSo much on the fifth."
    assert not any("Acme" in text or "Page" in text for text in found.values())


def test_codes_at_the_edges_of_pages_are_kept(tmp_path: Path) -> None:
    pages = [[f"M{page}{row}.2" for row in range(10)] for page in range(1, 6)]
    found = texts(tmp_path / "p.pdf", pdf(*pages))
    assert found["page 1"].split() == pages[0]


def test_rows_of_a_table_are_not_joined(tmp_path: Path) -> None:
    rows = ["E0849 Traction device", "E0855 Other device", "E0856 Third device"]
    assert texts(tmp_path / "p.pdf", pdf(rows)) == {"page 1": "\n".join(rows)}


def test_a_hyphen_at_a_line_end_is_kept(tmp_path: Path) -> None:
    """It may be the word's own: "low-level"."""
    lines = "A treatment of the back with a laser that is of a low-\nlevel is covered for adults."
    assert "a low-level is" in texts(tmp_path / "p.pdf", pdf([lines]))["page 1"]


def test_a_page_without_text_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf([SENTENCE], [], [SENTENCE]))
    text, notices = read_pdf(path)
    assert [each.heading for each in text.sections] == ["page 1", "page 3"]
    assert notices == [Notice("page 2 has no text layer: nothing of it is indexed", str(path))]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_password(tmp_path: Path, algorithm: str) -> None:
    open_to_read = locked(user="", owner="boss", algorithm=algorithm)
    assert texts(tmp_path / "owner.pdf", open_to_read) == {"page 1": SENTENCE}
    with pytest.raises(CorpusError, match=r"user\.pdf: is encrypted"):
        texts(tmp_path / "user.pdf", locked(user="me", owner="boss", algorithm=algorithm))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "doesn't begin with %PDF-"),
        (b"PK\x03\x04", "doesn't begin with %PDF-"),
        (b"<!DOCTYPE html><html><p>Hi</p></html>", "name it .html"),
        (pdf([], []), "no page has a text layer"),
        (b"%PDF-1.7\n", "is damaged"),
    ],
)
def test_what_is_no_readable_pdf(tmp_path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(CorpusError, match=rf"p\.pdf: .*{problem}"):
        texts(tmp_path / "p.pdf", content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_a_file_that_is_cut_short(tmp_path: Path, share: float) -> None:
    whole = pdf([SENTENCE])
    with pytest.raises(CorpusError, match=r"p\.pdf: is damaged"):
        texts(tmp_path / "p.pdf", whole[: int(len(whole) * share)])


def test_a_filter_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        texts(tmp_path / "p.pdf", pdf([SENTENCE]).replace(b"/FlateDecode", b"/OtherDecode"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        list(read_file(tmp_path / "gone.pdf"))


class Waited(BaseException):
    """No Exception: a reader that waits may catch those."""


def _enough(signal_number: int, frame: FrameType | None) -> None:
    raise Waited


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe.pdf", "pipe.txt"])
def test_a_named_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    before = signal.signal(signal.SIGALRM, _enough)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(CorpusError):
            list(read_file(tmp_path / name))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
