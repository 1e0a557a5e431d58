// What becomes of an order of the demo, drawn from its id: the same order ends the same way wherever it is played.
#pragma once

#include "events/ids.hpp"

namespace jangteo::bench {

enum class Fate {
    kept,                ///< Paid, shipped, delivered, and the buyer keeps it.
    returned,            ///< Delivered, and all of it goes back, when it is of one seller; else as `kept`.
    given_up,            ///< Cancelled before anybody paid.
    sent_back,           ///< Cancelled once it is paid.
    never_paid,          ///< Left lying: the time to pay runs out.
    paid_twice_at_once,  ///< The buyer's finger slips; then as `kept`.
};

/// 82 of a hundred are kept, 3 returned, 5 given up, 4 sent back, 3 never paid, 3 paid twice at once.
Fate fate_of(const events::OrderId& order);

/// One in twenty of those who keep what they order has paid into a virtual account.
bool pays_into_account(const events::OrderId& order);

/// A buyer whose card is refused tries another one, and leaves it at that.
inline constexpr unsigned most_cards = 2;

}  // namespace jangteo::bench
