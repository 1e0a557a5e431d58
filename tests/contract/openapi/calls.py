#!/usr/bin/env python3
"""Calls a real edge in ten thousand ways that its own document speaks of, and in ways that it does not.

    calls.py --binary jangteo

JANGTEO_TEST_OPENAPI names the folder of schemathesis; `jangteo all` runs on the stack that JANGTEO_TEST_… names, with every answer checked against the document by itself
(`--check-answers`); schemathesis makes the calls, for a user, a seller and an admin, the same ones in every run.
What is looked for: an answer of 5xx, a status or a type that the document does not name, an answer that its schema does not take.
"""

import argparse
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

SECRET = "a secret for these calls that is longer than 32 bytes"
# Of the document's operations, for each of the three callers; measured to come to some 10,000 calls in all.
EXAMPLES = 46
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance"]
READY_S = 120


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(name):
    return os.environ.get(name) or sys.exit(f"{name} is not set; ./dev test sets it")


def start(binary, port, log):
    command = [
        binary, "all",
        f"--rabbitmq-url={environment_of('JANGTEO_TEST_RABBITMQ_URL')}",
        f"--kafka-brokers={environment_of('JANGTEO_TEST_KAFKA')}",
        f"--postgres={environment_of('JANGTEO_TEST_POSTGRES')}",
        f"--edge-address=127.0.0.1:{port}", "--edge-connections-per-address=1024", f"--jwt-secret={SECRET}",
        "--check-answers=true", "--show-codes=true",
        # What is over the limit is answered 429, which says nothing of the routes.
        "--rate-limit-anonymous=0", "--rate-limit-member=0", "--rate-limit-login=0",
    ]
    # What every process has to be told and no call is about.
    environment = {"JANGTEO_EMAIL_KEY": "a key of addresses for tests that is long enough",
                   "JANGTEO_PERSONAL_DATA_KEY": "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", **os.environ}
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)


def until_ready(process, port):
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit("jangteo does not get ready")


def token_of(binary, user, role):
    made = subprocess.run([binary, "token", f"--user={user}", f"--role={role}", f"--jwt-secret={SECRET}"],
                          check=True, capture_output=True, text=True)
    return made.stdout.strip()


def ask(port, method, path, token, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), method=method)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json")
    request.add_header("Prefer", "wait=30")
    request.add_header("Idempotency-Key", str(uuid.uuid4()))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


def make_a_market(port, people, tokens):
    """One product, one order, points: something that calls can find."""
    product = str(uuid.uuid5(uuid.NAMESPACE_URL, f"jangteo:calls:{people['seller']}"))
    ask(port, "PUT", f"/api/v1/inventory/{product}", tokens["admin"],
        {"onHand": 1_000_000, "name": "머그컵", "unitPrice": 1_000, "sellerId": people["seller"]})
    ask(port, "POST", f"/api/v1/users/{people['user']}/points/earn", tokens["admin"],
        {"amount": 100_000, "source": "admin", "description": "calls"})
    order = ask(port, "POST", "/api/v1/orders", tokens["user"], {
        "userId": people["user"], "items": [{"productId": product, "quantity": 2}],
        "shippingAddress": {"recipientName": "홍길동", "phone": "010-1234-5678", "zipCode": "06234", "address": "서울"}})
    return {"productId": product, "orderId": order["id"], "userId": people["user"], "sellerId": people["seller"]}


def call(arguments, port, role, token, known):
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).resolve().with_name("hooks.py")),
                   "JANGTEO_CALLS_KNOWN": json.dumps(known), "NO_COLOR": "1"}
    command = [
        environment_of("JANGTEO_TEST_OPENAPI") + "/bin/python", "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json",
        "--header", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--phases", "fuzzing",
        "--max-examples", str(arguments.examples), "--generation-deterministic", "--workers", "2",
        "--no-shrink", "--continue-on-failure", "--request-timeout", "60", "--suppress-health-check", "all",
        "--generation-with-security-parameters", "false", "--warnings", "off",
        "--exclude-path-regex", "/stream$",  # A stream is an answer without an end; it has tests of its own.
    ]
    # It leaves notes of what failed where it runs.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    made = re.findall(r"(\d[\d,]*) generated", done.stdout)
    return done.returncode, int(made[-1].replace(",", "")) if made else 0


def main():
    parser = argparse.ArgumentParser(description="Calls a real edge in ten thousand ways.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--least-calls", type=int, default=10_000)
    arguments = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = start(arguments.binary, port, log)
        failed, calls = [], 0
        try:
            until_ready(process, port)
            people = {role: str(uuid.uuid4()) for role in ("user", "seller", "admin")}
            tokens = {role: token_of(arguments.binary, user, role) for role, user in people.items()}
            known = make_a_market(port, people, tokens)
            for role, token in tokens.items():
                began = time.monotonic()
                code, made = call(arguments, port, role, token, {**known, "caller": people[role]})
                say(f"{role}: {made} calls in {time.monotonic() - began:.0f} s")
                calls += made
                if code != 0:
                    failed.append(role)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            log.seek(0)
            for line in log.read().decode(errors="replace").splitlines():
                if "not in the document" in line or "says nothing of" in line or "Sanitizer" in line:
                    say(line)
    if calls < arguments.least_calls:
        sys.exit(f"only {calls} calls were made, fewer than {arguments.least_calls}")
    if failed:
        sys.exit(f"the edge does not do what it says, as called by: {', '.join(failed)}")
    say(f"{calls} calls: no 5xx, no status and no answer that the document does not have")


if __name__ == "__main__":
    main()
