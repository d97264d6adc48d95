#!/usr/bin/env bash
# The OpenAPI documents, tried with software nobody here wrote: a validator and a linter; schemathesis over every
# request of both listeners; a Python and a TypeScript client generated from the document that ask the README's question.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
binary=${NEAREST_ATM:-$PWD/target/release/nearest-atm}
tools=$PWD/target/clients/openapi
mkdir -p "$tools"

# Versions are fixed, and with them what they bring: what passes today passes tomorrow.
if [ ! -e "$tools/installed-1" ]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install -q -c "$here/constraints.txt" schemathesis==4.32.5 openapi-spec-validator==0.9.0 openapi-python-client==0.29.1
    mkdir -p "$tools/node"
    npm install --prefix "$tools/node" --no-audit --no-fund --loglevel=error --before=2026-11-24 \
        @redocly/cli@2.77.0 openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3
    touch "$tools/installed-1"
fi
export PATH="$tools/venv/bin:$tools/node/node_modules/.bin:$PATH"

work=$(mktemp -d)
servers=()
finish() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
export NEAREST_ATM_ADMIN_TOKEN=for-this-run-only

# serve NAME SOURCE…: starts a server; its addresses go to $public and $admin.
serve() {
    local name=$1 log=$work/$1.log
    shift
    "$binary" serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 "$@" 2>"$log" &
    servers+=($!)
    for _ in $(seq 300); do
        public=$(sed -n 's/.*Listening on \(http:[^ ]*\).*/\1/p' "$log" | head -n 1)
        admin=$(sed -n 's/.*Administration listens on \(http:[^ ]*\).*/\1/p' "$log" | head -n 1)
        if [ -n "$public" ] && [ -n "$admin" ] && curl -sf "$public/readyz" >/dev/null; then return; fi
        sleep 0.2
    done
    echo "$name did not start" >&2
    cat "$log" >&2
    exit 1
}
as_admin=(-H "Authorization: Bearer $NEAREST_ATM_ADMIN_TOKEN")

echo "-- clients generated from the document ask the README's question"
serve sample
curl -sf "$public/openapi.json" -o "$work/openapi.json"
curl -sf "${as_admin[@]}" "$admin/openapi.json" -o "$work/openapi-admin.json"
for document in openapi.json openapi-admin.json; do
    openapi-spec-validator "$work/$document"
    redocly lint "$work/$document" --config "$here/redocly.yaml" --format summary
done
openapi-python-client generate --path "$work/openapi.json" --output-path "$work/python" --meta none \
    --config "$here/python-client.yaml" --fail-on-warning
(cd "$work" && python -m compileall -q python && PYTHONPATH=. python "$here/ask.py" "$public")
openapi-python-client generate --path "$work/openapi-admin.json" --output-path "$work/python_admin" --meta none \
    --config "$here/python-client.yaml" --fail-on-warning
(cd "$work" && python -m compileall -q python_admin)
openapi-typescript "$work/openapi.json" -o "$tools/node/openapi.d.ts"
openapi-typescript "$work/openapi-admin.json" -o "$tools/node/openapi-admin.d.ts"
cp "$here/ask.mts" "$tools/node/ask.mts"
(cd "$tools/node" && tsc --strict --target es2022 --module nodenext ask.mts openapi-admin.d.ts)
node "$tools/node/ask.mjs" "$public"

echo "-- schemathesis on real ATMs"
sources=()
for file in osm/sf-downtown.osm.pbf osm/helsinki.osm.pbf osm/monaco-later.osm.pbf csv/new-york-2025.csv open-banking/danske-2020.json.gz; do
    if [ -e "../shared/data/$file" ]; then sources+=("../shared/data/$file"); fi
done
serve real "${sources[@]}"
# One seed and one number of examples, so that what passes today passes tomorrow and on a faster machine; the time only
# ends what hangs. Whoever looks for more gives others: SCHEMATHESIS_SEED=2 SCHEMATHESIS_EXAMPLES=500.
examples=${SCHEMATHESIS_EXAMPLES:-100} seed=${SCHEMATHESIS_SEED:-1}
seconds=${SCHEMATHESIS_SECONDS:-$((examples * 4))}
# What schemathesis keeps of a run stays out of the project.
fuzz() (
    cd "$work"
    timeout "$seconds" schemathesis --config-file "$here/schemathesis.toml" run "$1/openapi.json" "${as_admin[@]}" \
        --wait-for-schema 60 --seed "$seed" --max-examples "$examples" --workers 1 --request-timeout 60 --continue-on-failure
)
fuzz "$public"
fuzz "$admin"
if grep -E ' (WARN|ERROR) .*(Panicked|Answered)' "$work/real.log"; then
    echo "the server failed while it was tried" >&2
    exit 1
fi
