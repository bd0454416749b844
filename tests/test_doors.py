"""Every door gives the same hits in the same order, and the same outcome, on thirty questions."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from mcp import Client as McpClient

from search_api.client import AsyncClient, Client
from search_api.engine import Engine
from search_api.langchain import CoverageRetriever
from search_api.mcp_server import create_server

pytestmark = pytest.mark.encoder
ROOT = Path(__file__).parent.parent
K = 10
QUESTIONS = [
    json.loads(line)["question"]
    for line in (ROOT / "tests/judgments/dev.jsonl").read_text().splitlines()[::4][:30]
]


@pytest.fixture(scope="module")
def expected(engine: Engine) -> Sequence[tuple[str, list[str]]]:
    """(outcome or reason, hit ids) of each question, in process."""
    replies = [engine.ask(question, k=K) for question in QUESTIONS]
    return [(told(each.model_dump(mode="json")), [hit.id for hit in each.hits]) for each in replies]


def told(reply: Mapping[str, Any]) -> str:
    return str((reply["answer"] or {}).get("outcome") or reply["abstention"]["reason"])


def seen(replies: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(told(reply), [hit["id"] for hit in reply["hits"]]) for reply in replies]


def test_there_are_thirty(expected: Sequence[tuple[str, list[str]]]) -> None:
    assert len(QUESTIONS) == 30
    assert len({outcome for outcome, _ in expected}) >= 5


@pytest.mark.slow
def test_terminal(expected: Sequence[tuple[str, list[str]]], home: Path) -> None:
    """A process a question, two at a time."""
    command = [sys.executable, "-m", "search_api.cli", "ask", "--json", "--k", str(K)]

    def ask(question: str) -> dict[str, Any]:
        ran = subprocess.run(
            [*command, "--snapshot", str(home), question],
            capture_output=True,
            check=True,
            cwd=ROOT,
        )
        return dict(json.loads(ran.stdout))

    with ThreadPoolExecutor(2) as together:
        replies = list(together.map(ask, QUESTIONS))
    assert seen(replies) == list(expected)


def test_curl(expected: Sequence[tuple[str, list[str]]], address: str) -> None:
    replies = [
        json.loads(
            subprocess.run(
                ["curl", "-s", f"{address}/v1/search", "-H", "content-type: application/json",
                 "-d", json.dumps({"query": question, "k": K})],
                capture_output=True,
                check=True,
            ).stdout
        )
        for question in QUESTIONS
    ]  # fmt: skip
    assert seen(replies) == list(expected)


def test_clients(expected: Sequence[tuple[str, list[str]]], address: str) -> None:
    with Client(address) as client:
        waited = [client.ask(question, k=K).model_dump(mode="json") for question in QUESTIONS]
        rows = client.search_batch(QUESTIONS, k=K, progress=False)
    assert seen(waited) == list(expected)
    assert seen([row.reply.model_dump(mode="json") for row in rows if row.reply]) == list(expected)

    async def awaited() -> list[Mapping[str, Any]]:
        async with AsyncClient(address) as each:
            replies = await asyncio.gather(*(each.ask(question, k=K) for question in QUESTIONS))
            return [reply.model_dump(mode="json") for reply in replies]

    assert seen(asyncio.run(awaited())) == list(expected)


def test_mcp(expected: Sequence[tuple[str, list[str]]], engine: Engine) -> None:
    async def use() -> Iterator[tuple[str, list[str]]]:
        found = []
        async with McpClient(create_server(engine)) as client:
            for question in QUESTIONS:
                hits = await client.call_tool("search", {"query": question})
                reply = await client.call_tool("check_coverage", {"question": question})
                assert hits.structured_content
                assert reply.structured_content
                ids = [each["id"] for each in hits.structured_content["results"]]
                found.append((told(reply.structured_content), ids))
        return iter(found)

    assert list(asyncio.run(use())) == list(expected)


def test_langchain(expected: Sequence[tuple[str, list[str]]], engine: Engine, address: str) -> None:
    ids = [hits for _, hits in expected]
    with Client(address) as client:
        for source in (engine, client):
            retriever = CoverageRetriever(source=source, k=K)
            assert [[each.id for each in retriever.invoke(q)] for q in QUESTIONS] == ids


def test_openai(expected: Sequence[tuple[str, list[str]]], address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        found = [
            [each.file_id for each in client.vector_stores.search("current", query=question).data]
            for question in QUESTIONS
        ]
    assert found == [hits for _, hits in expected]
