"""What goes out over the wire of a code: who names it, and what code lists say of a diagnosis."""

from datetime import date

from corpus.codes import System
from corpus.terms import Pairing, Relation, Support
from search_api.requests import Wire
from search_api.schemas import DocumentOut, EvidenceOut


class NamingOut(Wire):
    """A document that names a code, in what way, and where that was read."""

    document: DocumentOut
    relation: Relation
    note: str
    source: str


class FindingOut(Wire):
    """What one code group of an article says of the asked diagnosis; never that it is covered.

    group, pairing, procedures: null and empty where no list names the diagnosis. evidence: the
    group's paragraph, null where the article gives the list alone. finer: listed codes that are
    more specific than the asked one.
    """

    support: Support
    document: DocumentOut
    group: int | None
    pairing: Pairing | None
    procedures: list[str]
    evidence: EvidenceOut | None
    starred: bool
    star_note: EvidenceOut | None
    finer: list[str]


class CodeOut(Wire):
    """A code, the documents that name it, and what articles' lists say of a diagnosis for it.

    as_of: the day that the findings hold for. notes: what stands in the way of a finding.
    """

    code: str
    system: System
    documents: list[NamingOut]
    diagnosis: str | None
    state: str | None
    as_of: date | None
    findings: list[FindingOut]
    notes: list[str]
    notice: str
