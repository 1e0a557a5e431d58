// A payment gateway as its worker sees it, whichever it is.
#pragma once

#include "consumers/runtime/http_client.hpp"
#include "consumers/runtime/outbound.hpp"
#include "events/payments.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

namespace jangteo::consumers::payments {

/// The gateway has the money.
struct Captured {
    std::string key;  ///< By which it knows the payment.
    events::Won amount;
    events::Timestamp approved_at{};
    std::optional<std::string> receipt_url;
    friend bool operator==(const Captured&, const Captured&) = default;
};
/// There will be no money from this payment; or no refund.
struct Declined {
    std::string code;  ///< The gateway's own.
    std::string message;
    friend bool operator==(const Declined&, const Declined&) = default;
};
/// The buyer has not agreed yet, or the gateway is still at it.
struct Undecided {
    friend bool operator==(const Undecided&, const Undecided&) = default;
};
/// The buyer has to pay into an account of his own.
struct Awaiting {
    std::string key;  ///< By which the gateway knows the payment.
    events::Won amount;
    std::string bank;  ///< Its code.
    std::string account_number;
    events::Timestamp due_at{};
    std::string secret;  ///< What the gateway's callbacks about it prove themselves with; may be empty.
    friend bool operator==(const Awaiting&, const Awaiting&) = default;
};
using Standing = std::variant<Captured, Declined, Undecided, Awaiting>;

/// Nobody can pay into the account any more, and nobody has.
struct Closed {
    friend bool operator==(const Closed&, const Closed&) = default;
};

/// Where money goes that cannot go back the way it came.
struct RefundAccount {
    std::string bank;
    std::string number;
    std::string holder;
};

/// The money has gone back.
struct Returned {
    std::string key;  ///< By which the gateway knows the refund.
    friend bool operator==(const Returned&, const Returned&) = default;
};

/// Whether it was done, nobody knows: ask before trying again.
class Unclear : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
/// Nothing was done, and it may be another time: the gateway is busy, away or does not know our key.
class NotNow : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How a gateway is called: once, under the policy of its target. Throws as Outbound::call does.
using Call = std::function<HttpResponse(const HttpRequest& request, Repeatable repeatable)>;

/// Every function throws `Unclear` and `NotNow`. Used by one thread.
class Gateway {
public:
    Gateway() = default;
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;
    virtual ~Gateway() = default;

    /// Has it captured what the buyer has agreed to. Not to be repeated after `Unclear` without a look.
    virtual Standing confirm(const events::payments::ConfirmAtGateway& task) = 0;
    virtual Standing look(const events::PaymentId& payment) = 0;
    /// May be repeated. `first`: nobody can have asked for it before; a gateway that does not know refunds by an id of
    /// ours tells a repeat from a refusal by that.
    virtual std::variant<Returned, Declined> refund(const events::payments::RefundAtGateway& task, bool first,
                                                    const std::optional<RefundAccount>& to) = 0;
    /// Of a virtual account. May be repeated.
    virtual std::variant<Closed, Captured> close(const events::payments::CloseAtGateway& task) = 0;
};

}  // namespace jangteo::consumers::payments
