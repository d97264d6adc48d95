"""WhatsApp through pywa."""

import hashlib
import hmac
import json
import sys
import time

import pywa
import pywa.utils
from pywa.types import Button, Section, SectionList, SectionRow

from support import Server, StandIn

NUMBER, TOKEN, SECRET, WORD = "1061234567", "stand-in-token", "app-secret", "verify-word"
PERSON = "358401234567"


def answer(_path, _fields):
    """What the Cloud API answers."""
    return {"messaging_product": "whatsapp", "contacts": [{"input": PERSON, "wa_id": PERSON, "user_id": "FI.4711"}],
        "messages": [{"id": "wamid.sent"}]}


def webhook(**message):
    """A webhook's body with one message, as documented."""
    message = {"from": PERSON, "from_user_id": "FI.4711", "timestamp": str(int(time.time())), **message}
    value = {"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15551234567", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Ann ☕"}, "wa_id": PERSON, "user_id": "FI.4711"}],
        "messages": [message]}
    entry = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]},
        ensure_ascii=False).encode()


def signature(body):
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def main(program):
    stand_in = StandIn(answer)
    server = Server(program, {
        "WHATSAPP__APP_SECRET": SECRET,
        "WHATSAPP__VERIFY_TOKEN": WORD,
        "WHATSAPP__ACCESS_TOKEN": TOKEN,
        "WHATSAPP__PHONE_NUMBER_ID": NUMBER,
        "WHATSAPP__API": stand_in.address,
    })
    client = pywa.WhatsApp(phone_id=NUMBER, token=TOKEN, server=None, verify_token=WORD,
        app_secret=SECRET)
    client.api._session.base_url = stand_in.address
    heard = []
    client.on_message()(lambda _client, message: heard.append(message))
    client.on_callback_selection()(lambda _client, pressed: heard.append(pressed))

    # Both verify an address alike.
    for word in (WORD, "another"):
        query = f"hub.mode=subscribe&hub.challenge=4711&hub.verify_token={word}"
        challenge, status = client.webhook_challenge_handler(word, "4711")
        told = server.ask("/channels/whatsapp?" + query)
        assert told[0] == status, (told, status)
        assert status != 200 or told[1].decode() == challenge

    def deliver(body, signed=None):
        signed = signature(body) if signed is None else signed
        genuine = pywa.utils.webhook_updates_validator(SECRET, body, signed)
        status, _ = server.ask("/channels/whatsapp", body,
            {"content-type": "application/json", "x-hub-signature-256": signed})
        assert genuine == (status != 403), "both know what is genuine"
        return status

    def last(count):
        path, fields, headers = stand_in.wait_for(count)[-1]
        assert path == f"/{NUMBER}/messages", path
        assert headers.get("Authorization", headers.get("authorization")) == f"Bearer {TOKEN}"
        return fields

    def same(fields):
        """What the library sent last is what was sent before, and nothing else."""
        theirs = {name: value for name, value in stand_in.sent[-1][1].items() if value is not None}
        assert theirs == fields, (theirs, fields)

    question = webhook(id="wamid.1", type="text", text={"body": "nearest cash machine ☕"})
    assert deliver(question, signature(question + b" ")) == 403
    assert deliver(question[:-1], signature(question)) == 403
    assert deliver(question[:-1]) == 400
    signed = {"x-hub-signature-256": signature(question)}
    assert server.announce("/channels/whatsapp", (3 << 20) + 1, signed) == 413
    assert server.ask("/channels/whatsapp", question)[0] == 403
    assert deliver(question) == 200
    assert deliver(question) == 200
    asked = last(1)
    assert asked["interactive"]["type"] == "location_request_message", asked
    client.request_location(PERSON, asked["interactive"]["body"]["text"])
    same(asked)

    # The position the library reads is the one that is answered.
    count = len(stand_in.sent)
    shared = webhook(id="wamid.2", type="location", context={"from": "15551234567", "id": "wamid.0"},
        location={"latitude": 60.1719, "longitude": 24.9414, "name": "Asema", "address": "x"})
    assert deliver(shared) == 200
    client.webhook_update_handler(shared)
    wait_until(lambda: heard)
    assert (heard[-1].location.latitude, heard[-1].location.longitude) == (60.1719, 24.9414)
    found = last(count + 1)
    assert "60.1719" not in json.dumps(found) and "24.9414" not in json.dumps(found)
    action = found["interactive"]["action"]
    sections = [Section(title=section["title"], rows=[
        SectionRow(title=row["title"], callback_data=row["id"], description=row.get("description"))
        for row in section["rows"]]) for section in action["sections"]]
    client.send_message(PERSON, found["interactive"]["body"]["text"],
        buttons=SectionList(button_title=action["button"], sections=sections))
    same(found)

    # A row that is chosen goes on, and one ATM comes with its place on the map.
    count = len(stand_in.sent)
    row = action["sections"][0]["rows"][1]
    chosen = webhook(id="wamid.3", type="interactive", interactive={"type": "list_reply",
        "list_reply": {"id": row["id"], "title": row["title"], "description": row["description"]}},
        context={"from": "15551234567", "id": "wamid.sent"})
    assert deliver(chosen) == 200
    client.webhook_update_handler(chosen)
    wait_until(lambda: len(heard) > 1)
    assert heard[-1].data == row["id"], heard[-1]
    sent = stand_in.wait_for(count + 2)
    told, place = sent[count][1], sent[count + 1][1]
    if told["type"] == "interactive" and told["interactive"]["type"] == "button":
        buttons = [Button(title=button["reply"]["title"], callback_data=button["reply"]["id"])
            for button in told["interactive"]["action"]["buttons"]]
        client.send_message(PERSON, told["interactive"]["body"]["text"], buttons=buttons)
        same(told)
    location = place["location"]
    client.send_location(PERSON, location["latitude"], location["longitude"], location.get("name"),
        location.get("address"))
    same(place)
    server.stop()
    assert not any(TOKEN in line or PERSON in line for line in server.log)
    print("WhatsApp: pywa", pywa.__version__)


def wait_until(is_so, seconds=120):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


main(sys.argv[1])
