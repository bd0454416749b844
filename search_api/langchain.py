"""A LangChain retriever over an engine in process or a client of a server."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from search_api.client import Client
from search_api.engine import Engine
from search_api.query import Filters
from search_api.schemas import HitOut


class CoverageRetriever(BaseRetriever):
    """Passages of policies for a question, best first.

    source: `open_engine(...)` or `Client(...)`. k: passages given. filters: each part overrides
    the question's words. A document's id is the passage's; its metadata hold the source, the
    dates, and the determinations that the passage states with their deciding words.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    source: Engine | Client
    k: int = 5
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        """The passages of a question; k may be given for one call."""
        hits = self.source.search(query, k=self.k if k is None else k, filters=self.filters)
        return [_document(each) for each in hits]


def _document(hit: HitOut) -> Document:
    about = hit.document
    return Document(
        id=hit.id,
        page_content=hit.text,
        metadata={
            "source": about.url,
            "document": about.id,
            "title": about.title,
            "heading": hit.heading,
            "kind": about.kind.value,
            "payer": about.payer,
            "status": about.status.value,
            "effective": str(about.effective) if about.effective else None,
            "score": hit.score,
            "coverage": [
                {
                    "determination": each.determination.value,
                    "payer": each.payer,
                    "words": each.evidence.text,
                }
                for each in hit.coverage
            ],
        },
    )
