"""For the tests: the stand-ins as a process of their own, callers of them, and a shop that receives callbacks."""

import base64
import http.client
import http.server
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SERVE = pathlib.Path(__file__).resolve().parent / "serve.py"


class Served(unittest.TestCase):
    arguments = []

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.start()
        self.addCleanup(self.end)

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(SERVE), "--port", "0", "--folder", self.folder, "--seed", "7", *self.arguments],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=10)
        self.process.stdout.close()
        return code

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        return connection

    def call(self, method, path, content=None, headers=None, connection=None):
        """(status, answer as JSON)."""
        connection = connection or self.connect()
        connection.request(method, path, None if content is None else json.dumps(content), headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def control(self, method, path, content=None):
        status, answer = self.call(method, "/control" + path, content)
        self.assertEqual(status, 200, answer)
        return answer

    def trouble(self, **wanted):
        return self.control("PUT", "/trouble", wanted)

    def toss(self, method, path, content=None, key=None, secret="test_sk_standin", connection=None):
        headers = {"Authorization": "Basic " + base64.b64encode(f"{secret}:".encode()).decode()}
        if key:
            headers["Idempotency-Key"] = key
        return self.call(method, "/toss/v1/payments" + path, content, headers, connection)

    def pay(self, order_id="order-0001", amount=15000, **more):
        return self.control("POST", "/toss/pay", {"orderId": order_id, "amount": amount, **more})

    def confirmed(self, **how):
        paid = self.pay(**how)
        status, payment = self.toss("POST", "/confirm", paid)
        self.assertEqual(status, 200, payment)
        return payment

    def wait_until(self, holds, within_s=5):
        end = time.monotonic() + within_s
        while not holds():
            self.assertLess(time.monotonic(), end, "it did not come about")
            time.sleep(0.01)

    def wait_until_one_is_slow(self):
        self.wait_until(lambda: self.control("GET", "/trouble")["done"]["slowed"] == 1)

    def refused(self, answer, status, code):
        self.assertEqual((answer[0], answer[1].get("code")), (status, code), answer[1])


class Shop:
    """Takes callbacks; answers 500 to the first `refuses` of them."""

    def __init__(self, test, refuses=0):
        self.received = []
        shop, lock = self, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    shop.received.append((dict(self.headers), body))
                    taken = len(shop.received) > refuses
                self.send_response(200 if taken else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}/callbacks"

    def wait_for(self, number, within_s=5):
        end = time.monotonic() + within_s
        while len(self.received) < number and time.monotonic() < end:
            time.sleep(0.01)
        return [body for _, body in self.received]
