#!/usr/bin/env bash
# The ten nearest of the same synthetic ATMs from the same city origins, by this service, PostGIS and Redis, those that are
# installed: benches/rivals.sh [ATMS] [ORIGINS]. Each server times its own lookups; nothing of a network or a client is counted.
set -euo pipefail
cd "$(dirname "$0")/.."

atms=${1:-3000000} origins=${2:-2000}
ours=${NEAREST_ATM:-target/release/nearest-atm}
folder=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$folder"
    as=(runuser -u postgres --)
fi
stops=()
finish() {
    for stop in "${stops[@]}"; do eval "$stop" >/dev/null 2>&1 || true; done
    rm -rf "$folder"
}
trap finish EXIT

"$ours" synth --count "$atms" --seed 1 -o "$folder/atms.csv"
"$ours" synth --count "$origins" --seed 2 -o "$folder/origins.csv"
# Number, latitude, longitude, operator: the columns both rivals need.
awk -F, 'NR > 1 { print NR "," $2 "," $3 "," $8 }' "$folder/atms.csv" >"$folder/points.csv"
awk -F, 'NR > 1 { print $2 "," $3 }' "$folder/origins.csv" >"$folder/from.csv"
operator=$(awk -F, '$4 != "" { seen[$4]++ } END { for (name in seen) if (seen[name] * 1000 < NR && seen[name] > most) { most = seen[name]; found = name } print found }' "$folder/points.csv")
chmod -R a+rX "$folder"

echo "$atms ATMs, $origins city origins, ten nearest; filtered by an operator of one ATM in a thousand or fewer: $operator"
echo
echo "| server | question | p50 µs | p99 µs | mean µs |"
echo "|---|---|---|---|---|"

# Microseconds, one a line.
row() {
    sort -g | awk -v name="$1" -v question="$2" '{ time[NR] = $1; sum += $1 }
        END { printf "| %s | %s | %.1f | %.1f | %.1f |\n", name, question, time[int((NR + 1) / 2)], time[int(NR * 0.99)], sum / NR }'
}

# ---- this service
"$ours" serve "$folder/atms.csv" --listen "127.0.0.1:$port" >"$folder/ours.log" 2>&1 &
stops+=("kill $!")
until curl -sf "http://127.0.0.1:$port/readyz" >/dev/null; do
    kill -0 $! || { cat "$folder/ours.log"; exit 1; }
    sleep 0.3
done
ask() {
    awk -F, -v port="$port" -v more="$1" '{ printf "url = \"http://127.0.0.1:%s/v1/atms/nearest?lat=%s&lon=%s&explain=true%s\"\n", port, $1, $2, more }' "$folder/from.csv" >"$folder/urls"
    curl -s -K "$folder/urls" | grep -o '"took_us":[0-9.]*' | cut -d: -f2
}
encoded=$(printf '%s' "$operator" | sed "s/ /%20/g; s/'/%27/g")
ask "" | row nearest-atm "nearest, exact"
ask "&operator=$encoded" | row nearest-atm "of one operator, exact"

# ---- PostGIS
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -n "$bin" ] && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; then
    install -d "$folder/data"
    [ "$(id -u)" != 0 ] || chown postgres "$folder/data"
    "${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres --auth trust >/dev/null
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w \
        -o "-p $((port + 1)) -k $folder/data -c listen_addresses= -c shared_buffers=1GB -c max_wal_size=4GB" start >/dev/null
    stops+=("${as[*]} $bin/pg_ctl -D $folder/data -m immediate stop")
    sql() { "$bin/psql" -q -t -A -h "$folder/data" -p $((port + 1)) -U postgres -v ON_ERROR_STOP=1 "$@"; }
    sql >/dev/null <<SQL
        create extension postgis;
        create unlogged table points (id int, lat float8, lon float8, operator text);
        create unlogged table origins (lat float8, lon float8);
        \\copy points from '$folder/points.csv' csv
        \\copy origins from '$folder/from.csv' csv
        create unlogged table atms as
            select id, operator, st_setsrid(st_makepoint(lon, lat), 4326)::geography as at from points;
        create index on atms using gist (at);
        create index on atms (operator);
        vacuum analyze atms;
SQL
    timed() {
        sql <<SQL
            set jit = off;
            create temporary table took (us float8);
            do \$\$
            declare origin record; begun timestamptz;
            begin
                for origin in select st_setsrid(st_makepoint(lon, lat), 4326)::geography as at from origins loop
                    begun := clock_timestamp();
                    perform id, st_distance(at, origin.at) from atms $1 order by at <-> origin.at limit 10;
                    insert into took values (extract(epoch from clock_timestamp() - begun) * 1e6);
                end loop;
            end \$\$;
            select us from took;
SQL
    }
    timed "" | row PostGIS "nearest, exact (geography)"
    timed "where operator = '${operator//\'/\'\'}'" | row PostGIS "of one operator, exact (geography)"
else
    echo "| PostGIS | not installed | | | |"
fi

# ---- Redis
if command -v redis-server >/dev/null; then
    redis-server --port 0 --unixsocket "$folder/redis" --save "" --appendonly no >"$folder/redis.log" 2>&1 &
    stops+=("kill $!")
    until redis-cli -s "$folder/redis" ping >/dev/null 2>&1; do sleep 0.1; done
    awk -F, '$2 < 85.05 && $2 > -85.05 { print "GEOADD atms", $3, $2, $1 }' "$folder/points.csv" |
        redis-cli -s "$folder/redis" --pipe >/dev/null
    redis-cli -s "$folder/redis" config resetstat >/dev/null
    awk -F, '{ print "GEOSEARCH atms FROMLONLAT", $2, $1, "BYRADIUS 5 km ASC COUNT 10 WITHDIST" }' "$folder/from.csv" |
        redis-cli -s "$folder/redis" >/dev/null
    mean=$(redis-cli -s "$folder/redis" info commandstats | sed -n 's/.*cmdstat_geosearch:.*usec_per_call=\([0-9.]*\).*/\1/p')
    redis-cli -s "$folder/redis" info latencystats | tr -d '\r' |
        sed -n 's/.*usec_geosearch:p50=\([0-9.]*\),p99=\([0-9.]*\).*/\1 \2/p' |
        while read -r p50 p99; do echo "| Redis | within 5 km, great circle; no filters | $p50 | $p99 | $mean |"; done
else
    echo "| Redis | not installed | | | |"
fi
