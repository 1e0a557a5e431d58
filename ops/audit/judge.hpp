// What must hold of every order, to the unit: an order has the goods, points and money that its end says, and no others.
// Pure.
#pragma once

#include "ops/audit/books.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::ops::audit {

struct Verdict {
    std::vector<std::string> wrong;  ///< One sentence each.
    std::size_t under_way = 0;       ///< Orders that do not add up yet and changed only just: their saga is at work.
};

/// What became of the money that buyers paid and that was wanted, in won: captured + points = settled + fees + refunded +
/// open (docs/decisions/0011).
struct Settled {
    std::int64_t captured = 0;     ///< By gateways.
    std::int64_t points = 0;       ///< Paid with points for what is kept: the market bears them.
    std::int64_t refunded = 0;     ///< Gave back.
    std::int64_t settled = 0;      ///< The sellers': owed, scheduled or transferred.
    std::int64_t transferred = 0;  ///< Of that.
    std::int64_t commission = 0;
    std::int64_t shipping = 0;
    std::int64_t open = 0;  ///< Of orders that are not kept yet.
    [[nodiscard]] std::int64_t difference() const
    {
        return captured + points - settled - commission - shipping - refunded - open;
    }
};
Settled settled(const Books& books);

/// `patience`: how long after the last change of an order everything about it has to add up.
Verdict judge(const Books& books, events::Timestamp now, std::chrono::seconds patience);

}  // namespace jangteo::ops::audit
