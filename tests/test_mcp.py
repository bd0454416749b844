"""The MCP door by the SDK's own client, over stdio and over streamable HTTP."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from search_api.engine import Engine

pytestmark = pytest.mark.encoder


@pytest.fixture(scope="module")
def over_http(home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "search_api.cli", "mcp", "--http", "--port", str(port)]
    server = subprocess.Popen([*command, "--snapshot", str(home)], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    yield f"http://127.0.0.1:{port}/mcp"
    server.terminate()
    server.communicate(timeout=20)


@pytest.fixture(params=["stdio", "http"])
def door(request: pytest.FixtureRequest, home: Path) -> Any:
    if request.param == "http":
        return request.getfixturevalue("over_http")
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "search_api.cli", "mcp", "--snapshot", str(home)],
        cwd=Path(__file__).parent.parent,
    )


def test_every_tool_over_both_transports(door: Any, engine: Engine) -> None:
    async def use() -> None:
        async with Client(door) as client:
            tools = (await client.list_tools()).tools
            assert [each.name for each in tools] == ["search", "fetch", "check_coverage"]
            assert all(each.annotations and each.annotations.read_only_hint for each in tools)

            found = await client.call_tool("search", {"query": "acupuncture for fibromyalgia"})
            assert len(found.content) == 1
            assert json.loads(found.content[0].text) == found.structured_content  # type: ignore[union-attr]
            results = (found.structured_content or {})["results"]
            hits = engine.search("acupuncture for fibromyalgia", k=10)
            assert [each["id"] for each in results] == [each.id for each in hits]
            assert results[0]["url"].startswith("https://www.cms.gov/")

            fetched = (await client.call_tool("fetch", {"id": results[0]["id"]})).structured_content
            assert fetched is not None
            assert fetched["text"] == hits[0].text
            assert fetched["metadata"]["payer"] == "Medicare"
            whole = (await client.call_tool("fetch", {"id": "NCD 30.3"})).structured_content
            assert whole is not None
            assert whole["text"] == engine.document("NCD 30.3").text

            asked = {"code": "97026", "payer": "Medicare", "state": "FL", "date": "2026-03-01"}
            checked = (await client.call_tool("check_coverage", asked)).structured_content
            assert checked is not None
            assert checked["interpreted"]["state"] == "FL"
            assert checked["answer"]["outcome"] in {"differs", "conditional", "not_covered"}

            blank = {"question": "acupuncture", "payer": "", "state": "", "date": "", "code": ""}
            unnamed = (await client.call_tool("check_coverage", blank)).structured_content
            assert unnamed is not None
            assert unnamed["interpreted"]["payer"] is None
            assert unnamed["answer"]["outcome"] == "conditional"

            for name in (
                "NCD%2030.3",
                "FAQ%20acupuncture-and-pain/does-medicare-cover-acupuncture",
            ):
                text = (await client.read_resource(f"coverage://documents/{name}")).contents[0]
                assert "cupuncture" in text.text  # type: ignore[union-attr]

    asyncio.run(use())


def test_bad_input_is_a_tool_error(door: Any) -> None:
    async def use() -> None:
        async with Client(door) as client:
            for tool, given, what in (
                ("fetch", {"id": "nothing"}, "no document 'nothing'"),
                ("check_coverage", {}, "give a question or a code"),
                ("check_coverage", {"question": "x", "state": "Atlantis"}, "Atlantis"),
                ("search", {"query": ""}, "query"),
            ):
                reply = await client.call_tool(tool, given)
                assert reply.is_error
                text = reply.content[0].text  # type: ignore[union-attr]
                assert what in text
                assert "Traceback" not in text
            with pytest.raises(MCPError, match="nothing"):
                await client.read_resource("coverage://documents/nothing")

    asyncio.run(use())
