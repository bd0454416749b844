"""Errors as RFC 9457 problem documents: what is wrong, in which field, with a fitting status."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from pydantic import ValidationError

from corpus.errors import CoverageSearchError, IdentifierError, QuestionError, UnknownId
from search_api.schemas import BatchRowOut, ProblemOut, SearchOut, WrongOut


def problem_of(error: Exception) -> ProblemOut:
    """The problem of an error; one that we don't know is a bug of ours and says no more."""
    match error:
        case ValidationError():
            return invalid([(each["loc"], each["msg"]) for each in error.errors()])
        case QuestionError(field=field, problem=what):
            return problem(422, str(error), [WrongOut(field=field, problem=what)])
        case IdentifierError():
            return problem(422, str(error))
        case UnknownId():
            return problem(404, str(error))
        case CoverageSearchError():
            return problem(503, str(error))
        case _:
            return problem(500, "an error of ours; the server's log has the trace")


def problem(status: int, detail: str, errors: list[WrongOut] | None = None) -> ProblemOut:
    """A problem of a status, with the wrong fields where there are any."""
    title = HTTPStatus(status).phrase
    return ProblemOut(title=title, status=status, detail=detail, errors=errors)


def invalid(found: Sequence[tuple[Sequence[int | str], str]]) -> ProblemOut:
    """422 for (place, what is wrong) of each field; what was sent is not repeated."""
    errors = [
        WrongOut(field=".".join(str(part) for part in place) or "body", problem=what)
        for place, what in found
    ]
    return problem(422, "; ".join(f"{each.field}: {each.problem}" for each in errors), errors)


def row(ask: Callable[[], SearchOut]) -> BatchRowOut:
    """What a question of a batch gets: its reply, or the problem that asking it met."""
    try:
        return BatchRowOut(reply=ask(), problem=None)
    except (ValidationError, CoverageSearchError) as error:
        return BatchRowOut(reply=None, problem=problem_of(error))
