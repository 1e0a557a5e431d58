// What must hold of every order, to the unit: an order has the goods, points and money that its end says, and no others.
// Pure.
#pragma once

#include "ops/audit/books.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace jangteo::ops::audit {

struct Verdict {
    std::vector<std::string> wrong;  ///< One sentence each.
    std::size_t under_way = 0;       ///< Orders that do not add up yet and changed only just: their saga is at work.
};

/// `patience`: how long after the last change of an order everything about it has to add up.
Verdict judge(const Books& books, events::Timestamp now, std::chrono::seconds patience);

}  // namespace jangteo::ops::audit
