"""What TossPayments knows and its rules: a payment from the buyer's agreement to the last won given back.

Every rule runs within one transaction of the store, together with the callbacks it causes and the answer that a repeat
will get, so that a kill at any moment leaves all of it or nothing. Money is whole won.
"""

import secrets
import time

from call import is_won
from toss_shapes import (DEPOSIT_WITHIN_S, METHODS, VIRTUAL_ACCOUNT, No, deposited, payment_object, status_changed,
                         transaction_object)

SCHEMA = """
CREATE TABLE IF NOT EXISTS toss_payments (
    payment_key TEXT PRIMARY KEY, order_id TEXT NOT NULL, method TEXT NOT NULL, status TEXT NOT NULL,
    agreed INTEGER NOT NULL,    -- What the buyer has agreed to in the gateway's window.
    total INTEGER NOT NULL,     -- The same, unless trouble captured another amount.
    captured INTEGER NOT NULL DEFAULT 0, cancelled INTEGER NOT NULL DEFAULT 0,
    requested_at REAL NOT NULL, approved_at REAL, secret TEXT, failure_code TEXT, failure_message TEXT,
    last_transaction_key TEXT);
CREATE INDEX IF NOT EXISTS toss_payments_of_order ON toss_payments (order_id);
CREATE INDEX IF NOT EXISTS toss_payments_to_confirm ON toss_payments (requested_at) WHERE status = 'IN_PROGRESS';
CREATE TABLE IF NOT EXISTS toss_cancels (
    transaction_key TEXT PRIMARY KEY, payment_key TEXT NOT NULL, amount INTEGER NOT NULL, reason TEXT NOT NULL,
    left_over INTEGER NOT NULL, cancelled_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS toss_accounts (payment_key TEXT PRIMARY KEY, due_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS toss_cancels_of_payment ON toss_cancels (payment_key);
CREATE TABLE IF NOT EXISTS toss_transactions (
    transaction_key TEXT PRIMARY KEY, payment_key TEXT NOT NULL, status TEXT NOT NULL, amount INTEGER NOT NULL,
    at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS toss_transactions_by_time ON toss_transactions (at);
"""
CARD_REFUSALS = [No(403, "REJECT_CARD_PAYMENT", "The card's limit or balance does not suffice."),
                 No(403, "REJECT_CARD_COMPANY", "The card company has refused.")]


class TossPayments:
    def __init__(self, callbacks, trouble, confirm_within_s):
        self._callbacks = callbacks
        self._trouble = trouble
        self._confirm_within_s = confirm_within_s

    # What the buyer does.

    def begin(self, db, order_id, amount, method, abort, deposit_within_s=DEPOSIT_WITHIN_S):
        """The buyer agrees in the gateway's window, or gives up there. Returns the payment's key."""
        now = time.time()
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now + 9 * 3600))
        key = f"tstandin{stamp}{secrets.token_hex(5)}"
        db.execute("INSERT INTO toss_payments (payment_key, order_id, method, status, agreed, total, requested_at) "
                   "VALUES (?, ?, ?, 'IN_PROGRESS', ?, ?, ?)", (key, order_id, METHODS[method], amount, amount, now))
        if METHODS[method] == VIRTUAL_ACCOUNT:
            db.execute("INSERT INTO toss_accounts VALUES (?, ?)", (key, now + deposit_within_s))
        if abort:
            self._end_without_money(db, key, "ABORTED", "PAY_PROCESS_ABORTED", "The buyer has given up.")
        return key

    def deposit(self, db, key, late):
        """The buyer pays into the virtual account. False if nobody waits for that. A late one was paid in before the account
        was over, and the bank tells of it only now."""
        payment = find(db, key)
        waits = ("WAITING_FOR_DEPOSIT", "EXPIRED") if late else ("WAITING_FOR_DEPOSIT",)
        if payment is None or not payment["secret"] or payment["status"] not in waits:
            return False
        db.execute("UPDATE toss_payments SET status = 'DONE', captured = total, approved_at = ?, failure_code = NULL, "
                   "failure_message = NULL WHERE payment_key = ?", (time.time(), key))
        note_transaction(db, transaction_key(), find(db, key), payment["total"])
        self._tell(db, key)
        self._callbacks.queue(db, "toss", key, deposited(find(db, key), time.time()))
        return True

    def expire(self, db):
        """An agreement that nobody confirms in time is void, and so is an account that nobody has paid into."""
        late = db.execute("SELECT payment_key FROM toss_payments WHERE status = 'IN_PROGRESS' AND requested_at < ?",
                          (time.time() - self._confirm_within_s,)).fetchall()
        for payment in late:
            self._end_without_money(db, payment["payment_key"], "EXPIRED", "EXPIRED_PAYMENT",
                                    "Nobody confirmed in time.")
        due = db.execute("SELECT payment_key FROM toss_payments JOIN toss_accounts USING (payment_key) "
                         "WHERE status = 'WAITING_FOR_DEPOSIT' AND due_at < ?", (time.time(),)).fetchall()
        for payment in due:
            self._end_without_money(db, payment["payment_key"], "EXPIRED", "EXPIRED_PAYMENT", "Nobody paid in time.")

    # What the shop asks for. Each returns a payment object or a No.

    def confirm(self, db, wanted):
        key, order_id, amount = wanted.get("paymentKey"), wanted.get("orderId"), wanted.get("amount")
        if not isinstance(key, str) or not isinstance(order_id, str) or not is_won(amount):
            return No(400, "INVALID_REQUEST", "paymentKey, orderId and amount (whole won) are needed.")
        payment = find(db, key)
        if payment is None:
            return No(404, "NOT_FOUND_PAYMENT", "There is no such payment.")
        if payment["status"] == "EXPIRED" or payment["order_id"] != order_id:
            return No(404, "NOT_FOUND_PAYMENT_SESSION", "Nothing of this order waits to be confirmed.")
        if payment["status"] != "IN_PROGRESS":
            return No(400, "ALREADY_PROCESSED_PAYMENT", "This payment has been processed.")
        if amount != payment["agreed"]:
            return No(400, "INVALID_REQUEST", "The buyer has agreed to another amount.")
        if order_is_paid(db, order_id):
            return No(400, "DUPLICATED_ORDER_ID", "Another payment of this order was approved.")
        if self._trouble.rejects_card():
            no = self._trouble.one_of("why a card is refused", CARD_REFUSALS)
            self._end_without_money(db, key, "ABORTED", no.code, no.message)
            return no

        total = self._trouble.captured_instead_of(amount)
        waits = payment["method"] == VIRTUAL_ACCOUNT
        # A virtual account is approved when it is issued; its money comes later.
        db.execute("UPDATE toss_payments SET status = ?, total = ?, captured = ?, approved_at = ?, secret = ?, "
                   "last_transaction_key = ? WHERE payment_key = ?",
                   ("WAITING_FOR_DEPOSIT" if waits else "DONE", total, 0 if waits else total,
                    None if waits else time.time(), f"ps_{secrets.token_urlsafe(20)}" if waits else None,
                    transaction_key(), key))
        approved = find(db, key)
        note_transaction(db, approved["last_transaction_key"], approved, total)
        return self._tell(db, key)

    def cancel(self, db, key, wanted):
        """All that is left, or `cancelAmount` of it."""
        reason, amount = wanted.get("cancelReason"), wanted.get("cancelAmount")
        if not isinstance(reason, str) or not 0 < len(reason) <= 200:
            return No(400, "INVALID_REQUEST", "cancelReason is needed, at most 200 characters.")
        if amount is not None and not is_won(amount):
            return No(400, "INVALID_REQUEST", "cancelAmount has to be whole won.")
        payment = find(db, key)
        if payment is None:
            return No(404, "NOT_FOUND_PAYMENT", "There is no such payment.")
        status, left = payment["status"], payment["total"] - payment["cancelled"]
        if status == "CANCELED":
            return No(400, "ALREADY_CANCELED_PAYMENT", "All of this payment has been cancelled.")
        if status not in ("DONE", "PARTIAL_CANCELED", "WAITING_FOR_DEPOSIT"):
            return No(403, "NOT_CANCELABLE_PAYMENT", "This payment was never approved.")
        if wanted.get("refundableAmount", left) != left:
            return No(400, "NOT_MATCHES_REFUNDABLE_AMOUNT", "Another amount is left.")
        amount = left if amount is None else amount
        if amount > left:
            return No(403, "NOT_CANCELABLE_AMOUNT", "Less than that is left.")
        if status == "WAITING_FOR_DEPOSIT" and amount != left:
            return No(403, "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT", "There is no money yet to give back in part.")
        if status != "WAITING_FOR_DEPOSIT" and payment["method"] == VIRTUAL_ACCOUNT and not says_where_to(wanted):
            return No(400, "INVALID_REFUND_ACCOUNT_INFO", "refundReceiveAccount needs bank, accountNumber, holderName.")

        transaction = transaction_key()
        db.execute("INSERT INTO toss_cancels (transaction_key, payment_key, amount, reason, left_over, cancelled_at) "
                   "VALUES (?, ?, ?, ?, ?, ?)", (transaction, key, amount, reason, left - amount, time.time()))
        db.execute("UPDATE toss_payments SET status = ?, cancelled = cancelled + ?, last_transaction_key = ? "
                   "WHERE payment_key = ?",
                   ("CANCELED" if amount == left else "PARTIAL_CANCELED", amount, transaction, key))
        note_transaction(db, transaction, find(db, key), amount)
        return self._tell(db, key)

    def of_key(self, db, key):
        payment = find(db, key)
        if payment is None:
            return No(404, "NOT_FOUND_PAYMENT", "There is no such payment.")
        return payment_object(payment, cancels_of(db, key))

    def of_order(self, db, order_id):
        """Several tries may share an order; the approved one is the one meant, else the latest."""
        payment = db.execute("SELECT payment_key FROM toss_payments WHERE order_id = ? "
                             "ORDER BY last_transaction_key IS NULL, requested_at DESC LIMIT 1", (order_id,)).fetchone()
        return self.of_key(db, payment["payment_key"] if payment else None)

    def transactions(self, db, since, until, after, limit):
        """Every movement of the period, the oldest first; `after`: from behind the one of this key."""
        place = db.execute("SELECT rowid FROM toss_transactions WHERE transaction_key = ?", (after,)).fetchone()
        rows = db.execute(
            "SELECT t.*, p.order_id, p.method, p.last_transaction_key FROM toss_transactions t JOIN toss_payments p "
            "USING (payment_key) WHERE t.at >= ? AND t.at <= ? AND t.rowid > ? ORDER BY t.rowid LIMIT ?",
            (since, until, place["rowid"] if place else 0, limit)).fetchall()
        return [transaction_object(row) for row in rows]

    # What only a test makes: books that differ from the shop's.

    def forget(self, db, key):
        """The gateway has never heard of it."""
        for table in ("toss_payments", "toss_cancels", "toss_transactions"):
            db.execute(f"DELETE FROM {table} WHERE payment_key = ?", (key,))

    def hold_amount(self, db, key, amount):
        """It has captured another amount than it said."""
        db.execute("UPDATE toss_payments SET total = ?, captured = ? WHERE payment_key = ?", (amount, amount, key))
        db.execute("UPDATE toss_transactions SET amount = ? WHERE payment_key = ? AND status = 'DONE'", (amount, key))

    def forget_cancels(self, db, key):
        """It has given nothing back, whatever it said."""
        db.execute("DELETE FROM toss_cancels WHERE payment_key = ?", (key,))
        db.execute("DELETE FROM toss_transactions WHERE payment_key = ? AND status IN ('CANCELED', 'PARTIAL_CANCELED')",
                   (key,))
        db.execute("UPDATE toss_payments SET status = 'DONE', cancelled = 0 WHERE payment_key = ? AND cancelled > 0",
                   (key,))

    def _end_without_money(self, db, key, status, code, message):
        db.execute("UPDATE toss_payments SET status = ?, failure_code = ?, failure_message = ? WHERE payment_key = ?",
                   (status, code, message, key))
        self._tell(db, key)

    def _tell(self, db, key):
        payment, cancels = find(db, key), cancels_of(db, key)
        self._callbacks.queue(db, "toss", key, status_changed(payment, cancels, time.time()))
        return payment_object(payment, cancels)


def find(db, key):
    return db.execute("SELECT * FROM toss_payments LEFT JOIN toss_accounts USING (payment_key) WHERE payment_key = ?",
                      (key,)).fetchone()


def cancels_of(db, key):
    return db.execute("SELECT * FROM toss_cancels WHERE payment_key = ? ORDER BY rowid", (key,)).fetchall()


def order_is_paid(db, order_id):
    return db.execute("SELECT 1 FROM toss_payments WHERE order_id = ? AND last_transaction_key IS NOT NULL",
                      (order_id,)).fetchone() is not None


def note_transaction(db, key, payment, amount):
    db.execute("INSERT INTO toss_transactions VALUES (?, ?, ?, ?, ?)",
               (key, payment["payment_key"], payment["status"], amount, time.time()))


def says_where_to(wanted):
    account = wanted.get("refundReceiveAccount")
    return isinstance(account, dict) and all(account.get(part) for part in ("bank", "accountNumber", "holderName"))


def transaction_key():
    return secrets.token_hex(16).upper()
