"""How TossPayments writes down a payment (API version 2022-11-16): the Payment object, and how it says no."""

import dataclasses
import datetime
import hashlib

SEOUL = datetime.timezone(datetime.timedelta(hours=9))
CARD, VIRTUAL_ACCOUNT = "카드", "가상계좌"  # Only the latter has a secret.
DEPOSIT_WITHIN_S = 7 * 24 * 3600
# The name in requests, and the name in answers. What is answered is Korean unless asked for otherwise.
METHODS = {"CARD": CARD, "VIRTUAL_ACCOUNT": VIRTUAL_ACCOUNT, "TRANSFER": "계좌이체", "MOBILE_PHONE": "휴대폰",
           "EASY_PAY": "간편결제"}


@dataclasses.dataclass(frozen=True)
class No:
    """An answer that refuses. The codes are the published ones; the messages are ours."""

    status: int
    code: str
    message: str

    def body(self):
        return {"code": self.code, "message": self.message}


def moment(seconds):
    """Unix time as the API says it, for instance 2026-01-02T14:46:58+09:00; None for what has not happened."""
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, SEOUL).isoformat(timespec="seconds")


def payment_object(payment, cancels):
    """From a row of toss_payments and its rows of toss_cancels. balanceAmount is what can still be cancelled."""
    approved = payment["approved_at"] is not None
    total = payment["total"]
    balance = total - payment["cancelled"]
    vat = round(balance / 11)
    key = payment["payment_key"]
    return {
        "mId": "tstandin",
        "version": "2022-11-16",
        "paymentKey": key,
        "lastTransactionKey": payment["last_transaction_key"],
        "orderId": payment["order_id"],
        "orderName": f"Order {payment['order_id']}",
        "type": "NORMAL",
        "status": payment["status"],
        "method": payment["method"],
        "currency": "KRW",
        "country": "KR",
        "totalAmount": total,
        "balanceAmount": balance,
        "suppliedAmount": balance - vat,
        "vat": vat,
        "taxFreeAmount": 0,
        "taxExemptionAmount": 0,
        "requestedAt": moment(payment["requested_at"]),
        "approvedAt": moment(payment["approved_at"]),
        "useEscrow": False,
        "cultureExpense": False,
        "isPartialCancelable": True,
        "card": card_object(payment) if payment["method"] == CARD and approved else None,
        "virtualAccount": account_object(payment) if payment["secret"] else None,
        "transfer": None,
        "mobilePhone": None,
        "giftCertificate": None,
        "easyPay": None,
        "cashReceipt": None,
        "cashReceipts": None,
        "discount": None,
        "secret": payment["secret"],
        "cancels": [cancel_object(cancel) for cancel in cancels] or None,
        "failure": {"code": payment["failure_code"], "message": payment["failure_message"]}
        if payment["failure_code"] else None,
        "receipt": {"url": f"https://dashboard.tosspayments.com/receipt/redirection?transactionId={key}"}
        if payment["last_transaction_key"] else None,
        "checkout": {"url": f"https://api.tosspayments.com/v1/payments/{key}/checkout"},
        "metadata": None,
    }


def card_object(payment):
    return {"issuerCode": "11", "acquirerCode": "11", "number": "12345678****123*", "installmentPlanMonths": 0,
            "approveNo": "00000000", "useCardPoint": False, "cardType": "신용", "ownerType": "개인",
            "acquireStatus": "READY", "isInterestFree": False, "interestPayer": None, "amount": payment["total"]}


def account_object(payment):
    return {"accountType": "일반", "accountNumber": account_number(payment), "bankCode": "20", "customerName": "구매자",
            "depositorName": None, "dueDate": moment(payment["due_at"]),
            "refundStatus": "COMPLETED" if payment["cancelled"] else "NONE", "expired": payment["status"] == "EXPIRED",
            "settlementStatus": "INCOMPLETED", "refundReceiveAccount": None}


def account_number(payment):
    """Each payment has its own."""
    return f"X{int(hashlib.sha256(payment['payment_key'].encode()).hexdigest(), 16) % 10**13:013}"


def cancel_object(cancel):
    return {"transactionKey": cancel["transaction_key"], "cancelReason": cancel["reason"],
            "cancelAmount": cancel["amount"], "canceledAt": moment(cancel["cancelled_at"]), "cancelStatus": "DONE",
            "refundableAmount": cancel["left_over"], "taxFreeAmount": 0, "taxExemptionAmount": 0,
            "easyPayDiscountAmount": 0, "receiptKey": None, "cancelRequestId": None}


def deposited(payment, now):
    """DEPOSIT_CALLBACK, which says less, and says it beside the other."""
    created_at = datetime.datetime.fromtimestamp(now, SEOUL).replace(tzinfo=None).isoformat(timespec="microseconds")
    return {"createdAt": created_at, "secret": payment["secret"], "status": payment["status"],
            "transactionKey": payment["last_transaction_key"], "orderId": payment["order_id"]}


def transaction_object(row):
    """From a row of toss_transactions with what its payment says."""
    return {"mId": "tstandin", "transactionKey": row["transaction_key"], "paymentKey": row["payment_key"],
            "orderId": row["order_id"], "method": row["method"], "customerKey": None, "useEscrow": False,
            "receiptUrl": f"https://dashboard.tosspayments.com/receipt/redirection?transactionId={row['payment_key']}",
            "status": row["status"], "transactionAt": moment(row["at"]), "currency": "KRW", "amount": row["amount"]}


def seconds_in_seoul(text):
    """Unix time of 2026-01-02T14:46:58 in Seoul; None for another text."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=SEOUL).timestamp()
    except (TypeError, ValueError):
        return None


def status_changed(payment, cancels, now):
    """The webhook's body. Its createdAt has microseconds and no zone; it is the time of Seoul."""
    created_at = datetime.datetime.fromtimestamp(now, SEOUL).replace(tzinfo=None).isoformat(timespec="microseconds")
    return {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": created_at, "data": payment_object(payment, cancels)}
