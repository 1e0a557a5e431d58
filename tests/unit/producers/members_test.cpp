// What members do beside buying (DOA-CHK, DOA-USER-03…12), and attendance against a naive calendar.
#include "producers/members/decider.hpp"

#include "tests/unit/given.hpp"

#include <rapidcheck/gtest.h>
#include <set>

namespace jangteo::producers::members {
namespace {

using events::Points;
using events::Timestamp;
using events::UserId;
using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;

const auto member = id<UserId>(1);
const auto mug = id<ProductId>(2);
const auto pot = id<ProductId>(3);

CheckedIn there(std::string day, std::int64_t points, bool bonus, std::int64_t consecutive, std::int64_t longest)
{
    return {member, std::move(day), {points}, bonus, consecutive, longest};
}

/// At noon of that day in Seoul, by another command than those of the history.
Meta on(std::string_view day, std::uint64_t command = 2)
{
    return meta_at(events::beginning_of(events::parse_day(day).value()) + std::chrono::hours{12}, command);
}

// ---- Attendance

TEST(Attendance, the_first_day_earns_a_hundred)
{
    given<Decider>({}).when(CheckIn{member}, on("2026-01-18")).then(there("2026-01-18", 100, false, 1, 1));
}

TEST(Attendance, is_taken_once_a_day)
{
    const auto after = given<Decider>({there("2026-01-18", 100, false, 1, 1)});
    after.when(CheckIn{member}, on("2026-01-18"))
        .then(Rejection{"CHECKIN_001", {{"day", "2026-01-18"}, {"consecutiveDays", 1}}});
    // A clock that is behind another edge's brings no day back.
    after.when(CheckIn{member}, on("2026-01-17")).then_refused("CHECKIN_001");
}

TEST(Attendance, a_repeat_of_the_command_is_no_second_try)
{
    given<Decider>({}).when(CheckIn{member}, on("2026-01-18")).again().then(Already{});
}

TEST(Attendance, days_begin_at_midnight_in_seoul)
{
    const auto midnight = moment("2026-01-18T15:00:00Z");
    const auto before = given<Decider>({}).when(CheckIn{member}, meta_at(midnight - microseconds{1}));
    EXPECT_EQ(before.event<CheckedIn>().day, "2026-01-18");
    const auto after = given<Decider>({before.event<CheckedIn>()}).when(CheckIn{member}, meta_at(midnight, 2));
    EXPECT_EQ(after.event<CheckedIn>().day, "2026-01-19");
    EXPECT_EQ(after.event<CheckedIn>().consecutive_days, 2);
}

TEST(Attendance, a_missed_day_begins_anew_and_the_longest_streak_stays)
{
    given<Decider>({there("2026-01-18", 100, false, 5, 9)})
        .when(CheckIn{member}, on("2026-01-20"))
        .then(there("2026-01-20", 100, false, 1, 9));
}

TEST(Attendance, the_seventh_and_the_thirtieth_day_of_a_cycle_earn_more)
{
    const auto worth = [](std::int64_t consecutive) {
        const auto when = given<Decider>({there("2026-01-17", 100, false, consecutive - 1, consecutive)})
                              .when(CheckIn{member}, on("2026-01-18"));
        const auto& event = when.event<CheckedIn>();
        EXPECT_EQ(event.consecutive_days, consecutive);
        EXPECT_EQ(event.bonus, event.points.value > 100);
        return event.points.value;
    };
    EXPECT_EQ(worth(6), 100);
    EXPECT_EQ(worth(7), 200);
    EXPECT_EQ(worth(8), 100);
    EXPECT_EQ(worth(14), 100) << "not every seventh day (DOA-CHK-06)";
    EXPECT_EQ(worth(29), 100);
    EXPECT_EQ(worth(30), 500);
    EXPECT_EQ(worth(31), 100);
    EXPECT_EQ(worth(37), 200) << "a new cycle";
    EXPECT_EQ(worth(60), 500);
}

TEST(Attendance, tells_what_comes_next)
{
    using events::attendance::next_bonus;
    EXPECT_EQ(next_bonus(0).in_days, 7);
    EXPECT_EQ(next_bonus(6).in_days, 1);
    EXPECT_EQ(next_bonus(6).points, Points{200});
    EXPECT_EQ(next_bonus(7).in_days, 23);
    EXPECT_EQ(next_bonus(7).points, Points{500});
    EXPECT_EQ(next_bonus(30).in_days, 7);
    EXPECT_EQ(next_bonus(30).points, Points{200});
}

/// The calendar keeps the set of days on which the member was there, and counts back from a day.
RC_GTEST_PROP(AttendanceProperty, agrees_with_a_calendar, ())
{
    Decider::State state;
    std::set<sys_days> calendar;
    std::int64_t longest = 0;
    Timestamp now = moment("2026-01-30T00:00:00Z");
    const auto tries = *rc::gen::inRange(1, 80);
    for (int i = 0; i < tries; ++i) {
        // Mostly a day or less, so that streaks come to bonuses; now and then a gap.
        const auto gap = *rc::gen::weightedElement<int>({{3, 9}, {20, 24}, {1, 40}});
        now += std::chrono::hours{gap} + microseconds{*rc::gen::inRange(0, 1'000'000)};
        const auto local = std::chrono::floor<days>(now + std::chrono::hours{9});
        const auto meta = meta_at(now, static_cast<std::uint64_t>(i) + 1);
        const auto outcome = Decider::decide(CheckIn{member}, state, meta);
        if (calendar.contains(local)) {
            RC_ASSERT(std::get<Rejection>(outcome).code == "CHECKIN_001");
            continue;
        }
        calendar.insert(local);
        std::int64_t streak = 0;
        for (auto day = local; calendar.contains(day); day -= days{1}) ++streak;
        longest = std::max(longest, streak);
        const auto& event = std::get<CheckedIn>(std::get<Event>(outcome));
        RC_ASSERT(event.consecutive_days == streak);
        RC_ASSERT(event.longest_streak == longest);
        const auto place = streak % 30;
        RC_ASSERT(event.points.value == (place == 7 ? 200 : place == 0 ? 500 : 100));
        RC_ASSERT(event.bonus == (place == 7 || place == 0));
        Decider::evolve(state, event, meta);
    }
}

// ---- Addresses

const auto home = id<AddressId>(10);
const auto work = id<AddressId>(11);
const auto parents = id<AddressId>(12);

AddressAdded kept(const AddressId& address, bool is_default)
{
    return {member, address, "v1.sealed", is_default};
}

TEST(Addresses, the_first_is_the_default_and_later_ones_when_asked_for)  // DOA-USER-04
{
    given<Decider>({})
        .when(AddAddress{member, home, "v1.sealed", false})
        .then(kept(home, true))
        .again()
        .then(Already{});
    const auto one = given<Decider>({kept(home, true)});
    one.when(AddAddress{member, work, "v1.sealed", false}).then(kept(work, false));
    one.when(AddAddress{member, work, "v1.sealed", true}).then(kept(work, true));
    EXPECT_EQ(given<Decider>({kept(home, true), kept(work, false)}).state().addresses.usual, home);
    EXPECT_EQ(given<Decider>({kept(home, true), kept(work, true)}).state().addresses.usual, work);
}

TEST(Addresses, the_default_passes_to_another_and_is_never_unset)  // DOA-USER-05
{
    const auto two = given<Decider>({kept(home, true), kept(work, false)});
    two.when(ChangeAddress{member, home, "v1.moved", false}).then(AddressChanged{member, home, "v1.moved", true});
    two.when(ChangeAddress{member, work, "v1.moved", false}).then(AddressChanged{member, work, "v1.moved", false});
    const auto passed = two.when(ChangeAddress{member, work, "v1.moved", true});
    EXPECT_EQ(passed.then(AddressChanged{member, work, "v1.moved", true}).state().addresses.usual, work);
    two.when(ChangeAddress{member, parents, "v1.moved", true})
        .then(Rejection{"COMMON_404", {{"addressId", parents.text()}}});
}

TEST(Addresses, when_the_default_goes_the_newest_is_it)  // DOA-USER-06
{
    const auto three = given<Decider>({kept(home, true), kept(work, false), kept(parents, false)});
    const auto gone = three.when(RemoveAddress{member, home}).then(AddressRemoved{member, home, parents});
    EXPECT_EQ(gone.state().addresses, (AddressBook{{work, parents}, parents}));
    gone.again().then(Already{});
    three.when(RemoveAddress{member, work}).then(AddressRemoved{member, work, {}});
    const auto last = given<Decider>({kept(home, true)}).when(RemoveAddress{member, home});
    EXPECT_EQ(last.then(AddressRemoved{member, home, {}}).state().addresses, AddressBook{});
    // The newest goes itself: then it is the newest of the others.
    given<Decider>({kept(home, false), kept(work, false), kept(parents, true)})
        .when(RemoveAddress{member, parents})
        .then(AddressRemoved{member, parents, work});
}

TEST(Addresses, have_an_end)
{
    std::vector<Event> history;
    for (std::uint64_t i = 0; i < most_addresses; ++i) history.emplace_back(kept(id<AddressId>(100 + i), i == 0));
    given<Decider>(history)
        .when(AddAddress{member, home, "v1.sealed", false})
        .then(Rejection{"COMMON_400", {{"addresses", 20}}});
    given<Decider>(history).when(AddAddress{member, id<AddressId>(100), "v1.sealed", false}).then(Already{});
    history.pop_back();
    given<Decider>(history).when(AddAddress{member, home, "v1.sealed", false}).then(kept(home, false));
}

RC_GTEST_PROP(Addresses, of_any_there_is_exactly_one_default, ())
{
    Decider::State state;
    const auto tries = *rc::gen::inRange<std::uint64_t>(1, 60);
    for (std::uint64_t i = 1; i <= tries; ++i) {
        const auto address = id<AddressId>(*rc::gen::inRange<std::uint64_t>(1, 8));
        const bool is_default = *rc::gen::arbitrary<bool>();
        const auto kind = *rc::gen::inRange(0, 3);
        const auto meta = meta_at(usual_time, i);
        const auto outcome = kind == 0 ? Decider::decide(AddAddress{member, address, "v1.a", is_default}, state, meta)
                             : kind == 1
                                 ? Decider::decide(ChangeAddress{member, address, "v1.b", is_default}, state, meta)
                                 : Decider::decide(RemoveAddress{member, address}, state, meta);
        if (!std::holds_alternative<Event>(outcome)) continue;
        std::visit([&](const auto& event) { Decider::evolve(state, event, meta); }, std::get<Event>(outcome));
        const auto& book = state.addresses;
        RC_ASSERT(std::ranges::count(book.ids, book.usual) == (book.ids.empty() ? 0 : 1));
        RC_ASSERT(book.ids.empty() == book.usual.nil());
    }
}

// ---- Products

TEST(Wishlist, holds_a_product_once)
{
    given<Decider>({}).when(AddToWishlist{member, mug}).then(AddedToWishlist{member, mug}).again().then(Already{});
    given<Decider>({AddedToWishlist{member, mug}}).when(AddToWishlist{member, pot}).then(AddedToWishlist{member, pot});
}

TEST(Wishlist, forgets_a_product_and_can_have_it_again)
{
    given<Decider>({AddedToWishlist{member, mug}})
        .when(RemoveFromWishlist{member, mug})
        .then(RemovedFromWishlist{member, mug})
        .again()
        .then(Already{});
    given<Decider>({}).when(RemoveFromWishlist{member, mug}).then(Already{});
    given<Decider>({AddedToWishlist{member, mug}, RemovedFromWishlist{member, mug}})
        .when(AddToWishlist{member, mug})
        .then(AddedToWishlist{member, mug});
}

TEST(Wishlist, has_an_end)
{
    std::vector<Event> history;
    for (std::uint64_t i = 0; i < longest_wishlist; ++i)
        history.emplace_back(AddedToWishlist{member, id<ProductId>(100 + i)});
    given<Decider>(history).when(AddToWishlist{member, mug}).then(Rejection{"COMMON_400", {{"wishlist", 200}}});
    given<Decider>(history).when(AddToWishlist{member, id<ProductId>(100)}).then(Already{});
    history.emplace_back(RemovedFromWishlist{member, id<ProductId>(100)});
    given<Decider>(history).when(AddToWishlist{member, mug}).then(AddedToWishlist{member, mug});
}

TEST(RecentlyViewed, looking_at_the_same_product_again_is_nothing_new)
{
    given<Decider>({}).when(ViewProduct{member, mug}).then(ProductViewed{member, mug}).again().then(Already{});
    given<Decider>({ProductViewed{member, mug}, ProductViewed{member, pot}})
        .when(ViewProduct{member, mug})
        .then(ProductViewed{member, mug});
}

// ---- Notifications

const NotificationChoice of_orders{NotificationTopic::order, true, false, true, false};
const NotificationChoice of_points{NotificationTopic::points, false, true, false, false};

TEST(Notifications, are_chosen_by_topic)
{
    given<Decider>({})
        .when(ChooseNotifications{member, {of_points, of_orders}})
        .then(NotificationsChosen{member, {of_orders, of_points}})
        .again()
        .then(Already{});
}

TEST(Notifications, are_chosen_anew_as_a_whole)
{
    given<Decider>({NotificationsChosen{member, {of_orders, of_points}}})
        .when(ChooseNotifications{member, {of_points}})
        .then(NotificationsChosen{member, {of_points}});
}

TEST(Notifications, name_a_topic_once)
{
    given<Decider>({})
        .when(ChooseNotifications{member, {of_orders, of_points, of_orders}})
        .then(Rejection{"COMMON_400", {{"choices", "names a topic twice"}}});
}

}  // namespace
}  // namespace jangteo::producers::members
