// read_members: what members do beside buying: the days they were there (DOA-CHK), the addresses they keep (DOA-USER-03), what
// they wish for and have looked at (DOA-USER-07, 11), and how they want to be told of things (DOA-USER-12). A row for each member in each table, so that
// what is written often does not rewrite what is long.
#pragma once

#include "events/members.hpp"
#include "projections/runtime/rows.hpp"

#include <algorithm>
#include <array>

namespace jangteo::projections::members {

using namespace events::members;

/// Products looked at that are remembered (DOA-USER-11).
inline constexpr std::size_t most_viewed = 20;

struct Attendance {
    static constexpr std::string_view table = "attendance";

    events::UserId user_id;
    std::string last_day;  ///< In Seoul: `2026-01-18`.
    std::int64_t consecutive_days = 0;
    std::int64_t longest_streak = 0;
    std::int64_t days = 0;  ///< All of them.
    events::Points points;  ///< For all of them.
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Attendance, (), (user_id, last_day, consecutive_days, longest_streak, days, points, updated_at))

/// One day on which a member was there.
struct Checkin {
    static constexpr std::string_view table = "checkins";

    events::UserId user_id;
    std::string day;
    events::Points points;
    bool bonus = false;
    std::int64_t consecutive_days = 0;
    events::Timestamp checked_in_at{};
};
BOOST_DESCRIBE_STRUCT(Checkin, (), (user_id, day, points, bonus, consecutive_days, checked_in_at))

struct KeptAddress {
    events::AddressId id;
    std::string address;  ///< Sealed (docs/decisions/0014).
    bool is_default = false;
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(KeptAddress, (), (id, address, is_default, created_at, updated_at))

struct AddressBook {
    static constexpr std::string_view table = "address_books";

    events::UserId user_id;
    std::vector<KeptAddress> addresses;  ///< The newest last.
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(AddressBook, (), (user_id, addresses, updated_at))

struct Wished {
    events::ProductId product_id;
    events::Timestamp added_at{};
};
BOOST_DESCRIBE_STRUCT(Wished, (), (product_id, added_at))

struct Wishlist {
    static constexpr std::string_view table = "wishlists";

    events::UserId user_id;
    std::vector<Wished> products;  ///< The newest last.
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(Wishlist, (), (user_id, products, updated_at))

struct Viewed {
    events::ProductId product_id;
    events::Timestamp viewed_at{};
};
BOOST_DESCRIBE_STRUCT(Viewed, (), (product_id, viewed_at))

struct RecentlyViewed {
    static constexpr std::string_view table = "recently_viewed";

    events::UserId user_id;
    std::vector<Viewed> products;  ///< The latest first, each once.
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(RecentlyViewed, (), (user_id, products, updated_at))

struct NotificationSettings {
    static constexpr std::string_view table = "notification_settings";

    events::UserId user_id;
    std::vector<NotificationChoice> choices;
    events::Timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(NotificationSettings, (), (user_id, choices, updated_at))

struct Projection {
    static constexpr std::string_view name = "members";
    static constexpr int version = 2;
    static constexpr std::array reads = {context};
    using Event = events::members::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    using Rows =
        projections::Rows<Keyed<Attendance, Key<&Attendance::user_id>>,
                          Appended<Checkin, Key<&Checkin::user_id, &Checkin::day>>,
                          Keyed<AddressBook, Key<&AddressBook::user_id>>, Keyed<Wishlist, Key<&Wishlist::user_id>>,
                          Keyed<RecentlyViewed, Key<&RecentlyViewed::user_id>>,
                          Keyed<NotificationSettings, Key<&NotificationSettings::user_id>>>;

    static void apply(Rows& rows, const CheckedIn& e, const Meta& m)
    {
        auto& attendance = changed<Attendance>(rows, e.user_id, m);
        attendance.last_day = e.day;
        attendance.consecutive_days = e.consecutive_days;
        attendance.longest_streak = e.longest_streak;
        ++attendance.days;
        attendance.points += e.points;
        rows.append(Checkin{e.user_id, e.day, e.points, e.bonus, e.consecutive_days, m.time});
    }

    static void apply(Rows& rows, const AddressAdded& e, const Meta& m)
    {
        auto& addresses = changed<AddressBook>(rows, e.user_id, m).addresses;
        addresses.push_back({e.address_id, e.address, false, m.time, m.time});
        if (e.is_default) make_default(addresses, e.address_id);
    }
    static void apply(Rows& rows, const AddressChanged& e, const Meta& m)
    {
        auto& addresses = changed<AddressBook>(rows, e.user_id, m).addresses;
        const auto found = std::ranges::find(addresses, e.address_id, &KeptAddress::id);
        if (found == addresses.end())
            throw CannotApply("there is no such address in " + std::string(AddressBook::table));
        found->address = e.address;
        found->updated_at = m.time;
        if (e.is_default) make_default(addresses, e.address_id);
    }
    static void apply(Rows& rows, const AddressRemoved& e, const Meta& m)
    {
        auto& addresses = changed<AddressBook>(rows, e.user_id, m).addresses;
        std::erase_if(addresses, [&](const KeptAddress& one) { return one.id == e.address_id; });
        if (e.new_default_id) make_default(addresses, *e.new_default_id);
    }

    static void apply(Rows& rows, const AddedToWishlist& e, const Meta& m)
    {
        changed<Wishlist>(rows, e.user_id, m).products.push_back({e.product_id, m.time});
    }
    static void apply(Rows& rows, const RemovedFromWishlist& e, const Meta& m)
    {
        std::erase_if(changed<Wishlist>(rows, e.user_id, m).products,
                      [&](const Wished& one) { return one.product_id == e.product_id; });
    }

    static void apply(Rows& rows, const ProductViewed& e, const Meta& m)
    {
        auto& products = changed<RecentlyViewed>(rows, e.user_id, m).products;
        std::erase_if(products, [&](const Viewed& one) { return one.product_id == e.product_id; });
        products.insert(products.begin(), {e.product_id, m.time});
        if (products.size() > most_viewed) products.resize(most_viewed);
    }

    static void apply(Rows& rows, const NotificationsChosen& e, const Meta& m)
    {
        changed<NotificationSettings>(rows, e.user_id, m).choices = e.choices;
    }

private:
    static void make_default(std::vector<KeptAddress>& addresses, const events::AddressId& id)
    {
        for (auto& one : addresses) one.is_default = one.id == id;
    }

    template <class Row>
    static Row& changed(Rows& rows, const events::UserId& user_id, const Meta& m)
    {
        auto& row = rows.at<Row>(user_id);
        row.updated_at = m.time;
        return row;
    }
};

}  // namespace jangteo::projections::members
