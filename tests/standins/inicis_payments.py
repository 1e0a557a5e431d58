"""What KG Inicis knows and its rules: a payment from the buyer's authentication to the last won given back.

Inicis has no idempotency keys: whoever repeats a refund has to know what is left. An approval whose answer is lost is
found by a query, or undone by a net cancel, which knows it by what the buyer's browser brought.
"""

import dataclasses
import secrets
import time

from toss_shapes import moment

SCHEMA = """
CREATE TABLE IF NOT EXISTS inicis_payments (
    authentication TEXT PRIMARY KEY,  -- authToken of the PC window, P_TID of the mobile one.
    device TEXT NOT NULL, order_id TEXT NOT NULL, agreed INTEGER NOT NULL,
    status TEXT NOT NULL,             -- AUTHENTICATED, then FAILED or APPROVAL, then PART_CANCEL or CANCEL.
    tid TEXT UNIQUE,                  -- Of the approval: another one than the authentication's.
    captured INTEGER NOT NULL DEFAULT 0, cancelled INTEGER NOT NULL DEFAULT 0, approvals INTEGER NOT NULL DEFAULT 0,
    requested_at REAL NOT NULL, approved_at REAL);
CREATE INDEX IF NOT EXISTS inicis_payments_of_order ON inicis_payments (order_id);
CREATE TABLE IF NOT EXISTS inicis_cancels (
    tid TEXT PRIMARY KEY, of_tid TEXT NOT NULL, how TEXT NOT NULL, amount INTEGER NOT NULL, reason TEXT NOT NULL,
    cancelled_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS inicis_cancels_of_payment ON inicis_cancels (of_tid);
"""


@dataclasses.dataclass(frozen=True)
class Refused:
    """Says why; what code that is depends on the path."""

    why: str


class InicisPayments:
    def __init__(self, trouble):
        self._trouble = trouble

    def begin(self, db, device, order_id, amount):
        """The buyer authenticates in the window. Returns what the browser will bring to the shop."""
        authentication = secrets.token_urlsafe(40) if device == "pc" else new_tid("INIMX_AUTH")
        db.execute("INSERT INTO inicis_payments (authentication, device, order_id, agreed, status, requested_at) "
                   "VALUES (?, ?, ?, ?, 'AUTHENTICATED', ?)", (authentication, device, order_id, amount, time.time()))
        return authentication

    # Each returns the payment's row, or Refused.

    def approve(self, db, device, authentication):
        payment = of_authentication(db, device, authentication)
        if payment is None:
            return Refused("no such authentication")
        db.execute("UPDATE inicis_payments SET approvals = approvals + 1 WHERE authentication = ?", (authentication,))
        if payment["status"] != "AUTHENTICATED":
            return Refused("this authentication has been used")
        if self._trouble.rejects_card():
            db.execute("UPDATE inicis_payments SET status = 'FAILED' WHERE authentication = ?", (authentication,))
            return Refused("the card company has refused")
        tid = new_tid("StdpayCARD" if device == "pc" else "INIMX_CARD")
        captured = self._trouble.captured_instead_of(payment["agreed"])
        db.execute("UPDATE inicis_payments SET status = 'APPROVAL', tid = ?, captured = ?, approved_at = ? "
                   "WHERE authentication = ?", (tid, captured, time.time(), authentication))
        return of_tid(db, tid)

    def net_cancel(self, db, device, authentication):
        """Undoes an approval that the shop could not take in. One that is still under way is not stopped by it."""
        payment = of_authentication(db, device, authentication)
        if payment is None or payment["status"] != "APPROVAL":
            return Refused("there is no approval to undo")
        return self._cancel(db, payment, payment["captured"], "net cancel", "net cancel")

    def refund(self, db, tid, reason):
        payment = of_tid(db, tid)
        if payment is None:
            return Refused("no such transaction")
        if payment["status"] != "APPROVAL":
            return Refused("this has been cancelled, all or in part")
        return self._cancel(db, payment, payment["captured"], "refund", reason)

    def refund_part(self, db, tid, amount, left_after, reason):
        payment = of_tid(db, tid)
        if payment is None:
            return Refused("no such transaction")
        left = payment["captured"] - payment["cancelled"]
        if payment["status"] == "CANCEL":
            return Refused("all of this has been cancelled")
        if amount > left:
            return Refused("less than that is left")
        if left_after != left - amount:
            return Refused("confirmPrice is not what will be left")
        return self._cancel(db, payment, amount, "partial refund", reason)

    def find(self, db, tid, order_id):
        """By transaction, else by order; of several the approved one, else the latest. None if there is none."""
        if tid:
            return of_tid(db, tid)
        return db.execute("SELECT * FROM inicis_payments WHERE order_id = ? AND tid IS NOT NULL "
                          "ORDER BY status = 'CANCEL', approved_at DESC LIMIT 1", (order_id,)).fetchone()

    def _cancel(self, db, payment, amount, how, reason):
        left = payment["captured"] - payment["cancelled"] - amount
        db.execute("INSERT INTO inicis_cancels VALUES (?, ?, ?, ?, ?, ?)",
                   (new_tid("StdpayPRTC"), payment["tid"], how, amount, reason, time.time()))
        db.execute("UPDATE inicis_payments SET status = ?, cancelled = cancelled + ? WHERE tid = ?",
                   ("CANCEL" if left == 0 else "PART_CANCEL", amount, payment["tid"]))
        return of_tid(db, payment["tid"])


def of_authentication(db, device, authentication):
    return db.execute("SELECT * FROM inicis_payments WHERE device = ? AND authentication = ?",
                      (device, authentication)).fetchone()


def of_tid(db, tid):
    return db.execute("SELECT * FROM inicis_payments WHERE tid = ?", (tid,)).fetchone()


def cancels_of(db, tid):
    return db.execute("SELECT * FROM inicis_cancels WHERE of_tid = ? ORDER BY rowid", (tid,)).fetchall()


def new_tid(kind):
    """40 characters, as theirs are."""
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 9 * 3600))
    return f"{kind}standin000{stamp}{secrets.randbelow(10**6):06}"


def ledger(db, order_id=None):
    """The books, as toss_ledger.py shows its own."""
    those, of_order = ("WHERE order_id = ?", (order_id,)) if order_id else ("", ())
    payments = [{
        "tid": row["tid"],
        "orderId": row["order_id"],
        "device": row["device"],
        "status": row["status"],
        "agreed": row["agreed"],
        "captured": row["captured"],
        "cancelled": row["cancelled"],
        "balance": row["captured"] - row["cancelled"],
        "approvals": row["approvals"],
        "cancels": [{"tid": part["tid"], "how": part["how"], "amount": part["amount"], "reason": part["reason"],
                     "cancelledAt": moment(part["cancelled_at"])} for part in cancels_of(db, row["tid"])],
    } for row in db.execute(f"SELECT * FROM inicis_payments {those} ORDER BY rowid", of_order).fetchall()]
    totals = {name: sum(payment[name] for payment in payments) for name in ("captured", "cancelled", "balance")}
    return {"payments": payments, "totals": {**totals, "payments": len(payments)}}
