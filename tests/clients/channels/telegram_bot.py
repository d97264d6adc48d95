"""Telegram through python-telegram-bot and aiogram."""

import asyncio
import sys
import time

import aiogram.methods
import telegram
from aiogram.types import Message as AiogramMessage

from support import Server, StandIn

TOKEN = "123456:stand-in-token"
SECRET = "a_secret-word"
ME = {"id": 123456, "is_bot": True, "first_name": "ATM", "username": "atm_bot"}
PERSON = {"id": 77, "is_bot": False, "first_name": "Ann", "language_code": "en"}
CHAT = {"id": 77, "type": "private", "first_name": "Ann"}

messages = 0


def answer(path, fields):
    """What Telegram answers."""
    global messages
    method = path.rsplit("/", 1)[1]
    if method == "getMe":
        return {"ok": True, "result": ME}
    if method in ("setWebhook", "answerCallbackQuery"):
        return {"ok": True, "result": True}
    messages += 1
    return {"ok": True, "result": message_of(method, fields, messages)}


def message_of(method, fields, number):
    """The message that Telegram makes of a call, as it hands it to bots."""
    message = {"message_id": number, "date": int(time.time()), "chat": CHAT, "from": ME}
    place = {name: fields[name] for name in ("latitude", "longitude") if name in fields}
    if method == "sendMessage":
        message["text"] = fields["text"]
    elif method == "sendVenue":
        message["venue"] = {"location": place, "title": fields["title"], "address": fields["address"]}
    elif method == "sendLocation":
        message["location"] = place
    else:
        raise AssertionError(method)
    markup = fields.get("reply_markup", {})
    if "inline_keyboard" in markup:
        message["reply_markup"] = markup
    return message


def update(number, **content):
    """An update made by the library, as Telegram would send it."""
    message = telegram.Message.de_json(
        {"message_id": number, "date": int(time.time()), "chat": CHAT, "from": PERSON, **content},
        None)
    return telegram.Update(update_id=number, message=message).to_json().encode()


async def main(program):
    stand_in = StandIn(answer)
    server = Server(program, {
        "TELEGRAM__TOKEN": TOKEN,
        "TELEGRAM__SECRET_TOKEN": SECRET,
        "TELEGRAM__API": stand_in.address,
        "TELEGRAM__LOCALE": "en-GB",
    })
    bot = telegram.Bot(TOKEN, base_url=f"{stand_in.address}/bot")
    async with bot:
        await bot.set_webhook(f"{server.address}/channels/telegram", secret_token=SECRET)
        path, fields, _ = stand_in.sent[-1]
        assert path == f"/bot{TOKEN}/setWebhook", path
        webhook, word = fields["url"], fields["secret_token"]
        assert webhook.startswith(server.address)
        target = webhook.removeprefix(server.address)

        def deliver(body, word=word):
            return server.ask(target, body, {
                "content-type": "application/json", "x-telegram-bot-api-secret-token": word})[0]

        # Forged, truncated and oversized requests are refused.
        question = update(1, text="nearest atm")
        assert deliver(question, "another-word") == 403
        assert deliver(question[:-1]) == 400
        large = server.announce(target, (3 << 20) + 1, {"x-telegram-bot-api-secret-token": SECRET})
        assert large == 413, large

        # A question without a place asks for one, with a button that shares a position.
        before = len(stand_in.sent)
        assert deliver(question) == 200
        assert deliver(question) == 200, "what comes again is acknowledged"
        path, fields, _ = stand_in.wait_for(before + 1)[-1]
        assert path == f"/bot{TOKEN}/sendMessage"
        keyboard = telegram.ReplyKeyboardMarkup([[telegram.KeyboardButton("Share my location",
            request_location=True)]], resize_keyboard=True, one_time_keyboard=True)
        sent_keyboard = fields["reply_markup"]
        assert sent_keyboard["keyboard"][0] == keyboard.to_dict()["keyboard"][0], sent_keyboard
        assert {"resize_keyboard", "one_time_keyboard"} <= sent_keyboard.keys()
        aiogram_takes("sendMessage", fields)

        # A position is answered with a list; the library reads the message that becomes of it.
        before = len(stand_in.sent)
        here = {"latitude": 60.1719, "longitude": 24.9414, "horizontal_accuracy": 400}
        assert deliver(update(2, location=here)) == 200
        path, fields, _ = stand_in.wait_for(before + 1)[-1]
        read = telegram.Message.de_json(message_of("sendMessage", fields, 1), bot)
        rows = read.reply_markup.inline_keyboard
        details, way = rows[0]
        assert details.callback_data and way.url.startswith("https://"), rows[0]
        assert all(len(button.callback_data or "") <= 64 for row in rows for button in row)
        assert "60.1719" not in str(fields) and "24.9414" not in str(fields)
        assert "known to about" in read.text, read.text
        aiogram_takes("sendMessage", fields)

        # The library would send the same, name by name.
        before = len(stand_in.sent)
        await bot.send_message(77, read.text, reply_markup=read.reply_markup,
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True))
        assert stand_in.sent[-1][1] == fields, (stand_in.sent[-1][1], fields)

        # A button that is pressed is told so, and one ATM comes with its place on the map.
        before = len(stand_in.sent)
        pressed = telegram.Update(update_id=3, callback_query=telegram.CallbackQuery(
            id="query-4711", from_user=telegram.User.de_json(PERSON, None), chat_instance="1",
            data=details.callback_data, message=read))
        assert deliver(pressed.to_json().encode()) == 200
        calls = [(path.rsplit("/", 1)[1], fields)
            for path, fields, _ in stand_in.wait_for(before + 3)[before:]]
        assert [method for method, _ in calls[:2]] == ["answerCallbackQuery", "sendMessage"]
        assert calls[2][0] in ("sendVenue", "sendLocation"), calls
        for method, fields in calls:
            aiogram_takes(method, fields)
        await bot.answer_callback_query("query-4711")
        assert stand_in.sent[-1][1] == calls[0][1]
        method, fields = calls[2]
        if method == "sendVenue":
            await bot.send_venue(77, fields["latitude"], fields["longitude"], fields["title"],
                fields["address"])
        else:
            await bot.send_location(77, fields["latitude"], fields["longitude"])
        assert stand_in.sent[-1][1] == fields
    server.stop()
    assert not any(TOKEN in line for line in server.log), "the token is in the log"
    print("Telegram: python-telegram-bot", telegram.__version__, "and aiogram", aiogram.__version__)


def aiogram_takes(method, fields):
    """Another library knows every name of a call, and reads what becomes of it."""
    name = method[0].upper() + method[1:]
    call = getattr(aiogram.methods, name).model_validate(fields)
    assert not call.model_extra, call.model_extra
    if method != "answerCallbackQuery":
        AiogramMessage.model_validate(message_of(method, fields, 1))


asyncio.run(main(sys.argv[1]))
