"""A stand-in of a platform, and a server of the ATMs of data/ that sends to it."""

import atexit
import http.client
import http.server
import json
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request


class StandIn:
    """Records what it is sent, and answers as `answer(path, fields)` says."""

    def __init__(self, answer):
        self.sent = []
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get_content_type() == "application/json":
                    fields = json.loads(raw)
                else:
                    pairs = urllib.parse.parse_qsl(raw.decode(), keep_blank_values=True)
                    fields = {name: plain(value) for name, value in pairs}
                stand_in.sent.append((self.path, fields, dict(self.headers)))
                body = json.dumps(answer(self.path, fields)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count, seconds=120):
        until = time.monotonic() + seconds
        while len(self.sent) < count:
            assert time.monotonic() < until, f"only {len(self.sent)} of {count}: {self.sent}"
            time.sleep(0.02)
        return self.sent


def plain(value):
    """A form's value as the JSON it may hold."""
    try:
        return json.loads(value)
    except ValueError:
        return value


class Server:
    """nearest-atm with a channel configured."""

    def __init__(self, program, settings):
        environment = dict(os.environ, NEAREST_ATM_LOG__LEVEL="debug")
        environment |= {f"NEAREST_ATM_CHANNELS__{name}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0"],
            env=environment, stderr=subprocess.PIPE, text=True)
        # Whatever becomes of the test, nothing is left running.
        atexit.register(self.process.kill)
        self.log = []
        self.address = None
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"Listening on (http://127\.0\.0\.1:\d+)", line)
            if found:
                self.address = found[1]
                break
        threading.Thread(target=self.log.extend, args=(self.process.stderr,), daemon=True).start()
        until = time.monotonic() + 120
        while self.ask("/readyz")[0] != 200:
            assert time.monotonic() < until, "".join(self.log)
            time.sleep(0.05)

    def ask(self, path, body=None, headers=None):
        request = urllib.request.Request(self.address + path, data=body, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def announce(self, path, length, headers):
        """The status that answers a request of so many bytes before they are sent."""
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=60)
        connection.putrequest("POST", path)
        for name, value in {**headers, "content-length": str(length)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self):
        """Stops it as an administrator does; it ends well, and tells of nothing amiss."""
        self.process.terminate()
        assert self.process.wait(120) == 0
        for line in self.log:
            assert " WARN " not in line and " ERROR " not in line, line
