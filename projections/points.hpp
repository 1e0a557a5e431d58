// read_points: every member's points, lot by lot, and the ledger that says how they came and went (design §5).
#pragma once

#include "events/points.hpp"
#include "projections/runtime/rows.hpp"

#include <algorithm>
#include <array>

namespace jangteo::projections::points {

using namespace events::points;

/// Points earned at one time, as long as something of them is left.
struct Lot {
    events::LotId lot_id;
    events::Points remaining;
    std::optional<events::Timestamp> earned_at;  ///< Empty for a lot that was used up and came back; the ledger knows.
    events::Timestamp expires_at{};
};
BOOST_DESCRIBE_STRUCT(Lot, (), (lot_id, remaining, earned_at, expires_at))

struct Account {
    static constexpr std::string_view table = "accounts";

    events::UserId user_id;
    events::Points balance;
    events::Points total_earned;
    events::Points total_used;  ///< Less what came back from cancelled orders.
    std::vector<Lot> lots;
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Account, (), (user_id, balance, total_earned, total_used, lots, updated_at))

enum class EntryType { earn, use, expire };
BOOST_DESCRIBE_ENUM(EntryType, earn, use, expire)

/// One line of the ledger. A restoration is a use undone: type `use` with a positive amount, naming the use.
struct Entry {
    static constexpr std::string_view table = "ledger";

    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int32_t line = 0;  ///< An event may have several: one for each lot that expires.
    events::Uuid entry_id{};
    events::UserId user_id;
    EntryType type = EntryType::earn;
    events::Points amount;  ///< Positive for points that came, negative for points that went.
    std::optional<PointSource> source;
    std::string description;
    std::optional<events::OrderId> order_id;
    std::optional<events::Uuid> related_entry_id;
    std::optional<events::Timestamp> expires_at;
    events::Points balance;  ///< After this line.
    events::Timestamp created_at{};
};
BOOST_DESCRIBE_STRUCT(Entry, (),
                      (partition, offset, line, entry_id, user_id, type, amount, source, description, order_id,
                       related_entry_id, expires_at, balance, created_at))

struct Projection {
    static constexpr std::string_view name = "points";
    static constexpr int version = 1;
    static constexpr std::array reads = {context};
    using Event = events::points::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows =
        projections::Rows<Keyed<Account, Key<&Account::user_id>>,
                          Appended<Entry, Key<&Entry::partition, &Entry::offset, &Entry::line>,
                                   Index<&Entry::user_id, &Entry::offset, &Entry::line>, Index<&Entry::order_id>>>;

    static void apply(Rows& rows, const PointsEarned& e, const Meta& m)
    {
        auto& account = opened(rows, e, m);
        account.total_earned += e.amount;
        account.lots.push_back({e.lot_id, e.amount, m.time, e.expires_at});

        auto& entry = write(rows, e, m, EntryType::earn, e.amount, e.lot_id.value);
        entry.source = e.source;
        entry.description = e.description;
        entry.order_id = e.order_id;
        entry.expires_at = e.expires_at;
    }
    static void apply(Rows& rows, const PointsSpent& e, const Meta& m)
    {
        auto& account = opened(rows, e, m);
        account.total_used += e.amount;
        take(account, e.allocations);

        auto& entry = write(rows, e, m, EntryType::use, events::Points{} - e.amount, e.spend_id);
        entry.source = PointSource::purchase;
        entry.description = e.description;
        entry.order_id = e.order_id;
    }
    static void apply(Rows& rows, const PointsRestored& e, const Meta& m)
    {
        auto& account = opened(rows, e, m);
        account.total_used -= e.amount;
        for (const auto& lot : e.returned) give_back(account, lot);
        for (const auto& lot : e.reissued) account.lots.push_back({lot.lot_id, lot.amount, m.time, lot.expires_at});

        auto& entry = write(rows, e, m, EntryType::use, e.amount, m.envelope.id);
        entry.source = PointSource::refund;
        entry.description = e.description;
        entry.order_id = e.order_id;
        entry.related_entry_id = e.spend_id;
    }
    static void apply(Rows& rows, const PointsExpired& e, const Meta& m)
    {
        take(opened(rows, e, m), e.lots);
        auto balance = e.balance + e.amount;
        for (std::int32_t line = 0; const auto& lot : e.lots) {
            balance -= lot.amount;
            auto& entry = write(rows, e, m, EntryType::expire, events::Points{} - lot.amount,
                                events::uuid_v5(m.envelope.id, lot.lot_id.text()));
            entry.line = line++;
            entry.related_entry_id = lot.lot_id.value;
            entry.balance = balance;
        }
    }
    static void apply(Rows& rows, const PointsAdjusted& e, const Meta& m)
    {
        auto& account = opened(rows, e, m);
        const bool added = e.lot_id && e.expires_at;
        if (added) {
            account.total_earned += e.amount;
            account.lots.push_back({*e.lot_id, e.amount, m.time, *e.expires_at});
        } else {
            account.total_used -= e.amount;
            take(account, e.allocations);
        }

        auto& entry = write(rows, e, m, added ? EntryType::earn : EntryType::use, e.amount,
                            added ? e.lot_id->value : m.envelope.id);
        entry.source = PointSource::admin;
        entry.description = e.description;
        entry.expires_at = e.expires_at;
    }

private:
    template <class Event_>
    static Account& opened(Rows& rows, const Event_& e, const Meta& m)
    {
        auto& account = rows.at<Account>(e.user_id);
        account.balance = e.balance;
        account.updated_at = m.time;
        return account;
    }

    /// An amount that a lot does not have means that the rows are not those of this log.
    static void take(Account& account, const std::vector<LotAmount>& parts)
    {
        for (const auto& part : parts) {
            const auto lot = std::ranges::find(account.lots, part.lot_id, &Lot::lot_id);
            if (lot == account.lots.end() || lot->remaining < part.amount) {
                throw CannotApply("lot " + part.lot_id.text() + " has less than is taken from it");
            }
            lot->remaining -= part.amount;
            if (lot->remaining == events::Points{}) account.lots.erase(lot);
        }
    }

    static void give_back(Account& account, const ReturnedPoints& part)
    {
        const auto lot = std::ranges::find(account.lots, part.lot_id, &Lot::lot_id);
        if (lot != account.lots.end()) {
            lot->remaining += part.amount;
        } else {
            account.lots.push_back({part.lot_id, part.amount, std::nullopt, part.expires_at});
        }
    }

    template <class Event_>
    static Entry& write(Rows& rows, const Event_& e, const Meta& m, EntryType type, events::Points amount,
                        const events::Uuid& entry_id)
    {
        Entry entry;
        entry.partition = m.partition;
        entry.offset = m.offset;
        entry.entry_id = entry_id;
        entry.user_id = e.user_id;
        entry.type = type;
        entry.amount = amount;
        entry.balance = e.balance;
        entry.created_at = m.time;
        return rows.append(std::move(entry));
    }
};

}  // namespace jangteo::projections::points
