"""That the stand-ins keep the gateways' published rules, and that trouble does what it says."""

import base64
import hashlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from served import SERVE, Served, Shop  # noqa: E402
from trouble import Trouble  # noqa: E402


class Toss(Served):
    def test_takes_the_money_that_the_buyer_agreed_to(self):
        paid = self.pay(amount=37400)
        self.assertEqual(set(paid), {"paymentKey", "orderId", "amount"})
        status, payment = self.toss("GET", "/" + paid["paymentKey"])
        self.assertEqual((status, payment["status"], payment["approvedAt"]), (200, "IN_PROGRESS", None))

        status, payment = self.toss("POST", "/confirm", paid)
        self.assertEqual((status, payment["status"], payment["method"]), (200, "DONE", "카드"))
        self.assertEqual((payment["totalAmount"], payment["balanceAmount"]), (37400, 37400))
        self.assertEqual((payment["suppliedAmount"], payment["vat"]), (34000, 3400))
        self.assertRegex(payment["approvedAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$")
        self.assertTrue(payment["receipt"]["url"])
        self.assertIsNone(payment["cancels"])
        self.assertEqual(self.toss("GET", "/" + paid["paymentKey"]), (200, payment))
        self.assertEqual(self.toss("GET", "/orders/" + paid["orderId"]), (200, payment))

        books = self.control("GET", "/toss/ledger")
        self.assertEqual(books["totals"], {"captured": 37400, "cancelled": 0, "balance": 37400, "payments": 1})
        self.assertEqual((books["payments"][0]["status"], books["payments"][0]["confirms"]), ("DONE", 1))

    def test_refuses_whoever_does_not_know_the_secret_key(self):
        self.refused(self.toss("POST", "/confirm", self.pay(), secret="another"), 401, "UNAUTHORIZED_KEY")
        self.refused(self.call("GET", "/toss/v1/payments/any"), 401, "UNAUTHORIZED_KEY")

    def test_confirms_once(self):
        payment = self.confirmed()
        again = {"paymentKey": payment["paymentKey"], "orderId": payment["orderId"], "amount": 15000}
        self.refused(self.toss("POST", "/confirm", again), 400, "ALREADY_PROCESSED_PAYMENT")
        self.refused(self.toss("POST", "/confirm", self.pay()), 400, "DUPLICATED_ORDER_ID")
        self.assertEqual(self.control("GET", "/toss/ledger")["totals"]["captured"], 15000)

    def test_refuses_what_was_not_agreed(self):
        paid = self.pay()
        self.refused(self.toss("POST", "/confirm", {**paid, "amount": 14999}), 400, "INVALID_REQUEST")
        self.refused(self.toss("POST", "/confirm", {**paid, "amount": "15000"}), 400, "INVALID_REQUEST")
        self.refused(self.toss("POST", "/confirm", {**paid, "orderId": "another"}), 404, "NOT_FOUND_PAYMENT_SESSION")
        self.refused(self.toss("POST", "/confirm", {**paid, "paymentKey": "another"}), 404, "NOT_FOUND_PAYMENT")
        self.refused(self.toss("GET", "/another"), 404, "NOT_FOUND_PAYMENT")
        self.refused(self.toss("GET", "/orders/another"), 404, "NOT_FOUND_PAYMENT")
        self.assertEqual(self.toss("POST", "/confirm", paid)[0], 200)

    def test_a_buyer_may_give_up(self):
        paid = self.pay(abort=True)
        payment = self.toss("GET", "/" + paid["paymentKey"])[1]
        self.assertEqual((payment["status"], payment["failure"]["code"]), ("ABORTED", "PAY_PROCESS_ABORTED"))
        self.refused(self.toss("POST", "/confirm", paid), 400, "ALREADY_PROCESSED_PAYMENT")

    def test_repeats_the_first_answer_to_the_same_idempotency_key(self):
        paid = self.pay()
        first = self.toss("POST", "/confirm", paid, key="once")
        self.assertEqual(first[0], 200)
        self.assertEqual(self.toss("POST", "/confirm", paid, key="once"), first)
        # The published rule leaves the body out of account: another payment under this key gets the first answer.
        self.assertEqual(self.toss("POST", "/confirm", self.pay("order-0002"), key="once"), first)
        no = self.toss("POST", "/confirm", {**paid, "amount": 1}, key="a refusal")
        self.assertEqual(self.toss("POST", "/confirm", paid, key="a refusal"), no)
        self.refused(self.toss("POST", "/confirm", paid, key="k" * 301), 400, "INVALID_IDEMPOTENCY_KEY")
        booked = self.control("GET", "/toss/ledger?orderId=order-0001")["payments"][0]
        self.assertEqual((booked["confirms"], booked["confirmRepeats"]), (2, 3))

    def test_refuses_a_repeat_of_what_is_still_at_work(self):
        paid = self.pay()
        self.trouble(slow=1, slow_ms=700)
        answers = []
        first = threading.Thread(target=lambda: answers.append(self.toss("POST", "/confirm", paid, key="once")))
        first.start()
        self.wait_until_one_is_slow()
        self.refused(self.toss("POST", "/confirm", paid, key="once"), 409, "IDEMPOTENT_REQUEST_PROCESSING")
        first.join()
        self.assertEqual(answers[0][0], 200)

    def test_gives_back_in_parts_and_never_too_much(self):
        cancel = f"/{self.confirmed()['paymentKey']}/cancel"
        status, payment = self.toss("POST", cancel, {"cancelReason": "one of two", "cancelAmount": 5000}, key="first")
        self.assertEqual((status, payment["status"], payment["balanceAmount"]), (200, "PARTIAL_CANCELED", 10000))
        self.assertEqual((payment["totalAmount"], payment["cancels"][0]["refundableAmount"]), (15000, 10000))
        self.assertEqual(self.toss("POST", cancel, {"cancelReason": "one of two", "cancelAmount": 5000}, key="first"),
                         (status, payment))
        self.refused(self.toss("POST", cancel, {"cancelReason": "both", "cancelAmount": 10001}), 403,
                     "NOT_CANCELABLE_AMOUNT")
        self.refused(self.toss("POST", cancel, {"cancelReason": "all", "refundableAmount": 15000}), 400,
                     "NOT_MATCHES_REFUNDABLE_AMOUNT")
        self.refused(self.toss("POST", cancel, {"cancelAmount": 5000}), 400, "INVALID_REQUEST")
        status, payment = self.toss("POST", cancel, {"cancelReason": "the rest"})
        self.assertEqual((status, payment["status"], payment["balanceAmount"]), (200, "CANCELED", 0))
        self.assertEqual([part["cancelAmount"] for part in payment["cancels"]], [5000, 10000])
        self.assertEqual(payment["lastTransactionKey"], payment["cancels"][1]["transactionKey"])
        self.refused(self.toss("POST", cancel, {"cancelReason": "again"}), 400, "ALREADY_CANCELED_PAYMENT")

        books = self.control("GET", "/toss/ledger")
        self.assertEqual(books["totals"], {"captured": 15000, "cancelled": 15000, "balance": 0, "payments": 1})
        self.assertEqual([part["amount"] for part in books["payments"][0]["cancels"]], [5000, 10000])
        self.assertEqual((books["payments"][0]["cancelCalls"], books["payments"][0]["cancelRepeats"]), (6, 1))

    def test_gives_nothing_back_before_it_has_anything(self):
        self.refused(self.toss("POST", f"/{self.pay()['paymentKey']}/cancel", {"cancelReason": "early"}), 403,
                     "NOT_CANCELABLE_PAYMENT")

    def test_a_virtual_account_waits_for_its_deposit(self):
        payment = self.confirmed(method="VIRTUAL_ACCOUNT")
        self.assertEqual((payment["status"], payment["approvedAt"]), ("WAITING_FOR_DEPOSIT", None))
        self.assertTrue(payment["secret"] and payment["virtualAccount"]["accountNumber"])
        self.assertEqual(self.control("GET", "/toss/ledger")["totals"]["captured"], 0)
        cancel = f"/{payment['paymentKey']}/cancel"
        self.refused(self.toss("POST", cancel, {"cancelReason": "x", "cancelAmount": 1}), 403,
                     "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT")
        self.assertRegex(payment["virtualAccount"]["accountNumber"], "^X[0-9]{13}$")
        self.control("POST", "/toss/deposit", {"paymentKey": payment["paymentKey"]})
        # Nobody pays in twice, or when it is over.
        status, _ = self.call("POST", "/control/toss/deposit", {"paymentKey": payment["paymentKey"]})
        self.assertEqual(status, 400)
        self.assertEqual(self.toss("GET", "/orders/order-0001")[1]["status"], "DONE")
        self.refused(self.toss("POST", cancel, {"cancelReason": "x"}), 400, "INVALID_REFUND_ACCOUNT_INFO")
        account = {"bank": "20", "accountNumber": "1", "holderName": "구매자"}
        self.assertEqual(self.toss("POST", cancel, {"cancelReason": "x", "refundReceiveAccount": account})[0], 200)

    def test_a_virtual_account_is_over_when_it_is_due_but_for_what_was_paid_in_before(self):
        payment = self.confirmed(method="VIRTUAL_ACCOUNT", depositWithinS=1)
        key = payment["paymentKey"]
        self.wait_until(lambda: self.toss("GET", f"/{key}")[1]["status"] == "EXPIRED")
        self.assertTrue(self.toss("GET", f"/{key}")[1]["virtualAccount"]["expired"])
        self.assertEqual(self.call("POST", "/control/toss/deposit", {"paymentKey": key})[0], 400)
        self.control("POST", "/toss/deposit", {"paymentKey": key, "late": True})
        late = self.toss("GET", f"/{key}")[1]
        self.assertEqual((late["status"], late["failure"]), ("DONE", None))
        self.assertEqual(self.call("POST", "/control/toss/deposit", {"paymentKey": key, "late": True})[0], 400)

    def test_keeps_what_it_knows_over_a_kill(self):
        shop = Shop(self)
        self.control("PUT", "/callbacks", {"toss": shop.url})
        payment = self.confirmed()
        first = self.toss("POST", f"/{payment['paymentKey']}/cancel", {"cancelReason": "x", "cancelAmount": 1}, key="k")
        books = self.control("GET", "/toss/ledger")
        shop.wait_for(2)
        self.end(signal.SIGKILL)
        self.start()
        self.assertEqual(self.control("GET", "/toss/ledger"), books)
        again = self.toss("POST", f"/{payment['paymentKey']}/cancel", {"cancelReason": "x", "cancelAmount": 1}, key="k")
        self.assertEqual(again, first)
        self.confirmed(order_id="order-0002")
        # A callback that was under way when it was killed may come once more.
        self.assertIn(len(shop.wait_for(3)), (3, 4))


class TossInAHurry(Served):
    arguments = ["--toss-confirm-within-s", "0.2"]

    def test_an_agreement_that_nobody_confirms_expires(self):
        paid = self.pay()
        self.wait_until(lambda: self.toss("GET", "/" + paid["paymentKey"])[1]["status"] == "EXPIRED")
        self.refused(self.toss("POST", "/confirm", paid), 404, "NOT_FOUND_PAYMENT_SESSION")


class Inicis(Served):
    """The signatures are computed here from the manuals' words, not by the stand-in's code."""

    def form(self, path, **form):
        connection = self.connect()
        connection.request("POST", path, urllib.parse.urlencode(form),
                           {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        body = answer.read().decode()
        self.assertEqual(answer.status, 200, body)
        return json.loads(body) if body.startswith("{") else dict(urllib.parse.parse_qsl(body))

    def come_back(self, device="pc", order_id="order-0001", amount=15000):
        return self.control("POST", "/inicis/pay", {"orderId": order_id, "amount": amount, "device": device})

    def post_pc(self, url, brought, **other):
        stamp = "1700000000000"
        signature = hashlib.sha256(f"authToken={brought['authToken']}&timestamp={stamp}".encode()).hexdigest()
        return self.form(urllib.parse.urlsplit(url).path, **{
            "mid": brought["mid"], "authToken": brought["authToken"], "timestamp": stamp, "signature": signature,
            "charset": "UTF-8", "format": "JSON", **other})

    def approved(self, **how):
        brought = self.come_back(**how)
        answer = self.post_pc(brought["authUrl"], brought)
        self.assertEqual(answer["resultCode"], "0000", answer)
        return brought, answer

    def api(self, path, kind, paymethod, hashed, **more):
        form = {"type": kind, "paymethod": paymethod, "timestamp": "20260101120000", "clientIp": "127.0.0.1",
                "mid": "standin000", **more}
        text = "api_key_standin" + "".join(form[name] for name in hashed)
        return self.form("/inicis/api/v1/" + path, hashData=hashlib.sha512(text.encode()).hexdigest(), **form)

    def refund(self, tid):
        return self.api("refund", "Refund", "Card", ["type", "paymethod", "timestamp", "clientIp", "mid", "tid"],
                        tid=tid, msg="changed mind")

    def refund_part(self, tid, price, left):
        return self.api("refund", "PartialRefund", "Card",
                        ["type", "paymethod", "timestamp", "clientIp", "mid", "tid", "price", "confirmPrice"],
                        tid=tid, msg="one of two", price=str(price), confirmPrice=str(left))

    def inquire(self, **what):
        return self.api("extra", "Extra", "Inquiry", ["type", "paymethod", "timestamp", "clientIp", "mid"], **what)

    def totals(self):
        totals = self.control("GET", "/inicis/ledger")["totals"]
        return totals["captured"], totals["cancelled"], totals["balance"]

    def test_approves_what_the_buyer_authenticated_at_a_pc(self):
        brought, answer = self.approved()
        self.assertEqual((answer["MOID"], answer["TotPrice"], len(answer["tid"])), ("order-0001", "15000", 40))
        self.assertNotEqual(self.post_pc(brought["authUrl"], brought)["resultCode"], "0000")
        self.assertNotEqual(self.post_pc(brought["authUrl"], self.come_back(), signature="0")["resultCode"], "0000")
        self.assertEqual(self.totals(), (15000, 0, 15000))

    def test_checks_the_verification_that_knows_the_sign_key(self):
        brought = self.come_back()
        text = f"authToken={brought['authToken']}&signKey=sign_key_standin&timestamp=1700000000000"
        right = hashlib.sha256(text.encode()).hexdigest()
        self.assertNotEqual(self.post_pc(brought["authUrl"], brought, verification="0")["resultCode"], "0000")
        self.assertEqual(self.post_pc(brought["authUrl"], brought, verification=right)["resultCode"], "0000")

    def test_approves_what_the_buyer_authenticated_on_a_phone(self):
        brought = self.come_back("mobile")
        path = urllib.parse.urlsplit(brought["P_REQ_URL"]).path
        self.assertNotEqual(self.form(path, P_MID="another", P_TID=brought["P_TID"])["P_STATUS"], "00")
        answer = self.form(path, P_MID="standin000", P_TID=brought["P_TID"])
        self.assertEqual((answer["P_STATUS"], answer["P_OID"], answer["P_AMT"]), ("00", "order-0001", "15000"))
        self.assertNotEqual(answer["P_TID"], brought["P_TID"])

        check = base64.b64encode(hashlib.sha512(b"15000order-00011mobile_key_standin").digest()).decode()
        undo = {"P_MID": "standin000", "P_TID": brought["P_TID"], "P_AMT": "15000", "P_OID": "order-0001",
                "P_TIMESTAMP": "1"}
        self.assertNotEqual(self.form("/inicis/smart/payNetCancel.ini", **undo, P_CHKFAKE="0")["P_STATUS"], "00")
        self.assertEqual(self.form("/inicis/smart/payNetCancel.ini", **undo, P_CHKFAKE=check)["P_STATUS"], "00")
        self.assertEqual(self.totals(), (15000, 15000, 0))

    def test_a_lost_approval_is_found_by_its_order_and_undone_by_a_net_cancel(self):
        brought = self.come_back()
        self.trouble(done_but_silent=1)
        with self.assertRaises(http.client.RemoteDisconnected):
            self.post_pc(brought["authUrl"], brought)
        self.trouble(done_but_silent=0)
        found = self.inquire(oid="order-0001")
        self.assertEqual((found["resultCode"], found["status"], found["price"]), ("00", "0", "15000"))
        self.assertEqual(self.post_pc(brought["netCancelUrl"], brought)["resultCode"], "0000")
        self.assertEqual(self.inquire(originalTid=found["tid"])["status"], "1")
        self.assertNotEqual(self.post_pc(brought["netCancelUrl"], brought)["resultCode"], "0000")
        self.assertEqual(self.inquire(oid="order-0002")["status"], "9")

    def test_refunds_once(self):
        tid = self.approved()[1]["tid"]
        self.assertNotEqual(self.api("refund", "Refund", "Card", ["tid"], tid=tid)["resultCode"], "00")
        self.assertEqual(self.refund(tid)["resultCode"], "00")
        self.assertNotEqual(self.refund(tid)["resultCode"], "00")
        self.assertEqual(self.totals(), (15000, 15000, 0))

    def test_refunds_in_parts_if_what_is_left_is_named_right(self):
        tid = self.approved()[1]["tid"]
        answer = self.refund_part(tid, 5000, 10000)
        self.assertEqual((answer["resultCode"], answer["prtcTid"], answer["prtcPrice"], answer["prtcRemains"],
                          answer["prtcCnt"]), ("00", tid, "5000", "10000", "1"))
        # Without idempotency keys this is what keeps a repeat from refunding twice.
        self.assertNotEqual(self.refund_part(tid, 5000, 10000)["resultCode"], "00")
        self.assertNotEqual(self.refund_part(tid, 10001, 0)["resultCode"], "00")
        self.assertEqual(self.refund_part(tid, 10000, 0)["resultCode"], "00")
        self.assertEqual(self.totals(), (15000, 15000, 0))
        self.assertEqual([part["amount"] for part in self.control("GET", "/inicis/ledger")["payments"][0]["cancels"]],
                         [5000, 10000])

    def test_a_refused_card_takes_nothing(self):
        brought = self.come_back()
        self.trouble(reject_card=1)
        self.assertNotEqual(self.post_pc(brought["authUrl"], brought)["resultCode"], "0000")
        self.assertEqual(self.totals(), (0, 0, 0))


class WhatGoesWrong(Served):
    def test_done_but_silent_leaves_a_payment_that_a_query_finds(self):
        paid = self.pay()
        self.trouble(done_but_silent=1)
        with self.assertRaises(http.client.RemoteDisconnected):
            self.toss("POST", "/confirm", paid, key="once")
        self.assertEqual(self.trouble(done_but_silent=0)["done"]["silent"], 1)
        status, payment = self.toss("GET", "/orders/" + paid["orderId"])
        self.assertEqual((status, payment["status"]), (200, "DONE"))
        self.assertEqual(self.toss("POST", "/confirm", paid, key="once"), (200, payment))

    def test_a_failed_call_has_done_nothing_and_may_be_repeated(self):
        paid = self.pay()
        self.trouble(fail=1)
        self.refused(self.toss("POST", "/confirm", paid, key="once"), 500, "FAILED_INTERNAL_SYSTEM_PROCESSING")
        self.trouble(fail=0)
        self.assertEqual(self.toss("GET", "/" + paid["paymentKey"])[1]["status"], "IN_PROGRESS")
        self.assertEqual(self.toss("POST", "/confirm", paid, key="once")[0], 200)

    def test_a_slow_call_is_done_after_the_wait(self):
        paid = self.pay()
        self.trouble(slow=1, slow_ms=700)
        confirm = threading.Thread(target=lambda: self.toss("POST", "/confirm", paid))
        confirm.start()
        self.wait_until_one_is_slow()
        self.assertEqual(self.control("GET", "/toss/ledger")["payments"][0]["status"], "IN_PROGRESS")
        confirm.join()
        self.assertEqual(self.control("GET", "/toss/ledger")["payments"][0]["status"], "DONE")

    def test_refused_connections_leave_control_alone(self):
        paid = self.pay()
        self.trouble(refuse_connections=True)
        with self.assertRaises(ConnectionError):
            self.toss("POST", "/confirm", paid)
        self.assertEqual(self.trouble(refuse_connections=False)["done"]["refused"], 1)
        self.assertEqual(self.toss("POST", "/confirm", paid)[0], 200)

    def test_a_refused_card_ends_the_payment(self):
        paid = self.pay()
        self.trouble(reject_card=1)
        status, no = self.toss("POST", "/confirm", paid)
        self.assertEqual(status, 403)
        self.assertIn(no["code"], ("REJECT_CARD_PAYMENT", "REJECT_CARD_COMPANY"))
        payment = self.toss("GET", "/" + paid["paymentKey"])[1]
        self.assertEqual((payment["status"], payment["failure"]["code"]), ("ABORTED", no["code"]))

    def test_another_amount_than_agreed_is_captured(self):
        self.trouble(other_amount=1)
        payment = self.confirmed()
        self.assertNotEqual(payment["totalAmount"], 15000)
        booked = self.control("GET", "/toss/ledger")["payments"][0]
        self.assertEqual((booked["agreed"], booked["captured"]), (15000, payment["totalAmount"]))

    def test_the_same_seed_draws_the_same(self):
        def draws(seed):
            trouble = Trouble(seed)
            trouble.change({"fail": 0.3})
            return [trouble.fails() for _ in range(50)]
        self.assertEqual(draws(7), draws(7))
        self.assertNotEqual(draws(7), draws(8))

    def test_says_what_is_wrong_with_bad_input(self):
        for method, path, content, sentence in (
                ("PUT", "/trouble", {"fail": 2}, "fail is a share"),
                ("PUT", "/trouble", {"fails": 1}, "no trouble 'fails'"),
                ("PUT", "/trouble", {"callback_delay_ms": [5, 1]}, "callback_delay_ms is [from, to]"),
                ("PUT", "/trouble", {"slow_ms": -1}, "slow_ms is whole milliseconds"),
                ("PUT", "/trouble", {"refuse_connections": 1}, "refuse_connections is true or false"),
                ("PUT", "/trouble", [], "JSON object"),
                ("PUT", "/callbacks", {"toss": "http://example.com/"}, "127.0.0.1"),
                ("POST", "/toss/pay", {"orderId": "short", "amount": 1}, "orderId is 6 to 64"),
                ("POST", "/toss/pay", {"orderId": "order-0001", "amount": 1.5}, "amount is whole won"),
                ("POST", "/toss/pay", {"orderId": "order-0001", "amount": 1, "method": "GOLD"}, "method is one of"),
                ("POST", "/toss/pay", {"order": "order-0001"}, "no field 'order'"),
                ("POST", "/inicis/pay", {"orderId": "order-0001", "amount": 1, "device": "tv"}, "device is pc or"),
                ("POST", "/toss/deposit", {"paymentKey": "\ud800"}, "not JSON"),
                ("POST", "/toss/deposit", {"paymentKey": "none"}, "waits for a deposit")):
            status, answer = self.call(method, "/control" + path, content)
            self.assertEqual(status, 400, (path, content))
            self.assertIn(sentence, answer["error"])
        self.assertEqual(self.call("GET", "/control/nothing")[0], 404)
        self.assertEqual(self.call("POST", "/control/health")[0], 405)


class Callbacks(Served):
    def test_tell_each_change_as_often_as_asked(self):
        shop = Shop(self)
        self.control("PUT", "/callbacks", {"toss": shop.url})
        self.trouble(callback_times=3, callback_delay_ms=[0, 50])
        payment = self.confirmed()
        bodies = shop.wait_for(3)
        self.toss("POST", f"/{payment['paymentKey']}/cancel", {"cancelReason": "x"})
        bodies = shop.wait_for(6)
        time.sleep(0.2)
        self.assertEqual(len(shop.received), 6)
        self.assertEqual([body["data"]["status"] for body in bodies], ["DONE"] * 3 + ["CANCELED"] * 3)
        self.assertEqual(bodies[0]["eventType"], "PAYMENT_STATUS_CHANGED")
        self.assertRegex(bodies[0]["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
        self.assertEqual(bodies[0]["data"], payment)
        events = {headers["tosspayments-webhook-transmission-id"] for headers, _ in shop.received}
        self.assertEqual(len(events), 2)
        self.assertEqual(self.control("GET", "/callbacks"),
                         {"receivers": {"toss": shop.url}, "pending": 0, "delivered": 6, "failed": 0, "given_up": 0})

    def test_are_sent_again_until_they_are_taken(self):
        shop = Shop(self, refuses=2)
        self.control("PUT", "/callbacks", {"toss": shop.url})
        self.confirmed()
        self.assertEqual(len(shop.wait_for(3)), 3)
        self.assertEqual([headers["tosspayments-webhook-transmission-retried-count"] for headers, _ in shop.received],
                         ["0", "1", "2"])

    def test_overtake_each_other_only_when_shuffled(self):
        shop = Shop(self)
        self.control("PUT", "/callbacks", {"toss": shop.url})

        def tell_of(order_id, changes=10):
            before = len(shop.received)
            payment = self.confirmed(order_id=order_id)
            for _ in range(changes - 1):
                self.toss("POST", f"/{payment['paymentKey']}/cancel", {"cancelReason": "x", "cancelAmount": 100})
            return [body["data"]["balanceAmount"] for body in shop.wait_for(before + changes)[before:]]

        in_order = [15000 - 100 * times for times in range(10)]
        self.trouble(callback_delay_ms=[0, 50])
        self.assertEqual(tell_of("order-0001"), in_order)
        self.trouble(callback_shuffle=True)
        shuffled = tell_of("order-0002")
        self.assertEqual(sorted(shuffled, reverse=True), in_order)
        self.assertNotEqual(shuffled, in_order)

    def test_outlive_a_kill(self):
        shop = Shop(self)
        self.control("PUT", "/callbacks", {"toss": shop.url})
        self.trouble(callback_delay_ms=[800, 800])
        self.confirmed()
        self.end(signal.SIGKILL)
        self.start()
        self.assertEqual([body["data"]["status"] for body in shop.wait_for(1)], ["DONE"])

    def test_may_be_lost(self):
        shop = Shop(self)
        self.control("PUT", "/callbacks", {"toss": shop.url})
        self.trouble(callback_lost=1)
        self.confirmed()
        time.sleep(0.2)
        self.assertEqual(shop.received, [])
        self.assertEqual(self.control("GET", "/trouble")["done"]["callbacks_lost"], 1)


class Serving(Served):
    def test_ends_cleanly_when_asked(self):
        self.connect().connect()
        self.assertEqual(self.end(), 0)
        self.start()

    def test_has_its_folder_to_itself(self):
        other = subprocess.run([sys.executable, "-B", SERVE, "--port", "0", "--folder", self.folder],
                               capture_output=True, text=True, check=False, timeout=10)
        self.assertEqual(other.returncode, 1)
        self.assertIn("cannot serve", other.stderr)

    def test_listens_on_this_machine_only(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as elsewhere:
            elsewhere.settimeout(1)
            self.assertNotEqual(elsewhere.connect_ex(("127.0.0.2", self.port)), 0)

    def test_serves_many_at_once_over_connections_that_stay_open(self):
        paid = [self.pay(f"order-{number:04}") for number in range(64)]
        statuses = []

        def use(mine):
            connection = self.connect()
            for _ in range(5):
                statuses.append(self.toss("POST", "/confirm", mine, key=mine["orderId"], connection=connection)[0])

        callers = [threading.Thread(target=use, args=(mine,)) for mine in paid]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        self.assertEqual(statuses, [200] * 320)
        self.assertEqual(self.control("GET", "/toss/ledger")["totals"]["captured"], 64 * 15000)


if __name__ == "__main__":
    unittest.main()
