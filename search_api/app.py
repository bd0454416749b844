"""The FastAPI application: routes, lifespan, and errors as RFC 9457 problems."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from corpus.errors import CoverageSearchError, IdentifierError, QuestionError, UnknownId
from search_api.engine import open_engine
from search_api.routes import router

_PROBLEM = "application/problem+json"


def create_app(home: Path) -> FastAPI:
    """The application over a home folder of snapshots, or one snapshot's own folder.

    The snapshot is opened and warmed at start-up; SnapshotError where there is none.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        """Open the snapshot and ask it once, so that the first question finds it warm."""
        app.state.engine = open_engine(home)
        app.state.engine.ask("warm")
        yield

    app = FastAPI(
        title="coverage-search",
        summary="Ask whether a health service is covered; get cited policy passages.",
        version=version("coverage-search"),
        lifespan=lifespan,
    )
    app.include_router(router)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CoverageSearchError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    return app


def problem(status: int, detail: str, **extra: object) -> JSONResponse:
    """A problem document (RFC 9457) of a status, with further members."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return JSONResponse(body, status_code=status, media_type=_PROBLEM)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """422, each wrong field by name; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or "body", "problem": each["msg"]}
        for each in error.errors()
    ]
    detail = "; ".join(f"{each['field']}: {each['problem']}" for each in errors)
    return problem(422, detail, errors=errors)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    """Our own errors, each with the status that fits it."""
    match error:
        case QuestionError(field=field, problem=what):
            return problem(422, str(error), errors=[{"field": field, "problem": what}])
        case IdentifierError():
            return problem(422, str(error))
        case UnknownId():
            return problem(404, str(error))
        case _:
            return problem(503, str(error))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: no such route, or another method."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail))


async def _broken(_request: Request, _error: Exception) -> JSONResponse:
    """A bug: the client learns that, the log has the trace."""
    return problem(500, "an error of ours; the server's log has the trace")
