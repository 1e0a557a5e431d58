// Units of products: what an order has of them, what is claimed of it, what comes back.
#pragma once

#include "events/orders.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <cstdint>
#include <map>
#include <vector>

namespace jangteo::producers::orders {

/// A claim that has not ended.
struct OpenClaim {
    events::ClaimId id;
    events::SellerId seller_id;
    std::vector<events::orders::ClaimLine> lines;  ///< Each product once.
    friend bool operator==(const OpenClaim&, const OpenClaim&) = default;
};
BOOST_DESCRIBE_STRUCT(OpenClaim, (), (id, seller_id, lines))

/// In the order of the products' ids.
inline std::vector<events::orders::ClaimLine> each_product_once(const std::vector<events::orders::ClaimLine>& lines)
{
    std::map<events::ProductId, std::int64_t> sum;
    for (const auto& line : lines) sum[line.product_id] += line.quantity;
    std::vector<events::orders::ClaimLine> once;
    for (const auto& [product_id, quantity] : sum) once.push_back({product_id, quantity});
    return once;
}

inline std::int64_t units_of(const events::ProductId& product_id, const auto& lines)
{
    std::int64_t units = 0;
    for (const auto& line : lines) units += line.product_id == product_id ? line.quantity : 0;
    return units;
}

inline std::int64_t units_in(const auto& lines)
{
    std::int64_t units = 0;
    for (const auto& line : lines) units += line.quantity;
    return units;
}

/// A product may stand in several lines; those that are left with nothing go.
inline void take_out_of(auto& lines, const std::vector<events::orders::ClaimLine>& back)
{
    for (const auto& gone : back) {
        auto left = gone.quantity;
        for (auto& line : lines) {
            const auto units = line.product_id == gone.product_id ? std::min(line.quantity, left) : 0;
            line.quantity -= units;
            left -= units;
        }
    }
    std::erase_if(lines, [](const auto& line) { return line.quantity == 0; });
}

}  // namespace jangteo::producers::orders
