#!/usr/bin/env bash
# Telegram, WhatsApp and Messenger through the libraries bots are written with, unmodified: what they make feeds the
# webhooks, what is sent is what they would send and what they read.
set -euo pipefail
cd "$(dirname "$0")/../../.."

server=$(realpath "${NEAREST_ATM:-target/release/nearest-atm}")
here=$(realpath tests/clients/channels)
folder=target/clients/channels
mkdir -p "$folder"

if [ ! -e "$folder/python/ready" ]; then
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" install -q --disable-pip-version-check -c "$here/constraints.txt" \
        python-telegram-bot==22.8 aiogram==3.31.0 pywa==4.5.0
    touch "$folder/python/ready"
fi
if [ ! -e "$folder/node_modules/ready" ]; then
    echo '{"private": true}' > "$folder/package.json"
    npm install --prefix "$folder" --silent --no-audit --no-fund --before=2026-11-24 \
        messaging-api-messenger@1.1.0 @warriorteam/messenger-sdk@1.5.8
    touch "$folder/node_modules/ready"
fi

cp "$here/messenger_page.mjs" "$folder/"
timeout 280 "$folder/python/bin/python" "$here/telegram_bot.py" "$server"
timeout 280 "$folder/python/bin/python" "$here/whatsapp_number.py" "$server"
timeout 280 node "$folder/messenger_page.mjs" "$server"
