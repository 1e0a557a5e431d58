"""KG Inicis as a shop's server sees it, under /inicis: paths, forms and signatures.

Sure, from manuals and from shops that use it: what is signed and how, form-encoded requests, JSON or NVP answers,
"0000" and "00" for success, confirmPrice as what is left after a partial refund, the query of INIAPI v1.

Not sure, so nobody may rely on it:
- the codes of refusals (ours are made up; only "not success" means something), and that they come with HTTP 200;
- what an approval's second call gets (here: a refusal);
- whether Refund takes the rest after a PartialRefund (here: no; refunding the rest in part is right either way);
- whether a net cancel stops an approval that is still under way (here: no);
- what the query's status is after a partial refund (here: as approved; it shows the amount of the approval).

Real hosts differ by path (stdpay, mobile, iniapi); here all are one, and the paths are theirs. Mobile answers are
EUC-KR unless asked for otherwise; here they are ASCII, which is both. The real query by order needs a contract.
"""

import base64
import hashlib
import hmac
import time
import urllib.parse

from call import Answer, is_won, json_answer
from inicis_payments import Refused, cancels_of

OK_PC, OK_API, OK_MOBILE = "0000", "00", "00"
NOT_SIGNED, REFUSED, NOT_UNDERSTOOD = "9001", "9002", "9003"


class Inicis:
    prefix = "/inicis"

    def __init__(self, store, payments, trouble, merchant, sign_key, api_key, mobile_key):
        self._store = store
        self._payments = payments
        self._trouble = trouble
        self._merchant = merchant
        self._sign_key = sign_key
        self._api_key = api_key
        self._mobile_key = mobile_key
        self._paths = {
            "/api/payAuth": self._approve_pc,  # authUrl
            "/api/netCancel": self._net_cancel_pc,  # netCancelUrl
            "/smart/payReq.ini": self._approve_mobile,  # P_REQ_URL
            "/smart/payNetCancel.ini": self._net_cancel_mobile,
            "/api/v1/refund": self._refund,
            "/api/v1/extra": self._inquire,
        }

    def answer(self, call):
        work = self._paths.get(call.path)
        if work is None or call.method != "POST":
            return Answer(404, b"there is no such path", "text/plain")
        try:
            form = dict(urllib.parse.parse_qsl(call.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            form = {}
        self._trouble.slow_down()
        with self._store.transaction() as db:
            return work(db, form)

    def broken(self):
        return Answer(500, b"it did not work; nothing was done", "text/plain")

    def brought_by_browser(self, device, authentication, order_id, amount, host):
        """What the window makes the buyer's browser send to the shop. P_NOTI is the shop's own; ours has the order there."""
        here = f"http://{host}{self.prefix}"
        if device == "pc":
            return {"resultCode": OK_PC, "resultMsg": "authenticated", "mid": self._merchant, "orderNumber": order_id,
                    "authToken": authentication, "authUrl": f"{here}/api/payAuth",
                    "netCancelUrl": f"{here}/api/netCancel", "idc_name": "fc", "charset": "UTF-8"}
        return {"P_STATUS": OK_MOBILE, "P_RMESG1": "authenticated", "P_TID": authentication, "P_AMT": str(amount),
                "P_REQ_URL": f"{here}/smart/payReq.ini", "P_NOTI": order_id, "idc_name": "fc"}

    # PC: the answer to approval and net cancel is JSON if the form says format=JSON; here it always is.

    def _approve_pc(self, db, form):
        if no := self._wrong_with_pc(form):
            return no
        payment = self._payments.approve(db, "pc", form["authToken"])
        if isinstance(payment, Refused):
            return json_answer(200, {"resultCode": REFUSED, "resultMsg": payment.why})
        return json_answer(200, {
            "resultCode": OK_PC, "resultMsg": "approved", "tid": payment["tid"], "mid": self._merchant,
            "MOID": payment["order_id"], "TotPrice": str(payment["captured"]), "payMethod": "Card", "currency": "WON",
            "goodName": "goods", "applDate": day(payment["approved_at"]), "applTime": clock(payment["approved_at"]),
            "applNum": "00000000", "CARD_Num": "123456*********3", "CARD_Code": "06", "CARD_BankCode": "00",
            "CARD_Quota": "00", "CARD_Interest": "0", "CARD_CheckFlag": "0", "CARD_PRTC_CODE": "1"})

    def _net_cancel_pc(self, db, form):
        if no := self._wrong_with_pc(form):
            return no
        payment = self._payments.net_cancel(db, "pc", form["authToken"])
        if isinstance(payment, Refused):
            return json_answer(200, {"resultCode": REFUSED, "resultMsg": payment.why})
        return json_answer(200, {"resultCode": OK_PC, "resultMsg": "undone", "tid": payment["tid"]})

    def _wrong_with_pc(self, form):
        """An answer if the form is not this shop's. `verification` is checked if it is there."""
        token, stamp = form.get("authToken", ""), form.get("timestamp", "")
        signed = {"signature": f"authToken={token}&timestamp={stamp}"}
        if "verification" in form:
            signed["verification"] = f"authToken={token}&signKey={self._sign_key}&timestamp={stamp}"
        if form.get("mid") == self._merchant and all(
                same(form.get(name, ""), hashlib.sha256(text.encode()).hexdigest()) for name, text in signed.items()):
            return None
        return json_answer(200, {"resultCode": NOT_SIGNED, "resultMsg": f"mid or {' or '.join(signed)} is not right"})

    # Mobile: the answer is P_…=…&P_…=…, its values as they are, without percent signs.

    def _approve_mobile(self, db, form):
        if form.get("P_MID") != self._merchant:
            return name_values({"P_STATUS": NOT_SIGNED, "P_RMESG1": "P_MID is not right"})
        payment = self._payments.approve(db, "mobile", form.get("P_TID", ""))
        if isinstance(payment, Refused):
            return name_values({"P_STATUS": REFUSED, "P_RMESG1": payment.why})
        return name_values({
            "P_STATUS": OK_MOBILE, "P_RMESG1": "approved", "P_TID": payment["tid"], "P_TYPE": "CARD",
            "P_AUTH_DT": day(payment["approved_at"]) + clock(payment["approved_at"]), "P_MID": self._merchant,
            "P_OID": payment["order_id"], "P_AMT": str(payment["captured"]), "P_UNAME": "buyer", "P_MNAME": "",
            "P_NOTI": "", "P_AUTH_NO": "00000000", "P_CARD_ISSUER_CODE": "06", "P_CARD_NUM": "123456*********3",
            "P_RMESG2": "00"})

    def _net_cancel_mobile(self, db, form):
        text = form.get("P_AMT", "") + form.get("P_OID", "") + form.get("P_TIMESTAMP", "") + self._mobile_key
        check = base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()
        if form.get("P_MID") != self._merchant or ("P_CHKFAKE" in form and not same(form["P_CHKFAKE"], check)):
            return name_values({"P_STATUS": NOT_SIGNED, "P_RMESG1": "P_MID or P_CHKFAKE is not right"})
        payment = self._payments.net_cancel(db, "mobile", form.get("P_TID", ""))
        if isinstance(payment, Refused):
            return name_values({"P_STATUS": REFUSED, "P_RMESG1": payment.why})
        return name_values({"P_STATUS": OK_MOBILE, "P_RMESG1": "undone", "P_TID": payment["tid"]})

    # INIAPI v1.

    def _refund(self, db, form):
        part = form.get("type") == "PartialRefund"
        signed = ["type", "paymethod", "timestamp", "clientIp", "mid", "tid"] + ["price", "confirmPrice"] * part
        if no := self._wrong_with_api(form, signed):
            return no
        tid, reason = form["tid"], form.get("msg", "")
        if form["type"] == "Refund":
            payment = self._payments.refund(db, tid, reason)
        elif part and is_won(amount := whole(form.get("price"))):
            payment = self._payments.refund_part(db, tid, amount, whole(form.get("confirmPrice")), reason)
        else:
            return json_answer(200, {"resultCode": NOT_UNDERSTOOD, "resultMsg": "type or price is not right"})
        if isinstance(payment, Refused):
            return json_answer(200, {"resultCode": REFUSED, "resultMsg": payment.why})
        cancels = cancels_of(db, tid)
        done = cancels[-1]
        if not part:
            return json_answer(200, {"resultCode": OK_API, "resultMsg": "cancelled", "cshrCancelNum": "",
                                     "cancelDate": day(done["cancelled_at"]),
                                     "cancelTime": clock(done["cancelled_at"])})
        return json_answer(200, {
            "resultCode": OK_API, "resultMsg": "cancelled in part", "prtcDate": day(done["cancelled_at"]),
            "prtcTime": clock(done["cancelled_at"]), "tid": done["tid"], "prtcTid": tid,
            "prtcPrice": str(done["amount"]), "prtcRemains": str(payment["captured"] - payment["cancelled"]),
            "prtcCnt": str(len(cancels)), "prtcType": "1"})

    def _inquire(self, db, form):
        """By originalTid, or by oid. The transaction and the order are not part of what is signed."""
        if no := self._wrong_with_api(form, ["type", "paymethod", "timestamp", "clientIp", "mid"]):
            return no
        if form["type"] != "Extra" or form["paymethod"] != "Inquiry":
            return json_answer(200, {"resultCode": NOT_UNDERSTOOD, "resultMsg": "type Extra, paymethod Inquiry"})
        payment = self._payments.find(db, form.get("originalTid"), form.get("oid", ""))
        if payment is None:
            return json_answer(200, {"resultCode": OK_API, "resultMsg": "no such transaction", "status": "9"})
        return json_answer(200, {"resultCode": OK_API, "resultMsg": "found", "tid": payment["tid"],
                                 "oid": payment["order_id"], "price": str(payment["captured"]),
                                 "status": "1" if payment["status"] == "CANCEL" else "0"})

    def _wrong_with_api(self, form, signed):
        """An answer if the form is not this shop's."""
        right = hashlib.sha512((self._api_key + "".join(form.get(name, "") for name in signed)).encode()).hexdigest()
        if form.get("mid") == self._merchant and same(form.get("hashData", ""), right):
            return None
        why = f"mid or hashData (of the key, {', '.join(signed)}) is not right"
        return json_answer(200, {"resultCode": NOT_SIGNED, "resultMsg": why})


def same(given, wanted):
    return hmac.compare_digest(given.encode(), wanted.encode())


def whole(text):
    """-1 for what is no whole number."""
    return int(text) if text and len(text) <= 12 and text.isascii() and text.isdecimal() else -1


def name_values(values):
    body = "&".join(f"{name}={value}" for name, value in values.items())
    return Answer(200, body.encode(), "text/html; charset=EUC-KR")


def day(seconds):
    return time.strftime("%Y%m%d", time.gmtime(seconds + 9 * 3600))


def clock(seconds):
    return time.strftime("%H%M%S", time.gmtime(seconds + 9 * 3600))
