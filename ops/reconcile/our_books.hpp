// What the log says of payments at gateways: of each what was captured under which of the gateway's names, and what of that
// went back, refund by refund. Pure.
#pragma once

#include "events/payments.hpp"
#include "events/record.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::reconcile {

struct Refund {
    enum class Stage { under_way, done, refused };

    events::RefundId id;
    events::Won amount;
    Stage stage = Stage::under_way;
    std::string key{};  ///< The gateway's name for it, once it is done.
};

struct Capture {
    std::string key;  ///< The gateway's name for the payment.
    events::Won amount;
    std::vector<Refund> refunds{};

    [[nodiscard]] events::Won sum(Refund::Stage stage) const
    {
        events::Won total;
        for (const auto& refund : refunds) {
            if (refund.stage == stage) total += refund.amount;
        }
        return total;
    }
};

struct Payment {
    events::OrderId order_id;
    events::PaymentId id;
    events::payments::Provider provider{};
    bool asked = false;               ///< The gateway was asked to confirm it and has not said how that went.
    std::vector<Capture> captures{};  ///< The first one of a paid order is the wanted one.
    events::Timestamp changed_at{};

    [[nodiscard]] const Capture* capture(std::string_view key) const
    {
        for (const auto& one : captures) {
            if (one.key == key) return &one;
        }
        return nullptr;
    }
};

class OurBooks {
public:
    /// An accepted event of payments (events::ReadersRule), in the order of its partition. What is said of a payment whose
    /// beginning was not entered changes nothing. Throws events::DecodeError.
    void enter(const events::Record& record);

    [[nodiscard]] const Payment* payment(const events::PaymentId& id) const
    {
        const auto found = payments.find(id);
        return found == payments.end() ? nullptr : &found->second;
    }

    std::map<events::PaymentId, Payment> payments;
};

}  // namespace jangteo::ops::reconcile
