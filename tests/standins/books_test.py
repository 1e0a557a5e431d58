"""That the stand-ins show their books as the gateways do, and that these can be made to differ from the shop's."""

import base64
import datetime
import sys
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from served import Served  # noqa: E402
from toss_shapes import SEOUL  # noqa: E402


class TossBooks(Served):
    def transactions(self, begin_s=-60, end_s=60, **more):
        """(status, list) of the period around now."""
        now = datetime.datetime.now(SEOUL).replace(tzinfo=None, microsecond=0)
        period = {"startDate": (now + datetime.timedelta(seconds=begin_s)).isoformat(),
                  "endDate": (now + datetime.timedelta(seconds=end_s)).isoformat()}
        authorization = "Basic " + base64.b64encode(b"test_sk_standin:").decode()
        return self.call("GET", "/toss/v1/transactions?" + urllib.parse.urlencode({**period, **more}),
                         headers={"Authorization": authorization})

    def test_lists_every_movement_of_a_period_page_by_page(self):
        first, second = self.confirmed(order_id="order-0001"), self.confirmed(order_id="order-0002")
        status, cancelled = self.toss("POST", f"/{first['paymentKey']}/cancel",
                                      {"cancelReason": "no", "cancelAmount": 4000})
        self.assertEqual(status, 200, cancelled)
        status, listed = self.transactions()
        self.assertEqual(status, 200, listed)
        self.assertEqual([(one["paymentKey"], one["status"], one["amount"]) for one in listed],
                         [(first["paymentKey"], "DONE", 15000), (second["paymentKey"], "DONE", 15000),
                          (first["paymentKey"], "PARTIAL_CANCELED", 4000)])
        self.assertEqual(listed[2]["transactionKey"], cancelled["cancels"][0]["transactionKey"])
        self.assertEqual(listed[0]["orderId"], "order-0001")

        self.assertEqual(self.transactions(limit=2)[1], listed[:2])
        after = listed[1]["transactionKey"]
        self.assertEqual(self.transactions(limit=2, startingAfter=after)[1], listed[2:])
        self.assertEqual(self.transactions(begin_s=60, end_s=120), (200, []))
        self.refused(self.transactions(limit=5001), 400, "INVALID_REQUEST")
        self.refused(self.transactions(startDate="yesterday"), 400, "INVALID_REQUEST")

    def test_may_differ_from_what_they_said(self):
        key = self.confirmed()["paymentKey"]
        self.assertEqual(self.control("POST", "/toss/cancel", {"paymentKey": key, "amount": 4000})["status"],
                         "PARTIAL_CANCELED")
        self.assertEqual(self.toss("GET", "/" + key)[1]["balanceAmount"], 11000)
        self.control("PUT", "/toss/books", {"paymentKey": key, "forgetCancels": True})
        payment = self.toss("GET", "/" + key)[1]
        self.assertEqual((payment["balanceAmount"], payment["status"], payment["cancels"]), (15000, "DONE", None))
        self.control("PUT", "/toss/books", {"paymentKey": key, "amount": 16000})
        self.assertEqual(self.toss("GET", "/" + key)[1]["totalAmount"], 16000)
        self.assertEqual([one["amount"] for one in self.transactions()[1]], [16000])
        self.control("PUT", "/toss/books", {"paymentKey": key, "forget": True})
        self.refused(self.toss("GET", "/" + key), 404, "NOT_FOUND_PAYMENT")
        self.assertEqual(self.transactions(), (200, []))
        for path, content in (("/toss/books", {"paymentKey": key}), ("/toss/cancel", {"paymentKey": key})):
            method = "PUT" if path.endswith("books") else "POST"
            self.assertEqual(self.call(method, "/control" + path, content)[0], 400)


if __name__ == "__main__":
    unittest.main()
