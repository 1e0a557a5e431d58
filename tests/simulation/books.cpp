#include "tests/simulation/books.hpp"

#include "events/inventory.hpp"
#include "events/points.hpp"

namespace jangteo::simulation {

namespace {

/// The event, if the record is one of this type.
template <class Event>
bool is(const events::Record& record, Event& event)
{
    if (record.envelope.type != Event::type) return false;
    from_json(record.value, event);
    return true;
}

}  // namespace

std::string Books::enter(const events::Record& event)
{
    std::string wrong = enter_stock(event);
    return wrong.empty() ? enter_points(event) : wrong;
}

std::string Books::enter_stock(const events::Record& event)
{
    using namespace events::inventory;
    if (StockHeld held; is(event, held)) {
        held_[held.product_id] += held.quantity;
        if (held.reserved != held_[held.product_id]) return "reserved does not follow from the log";
        if (held.reserved > held.on_hand) return "more is reserved than there is";
    } else if (StockReleased released; is(event, released)) {
        held_[released.product_id] -= released.quantity;
        if (released.reserved != held_[released.product_id] || released.reserved < 0) {
            return "released what was not held";
        }
    } else if (ItemPut put; is(event, put)) {
        on_hand_[put.product_id] = put.on_hand;
    } else if (StockDeducted deducted; is(event, deducted)) {
        held_[deducted.product_id] -= deducted.quantity;
        on_hand_[deducted.product_id] -= deducted.quantity;
        if (deducted.reserved != held_[deducted.product_id] || deducted.reserved < 0 ||
            deducted.on_hand != on_hand_[deducted.product_id]) {
            return "deducted what was not held";
        }
        bought_[{deducted.product_id, deducted.order_id}] += deducted.quantity;
    } else if (StockRestored restored; is(event, restored)) {
        on_hand_[restored.product_id] += restored.quantity;
        if (restored.on_hand != on_hand_[restored.product_id]) return "on hand does not follow from the log";
        // Goods may be back before the news that they were paid: two processes tell of the two. The end counts.
        bought_[{restored.product_id, restored.order_id}] -= restored.quantity;
    }
    return {};
}

std::string Books::enter_points(const events::Record& event)
{
    using namespace events::points;
    if (PointsEarned earned; is(event, earned)) {
        lots_[earned.user_id].push_back({earned.lot_id, earned.amount.value, earned.expires_at});
        return balance_is(earned.user_id, earned.balance);
    }
    if (PointsSpent spent; is(event, spent)) {
        auto& lots = lots_[spent.user_id];
        for (const auto& taken : spent.allocations) {
            for (auto& lot : lots) {
                if (lot.id == taken.lot_id) {
                    lot.left -= taken.amount.value;
                    break;
                }
                const bool open = lot.left != 0 && lot.expires_at > event.envelope.time;
                if (open) return "a younger lot was used while an older one was open";
            }
        }
        return balance_is(spent.user_id, spent.balance);
    }
    if (PointsRestored restored; is(event, restored)) {
        for (const auto& back : restored.returned) {
            for (auto& lot : lots_[restored.user_id]) lot.left += lot.id == back.lot_id ? back.amount.value : 0;
        }
        for (const auto& lot : restored.reissued) {
            lots_[restored.user_id].push_back({lot.lot_id, lot.amount.value, lot.expires_at});
        }
        return balance_is(restored.user_id, restored.balance);
    }
    if (PointsExpired expired; is(event, expired)) {
        for (const auto& over : expired.lots) {
            for (auto& lot : lots_[expired.user_id]) {
                if (lot.id != over.lot_id) continue;
                if (lot.expires_at > event.envelope.time) return "a lot expired before its time";
                lot.left -= over.amount.value;
            }
        }
        return balance_is(expired.user_id, expired.balance);
    }
    return {};
}

std::int64_t Books::points_of(const events::UserId& user_id) const
{
    std::int64_t sum = 0;
    const auto found = lots_.find(user_id);
    if (found == lots_.end()) return 0;
    for (const auto& lot : found->second) sum += lot.left;
    return sum;
}

bool Books::outlived(events::Timestamp now) const
{
    for (const auto& [user_id, lots] : lots_) {
        for (const auto& lot : lots) {
            if (lot.left != 0 && lot.expires_at <= now) return true;
        }
    }
    return false;
}

std::string Books::balance_is(const events::UserId& user_id, events::Points balance) const
{
    for (const auto& lot : lots_.at(user_id)) {
        if (lot.left < 0) return "a lot is below zero";
    }
    return points_of(user_id) == balance.value ? std::string() : "a balance is not the sum of its lots";
}

}  // namespace jangteo::simulation
