// Our books of a payment beside its gateway's: what differs, by name, and the command that makes ours right where a command
// can. Pure.
#pragma once

#include "consumers/payments/gateway_books.hpp"
#include "ops/reconcile/our_books.hpp"

#include <boost/describe/enum.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::ops::reconcile {

enum class Difference {
    captured_there_unknown_here,
    captured_here_unknown_there,
    amount_differs,
    refund_missing_here,
    refund_missing_there,
    still_unknown,  ///< A question to the gateway is still without its answer, for longer than it should be.
};
BOOST_DESCRIBE_ENUM(Difference, captured_there_unknown_here, captured_here_unknown_there, amount_differs,
                    refund_missing_here, refund_missing_there, still_unknown)

struct Finding {
    Difference what{};
    std::optional<events::OrderId> order_id{};
    std::string payment;  ///< Our id, or what the gateway was told as one.
    std::string key{};    ///< The gateway's name for it, if it has one.
    events::Won here{};
    events::Won there{};
    std::optional<events::payments::Command> repair{};  ///< To the payments of the order.
    std::string why{};                                  ///< What the repair does, or why there is none.
};

struct Compared {
    std::vector<Finding> findings{};
    bool under_way = false;  ///< It differs, and has changed so lately that this may pass by itself.
};

struct Patience {
    events::Timestamp now{};
    std::chrono::seconds patience{};
};

/// One of the gateway's payments, `theirs`, beside ours of that id, if there is one.
Compared compare(const Payment* ours, const consumers::payments::Entry& theirs, const Patience& patience);
/// A payment of ours that the gateway has not; `key`: of a capture of it, or empty.
Compared not_there(const Payment& ours, const std::string& key, const Patience& patience);
/// The list of a period shows nothing of this payment but what we know: a closer look at it is not needed.
bool agrees(const Capture& ours, const std::vector<consumers::payments::Transaction>& theirs);

}  // namespace jangteo::ops::reconcile
