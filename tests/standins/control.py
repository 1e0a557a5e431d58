"""How a test or the demo speaks to the stand-ins: what the buyer does, what goes wrong, what the gateways' books say.

Nothing of this exists at the real gateways, and no trouble is made here. Bad input gets a 400 that says what is wrong.
"""

import re

from call import BadCall, is_won, json_answer
from inicis_payments import Refused
from inicis_payments import ledger as inicis_ledger
from toss_ledger import ledger as toss_ledger
from toss_shapes import DEPOSIT_WITHIN_S, METHODS, No

# What the gateway's window takes for an order id.
ORDER_ID = re.compile(r"[A-Za-z0-9_=-]{6,64}")


class Control:
    prefix = "/control"

    def __init__(self, store, trouble, callbacks, toss_payments, inicis_payments, inicis):
        self._store = store
        self._trouble = trouble
        self._callbacks = callbacks
        self._toss = toss_payments
        self._inicis_payments = inicis_payments
        self._inicis = inicis
        self._routes = {
            "/health": {"GET": lambda call: {"serves": True}},
            "/trouble": {"GET": self._show_trouble, "PUT": self._make_trouble, "DELETE": self._end_trouble},
            "/callbacks": {"GET": self._show_callbacks, "PUT": self._send_callbacks_to},
            "/toss/pay": {"POST": self._toss_pay},
            "/toss/deposit": {"POST": self._toss_deposit},
            "/toss/cancel": {"POST": self._toss_cancel},
            "/toss/books": {"PUT": self._toss_books},
            "/toss/ledger": {"GET": self._toss_ledger},
            "/inicis/pay": {"POST": self._inicis_pay},
            "/inicis/cancel": {"POST": self._inicis_cancel},
            "/inicis/ledger": {"GET": self._inicis_ledger},
        }

    def answer(self, call):
        methods = self._routes.get(call.path)
        if methods is None:
            there_are = ", ".join(self.prefix + path for path in self._routes)
            return json_answer(404, {"error": f"there is no {self.prefix}{call.path}; there are: {there_are}"})
        if call.method not in methods:
            return json_answer(405, {"error": f"{self.prefix}{call.path} knows {', '.join(methods)}"})
        try:
            return json_answer(200, methods[call.method](call))
        except BadCall as error:
            return json_answer(400, {"error": str(error)})

    def _show_trouble(self, _call):
        return self._trouble.shown()

    def _make_trouble(self, call):
        self._trouble.change(call.json())
        return self._trouble.shown()

    def _end_trouble(self, _call):
        self._trouble.calm()
        return self._trouble.shown()

    def _show_callbacks(self, _call):
        return self._callbacks.shown()

    def _send_callbacks_to(self, call):
        self._callbacks.send_to(call.json())
        return self._callbacks.shown()

    def _toss_pay(self, call):
        wanted = fields(call, {"orderId", "amount", "method", "abort", "depositWithinS"})
        order_id, amount, abort = wanted.get("orderId"), wanted.get("amount"), wanted.get("abort", False)
        method = wanted.get("method", "CARD")
        check_order(order_id, amount)
        if method not in METHODS:
            raise BadCall(f"method is one of {', '.join(METHODS)}")
        if type(abort) is not bool:
            raise BadCall("abort is true or false")
        within_s = wanted.get("depositWithinS", DEPOSIT_WITHIN_S)
        if type(within_s) is not int or within_s < 1:
            raise BadCall("depositWithinS is a number of seconds")
        with self._store.transaction() as db:
            key = self._toss.begin(db, order_id, amount, method, abort, within_s)
        return {"paymentKey": key, "orderId": order_id, "amount": amount}

    def _toss_deposit(self, call):
        wanted = fields(call, {"paymentKey", "late"})
        key, late = wanted.get("paymentKey"), wanted.get("late", False)
        if type(late) is not bool:
            raise BadCall("late is true or false")
        with self._store.transaction() as db:
            if not isinstance(key, str) or not self._toss.deposit(db, key, late):
                raise BadCall("paymentKey names no payment that waits for a deposit")
        return {"paymentKey": key}

    def _toss_cancel(self, call):
        """Somebody gives money back in the gateway's own console."""
        wanted = fields(call, {"paymentKey", "amount"})
        asked = {"cancelReason": "by hand"}
        if "amount" in wanted:
            asked["cancelAmount"] = wanted["amount"]
        with self._store.transaction() as db:
            outcome = self._toss.cancel(db, wanted.get("paymentKey"), asked)
        if isinstance(outcome, No):
            raise BadCall(f"{outcome.code}: {outcome.message}")
        return {"paymentKey": wanted["paymentKey"], "status": outcome["status"]}

    def _toss_books(self, call):
        """The gateway's books of a payment are made to differ."""
        wanted = fields(call, {"paymentKey", "forget", "amount", "forgetCancels"})
        key = wanted.get("paymentKey")
        with self._store.transaction() as db:
            if not isinstance(key, str) or isinstance(self._toss.of_key(db, key), No):
                raise BadCall("paymentKey names no payment")
            if wanted.get("forget"):
                self._toss.forget(db, key)
            if is_won(wanted.get("amount")):
                self._toss.hold_amount(db, key, wanted["amount"])
            if wanted.get("forgetCancels"):
                self._toss.forget_cancels(db, key)
        return {"paymentKey": key}

    def _toss_ledger(self, call):
        with self._store.transaction() as db:
            return toss_ledger(db, call.query.get("orderId"))

    def _inicis_pay(self, call):
        wanted = fields(call, {"orderId", "amount", "device"})
        order_id, amount, device = wanted.get("orderId"), wanted.get("amount"), wanted.get("device", "pc")
        check_order(order_id, amount)
        if device not in ("pc", "mobile"):
            raise BadCall("device is pc or mobile")
        with self._store.transaction() as db:
            authentication = self._inicis_payments.begin(db, device, order_id, amount)
        return self._inicis.brought_by_browser(device, authentication, order_id, amount, call.headers.get("Host"))

    def _inicis_cancel(self, call):
        """Somebody gives all of it back in the gateway's own console."""
        tid = fields(call, {"tid"}).get("tid")
        with self._store.transaction() as db:
            outcome = self._inicis_payments.refund(db, tid, "by hand")
        if isinstance(outcome, Refused):
            raise BadCall(outcome.why)
        return {"tid": tid}

    def _inicis_ledger(self, call):
        with self._store.transaction() as db:
            return inicis_ledger(db, call.query.get("orderId"))


def fields(call, known):
    wanted = call.json()
    if unknown := set(wanted) - known:
        raise BadCall(f"there is no field '{sorted(unknown)[0]}'; there are: {', '.join(sorted(known))}")
    return wanted


def check_order(order_id, amount):
    if not isinstance(order_id, str) or not ORDER_ID.fullmatch(order_id):
        raise BadCall("orderId is 6 to 64 letters, digits, '-', '_' or '='")
    if not is_won(amount):
        raise BadCall("amount is whole won, above 0")
