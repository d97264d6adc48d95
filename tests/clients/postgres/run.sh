#!/usr/bin/env bash
# A real PostgreSQL of its own: a status written on one replica shows on the other, an outage is made up for, and a table
# is a source that is read again when the database says so.
set -euo pipefail
cd "$(dirname "$0")/../../.."

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ]; then
    apt-get update -q && apt-get install -qy postgresql
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
fi

folder=$(mktemp -d)
# A free port, of those the system gives nobody by itself.
while port=$((10000 + RANDOM % 22000)) && (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$folder"
    install -d -o postgres "$folder/data"
    as=(runuser -u postgres --)
fi
start="$bin/pg_ctl -D $folder/data -l $folder/data/server.log -w -o '-p $port -k $folder/data -c listen_addresses=127.0.0.1' start >/dev/null"
stop="$bin/pg_ctl -D $folder/data -m fast -w stop >/dev/null"
finish() {
    "${as[@]}" sh -c "$stop" || true
    rm -rf "$folder"
}
trap finish EXIT

"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres --auth trust >/dev/null
"${as[@]}" sh -c "$start"

export REPLICAS_DATABASE="postgres://postgres@127.0.0.1:$port/postgres"
export REPLICAS_START="${as[*]} sh -c \"$start\""
export REPLICAS_STOP="${as[*]} sh -c \"$stop\""
# One after the other: the first stops the database.
timeout 600 cargo test --test replicas -- --ignored --nocapture --test-threads=1
