"""Callbacks to the shop: kept with the change that caused them, sent until taken, in no promised order.

As published, one that is not answered well is sent again seven times, after 1, 4, 16, 64 ... minutes. A minute of
theirs is a quarter of a second here. The headers say which event it is, and which try.
"""

import http.client
import json
import queue
import secrets
import threading
import time
import urllib.parse

from call import BadCall
from toss_shapes import moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS callback_receivers (gateway TEXT PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, gateway TEXT NOT NULL, about TEXT NOT NULL, event TEXT NOT NULL,
    body TEXT NOT NULL, due_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS callbacks_due ON callbacks (due_at, id);
CREATE INDEX IF NOT EXISTS callbacks_about ON callbacks (about);
"""
GATEWAYS = ("toss",)
RETRY_AFTER_S = [0.25 * 4**times for times in range(7)]
ANSWER_WITHIN_S = 10
SENDERS = 8


class Callbacks:
    def __init__(self, store, trouble):
        self._store = store
        self._trouble = trouble
        self._news = threading.Event()
        self._to_send = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._busy = set()  # What a callback is under way about: the next one about it waits.
        self._done = {"delivered": 0, "failed": 0, "given_up": 0}

    def start(self):
        for work in [self._hand_out] + [self._send_on] * SENDERS:
            threading.Thread(target=work, daemon=True).start()

    def send_to(self, receivers):
        """{gateway: url or null}. Nothing is sent for a gateway without one, now or later."""
        for gateway, url in receivers.items():
            if gateway not in GATEWAYS:
                raise BadCall(f"callbacks come from: {', '.join(GATEWAYS)}; not from '{gateway}'")
            if url is not None and not is_of_this_machine(url):
                raise BadCall(f"{gateway}: a receiver is http://127.0.0.1:PORT/PATH, or null")
        with self._store.transaction() as db:
            for gateway, url in receivers.items():
                db.execute("DELETE FROM callback_receivers WHERE gateway = ?", (gateway,))
                if url is not None:
                    db.execute("INSERT INTO callback_receivers VALUES (?, ?)", (gateway, url))

    def shown(self):
        with self._store.transaction() as db:
            receivers = {row["gateway"]: row["url"] for row in db.execute("SELECT * FROM callback_receivers")}
            pending = db.execute("SELECT count(*) FROM callbacks").fetchone()[0]
        with self._lock:
            return {"receivers": receivers, "pending": pending, **self._done}

    def queue(self, db, gateway, about, content):
        """To be called in the transaction of the change. Says what is true now, however late it arrives."""
        if db.execute("SELECT 1 FROM callback_receivers WHERE gateway = ?", (gateway,)).fetchone() is None:
            return
        event, now = secrets.token_hex(16), time.time()
        latest = db.execute("SELECT max(due_at) FROM callbacks WHERE about = ?", (about,)).fetchone()[0] or 0
        for delay in self._trouble.callback_delays_s():
            due_at = now + delay if self._trouble.shuffles_callbacks() else max(now + delay, latest)
            db.execute("INSERT INTO callbacks (gateway, about, event, body, due_at) VALUES (?, ?, ?, ?, ?)",
                       (gateway, about, event, json.dumps(content, ensure_ascii=False), due_at))
        self._news.set()

    def _hand_out(self):
        while True:
            self._news.clear()
            # Senders forget a callback before they say that they are no longer busy; as the lock is held from the look
            # to the end, none that has been sent is handed out again.
            with self._lock:
                due, next_at = self._look()
                for row in due:
                    if row["about"] not in self._busy:  # Else the senders make news when they are out of work.
                        self._busy.add(row["about"])
                        self._to_send.put(row)
            self._news.wait(1 if next_at is None else max(0.001, min(1, next_at - time.time())))

    def _look(self):
        """What is due, and when something will be."""
        now = time.time()
        with self._store.transaction() as db:
            due = db.execute("SELECT callbacks.*, url FROM callbacks LEFT JOIN callback_receivers USING (gateway) "
                             "WHERE due_at <= ? ORDER BY due_at, id LIMIT 200", (now,)).fetchall()
            return due, db.execute("SELECT min(due_at) FROM callbacks WHERE due_at > ?", (now,)).fetchone()[0]

    def _send_on(self):
        while True:
            row = self._to_send.get()
            if row["url"] is None:
                outcome, next_at = "given_up", None
            elif is_taken(row):
                outcome, next_at = "delivered", None
            elif row["tries"] < len(RETRY_AFTER_S):
                outcome, next_at = "failed", time.time() + RETRY_AFTER_S[row["tries"]]
            else:
                outcome, next_at = "given_up", None
            with self._store.transaction() as db:
                if next_at is None:
                    db.execute("DELETE FROM callbacks WHERE id = ?", (row["id"],))
                else:
                    db.execute("UPDATE callbacks SET tries = tries + 1, due_at = ? WHERE id = ?", (next_at, row["id"]))
            with self._lock:
                self._busy.discard(row["about"])
                self._done[outcome] += 1
            if self._to_send.empty():
                self._news.set()


def is_taken(row):
    """Sends it once. Any 2xx counts as taken (the published rule is 200)."""
    url = urllib.parse.urlsplit(row["url"])
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "tosspayments-webhook-transmission-id": row["event"],
        "tosspayments-webhook-transmission-time": moment(time.time()),
        "tosspayments-webhook-transmission-retried-count": str(row["tries"]),
    }
    connection = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("POST", path, row["body"].encode(), headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_of_this_machine(url):
    """Stand-ins never talk to the world outside."""
    if not isinstance(url, str):
        return False
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost") and (parts.port or 80) > 0
    except ValueError:
        return False
