"""The errors that coverage-search raises on purpose: each says what is wrong, where, what to do.

* CoverageSearchError
  * CorpusError          a source file is broken; carries the path and, where known, the line
  * IdentifierError      a string is not the code or document number that it was given as
  * MissingExtra         an optional dependency is not installed; names the extra
  * EncoderError         the encoder's weights or files are not what they should be
  * SnapshotError        a snapshot is missing, damaged, or of another format
  * QuestionError        a question or a filter can't be used; carries the field's name
  * UnknownId            no passage or document has this id
  * FetchError           a source can't be fetched; names the address
  * ServiceError         a server answered with an error, or not at all; carries its HTTP status
  * EvaluationError      a judgment file or a run can't be used

Anything else that escapes is a bug of ours.
"""

from pathlib import Path


class CoverageSearchError(Exception):
    """Base of every error that is part of the product."""


class CorpusError(CoverageSearchError):
    """A source file is broken: "faq.jsonl:2: not JSON: ..."."""

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        self.path = str(path)
        self.line = line
        self.problem = problem
        place = self.path if line is None else f"{self.path}:{line}"
        super().__init__(f"{place}: {problem}")


class IdentifierError(CoverageSearchError):
    """A string is not a well-formed code, range or document number."""


class MissingExtra(CoverageSearchError):
    """An optional dependency is missing; the message is the command that installs it."""

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs the '{extra}' extra: pip install 'coverage-search[{extra}]'"
        )


class EncoderError(CoverageSearchError):
    """The encoder's weights, export or files are not what they should be."""


class SnapshotError(CoverageSearchError):
    """A snapshot is missing, damaged, or of a format that this release doesn't read."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; run `coverage-search index` to build it")


class QuestionError(CoverageSearchError):
    """A question or filter can't be used; `field` names the part of the request."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")


class UnknownId(CoverageSearchError):
    """No passage or document of the snapshot has this id."""


class FetchError(CoverageSearchError):
    """A source can't be fetched: "https://...: HTTP 503, 6 times; try again later"."""


class ServiceError(CoverageSearchError):
    """A coverage-search server answered with an error, or not at all (status 0)."""

    def __init__(self, status: int, problem: str) -> None:
        self.status = status
        super().__init__(problem)


class EvaluationError(CoverageSearchError):
    """A judgment file or a run can't be used; says which and why."""
