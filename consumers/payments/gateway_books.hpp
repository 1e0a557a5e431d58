// What a payment gateway has in its own books, for whoever compares them with ours. Nothing here changes anything there.
#pragma once

#include "consumers/payments/gateway.hpp"
#include "events/amounts.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jangteo::consumers::payments {

/// A movement in a gateway's list of a period: what it was is in the entry of the payment.
struct Transaction {
    std::string key;          ///< Its own; of a refund it is what we know the refund by.
    std::string payment;      ///< What it was told as the order: our payment's id.
    std::string payment_key;  ///< The gateway's name for the payment.
    /// What was taken; empty: it gave money back, or moved none.
    std::optional<events::Won> taken{};
    friend bool operator==(const Transaction&, const Transaction&) = default;
};

struct GivenBack {
    std::string key;
    events::Won amount;
    friend bool operator==(const GivenBack&, const GivenBack&) = default;
};

/// A payment as the gateway has it.
struct Entry {
    std::string payment;     ///< What it was told as the order: our payment's id.
    std::string key;         ///< Its own name for it.
    events::Won captured{};  ///< 0: it has taken nothing.
    /// Empty: it does not tell parts, only whether all of it went back (`all_gone`).
    std::optional<std::vector<GivenBack>> parts{};
    bool all_gone = false;
    std::optional<Declined> over{};  ///< Nothing will ever come of it any more.
    events::Timestamp approved_at{};
    std::optional<std::string> receipt_url{};
    friend bool operator==(const Entry&, const Entry&) = default;
};

/// Every function throws `Unclear` and `NotNow`. Used by one thread.
class GatewayBooks {
public:
    GatewayBooks() = default;
    GatewayBooks(const GatewayBooks&) = delete;
    GatewayBooks& operator=(const GatewayBooks&) = delete;
    virtual ~GatewayBooks() = default;

    /// All movements from `from` to before `to`, in order; empty: this gateway has no such list, and can only be asked for
    /// one payment after the other.
    virtual std::optional<std::vector<Transaction>> transactions(events::Timestamp from, events::Timestamp to) = 0;
    /// By the gateway's own name for it; empty: it knows none of that name.
    virtual std::optional<Entry> entry(const std::string& key) = 0;
    /// By our payment's id. Of several tries it is the one that was approved, else the latest.
    virtual std::optional<Entry> entry_of(const events::PaymentId& payment) = 0;
};

}  // namespace jangteo::consumers::payments
