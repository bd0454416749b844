"""The FastAPI application: routes, lifespan, and errors as RFC 9457 problems."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from corpus.errors import CoverageSearchError
from search_api import page, routes
from search_api.engine import open_engine
from search_api.problems import invalid, problem, problem_of

_PROBLEM = "application/problem+json"


def create_app(home: Path) -> FastAPI:
    """The application over a home folder of snapshots, or one snapshot's own folder.

    The snapshot is opened and warmed at start-up; SnapshotError where there is none.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        """Open the snapshot and ask it once, so that the first question finds it warm."""
        app.state.engine = open_engine(home)
        app.state.engine.consider("warm")
        _ = app.state.engine.snapshot.rule_judge  # only some questions need it: found damaged now
        yield

    app = FastAPI(
        title="coverage-search",
        summary="Ask whether a health service is covered; get cited policy passages.",
        version=version("coverage-search"),
        lifespan=lifespan,
    )
    app.include_router(routes.router)
    app.include_router(page.router)
    for error in (RequestValidationError, CoverageSearchError, HTTPException, Exception):
        app.add_exception_handler(error, _problem)
    return app


async def _problem(request: Request, error: Exception) -> JSONResponse:
    """Any error as a problem document; a bug's trace goes to the log alone."""
    match error:
        case RequestValidationError():  # placed in the body, the path or the query
            found = invalid([(each["loc"][1:], each["msg"]) for each in error.errors()])
        case HTTPException(status_code=status, detail=detail):
            found = problem(status, str(detail))
        case _:
            found = problem_of(error)
    body = found.model_dump(exclude_none=True)
    if request.url.path.startswith("/v1/vector_stores/"):  # where OpenAI's clients look
        body["error"] = {"message": found.detail, "type": found.title, "code": found.status}
    headers = error.headers if isinstance(error, HTTPException) else None  # Allow, of a 405
    return JSONResponse(body, status_code=found.status, headers=headers, media_type=_PROBLEM)
