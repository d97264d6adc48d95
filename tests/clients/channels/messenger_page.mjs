// Messenger through messaging-api-messenger and @warriorteam/messenger-sdk.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { Messenger, MESSAGE_LIMITS, TEMPLATE_LIMITS, extractWebhookEvents, getWebhookEventType,
  verifyWebhookSignature, verifyWebhookSubscription } from "@warriorteam/messenger-sdk";
import messaging from "messaging-api-messenger";

const SECRET = "app-secret", WORD = "verify-word", TOKEN = "stand-in-token", PERSON = "2345678901";

// A stand-in of the Graph API.
const sent = [];
const graph = createServer(async (asked, response) => {
  const pieces = [];
  for await (const piece of asked) pieces.push(piece);
  const url = new URL(asked.url, "http://127.0.0.1");
  sent.push({ path: url.pathname, body: JSON.parse(Buffer.concat(pieces)), headers: asked.headers });
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ recipient_id: PERSON, message_id: `m_${sent.length}` }));
});
await new Promise((ready) => graph.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${graph.address().port}`;
async function waitFor(count) {
  for (let turn = 0; sent.length < count; turn += 1) {
    assert.ok(turn < 24000, `only ${sent.length} of ${count}: ${JSON.stringify(sent)}`);
    await sleep(20);
  }
  return sent;
}

// The service.
const service = spawn(process.argv[2], ["serve", "--listen", "127.0.0.1:0"], {
  stdio: ["ignore", "ignore", "pipe"],
  env: { ...process.env,
    NEAREST_ATM_LOG__LEVEL: "debug",
    NEAREST_ATM_CHANNELS__MESSENGER__APP_SECRET: SECRET,
    NEAREST_ATM_CHANNELS__MESSENGER__VERIFY_TOKEN: WORD,
    NEAREST_ATM_CHANNELS__MESSENGER__ACCESS_TOKEN: TOKEN,
    NEAREST_ATM_CHANNELS__MESSENGER__API: `${origin}/v25.0` },
});
// Whatever becomes of the test, nothing is left running.
process.on("exit", () => service.kill("SIGKILL"));
const log = [];
const address = await new Promise((found) => {
  createInterface({ input: service.stderr }).on("line", (line) => {
    log.push(line);
    const listening = /Listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line);
    if (listening) found(listening[1]);
  });
});
const webhook = `${address}/channels/messenger`;
for (let turn = 0; (await fetch(`${address}/readyz`)).status !== 200; turn += 1) {
  assert.ok(turn < 2400, log.join("\n"));
  await sleep(50);
}

// Both verify an address alike.
for (const word of [WORD, "another"]) {
  const query = { "hub.mode": "subscribe", "hub.challenge": "4711", "hub.verify_token": word };
  const expected = verifyWebhookSubscription(query, WORD);
  const answer = await fetch(`${webhook}?${new URLSearchParams(query)}`);
  assert.equal(answer.status, expected === null ? 403 : 200);
  if (expected !== null) assert.equal(await answer.text(), expected);
}

const sign = (body) => `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
async function deliver(body, signature = sign(body)) {
  const headers = { "content-type": "application/json", "x-hub-signature-256": signature };
  const { status } = await fetch(webhook, { method: "POST", headers, body });
  const { isValid } = await verifyWebhookSignature(Buffer.from(body), signature, SECRET);
  assert.equal(isValid, status !== 403, "both know what is genuine");
  return status;
}
function event(content) {
  const messaging = [{ sender: { id: PERSON }, recipient: { id: "1" }, timestamp: Date.now(), ...content }];
  const body = { object: "page", entry: [{ id: "1", time: Date.now(), messaging }] };
  // The library takes it for the event it is meant to be.
  const [extracted] = [...extractWebhookEvents(body)];
  assert.equal(getWebhookEventType(extracted), content.postback ? "postback" : "message");
  return JSON.stringify(body);
}

const question = event({ message: { mid: "m1", text: "nearest ATM to 60.1719, 24.9414 é ☕" } });
assert.equal(await deliver(question, sign(`${question} `)), 403);
assert.equal(await deliver(question.slice(0, -1), sign(question)), 403);
assert.equal(await deliver(question.slice(0, -1)), 400);
const large = request(webhook, { method: "POST",
  headers: { "x-hub-signature-256": sign(question), "content-length": (3 << 20) + 1 } });
large.flushHeaders();
assert.equal((await once(large, "response"))[0].statusCode, 413);
large.on("error", () => {}).destroy();
assert.equal((await fetch(webhook, { method: "POST", body: question })).status, 403);
assert.equal(sent.length, 0);
assert.equal(await deliver(question), 200);
assert.equal(await deliver(question), 200);
await waitFor(2);
await sleep(200);
assert.equal(sent.length, 2, "what comes again is not answered again");
const [text, carousel] = sent.map((one) => one.body);
for (const { path, headers } of sent) {
  assert.equal(path, "/v25.0/me/messages");
  assert.equal(headers.authorization, `Bearer ${TOKEN}`);
}

// The libraries would send the same.
const { MessengerClient } = messaging;
const older = new MessengerClient({ accessToken: TOKEN, version: "25.0", origin, skipAppSecretProof: true });
const newer = new Messenger({ accessToken: TOKEN, version: "v25.0", baseUrl: origin, maxRetries: 0 });
async function sameAs(body) {
  await older.sendMessage(PERSON, body.message, { messagingType: "RESPONSE" });
  assert.deepEqual(sent.at(-1).body, { ...body, ...sameKeys(sent.at(-1).body, body) });
  await newer.send.message(body);
  assert.deepEqual(sent.at(-1).body, body);
}
// The older library sends keys of its own beside the message, such as the token.
function sameKeys(theirs, ours) {
  return Object.fromEntries(Object.entries(theirs).filter(([key]) => !(key in ours)));
}
await sameAs(text);
await sameAs(carousel);
const elements = carousel.message.attachment.payload.elements;
await older.sendGenericTemplate(PERSON, elements, { messagingType: "RESPONSE",
  ...(carousel.message.quick_replies ? { quickReplies: carousel.message.quick_replies } : {}) });
assert.deepEqual(sent.at(-1).body.message.attachment.payload.elements, elements);
assert.ok(elements.length >= 1 && elements.length <= (TEMPLATE_LIMITS.GENERIC_MAX_ELEMENTS ?? 10));
assert.ok(text.message.text.length <= (MESSAGE_LIMITS.TEXT_MAX_LENGTH ?? 2000));
for (const element of elements) {
  assert.ok(element.title.length <= 80 && element.subtitle.length <= 80);
  assert.ok(element.buttons.length <= 3 && element.buttons.every((one) => one.title.length <= 20));
}

// A button goes on from the list it belongs to.
const before = sent.length;
const details = elements[1].buttons.find((one) => one.type === "postback");
assert.equal(await deliver(event({ postback: { mid: "m2", title: details.title, payload: details.payload } })), 200);
await waitFor(before + 1);
assert.equal(sent[before].body.recipient.id, PERSON);
assert.ok(sent[before].body.message.text.length > 0);

service.kill();
assert.equal(await new Promise((ended) => service.on("exit", ended)), 0);
for (const line of log) assert.ok(!/ (WARN|ERROR) /.test(line) && !line.includes(TOKEN) && !line.includes(PERSON), line);
graph.close();
console.log("Messenger: messaging-api-messenger 1.1.0 and @warriorteam/messenger-sdk 1.5.8");
