"""The HTTP routes: each checks nothing and decides nothing, it hands over and writes out."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from search_api.code_schemas import CodeOut
from search_api.engine import Engine
from search_api.problems import row
from search_api.requests import BatchIn, SearchIn, SuggestIn
from search_api.schemas import (
    BatchOut,
    PassageOut,
    SearchOut,
    SuggestionOut,
    SuggestOut,
    WholeDocumentOut,
)
from search_api.vector_stores import VectorPageOut, VectorSearchIn, search_store

router = APIRouter()


def engine_of(request: Request) -> Engine:
    """The engine that the application was made with."""
    engine: Engine = request.app.state.engine
    return engine


Asked = Annotated[Engine, Depends(engine_of)]


@router.post("/v1/search", summary="Ask a coverage question")
def search(body: SearchIn, engine: Asked) -> SearchOut:
    """Ranked passages with their coverage answer, or the reason why there is none."""
    return engine.ask(body.query, k=body.k, filters=body.filters.filters(), explain=body.explain)


@router.post("/v1/search/batch", summary="Ask several questions")
def search_batch(body: BatchIn, engine: Asked) -> BatchOut:
    """A reply or a problem for each question, in their order."""
    asked = (partial(_checked, each, engine) for each in body.queries)
    return BatchOut(results=[row(each) for each in asked])


def _checked(question: Mapping[str, object], engine: Engine) -> SearchOut:
    return search(SearchIn.model_validate(question), engine)


@router.post("/v1/suggest", summary="What a typed beginning may become")
def suggest(body: SuggestIn, engine: Asked) -> SuggestOut:
    """Titles, questions and codes of the corpus that hold the typed words' beginnings."""
    found = engine.suggest(body.text, k=body.k)
    return SuggestOut(suggestions=[SuggestionOut(text=each.text, note=each.note) for each in found])


@router.get("/v1/passages/{passage_id:path}", summary="One passage")
def passage(passage_id: str, engine: Asked) -> PassageOut:
    """A passage by its id, with its document and the rules that it states."""
    return engine.passage(passage_id)


@router.get("/v1/documents/{name:path}", summary="One document")
def document(name: str, engine: Asked) -> WholeDocumentOut:
    """A document by its id or an alias, with its text and passages."""
    return engine.document(name)


@router.get("/v1/codes/{code:path}", summary="One code")
def code(
    code: str,
    engine: Asked,
    diagnosis: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[str | None, Query(max_length=40)] = None,
    as_of: date | None = None,
) -> CodeOut:
    """The documents that name a code, and what articles' lists say of a diagnosis for it."""
    return engine.code(code, diagnosis=diagnosis, state=state, as_of=as_of)


@router.post("/v1/vector_stores/{store}/search", summary="Search, in OpenAI's shape")
def search_vector_store(store: str, body: VectorSearchIn, engine: Asked) -> VectorPageOut:
    """Passages as OpenAI's clients expect them; `store` is "current" or the snapshot's id."""
    return search_store(engine, store, body)


@router.get("/livez", summary="Whether the process runs")
def livez() -> dict[str, str]:
    """Always ok while the process answers."""
    return {"status": "ok"}


@router.get("/readyz", summary="Whether questions can be answered")
def readyz(engine: Asked) -> dict[str, str]:
    """Ok once the snapshot is open and the encoder warm; names the snapshot."""
    return {"status": "ok", "index": engine.snapshot.manifest.id}
