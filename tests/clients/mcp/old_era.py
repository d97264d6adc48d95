"""The official Python client of the revision 2025-11-25: the same, over HTTP and stdio."""

import asyncio
import json
import os
from importlib.metadata import version

from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from pydantic import AnyUrl

URL = os.environ["MCP_URL"]
BINARY, DATA = os.environ["NEAREST_ATM"], os.environ["MCP_DATA"].split("\n")
PLACE, AMBIGUOUS, SERVICE = os.environ["MCP_PLACE"], os.environ["MCP_AMBIGUOUS"], os.environ["MCP_SERVICE"]


async def person(_context, params):
    key = params.requestedSchema["required"][0]
    wanted = params.requestedSchema["properties"][key]
    answer = {"near": PLACE, "consent": True}.get(key) or wanted["enum"][-1]
    print(f"    asked: {params.message!r} answered: {answer!r}")
    return types.ElicitResult(action="accept", content={key: answer})


async def stories(session, where):
    begun = await session.initialize()
    print(f"=== {where}: protocol {begun.protocolVersion}, Python client mcp {version('mcp')}")
    assert begun.protocolVersion == "2025-11-25", begun
    tools = (await session.list_tools()).tools
    assert len(tools) == 4 and all(tool.outputSchema for tool in tools), tools
    found = await session.call_tool("find_nearest_atms", {"near": PLACE, "service": [SERVICE], "limit": 2})
    assert not found.isError and found.structuredContent["neighbours"], found
    print("    " + found.content[0].text.strip().splitlines()[1])
    wrong = await session.call_tool("find_nearest_atms", {"lat": 123, "lon": 0})
    assert wrong.isError and "-90 to 90" in wrong.content[0].text, wrong
    atm = found.structuredContent["neighbours"][0]["atms"][0]["id"]
    whole = await session.call_tool("get_atm", {"id": atm})
    assert whole.structuredContent["atm"]["id"] == atm, whole
    places = await session.call_tool("resolve_place", {"text": AMBIGUOUS})
    assert len(places.structuredContent["places"]) > 1, places
    vocabulary = await session.read_resource(AnyUrl("atm://vocabulary"))
    assert json.loads(vocabulary.contents[0].text)["atms"] > 0
    template = (await session.list_resource_templates()).resourceTemplates[0].uriTemplate
    uri = template.replace("{id}", "".join(c if c.isalnum() or c in "-._~" else f"%{ord(c):02X}" for c in atm))
    read = await session.read_resource(AnyUrl(uri))
    assert json.loads(read.contents[0].text)["atm"]["id"] == atm, read
    prompt = await session.get_prompt("find_an_atm", {"place": PLACE})
    assert PLACE in prompt.messages[0].content.text
    try:
        await session.call_tool("open_the_safe", {})
        raise SystemExit("a tool nobody has was called")
    except McpError as error:
        assert error.error.code == types.INVALID_PARAMS, error


async def main():
    async with streamablehttp_client(URL) as (read, write, _), ClientSession(read, write) as session:
        await stories(session, "HTTP")
        asked = await session.call_tool("find_nearest_atms", {"near": AMBIGUOUS})
        assert asked.isError and "Several places" in asked.content[0].text, asked
    server = StdioServerParameters(command=BINARY, args=["mcp", *DATA])
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write, elicitation_callback=person) as session:
            await stories(session, "stdio")
            for arguments in [{"service": [SERVICE]}, {"near": AMBIGUOUS}, {"lat": 51.5308, "lon": -0.1238}]:
                found = await session.call_tool("find_nearest_atms", arguments | {"limit": 1})
                assert not found.isError and found.structuredContent["neighbours"], found
            await session.subscribe_resource(AnyUrl("atm://vocabulary"))
            await session.unsubscribe_resource(AnyUrl("atm://vocabulary"))


asyncio.run(main())
