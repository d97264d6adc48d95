#!/usr/bin/env bash
# Builds the fuzz targets once and runs each of them: run.sh [SECONDS_EACH [TARGET...]]
# Without SECONDS_EACH, as for every change, each target is given as many inputs on every machine, made from its seeds and
# one number. They are nearly the same each time, and not quite: what leads on is followed, and readers on several threads
# and hash tables laid out by chance lead on differently. With SECONDS_EACH the search is another one each time, and goes on
# from what earlier ones have found.
# Ends at the first target that finds something.
set -euo pipefail
cd "$(dirname "$0")"

seconds="${1:-}"
targets=("${@:2}")
if [ "${#targets[@]}" -eq 0 ]; then
    targets=(csv geojson ndjson json open_banking open_bank_project osm_pbf osm_xml overpass ingest)
fi

# The versions that are shipped are those that are tested.
cp ../../Cargo.lock Cargo.lock

# What `cargo fuzz build --sanitizer none` sets, so that libFuzzer sees what ran. It needs no nightly
# compiler; a sanitizer would, and has little to find in safe code.
flags=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0
)
triple="$(rustc -vV | sed -n 's/^host: //p')"
# With --target the flags stay away from build scripts.
RUSTFLAGS="${flags[*]}" cargo build --release --target "$triple" --bins

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
for target in "${targets[@]}"; do
    printf '\n-- %s\n' "$target"
    mkdir -p "corpus/$target" "artifacts/$target" "$fresh/$target"
    if [ -n "$seconds" ]; then
        search=("corpus/$target" "-max_total_time=$seconds")
    else
        search=("$fresh/$target" -seed=1 -runs=5000)
    fi
    # New inputs are kept in the first folder; the seeds stay as they are. No input takes seconds; on a machine that is
    # busy with other things, one may.
    "target/$triple/release/$target" "${search[@]}" "seeds/$target" -timeout=60 -rss_limit_mb=4096 \
        -artifact_prefix="artifacts/$target/" -print_final_stats=1 -verbosity=0
done
