#!/usr/bin/env bash
# Two replicas on one real PostgreSQL and one S3-compatible server, everything of their own: what is written to one and put
# into the bucket reaches both, outages are made up for, and no output holds a credential.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export NEAREST_ATM=${NEAREST_ATM:-$PWD/target/release/nearest-atm}
tools=$PWD/target/clients/replicas

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ]; then
    { apt-get update -q && apt-get install -qy postgresql; } >/dev/null
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
fi
if ! "$tools/bin/python" -c 'import boto3, moto.server' 2>/dev/null; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q -c tests/clients/replicas/constraints.txt 'moto[server]==5.2.5'
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
export POSTGRES_START="${as[*]} $bin/pg_ctl -D $folder/data -l $folder/data/server.log -w -o '-p $port -k $folder/data -c listen_addresses=127.0.0.1' start"
export POSTGRES_STOP="${as[*]} $bin/pg_ctl -D $folder/data -m fast -w stop"
finish() {
    sh -c "$POSTGRES_STOP" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT

export POSTGRES_PASSWORD="pw-$RANDOM$RANDOM-of-the-database"
install -m 644 /dev/null "$folder/password"
echo "$POSTGRES_PASSWORD" >"$folder/password"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U nearest_atm --auth scram-sha-256 --pwfile "$folder/password" >/dev/null
rm "$folder/password"
sh -c "$POSTGRES_START" >/dev/null
export POSTGRES_PORT=$port FOLDER=$folder
timeout 840 "$tools/bin/python" tests/clients/replicas/replicas.py
