"""TossPayments as a shop's server sees it, under /toss: who may call, which paths there are, and repeats.

Published rules that are kept here: the secret key is the user name of Basic authentication, without a password. A POST
with an Idempotency-Key is done once for that key, method and path, whatever is in the body; its answer, a refusal too,
is given again to each repeat. While the first is still at work a repeat gets 409.

The list of transactions takes times of Seoul without a zone, both ends included, and goes on behind `startingAfter`.

Not sure: in which order the list is, and what the amount of a cancelling transaction is (here: what went back, positive);
how a confirmation of an aborted payment is refused (here: as processed), one under another order's id
(here: no session), a virtual account's refund that does not say where to; and whether IN_PROGRESS causes a callback
(here: no).
"""

import base64
import hmac
import json
import re
import threading
import time
import urllib.parse

from call import Answer, BadCall, json_answer
from toss_shapes import No, seconds_in_seoul

SCHEMA = """
CREATE TABLE IF NOT EXISTS toss_answers (
    place TEXT PRIMARY KEY, payment_key TEXT, what TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS toss_calls (
    payment_key TEXT, what TEXT NOT NULL, repeated INTEGER NOT NULL, status INTEGER NOT NULL, called_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS toss_calls_of_payment ON toss_calls (payment_key);
"""
PATHS = [
    ("POST", re.compile(r"/v1/payments/confirm"), "confirm"),
    ("POST", re.compile(r"/v1/payments/([^/]+)/cancel"), "cancel"),
    ("GET", re.compile(r"/v1/transactions"), "list"),
    ("GET", re.compile(r"/v1/payments/orders/([^/]+)"), "of_order"),
    ("GET", re.compile(r"/v1/payments/([^/]+)"), "of_key"),
]
LONGEST_KEY = 300
USUAL_PAGE, LARGEST_PAGE = 100, 5000


class Toss:
    prefix = "/toss"

    def __init__(self, store, payments, trouble, secret_key):
        self._store = store
        self._payments = payments
        self._trouble = trouble
        self._authorization = "Basic " + base64.b64encode(f"{secret_key}:".encode()).decode()
        self._lock = threading.Lock()
        self._at_work = set()

    def answer(self, call):
        if not hmac.compare_digest(call.headers.get("Authorization", "").encode(), self._authorization.encode()):
            return answer_no(No(401, "UNAUTHORIZED_KEY", "Neither a secret key nor a client key of this shop."))
        for method, path, what in PATHS:
            match = path.fullmatch(call.path)
            if match and method == call.method:
                part = urllib.parse.unquote(match[1]) if match.groups() else None
                if what == "list":
                    return self._list(call.query)
                return self._asked(call, part) if what.startswith("of_") else self._told(call, what, part)
        return answer_no(No(404, "NOT_FOUND", "There is no such path."))

    def broken(self):
        return answer_no(No(500, "FAILED_INTERNAL_SYSTEM_PROCESSING", "It did not work; nothing was done."))

    def _asked(self, call, part):
        self._trouble.slow_down()
        by_order = "/orders/" in call.path
        with self._store.transaction() as db:
            return answered(self._payments.of_order(db, part) if by_order else self._payments.of_key(db, part))

    def _list(self, query):
        self._trouble.slow_down()
        since, until = seconds_in_seoul(query.get("startDate")), seconds_in_seoul(query.get("endDate"))
        limit = query.get("limit", str(USUAL_PAGE))
        if since is None or until is None or not limit.isdecimal() or not 0 < int(limit) <= LARGEST_PAGE:
            return answer_no(No(400, "INVALID_REQUEST",
                                f"startDate and endDate like 2026-01-02T14:46:58 are needed, limit is up to {LARGEST_PAGE}."))
        with self._store.transaction() as db:
            found = self._payments.transactions(db, since, until, query.get("startingAfter"), int(limit))
        return json_answer(200, found)

    def _told(self, call, what, part):
        try:
            wanted = call.json()
        except BadCall as error:
            return answer_no(No(400, "INVALID_REQUEST", str(error)))
        key = call.headers.get("Idempotency-Key")
        if not key:
            return self._do(None, what, part, wanted)
        if len(key) > LONGEST_KEY:
            return answer_no(No(400, "INVALID_IDEMPOTENCY_KEY", f"At most {LONGEST_KEY} characters."))
        place = json.dumps([call.method, call.path, key])
        with self._lock:
            if place in self._at_work:
                return answer_no(No(409, "IDEMPOTENT_REQUEST_PROCESSING", "The first of these is still at work."))
            self._at_work.add(place)
        try:
            return self._repeat_of(place) or self._do(place, what, part, wanted)
        finally:
            with self._lock:
                self._at_work.discard(place)

    def _repeat_of(self, place):
        with self._store.transaction() as db:
            first = db.execute("SELECT * FROM toss_answers WHERE place = ?", (place,)).fetchone()
            if first is None:
                return None
            note_call(db, first["payment_key"], first["what"], True, first["status"])
            return Answer(first["status"], bytes(first["body"]))

    def _do(self, place, what, part, wanted):
        self._trouble.slow_down()
        with self._store.transaction() as db:
            if what == "confirm":
                payment_key, outcome = wanted.get("paymentKey"), self._payments.confirm(db, wanted)
            else:
                payment_key, outcome = part, self._payments.cancel(db, part, wanted)
            payment_key = payment_key if isinstance(payment_key, str) else None
            answer = answered(outcome)
            note_call(db, payment_key, what, False, answer.status)
            if place:
                db.execute("INSERT INTO toss_answers VALUES (?, ?, ?, ?, ?)",
                           (place, payment_key, what, answer.status, answer.body))
            return answer


def note_call(db, payment_key, what, repeated, status):
    db.execute("INSERT INTO toss_calls VALUES (?, ?, ?, ?, ?)", (payment_key, what, repeated, status, time.time()))


def answered(outcome):
    return answer_no(outcome) if isinstance(outcome, No) else json_answer(200, outcome)


def answer_no(no):
    return json_answer(no.status, no.body())
