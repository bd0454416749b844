"""The HTTP door: the wire format, and errors that name what is wrong."""

import pytest
from starlette.testclient import TestClient

from search_api.engine import Engine

pytestmark = pytest.mark.encoder
FIELDS = {
    "query", "interpreted", "answer", "abstention", "pointers", "hits", "index", "took_ms",
}  # fmt: skip


def test_another_method_is_told_which_is_allowed(client: TestClient) -> None:
    reply = client.get("/v1/search")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "POST"


def test_an_answer_on_the_wire(client: TestClient) -> None:
    body = {
        "query": "Does Medicare pay for CPT 97026 in Florida?",
        "k": 3,
        "filters": {"as_of": "2026-03-01"},
    }
    reply = client.post("/v1/search", json=body).json()
    assert set(reply) == FIELDS
    assert reply["abstention"] is None
    assert reply["answer"]["outcome"] == "differs"
    assert reply["interpreted"] | {"expansions": []} == {
        "kind": "coverage",
        "codes": ["97026"],
        "diagnoses": [],
        "documents": [],
        "denials": [],
        "payer": "Medicare",
        "payers": ["Medicare"],
        "line": None,
        "plan": None,
        "state": "FL",
        "as_of": "2026-03-01",
        "expansions": [],
    }
    assert "2026-03-01" in reply["answer"]["notice"]
    for hit in reply["hits"]:
        document = hit["document"]
        assert document["id"]
        assert document["url"] or document["kind"] == "code"
        assert {"payer", "effective", "status", "reliability", "retrieved"} <= document.keys()


def test_explain_adds_what_ordered_the_hits(client: TestClient) -> None:
    body = {"query": "Does Medicare pay for CPT 97026?", "explain": True}
    explained = client.post("/v1/search", json=body).json()["hits"][0]["scores"]
    plain = client.post("/v1/search", json={**body, "explain": False}).json()["hits"][0]["scores"]
    assert explained["tier"] == 2
    assert explained.keys() - plain.keys() == {"tier", "standing"}


def test_an_abstention_on_the_wire(client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "CPT 97888"}).json()
    assert reply["answer"] is None
    assert reply["abstention"]["reason"] == "code_not_in_corpus"
    assert reply["abstention"]["nearest"]


def test_evidence_is_a_verbatim_slice_over_the_wire(client: TestClient, engine: Engine) -> None:
    for question in (
        "acupuncture for neck pain",
        "does Aetna cover cold laser",
        "CPAP for sleep apnea",
    ):
        answer = client.post("/v1/search", json={"query": question}).json()["answer"]
        for part in (answer, *answer["sides"]):
            whole = client.get(f"/v1/documents/{part['source']['id']}").json()
            evidence = part["evidence"]
            assert whole["text"][evidence["start"] : evidence["end"]] == evidence["text"]
            assert evidence["of"] == "summary"
            assert part["source"]["url"].startswith("http")


def test_a_passage_and_a_document_by_their_ids(client: TestClient) -> None:
    passage = client.get("/v1/passages/NCD 270.6%232").json()
    assert passage["id"] == "NCD 270.6#2"
    assert passage["coverage"][0]["determination"] == "not_covered"
    assert passage["coverage"][0]["why"] == "not_reasonable_and_necessary"
    by_alias = client.get("/v1/documents/ncdid 315").json()
    assert by_alias["document"]["id"] == "NCD 270.6"
    assert by_alias["text"][passage["start"] : passage["end"]] == passage["text"]
    assert (
        client.get("/v1/documents/LCD L33825 + Article A52477").json()["document"]["id"]
        == "LCD L33825"
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": " \u200b"}, "query"),
        ({"query": "x" * 10_000}, "query"),
        ({"query": "ok", "k": 0}, "k"),
        ({"query": "ok", "k": 101}, "k"),
        ({"query": "ok", "filters": {"state": "Atlantis"}}, "filters.state"),
        ({"query": "ok", "filters": {"as_of": "yesterday"}}, "filters.as_of"),
        ({"query": "ok", "filters": {"codes": ["97O26"]}}, "filters.codes"),
        ({"query": "ok", "filters": {"kinds": ["rumour"]}}, "filters.kinds.0"),
        ({"query": "ok", "colour": "red"}, "colour"),
        ({"query": "ok", "filters": {"colour": "red"}}, "filters.colour"),
        ({}, "query"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(
    client: TestClient, body: dict[str, object], field: str
) -> None:
    reply = client.post("/v1/search", json=body)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert [each["field"] for each in problem["errors"]] == [field]
    assert field in problem["detail"]
    assert "xxxx" not in reply.text


def test_a_body_that_is_no_json(client: TestClient) -> None:
    reply = client.post("/v1/search", content=b"{", headers={"content-type": "application/json"})
    assert (reply.status_code, reply.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/v1/passages/NCD 999.9%231", "/v1/documents/nothing", "/nowhere"]
)
def test_what_is_not_there_is_a_404_problem(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert reply.json()["status"] == 404


def test_health_and_documentation(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json()["index"]
    assert client.get("/docs").status_code == 200
    assert "/v1/search" in client.get("/openapi.json").json()["paths"]
