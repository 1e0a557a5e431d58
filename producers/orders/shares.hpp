// How what was paid for an order is shared out when goods of it come back (DOA-POINT-07, 09; docs/decisions/0012). What
// comes back is worth what it cost; of that, as large a part was paid with points as of all products together. Each claim
// gets what is due for all that has come back so far less what is due for all before it: whatever the order of claims,
// the sums are right to the won, and the last one gets exactly the rest.
#pragma once

#include "events/amounts.hpp"

#include <algorithm>

namespace jangteo::producers::orders {

/// What an order cost, and with how many points it was paid; the rest was money.
struct Paid {
    events::Won products;
    events::Won shipping;
    events::Points points;
};

struct Share {
    events::Won money;
    events::Points points;
    friend bool operator==(const Share&, const Share&) = default;
};

/// Points pay products first, shipping only with what is left of them (DOA-POINT-08).
inline events::Points points_for_products(const Paid& paid)
{
    return {std::min(paid.points.value, paid.products.value)};
}

/// How many points are due when goods worth `returned` have come back in all.
inline events::Points points_due(const Paid& paid, events::Won returned)
{
    if (paid.products == events::Won{}) return {};
    static_assert(events::largest_amount.value <= 3'000'000'000, "the product of two amounts would not fit");
    return {points_for_products(paid).value * returned.value / paid.products.value};
}

/// For goods worth `amount`, after others worth `before`.
inline Share share_of_goods(const Paid& paid, events::Won before, events::Won amount)
{
    const auto points = points_due(paid, before + amount) - points_due(paid, before);
    return {amount - events::Won{points.value}, points};
}

inline Share share_of_shipping(const Paid& paid)
{
    const auto points = paid.points - points_for_products(paid);
    return {paid.shipping - events::Won{points.value}, points};
}

}  // namespace jangteo::producers::orders
