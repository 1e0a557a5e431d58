"""The gateway's own account of the money, for tests to compare theirs with."""

from toss_shapes import moment

# A virtual account that is cancelled before any money came gives nothing back.
GIVEN_BACK = "CASE WHEN captured = 0 THEN 0 ELSE cancelled END"


def ledger(db, order_id=None):
    """All payments, or those of an order; `confirms` and `cancelCalls` count calls that were not repeats."""
    those, of_order = ("WHERE order_id = ?", (order_id,)) if order_id else ("", ())
    of_those = f"WHERE payment_key IN (SELECT payment_key FROM toss_payments {those})"
    calls = {}
    for row in db.execute(f"SELECT payment_key, what, repeated, count(*) AS times FROM toss_calls {of_those} "
                          "GROUP BY payment_key, what, repeated", of_order):
        calls[row["payment_key"], row["what"], row["repeated"]] = row["times"]
    cancels = {}
    for row in db.execute(f"SELECT * FROM toss_cancels {of_those} ORDER BY rowid", of_order):
        cancels.setdefault(row["payment_key"], []).append(
            {"transactionKey": row["transaction_key"], "amount": row["amount"], "reason": row["reason"],
             "cancelledAt": moment(row["cancelled_at"])})
    payments = []
    for row in db.execute(f"SELECT *, {GIVEN_BACK} AS given_back FROM toss_payments {those} ORDER BY rowid", of_order):
        key = row["payment_key"]
        payments.append({
            "paymentKey": key,
            "orderId": row["order_id"],
            "status": row["status"],
            "agreed": row["agreed"],
            "captured": row["captured"],
            "cancelled": row["given_back"],
            "balance": row["captured"] - row["given_back"],
            "confirms": calls.get((key, "confirm", 0), 0),
            "confirmRepeats": calls.get((key, "confirm", 1), 0),
            "cancelCalls": calls.get((key, "cancel", 0), 0),
            "cancelRepeats": calls.get((key, "cancel", 1), 0),
            "cancels": cancels.get(key, []),
        })
    totals = {name: sum(payment[name] for payment in payments) for name in ("captured", "cancelled", "balance")}
    return {"payments": payments, "totals": {**totals, "payments": len(payments)}}
