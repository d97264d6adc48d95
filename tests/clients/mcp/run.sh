#!/usr/bin/env bash
# The Model Context Protocol as software written elsewhere speaks it: the official clients of both revisions in Python and
# TypeScript, and the conformance suite. Installs what it needs below target/, and starts its own server on real data.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=tests/clients/mcp
home=$PWD/target/clients/mcp
export NEAREST_ATM
NEAREST_ATM=$(realpath "${NEAREST_ATM:-target/release/nearest-atm}")

# What is installed, each at a version of its own: both revisions of each language beside each other.
python=("mcp==2.3.0" "mcp==1.30.0")
node=(@modelcontextprotocol/client@2.4.0 @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/conformance@0.2.0-alpha.12 node@22.23.3)
wanted="${python[*]} ${node[*]}"
if [ "$(cat "$home/installed" 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf "$home"
    mkdir -p "$home/node"
    for era in 0 1; do
        python3 -m venv "$home/python-$era"
        "$home/python-$era/bin/pip" install -q --disable-pip-version-check -c "$here/constraints-$era.txt" "${python[$era]}"
    done
    (cd "$home/node" && npm init -y >/dev/null && npm install --silent --no-audit --no-fund --before=2026-11-24 "${node[@]}")
    echo "$wanted" >"$home/installed"
fi
node22="$home/node/node_modules/node/bin/node"

folder=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT

# A source that changes while clients follow it, beside one that does not.
export MCP_WATCHED="$folder/watched.geojson"
cp data/monaco.geojson "$MCP_WATCHED"
if [ -d ../shared/data ]; then
    data=(open-banking/barclays-2019.json.gz open-banking/nationwide-2020.json.gz
        open-banking/hsbc-history/2026-08-22-c442f052.json.gz osm/japan.geojson)
    data=("${data[@]/#/$(realpath ../shared/data)/}")
    export MCP_PLACE=Manchester MCP_AMBIGUOUS=Richmond MCP_SERVICE=cash_in
else
    data=("$PWD/data/helsinki-centre.geojson")
    export MCP_PLACE=Helsinki MCP_AMBIGUOUS=Springfield MCP_SERVICE=cash_out
fi
MCP_DATA=$(printf '%s\n' "${data[@]}")
export MCP_DATA
"$NEAREST_ATM" serve --listen 127.0.0.1:0 --state-dir "$folder/state" "$MCP_WATCHED" "${data[@]}" 2>"$folder/log" &
server=$!
for _ in $(seq 1200); do
    address=$(sed -n 's/.*Listening on \(http:[^ ]*\).*/\1/p' "$folder/log")
    if [ -n "$address" ] && curl -sf "$address/readyz" >/dev/null; then break; fi
    sleep 0.1
done
curl -sf "$address/readyz" >/dev/null || { cat "$folder/log"; exit 1; }
export MCP_URL=$address/mcp

timeout 240 "$home/python-0/bin/python" "$here/new_era.py"
timeout 240 "$home/python-1/bin/python" "$here/old_era.py"
cp "$here/clients.mjs" "$home/node/"
MCP_MODULES=$home/node timeout 240 "$node22" "$home/node/clients.mjs"

# Runs the suite, or a scenario of it. What it cannot test for want of tools of its own names is no failure of the service's.
conformance() {
    local title=$1
    shift
    rm -rf "$folder/results"
    timeout 300 "$node22" "$home/node/node_modules/@modelcontextprotocol/conformance/dist/index.js" server "$@" \
        --output-dir "$folder/results" >"$folder/out" 2>&1 || true
    python3 - "$folder/results" "$title" <<'PYTHON' || { cat "$folder/out"; exit 1; }
import json, os, pathlib, sys
files = list(pathlib.Path(sys.argv[1]).glob("*/checks.json"))
required = os.environ.get("REQUIRED", "").split()
if required:  # what a revision leaves open is run beside what it requires
    files = [file for file in files if any(file.parent.name.startswith(f"server-{name}-20") for name in required)]
    assert len(files) == len(required), (len(files), len(required))
checks = [check for file in files for check in json.loads(file.read_text())]
count = lambda status: sum(check["status"] == status for check in checks)
untestable = [c for c in checks if c["status"] == "FAILURE" and c.get("errorMessage", "").startswith("Not testable")]
failed = [c for c in checks if c["status"] in ("FAILURE", "WARNING") and c not in untestable]
print(f"    {sys.argv[2]}: {len(files)} scenarios, {count('SUCCESS')} checks passed, {len(untestable)} need fixtures, "
      f"{count('SKIPPED')} skipped, {len(failed)} failed")
for check in failed:
    print("       ", check["id"], check.get("errorMessage"))
sys.exit(bool(failed) or not count("SUCCESS"))
PYTHON
}
suite="conformance suite $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$home/node/node_modules/@modelcontextprotocol/conformance/package.json")"
echo "=== $suite, the service"
for scenario in server-stateless tools-list resources-list prompts-list caching dns-rebinding-protection http-header-validation \
    sep-2164-resource-not-found; do
    conformance "2026-07-28 $scenario" --url "$MCP_URL" --spec-version 2026-07-28 --scenario "$scenario"
done
for scenario in server-initialize ping tools-list resources-list prompts-list dns-rebinding-protection; do
    conformance "2025-11-25 $scenario" --url "$MCP_URL" --spec-version 2025-11-25 --scenario "$scenario"
done

# All the revision requires, with the fixtures the suite calls, behind the same door.
echo "=== $suite, its fixtures"
mkfifo "$folder/hold"
cargo test -q --test api -- --ignored --exact conformance::fixtures_of_the_conformance_suite --nocapture \
    <"$folder/hold" >"$folder/fixtures" 2>&1 &
fixtures=$!
exec 7>"$folder/hold"
for _ in $(seq 6000); do
    url=$(sed -n 's/^serving \(http.*\)$/\1/p' "$folder/fixtures")
    if [ -n "$url" ] || ! kill -0 "$fixtures" 2>/dev/null; then break; fi
    sleep 0.1
done
[ -n "$url" ] || { cat "$folder/fixtures"; exit 1; }
required=$(sed -n '/^server:/,/^client:/s/^  - //p' "$home/node/node_modules/@modelcontextprotocol/conformance/requirements/2026-07-28.yaml")
REQUIRED=$required conformance "2026-07-28, all it requires" --url "$url" --requirements 2026-07-28
exec 7>&-
wait "$fixtures"

kill "$server" && wait "$server"
server=
if grep -E "WARN|ERROR" "$folder/log" | grep -v "Refused a request"; then
    echo "the log has warnings"
    exit 1
fi
echo "=== done in $SECONDS s"
