// An amount shared out to the won: the shares come to exactly what was shared.
#pragma once

#include "events/amounts.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <vector>

namespace jangteo::events {

/// Shares of `total` in proportion to `weights`: rounded down, and what is left goes, a won each, to the largest
/// remainders, the first of equal ones before. As long as `total` is no more than all weights together, no share is more
/// than its weight. Weights of nothing give all to the first. Neither may exceed `largest_amount`: no order does.
inline std::vector<Won> shared_out(Won total, const std::vector<Won>& weights)
{
    std::vector<Won> shares(weights.size());
    if (weights.empty()) return shares;
    const auto whole = std::accumulate(weights.begin(), weights.end(), Won{}).value;
    if (whole == 0) {
        shares.front() = total;
        return shares;
    }
    assert(Won{} <= total && total <= largest_amount && Won{whole} <= largest_amount && "products exceed 64 bits");
    Won left = total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        shares[i] = {total.value * weights[i].value / whole};
        left -= shares[i];
    }
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t i) { return total.value * weights[i].value % whole; });
    for (std::size_t i = 0; i < static_cast<std::size_t>(left.value); ++i) shares[order[i]] += Won{1};
    return shares;
}

}  // namespace jangteo::events
