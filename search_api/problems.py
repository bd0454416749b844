"""Errors as RFC 9457 problem documents: what is wrong, in which field, with a fitting status."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from corpus.errors import CoverageSearchError, IdentifierError, QuestionError, UnknownId
from search_api.schemas import ProblemOut, WrongOut


def problem_of(error: Exception) -> ProblemOut:
    """The problem of an error; one that we don't know is a bug of ours and says no more."""
    match error:
        case RequestValidationError():  # located in the body, the path or the query
            return _invalid(error.errors(), located=True)
        case ValidationError():
            return _invalid(error.errors(), located=False)
        case QuestionError(field=field, problem=what):
            return _problem(422, str(error), [WrongOut(field=field, problem=what)])
        case IdentifierError():
            return _problem(422, str(error))
        case UnknownId():
            return _problem(404, str(error))
        case CoverageSearchError():
            return _problem(503, str(error))
        case HTTPException(status_code=status, detail=detail):
            return _problem(status, str(detail))
        case _:
            return _problem(500, "an error of ours; the server's log has the trace")


def _problem(status: int, detail: str, errors: list[WrongOut] | None = None) -> ProblemOut:
    title = HTTPStatus(status).phrase
    return ProblemOut(title=title, status=status, detail=detail, errors=errors)


def _invalid(found: Sequence[Mapping[str, Any]], *, located: bool) -> ProblemOut:
    """422, each wrong field by name; what was sent is not repeated."""
    errors = [
        WrongOut(
            field=".".join(str(part) for part in each["loc"][located:]) or "body",
            problem=each["msg"],
        )
        for each in found
    ]
    return _problem(422, "; ".join(f"{each.field}: {each.problem}" for each in errors), errors)
