"""The OpenAI-shaped route by OpenAI's own client, and the LangChain retriever by its suite."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from corpus.errors import QuestionError
from search_api.client import Client
from search_api.engine import Engine
from search_api.langchain import CoverageRetriever
from search_api.query import Filters
from search_api.vector_stores import Comparison, Compound

pytestmark = pytest.mark.encoder


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as opened:
        yield opened


def test_a_search_by_openais_client(client: openai.OpenAI, engine: Engine) -> None:
    found = client.vector_stores.search("current", query="acupuncture for neck pain")
    hits = engine.search("acupuncture for neck pain", k=10)
    assert [each.file_id for each in found.data] == [each.id for each in hits]
    assert found.data[0].content[0].text == hits[0].text
    assert found.data[0].score == hits[0].score
    assert found.data[0].attributes is not None
    assert found.data[0].attributes["payer"] == "Medicare"


def test_filters_and_thresholds(client: openai.OpenAI) -> None:
    only_faq = client.vector_stores.search(
        "current",
        query="acupuncture",
        filters={"type": "eq", "key": "kind", "value": "faq"},
        max_num_results=3,
    )
    assert [(each.attributes or {})["kind"] for each in only_faq.data] == ["faq"] * 3
    recent = client.vector_stores.search(
        "current",
        query="acupuncture",
        filters={
            "type": "and",
            "filters": [
                {"type": "gte", "key": "effective", "value": "2020-01-01"},
                {"type": "in", "key": "kind", "value": ["ncd"]},
            ],
        },
    )
    assert recent.data
    assert all(str((each.attributes or {})["effective"]) >= "2020" for each in recent.data)
    near = client.vector_stores.search(
        "current", query="acupuncture", ranking_options={"score_threshold": 0.8}
    )
    assert all(each.score >= 0.8 for each in near.data)


def test_a_filter_is_what_it_says() -> None:
    about = {"kind": "ncd", "effective": "2020-01-21"}
    for kind, value, holds in (
        ("eq", "ncd", True), ("ne", "ncd", False), ("in", ["ncd", "faq"], True),
        ("nin", ["ncd"], False), ("gt", "lcd", True), ("lt", "lcd", False),
    ):  # fmt: skip
        assert Comparison(type=kind, key="kind", value=value).holds(about) is holds  # type: ignore[arg-type]
    several = {"determination": "conditional,not_covered"}
    assert Comparison(type="eq", key="determination", value="not_covered").holds(several)
    assert not Comparison(type="ne", key="determination", value="not_covered").holds(several)
    assert Comparison(type="in", key="determination", value=["covered", "conditional"]).holds(
        several
    )
    assert Comparison(type="nin", key="state", value=["FL"]).holds(several)
    missing = Comparison(type="eq", key="payer", value="x")
    assert not missing.holds(about)
    assert Comparison(type="ne", key="payer", value="x").holds(about)
    assert Compound(
        type="or", filters=[missing, Comparison(type="eq", key="kind", value="ncd")]
    ).holds(about)


def test_bad_requests_are_the_clients_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no vector store 'other'"):
        client.vector_stores.search("other", query="acupuncture")
    with pytest.raises(openai.UnprocessableEntityError, match="in takes a list"):
        client.vector_stores.search(
            "current", query="x", filters={"type": "in", "key": "kind", "value": "ncd"}
        )
    with pytest.raises(openai.UnprocessableEntityError, match="no attribute 'author'"):
        client.vector_stores.search(
            "current", query="x", filters={"type": "eq", "key": "author", "value": "me"}
        )
    with pytest.raises(openai.UnprocessableEntityError, match="filter"):
        client.vector_stores.search("current", query="x", extra_body={"filter": {}})
    with pytest.raises(openai.UnprocessableEntityError, match="query"):
        client.vector_stores.search("current", query="")


class TestInProcess(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def opened(self, engine: Engine) -> None:
        type(self).source = engine  # type: ignore[attr-defined]

    @property
    def retriever_constructor(self) -> type[CoverageRetriever]:
        return CoverageRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"source": type(self).source}  # type: ignore[attr-defined]

    @property
    def retriever_query_example(self) -> str:
        return "acupuncture for neck pain"


class TestOverHttp(TestInProcess):
    @pytest.fixture(autouse=True)
    def opened(self, address: str) -> Iterator[None]:
        with Client(address) as source:
            type(self).source = source  # type: ignore[attr-defined]
            yield


def test_bad_input_is_langchains_callers_error(engine: Engine) -> None:
    retriever = CoverageRetriever(source=engine, filters=Filters(state="Atlantis"))
    with pytest.raises(QuestionError, match="Atlantis"):
        retriever.invoke("acupuncture")


def test_a_retrieved_document_carries_its_source(engine: Engine) -> None:
    retriever = CoverageRetriever(source=engine, k=2, filters=Filters(payer="Medicare"))
    first = retriever.invoke("acupuncture for fibromyalgia")[0]
    assert first.id == "NCD 30.3.1#2"
    assert first.metadata["source"].startswith("https://www.cms.gov/")
    assert first.metadata["coverage"][0]["determination"] == "not_covered"
    assert first.metadata["coverage"][0]["words"] in first.page_content
