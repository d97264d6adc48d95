"""The official Python client of the revision 2026-07-28: finds, asks the person, follows, over HTTP and stdio."""

import asyncio
import json
import os
import pathlib
import sys
import time
from importlib.metadata import version

import mcp_types as types
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters

URL = os.environ["MCP_URL"]
BINARY, DATA = os.environ["NEAREST_ATM"], os.environ["MCP_DATA"].split("\n")
PLACE, AMBIGUOUS = os.environ["MCP_PLACE"], os.environ["MCP_AMBIGUOUS"]
SERVICE, WATCHED = os.environ["MCP_SERVICE"], pathlib.Path(os.environ["MCP_WATCHED"])


def show(title, result):
    print(f"--- {title}")
    print("\n".join("    " + line for line in result.content[0].text.strip().splitlines()))


async def person(_context, params):
    """Answers what the service asks, and says so."""
    key = params.requested_schema["required"][0]
    wanted = params.requested_schema["properties"][key]
    answer = {"near": PLACE, "consent": True}.get(key) or wanted["enum"][-1]
    print(f"    asked: {params.message!r} answered: {answer!r}")
    return types.ElicitResult(action="accept", content={key: answer})


async def tell(client, where):
    info = client.session
    print(f"=== {where}: protocol {info.protocol_version}, Python client mcp {version('mcp')}")
    assert info.protocol_version == "2026-07-28", info.protocol_version
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["find_nearest_atms", "find_atms_within", "resolve_place", "get_atm"]
    assert all(tool.output_schema for tool in tools), "every tool declares what it answers"


async def stories(client):
    found = await client.call_tool("find_nearest_atms", {"near": PLACE, "service": [SERVICE], "limit": 2})
    show(f"a machine with {SERVICE} near {PLACE}", found)
    assert not found.is_error and found.structured_content["neighbours"], found
    assert json.loads(found.content[1].text) == found.structured_content
    atm = found.structured_content["neighbours"][0]["atms"][0]["id"]

    wrong = await client.call_tool("find_nearest_atms", {"lat": 123, "lon": 0, "colour": "red"})
    show("latitude 123 and an unknown filter", wrong)
    assert wrong.is_error and "-90 to 90" in wrong.content[0].text and "colour" in wrong.content[0].text

    whole = await client.call_tool("get_atm", {"id": atm})
    assert whole.structured_content["atm"]["id"] == atm
    box = found.structured_content["origin"]
    edges = [box["lon"] - 0.05, box["lat"] - 0.05, box["lon"] + 0.05, box["lat"] + 0.05]
    within = await client.call_tool("find_atms_within", {"bbox": edges, "limit": 3})
    assert within.structured_content["atms"], within
    places = await client.call_tool("resolve_place", {"text": AMBIGUOUS})
    assert len(places.structured_content["places"]) > 1, places
    try:
        await client.call_tool("open_the_safe", {})
        sys.exit("a tool nobody has was called")
    except MCPError as error:
        assert error.code == types.INVALID_PARAMS, error
    vocabulary = await client.read_resource("atm://vocabulary")
    assert json.loads(vocabulary.contents[0].text)["atms"] > 0
    prompt = await client.get_prompt("find_an_atm", {"place": PLACE})
    assert PLACE in prompt.messages[0].content.text
    return atm


async def alone():
    """A client that cannot ask the person: the model is told to."""
    began = time.monotonic()
    async with Client(URL) as client:
        await tell(client, "HTTP, without a person to ask")
        await stories(client)
        for title, arguments in [
            ("several places of one name", {"near": AMBIGUOUS}),
            ("no place at all", {"service": [SERVICE]}),
        ]:
            result = await client.call_tool("find_nearest_atms", arguments)
            show(title, result)
            assert result.is_error
    print(f"    all that in {time.monotonic() - began:.2f} s")


async def with_person():
    async with Client(URL, elicitation_callback=person) as client:
        await tell(client, "HTTP, with a person to ask")
        for title, arguments in [
            ("no place at all", {"service": [SERVICE], "limit": 1}),
            ("several places of one name", {"near": AMBIGUOUS, "limit": 1}),
            ("a position", {"lat": 51.5308, "lon": -0.1238, "limit": 1}),
        ]:
            print(f"--- {title}")
            result = await client.call_tool("find_nearest_atms", arguments)
            assert not result.is_error and result.structured_content["neighbours"], result
            print("    " + result.content[0].text.strip().splitlines()[0])
        async with client.listen(resource_subscriptions=["atm://vocabulary"]) as followed:
            before = json.loads((await client.read_resource("atm://vocabulary")).contents[0].text)
            WATCHED.write_text(WATCHED.read_text().replace("Monaco", "Monaco-Ville", 1) + "\n")
            began = time.monotonic()
            async with asyncio.timeout(60):
                async for event in followed:
                    print(f"--- told of {event} {time.monotonic() - began:.1f} s after a source changed")
                    break
            after = await client.read_resource("atm://vocabulary", cache_mode="bypass")
            after = json.loads(after.contents[0].text)
            assert before["snapshot"]["id"] != after["snapshot"]["id"], after["snapshot"]


async def over_stdio():
    began = time.monotonic()
    server = StdioServerParameters(command=BINARY, args=["mcp", *DATA])
    async with Client(server, elicitation_callback=person) as client:
        await tell(client, "stdio")
        result = await client.call_tool("find_nearest_atms", {"near": PLACE, "limit": 1})
        assert result.structured_content["neighbours"], result
        print(f"    first answer {time.monotonic() - began:.2f} s after the process was started")
        await stories(client)


async def main():
    await alone()
    await with_person()
    await over_stdio()


asyncio.run(main())
