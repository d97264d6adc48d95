"""Two replicas on one PostgreSQL and one bucket; run.sh beside this file brings the database and says where it is."""

import atexit
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

FOLDER = Path(os.environ["FOLDER"])
PASSWORD = os.environ["POSTGRES_PASSWORD"]
TOKEN = f"token-{os.getpid()}-of-the-administrator"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", f"secret-{os.getpid()}-of-the-bucket"
HERE = "/v1/atms/nearest?lat=60.1&lon=24.9&limit=100&group=atm&include_out_of_service=true"


STARTED = []


def launch(command, **options):
    """A process that ends with this one, however this one ends."""
    STARTED.append(subprocess.Popen(command, **options))
    return STARTED[-1]


@atexit.register
def end():
    for process in STARTED:
        if process.poll() is None:
            process.kill()


signal.signal(signal.SIGTERM, lambda *_: sys.exit("it takes too long"))


def step(text):
    print(f"-- {text}", flush=True)


# Long enough for anything that is not stuck, on a machine busy with everything else.
PATIENCE_S = 90


def until(what, condition, patience_s=PATIENCE_S):
    """Waits until a condition holds, and gives how long that took."""
    started = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - started
        except (OSError, KeyError, IndexError, BotoCoreError):
            pass
        waited = time.monotonic() - started
        if waited > patience_s:
            sys.exit(f"not within {patience_s} s: {what}")
        time.sleep(0.005)


class Bucket:
    """An S3-compatible server with one bucket; it forgets everything when it is stopped."""

    def start(self):
        self.log = open(FOLDER / "moto.log", "a")
        # Its port is found in its log the first time, and kept.
        port = str(getattr(self, "port", 0))
        self.process = launch(
            [Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", port],
            stdout=self.log, stderr=self.log,
        )
        if not hasattr(self, "port"):
            pattern = re.compile(r"Running on http://127\.0\.0\.1:(\d+)")
            found = lambda: pattern.search((FOLDER / "moto.log").read_text())
            until("the bucket's server starts", found)
            self.port = int(found().group(1))
        self.address = f"http://127.0.0.1:{self.port}"
        self.client = boto3.client("s3", endpoint_url=self.address, region_name="us-east-1",
                                   aws_access_key_id=KEY, aws_secret_access_key=SECRET)
        until("the bucket is made", lambda: self.client.create_bucket(Bucket="bank"))

    def stop(self):
        self.process.kill()
        self.process.wait()

    def put(self, version, atms=200):
        rows = [f"{n},60.{1000 + n},24.9,Version {version}" for n in range(atms)]
        body = "\n".join(["id,lat,lon,operator", *rows, ""])
        self.client.put_object(Bucket="bank", Key="estate/atms.csv", Body=body.encode())


class Replica:
    def __init__(self, name, bucket):
        self.name, self.bucket = name, bucket
        self.log = FOLDER / f"{name}.log"
        config = FOLDER / f"{name}.toml"
        config.write_text(
            f'state_dir = "{FOLDER / name}"\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'
            '[log]\nlevel = "debug"\n[fetch]\nattempts = 2\nbackoff_ms = 100\nconnect_timeout_ms = 30000\n'
            '[[sources]]\nname = "atms"\nlocation = "s3://bank/estate/atms.csv"\nevery = "1s"\n'
            f'storage = {{ AWS_ENDPOINT = "{bucket.address}", AWS_ALLOW_HTTP = "true", AWS_REGION = "us-east-1" }}\n'
        )
        self.config = config
        self.start()

    def start(self):
        environment = {
            "PATH": os.environ["PATH"],
            "NEAREST_ATM_ADMIN_TOKEN": TOKEN,
            "NEAREST_ATM_STATUS__STORE":
                f"postgres://nearest_atm:{PASSWORD}@127.0.0.1:{os.environ['POSTGRES_PORT']}/postgres",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        before = self.log.stat().st_size if self.log.exists() else 0
        self.process = launch([os.environ["NEAREST_ATM"], "serve", "--config", self.config],
                             env=environment, stderr=open(self.log, "a"))
        def address(words):
            text = self.log.read_text()[before:]
            return re.search(words + r" on http://([0-9.:]+)", text).group(1)
        def is_listening():
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended:\n{self.log.read_text()[before:]}")
            try:
                self.public, self.admin = address("Listening"), address("Administration listens")
                return True
            except AttributeError:
                return False
        until(f"{self.name} listens", is_listening)

    def ready(self):
        return self.get("/readyz")["snapshot"]

    def get(self, target):
        with urllib.request.urlopen(f"http://{self.public}{target}", timeout=60) as answer:
            return json.load(answer)

    def administer(self, method, target, body=None):
        request = urllib.request.Request(
            f"http://{self.admin}{target}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
                return answer.status, json.loads(text) if text.startswith("{") else text
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def report(self, atm, note):
        return self.administer("PUT", f"/admin/v1/atms/atms:{atm}/status",
                               {"state": "out_of_service", "note": note})

    def note(self, atm):
        return self.get(f"/v1/atms/atms:{atm}")["atm"].get("status", {}).get("note")

    def version(self):
        """The version served: all of it, from one snapshot."""
        answer = self.get(HERE)
        versions = {atm["operator"] for neighbour in answer["neighbours"] for atm in neighbour["atms"]}
        assert len(versions) == 1, versions
        return int(versions.pop().removeprefix("Version "))

    def kill(self):
        self.process.kill()
        self.process.wait()


bucket = Bucket()
bucket.start()
bucket.put(1)
step("both serve what is in the bucket")
one, other = Replica("one", bucket), Replica("other", bucket)
replicas = [one, other]
for replica in replicas:
    until(f"{replica.name} is ready", lambda: replica.ready()["stale"] == [])
    assert replica.version() == 1
assert one.ready()["id"] == other.ready()["id"]

step("a status written to one shows on the other within a second")
slowest, within_a_second = 0, 0
for number in range(40):
    writer, reader = (one, other) if number % 2 else (other, one)
    status, answer = writer.report(number, f"first {number}")
    assert status == 200 and answer["durable"] is True, answer
    took = until("the status shows", lambda: reader.note(number) == f"first {number}")
    slowest, within_a_second = max(slowest, took), within_a_second + (took <= 1)
print(f"   {within_a_second} of 40, the slowest after {slowest * 1000:.0f} ms")
# One may meet a moment in which the machine does something else.
assert within_a_second >= 32, within_a_second

step("a new object reaches both, a broken one neither")
bucket.put(2)
took = until("both serve the new object", lambda: one.version() == other.version() == 2)
assert one.ready()["id"] == other.ready()["id"]
print(f"   after {took:.1f} s, asked for every second")
bucket.put(3, atms=40)
for replica in replicas:
    until("the broken object is refused", lambda: [s["reason"] for s in replica.ready()["stale"]] == ["refused"])
    assert replica.version() == 2
    _, sources = replica.administer("GET", "/admin/v1/sources")
    assert [r["code"] for r in sources["sources"][0]["condition"]["reasons"]] == ["shrank", "vanished"], sources
bucket.put(4)
until("both serve the next object", lambda: one.version() == other.version() == 4)
until("both are fresh", lambda: one.ready()["stale"] == other.ready()["stale"] == [])

step("PostgreSQL stops: both serve on; it starts: both catch up")
subprocess.run(["sh", "-c", os.environ["POSTGRES_STOP"]], check=True, stdout=subprocess.DEVNULL)
bucket.put(5)
until("data still reaches both", lambda: one.version() == other.version() == 5)
for replica in replicas:
    assert replica.note(7) == "first 7", "what is known stays"
    status, problem = replica.report(7, "lost")
    assert (status, problem["code"]) == (503, "store_unavailable"), problem
    assert replica.note(7) == "first 7", "what is not durable is not shown"
status, outcome = one.administer("POST", "/admin/v1/reload")
assert status == 200 and outcome["audited"] is False, outcome
subprocess.run(["sh", "-c", os.environ["POSTGRES_START"]], check=True, stdout=subprocess.DEVNULL)
took = until("statuses are taken again", lambda: one.report(7, "after")[0] == 200)
took += until("the other catches up", lambda: other.note(7) == "after")
print(f"   {took:.1f} s after it was back")
other.report(8, "again")
until("and the other way round", lambda: one.note(8) == "again")

step("kill -9 of one, with the bucket gone: the other serves on, and the one comes back as it was")
one.kill()
bucket.stop()
assert other.report(9, "alone")[0] == 200
until("the other says that its source fails", lambda: [s["reason"] for s in other.ready()["stale"]] == ["failing"])
assert other.version() == 5
one.start()
until("the one is ready", lambda: one.version() == 5)
assert one.ready()["stale"][0]["reason"] in ("restored", "failing")
until("the one knows what it missed", lambda: one.note(9) == "alone")
bucket.start()
bucket.put(6)
until("the bucket is back for both", lambda: one.version() == other.version() == 6)
until("both are fresh", lambda: one.ready()["stale"] == other.ready()["stale"] == [])

step("a rolling restart under questions: one of them always answers")
stop, asked, failed = threading.Event(), [0], []


def ask():
    while not stop.is_set():
        # As a load balancer does: the next one, where one does not answer.
        for replica in replicas if asked[0] % 2 else reversed(replicas):
            try:
                replica.version()
                break
            except (OSError, http.client.HTTPException):
                continue
        else:
            failed.append(asked[0])
        asked[0] += 1


asking = threading.Thread(target=ask)
asking.start()
for replica in replicas:
    replica.process.send_signal(signal.SIGTERM)
    assert replica.process.wait(timeout=PATIENCE_S) == 0, "it ends as it should"
    replica.start()
    until("it is ready again", lambda: replica.ready()["stale"] == [])
stop.set()
asking.join()
assert not failed and asked[0] > 20, (failed, asked)
print(f"   {asked[0]} questions, none failed")
assert one.note(9) == other.note(9) == "alone"

step("what was done is in one audit log, and no credential in any output")
logs = [replica.administer("GET", "/admin/v1/audit?limit=1000")[1]["entries"] for replica in replicas]
assert logs[0] == logs[1] and len(logs[0]) >= 43, (len(logs[0]), len(logs[1]))
outputs = {str(path): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file() and FOLDER / "data" not in path.parents}
for replica in replicas:
    for target in ("/metrics", "/admin/v1/sources", "/admin/v1/snapshots", "/admin/v1/audit"):
        outputs[f"{replica.name} {target}"] = str(replica.administer("GET", target)).encode()
assert any(name.endswith("one.log") for name in outputs) and len(outputs) > 12, list(outputs)
for name, output in outputs.items():
    for credential in (PASSWORD, TOKEN, SECRET):
        assert credential.encode() not in output, f"a credential is in {name}"
    # A request's signature names the key; an output of the service has no business with it.
    assert "moto" in name or KEY.encode() not in output, f"the key is in {name}"
    assert b"panicked" not in output and b"Panicked" not in output, name
for replica in replicas:
    replica.process.send_signal(signal.SIGTERM)
    assert replica.process.wait(timeout=PATIENCE_S) == 0
bucket.stop()
print("replicas: passed")
