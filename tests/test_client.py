"""The engine's verbs over HTTP: the same results, the same errors, and patience with a server."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from corpus.errors import IdentifierError, QuestionError, ServiceError, UnknownId
from corpus.terms import Kind
from search_api.client import AsyncClient, Client
from search_api.engine import Engine
from search_api.query import Filters
from search_api.schemas import SearchOut
from tests.conftest import TODAY

QUESTIONS = ["acupuncture for fibromyalgia", "97026", "banana bread"]
FILTERS = Filters(payer="Medicare", kinds=(Kind.NCD, Kind.FAQ), as_of=TODAY)


def still(reply: SearchOut) -> SearchOut:
    return reply.model_copy(update={"took_ms": 0.0})


@pytest.mark.encoder
def test_the_verbs_agree_with_the_engine(address: str, engine: Engine) -> None:
    with Client(address) as client:
        for question in QUESTIONS:
            ours = engine.ask(question, k=3, filters=FILTERS, explain=True)
            assert still(client.ask(question, k=3, filters=FILTERS, explain=True)) == still(ours)
            assert client.search(question, k=3, filters=FILTERS) == engine.search(
                question, k=3, filters=FILTERS
            )
        assert client.passage("NCD 30.3.1#1") == engine.passage("NCD 30.3.1#1")
        assert client.document("ncdid 373") == engine.document("NCD 30.3.3")
        assert client.code("97026") == engine.code("CPT 97026")
        assert [each.text for each in client.suggest("acupuncture fib")] == [
            "Acupuncture for Fibromyalgia"
        ]


@pytest.mark.encoder
def test_a_batch_longer_than_a_request(address: str, engine: Engine) -> None:
    questions = [QUESTIONS[place % 3] for place in range(43)]
    questions[5] = ""
    with Client(address) as client:
        rows = client.search_batch(questions, k=1, progress=False)
    ours = engine.search_batch(questions, k=1, progress=False)
    assert len(rows) == 43
    for theirs, own in zip(rows, ours, strict=True):
        assert (theirs.reply is None) is (own.reply is None)
        if theirs.reply and own.reply:
            assert still(theirs.reply) == still(own.reply)
    assert rows[5].problem is not None
    assert rows[5].problem.status == 422


@pytest.mark.encoder
def test_awaited(address: str, engine: Engine) -> None:
    async def all_verbs() -> None:
        async with AsyncClient(address) as client:
            replies = await asyncio.gather(*(client.ask(each, k=2) for each in QUESTIONS))
            ours = [engine.ask(each, k=2) for each in QUESTIONS]
            assert [still(each) for each in replies] == [still(each) for each in ours]
            assert await client.search(QUESTIONS[0], k=2) == ours[0].hits
            rows = await client.search_batch(QUESTIONS, k=2, progress=False)
            assert [still(row.reply) for row in rows if row.reply] == [still(x) for x in ours]
            assert await client.passage("NCD 30.3.1#1") == engine.passage("NCD 30.3.1#1")
            assert (await client.document("NCD 30.3")).document.title == "Acupuncture"
            assert await client.code("97026") == engine.code("97026")
            assert len(await client.suggest("acu", k=2)) == 2
            with pytest.raises(UnknownId):
                await client.passage("nothing#1")

    asyncio.run(all_verbs())


@pytest.mark.encoder
def test_errors_are_those_of_the_engine(address: str, engine: Engine) -> None:
    with Client(address) as client:
        for verbs in (engine, client):
            with pytest.raises(QuestionError, match="k"):
                verbs.ask("acupuncture", k=0)
            with pytest.raises(QuestionError, match="Atlantis"):
                verbs.ask("acupuncture", filters=Filters(state="Atlantis"))
            with pytest.raises(QuestionError, match=r"state"):
                verbs.ask("acupuncture", filters=Filters(state="F"))
            with pytest.raises(QuestionError, match=r"filters\.payer"):
                verbs.ask("acupuncture", filters=Filters(payer=" "))
            with pytest.raises(IdentifierError, match="a/b"):
                verbs.code("a/b")
            with pytest.raises(UnknownId, match="nothing"):
                verbs.document("nothing")
            with pytest.raises(UnknownId, match="nothing#1"):
                verbs.passage("nothing#1")
            with pytest.raises(IdentifierError, match="laser"):
                verbs.code("laser")


@pytest.mark.encoder
def test_half_a_surrogate_pair_is_no_question(engine: Engine) -> None:
    with pytest.raises(QuestionError, match="no valid Unicode"):
        engine.ask("\ud800 x")
    rows = engine.search_batch(["\ud800 x", "acupuncture"], k=1, progress=False)
    assert [row.problem is None for row in rows] == [False, True]


@pytest.mark.encoder
def test_a_code_that_no_document_names(engine: Engine) -> None:
    assert engine.code("99998").documents == []
    named = engine.code("E0221")
    assert named.system.value == "procedure"
    assert "NCD 270.6" in {each.document.id for each in named.documents}


@pytest.mark.encoder
def test_replies_in_a_notebook(engine: Engine) -> None:
    reply = engine.ask("acupuncture for fibromyalgia", k=3)
    assert "<strong>Not covered</strong>" in reply._repr_html_()
    frame = reply.frame()
    assert frame["document"].iloc[0] == "NCD 30.3.1"
    assert {"rank", "passage", "score", "dense", "lexical", "text", "url"} <= set(frame.columns)
    assert "No answer" in engine.ask("banana bread", k=1)._repr_html_()
    hostile = reply.hits[0].model_copy(update={"text": "<script>alert(1)</script>"})
    shown = reply.model_copy(update={"hits": [hostile]})._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@dataclass
class Script:
    """What a server answers, one (status, body) after the other; the last one again and again."""

    answers: list[tuple[int, str]]
    seen: int = field(default=0)


@pytest.fixture
def scripted() -> Iterator[tuple[Script, str]]:
    script = Script([])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = script.answers[min(script.seen, len(script.answers) - 1)]
            script.seen += 1
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield script, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


CODE = json.dumps(
    {"code": "97026", "system": "procedure", "documents": [], "diagnosis": None, "state": None,
     "as_of": None, "findings": [], "notes": [], "notice": ""}
)  # fmt: skip


def test_what_may_pass_is_tried_again(scripted: tuple[Script, str]) -> None:
    script, address = scripted
    script.answers = [(503, '{"detail": "warming"}'), (429, "{}"), (200, CODE)]
    with Client(address) as client:
        assert client.code("97026").documents == []
    assert script.seen == 3


@pytest.mark.parametrize(
    ("answer", "problem", "tries"),
    [
        ((503, '{"detail": "no snapshot"}'), "no snapshot", 2),
        ((500, '{"detail": "an error of ours"}'), "an error of ours", 1),
        ((200, "<html>a proxy's page</html>"), "not a reply of coverage-search", 1),
        ((200, '{"other": 1}'), "not a reply of coverage-search", 1),
    ],
)
def test_what_stays_is_a_service_error(
    scripted: tuple[Script, str], answer: tuple[int, str], problem: str, tries: int
) -> None:
    script, address = scripted
    script.answers = [answer]
    with Client(address, attempts=2) as client, pytest.raises(ServiceError, match=problem) as met:
        client.code("97026")
    assert met.value.status == answer[0]
    assert script.seen == tries


def test_no_server() -> None:
    with (
        Client("http://127.0.0.1:9", attempts=2, timeout=1) as client,
        pytest.raises(ServiceError, match=r"http://127.0.0.1:9: no answer") as met,
    ):
        client.ask("acupuncture")
    assert met.value.status == 0
