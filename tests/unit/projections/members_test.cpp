#include "projections/members.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::members {
namespace {

const auto member = id<events::UserId>("member");
const auto other = id<events::UserId>("other");
const auto mug = id<events::ProductId>("mug");
const auto pot = id<events::ProductId>("pot");

template <class Row>
std::vector<Row> folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    return rows<Row>(store);
}

TEST(MembersProjection, attendance_adds_up_and_each_day_is_kept)
{
    const auto log = Log("members").happened(
        CheckedIn{member, "2026-01-18", {100}, false, 6, 6}, CheckedIn{member, "2026-01-19", {200}, true, 7, 7},
        CheckedIn{other, "2026-01-19", {100}, false, 1, 1}, CheckedIn{member, "2026-01-25", {100}, false, 1, 7});
    const auto all = folded<Attendance>(log);
    ASSERT_EQ(all.size(), 2U);
    const auto& mine = all[0].user_id == member ? all[0] : all[1];
    EXPECT_EQ(mine.last_day, "2026-01-25");
    EXPECT_EQ(mine.consecutive_days, 1);
    EXPECT_EQ(mine.longest_streak, 7);
    EXPECT_EQ(mine.days, 3);
    EXPECT_EQ(mine.points.value, 400);
    EXPECT_EQ(mine.updated_at, noon + 3s);
    const auto days = folded<Checkin>(log);
    ASSERT_EQ(days.size(), 4U);
    EXPECT_EQ(std::ranges::count(days, true, &Checkin::bonus), 1);
}

TEST(MembersProjection, addresses_are_kept_with_one_default)
{
    const auto home = id<events::AddressId>("home");
    const auto work = id<events::AddressId>("work");
    const auto parents = id<events::AddressId>("parents");
    const auto books = folded<AddressBook>(Log("members").happened(
        AddressAdded{member, home, "v1.home", true}, AddressAdded{member, work, "v1.work", false},
        AddressAdded{member, parents, "v1.parents", true}, AddressChanged{member, work, "v1.moved", true},
        AddressRemoved{member, work, parents}));
    ASSERT_EQ(books.size(), 1U);
    const auto& addresses = books[0].addresses;
    ASSERT_EQ(addresses.size(), 2U);
    EXPECT_EQ(addresses[0].id, home);
    EXPECT_EQ(addresses[0].address, "v1.home");
    EXPECT_FALSE(addresses[0].is_default);
    EXPECT_EQ(addresses[1].id, parents);
    EXPECT_TRUE(addresses[1].is_default);
    const auto changed = folded<AddressBook>(Log("members").happened(AddressAdded{member, home, "v1.home", true},
                                                                     AddressChanged{member, home, "v1.moved", true}));
    EXPECT_EQ(changed[0].addresses[0].address, "v1.moved");
    EXPECT_EQ(changed[0].addresses[0].created_at, noon);
    EXPECT_EQ(changed[0].addresses[0].updated_at, noon + 1s);
}

TEST(MembersProjection, a_wishlist_is_in_the_order_of_adding)
{
    const auto log = Log("members").happened(AddedToWishlist{member, mug}, AddedToWishlist{member, pot},
                                             RemovedFromWishlist{member, mug}, AddedToWishlist{member, mug});
    const auto lists = folded<Wishlist>(log);
    ASSERT_EQ(lists.size(), 1U);
    ASSERT_EQ(lists[0].products.size(), 2U);
    EXPECT_EQ(lists[0].products[0].product_id, pot);
    EXPECT_EQ(lists[0].products[1].product_id, mug);
    EXPECT_EQ(lists[0].products[1].added_at, noon + 3s);
}

TEST(MembersProjection, the_last_twenty_products_are_remembered_each_once_and_the_latest_first)
{
    Log log("members");
    for (int i = 0; i < 25; ++i) {
        log.happened(ProductViewed{member, id<events::ProductId>("p" + std::to_string(i))});
    }
    log.happened(ProductViewed{member, id<events::ProductId>("p20")});
    const auto views = folded<RecentlyViewed>(log);
    ASSERT_EQ(views.size(), 1U);
    const auto& products = views[0].products;
    ASSERT_EQ(products.size(), 20U);
    EXPECT_EQ(products[0].product_id, id<events::ProductId>("p20"));
    EXPECT_EQ(products[0].viewed_at, noon + 25s);
    EXPECT_EQ(products[1].product_id, id<events::ProductId>("p24"));
    EXPECT_EQ(products[19].product_id, id<events::ProductId>("p5"));
    EXPECT_EQ(std::ranges::count(products, id<events::ProductId>("p20"), &Viewed::product_id), 1);
}

TEST(MembersProjection, the_latest_choice_of_notifications_counts)
{
    const NotificationChoice loud{NotificationTopic::order, true, true, true, true};
    const NotificationChoice quiet{NotificationTopic::order, false, false, false, false};
    const auto settings = folded<NotificationSettings>(
        Log("members").happened(NotificationsChosen{member, {loud}}, NotificationsChosen{member, {quiet}}));
    ASSERT_EQ(settings.size(), 1U);
    EXPECT_EQ(settings[0].choices, std::vector{quiet});
}

}  // namespace
}  // namespace jangteo::projections::members
