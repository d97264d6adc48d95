// The official TypeScript clients of both revisions, over HTTP and stdio.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Client as NewClient, StreamableHTTPClientTransport as NewHttp } from "@modelcontextprotocol/client";
import { StdioClientTransport as NewStdio } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const { MCP_URL, NEAREST_ATM, MCP_DATA, MCP_PLACE, MCP_AMBIGUOUS, MCP_SERVICE, MCP_MODULES } = process.env;
const info = { name: "trial", version: "1.0.0" };
const command = { command: NEAREST_ATM, args: ["mcp", ...MCP_DATA.split("\n")], stderr: "ignore" };
const version = (name) =>
  JSON.parse(readFileSync(`${MCP_MODULES}/node_modules/@modelcontextprotocol/${name}/package.json`)).version;

function person({ params }) {
  const key = params.requestedSchema.required[0];
  const answer = { near: MCP_PLACE, consent: true }[key] ?? params.requestedSchema.properties[key].enum.at(-1);
  console.log(`    asked: ${JSON.stringify(params.message)} answered: ${JSON.stringify(answer)}`);
  return { action: "accept", content: { [key]: answer } };
}

async function stories(client, where, canAsk) {
  console.log(`=== ${where}`);
  const { tools } = await client.listTools();
  assert.equal(tools.length, 4);
  const call = (name, args) => client.callTool({ name, arguments: args });
  const found = await call("find_nearest_atms", { near: MCP_PLACE, service: [MCP_SERVICE], limit: 2 });
  assert.ok(!found.isError && found.structuredContent.neighbours.length > 0, JSON.stringify(found));
  console.log("    " + found.content[0].text.split("\n")[1]);
  const wrong = await call("find_nearest_atms", { lat: 123, lon: 0 });
  assert.ok(wrong.isError && wrong.content[0].text.includes("-90 to 90"));
  const asked = await call("find_nearest_atms", { near: MCP_AMBIGUOUS, limit: 1 });
  assert.equal(Boolean(asked.isError), !canAsk, JSON.stringify(asked).slice(0, 500));
  const { id } = found.structuredContent.neighbours[0].atms[0];
  assert.equal((await call("get_atm", { id })).structuredContent.atm.id, id);
  const { lat, lon } = found.structuredContent.origin;
  const within = await call("find_atms_within", { bbox: [lon - 0.05, lat - 0.05, lon + 0.05, lat + 0.05] });
  assert.ok(within.structuredContent.atms.length > 0);
  const read = await client.readResource({ uri: `atm://${encodeURIComponent(id)}` });
  assert.equal(JSON.parse(read.contents[0].text).atm.id, id);
  const prompt = await client.getPrompt({ name: "find_an_atm", arguments: { place: MCP_PLACE } });
  assert.ok(prompt.messages[0].content.text.includes(MCP_PLACE));
  await client.close();
}

for (const [where, transport] of [["HTTP", () => new NewHttp(new URL(MCP_URL))], ["stdio", () => new NewStdio(command)]]) {
  const client = new NewClient(info, {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode: "auto" },
  });
  client.setRequestHandler("elicitation/create", person);
  await client.connect(transport());
  const spoken = client.getNegotiatedProtocolVersion();
  assert.equal(spoken, "2026-07-28");
  await stories(client, `${where}: protocol ${spoken}, TypeScript client ${version("client")}`, true);
}

for (const [where, transport, canAsk] of [
  ["HTTP", () => new OldHttp(new URL(MCP_URL)), false],
  ["stdio", () => new OldStdio(command), true],
]) {
  const client = new OldClient(info, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, person);
  await client.connect(transport());
  await stories(client, `${where}: protocol 2025-11-25, TypeScript SDK ${version("sdk")}`, canAsk);
}
