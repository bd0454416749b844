"""Suggestions by word beginnings, and the batch: rows that a person can check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from corpus.terms import Kind
from search_api.suggest import Suggester, Suggestion, words

TITLES = [
    ("NCD 30.3", "Acupuncture", Kind.NCD),
    ("NCD 30.3.1", "Acupuncture for Fibromyalgia", Kind.NCD),
    ("FAQ 1", "Does Medicare cover acupuncture?", Kind.FAQ),
    ("CODE 97026", "97026: infrared light", Kind.CODE),
]
SUGGESTER = Suggester(TITLES, [("97026", "97026: infrared light"), ("97810", "")])


def texts(typed: str, k: int = 8) -> list[str]:
    return [each.text for each in SUGGESTER.suggest(typed, k=k)]


def test_each_word_begins_a_word() -> None:
    assert texts("acu") == [
        "Acupuncture",
        "Acupuncture for Fibromyalgia",
        "Does Medicare cover acupuncture?",
    ]
    assert texts("fib acu") == ["Acupuncture for Fibromyalgia"]
    assert texts("ACÚ", k=1) == ["Acupuncture"]
    assert texts("ncd 30.3.1") == ["Acupuncture for Fibromyalgia"]
    assert texts("puncture") == texts("") == texts("acu", k=0) == []


def test_codes_with_what_they_stand_for() -> None:
    assert SUGGESTER.suggest("970", k=8) == [Suggestion("97026", "97026: infrared light")]
    assert texts("infrared") == ["97026"]
    assert texts("97") == ["97026", "97810"]


@given(st.text(max_size=20))
def test_what_is_suggested_holds_what_was_typed(typed: str) -> None:
    for each in SUGGESTER.suggest(typed, k=3):
        held = words(f"{each.text} {each.note}")
        assert all(any(word.startswith(part) for word in held) for part in words(typed))


@pytest.mark.encoder
def test_the_route(client: TestClient) -> None:
    reply = client.post("/v1/suggest", json={"text": "acupuncture fib"})
    assert reply.json() == {
        "suggestions": [{"text": "Acupuncture for Fibromyalgia", "note": "NCD 30.3.1"}]
    }
    assert client.post("/v1/suggest", json={"text": ""}).status_code == 422


@pytest.mark.encoder
def test_a_batch_keeps_its_order_and_one_bad_question_spoils_no_other(client: TestClient) -> None:
    queries = [
        {"query": "acupuncture for fibromyalgia", "k": 1},
        {"query": "acupuncture", "k": 0},
        {"quary": "acupuncture"},
        {"query": "x", "filters": {"state": "Atlantis"}},
        {"query": "97026", "k": 2},
    ]
    rows = client.post("/v1/search/batch", json={"queries": queries}).json()["results"]
    assert [row["problem"] is None for row in rows] == [True, False, False, False, True]
    assert rows[0]["reply"]["answer"]["outcome"] == "not_covered"
    assert len(rows[4]["reply"]["hits"]) == 2
    assert rows[1]["problem"]["errors"][0]["field"] == "k"
    assert {each["field"] for each in rows[2]["problem"]["errors"]} == {"query", "quary"}
    assert "Atlantis" in rows[3]["problem"]["detail"]
    alone = client.post("/v1/search", json=queries[0]).json()
    assert rows[0]["reply"] | {"took_ms": 0} == alone | {"took_ms": 0}
    too_many = client.post("/v1/search/batch", json={"queries": [queries[0]] * 101})
    assert too_many.status_code == 422


@pytest.mark.encoder
def test_the_page_is_served_with_its_policy(client: TestClient) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/app.js", "text/javascript"),
        ("/style.css", "text/css"),
    ):
        reply = client.get(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith(kind)
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        again = client.get(path, headers={"if-none-match": reply.headers["etag"]})
        assert again.status_code in (200, 304)
