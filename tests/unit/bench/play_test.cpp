// What the play of the demo draws, sees and adds up.
#include "bench/load/ending.hpp"
#include "bench/load/fate.hpp"
#include "bench/load/sight.hpp"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>

namespace jangteo::bench {
namespace {

using nlohmann::json;

events::OrderId order_number(int number)
{
    return {events::uuid_v5(events::url_namespace, "order " + std::to_string(number))};
}

TEST(Fate, is_the_same_for_the_same_order_and_spread_as_it_says)
{
    std::map<Fate, int> drawn;
    constexpr int orders = 10'000;
    for (int i = 0; i < orders; ++i) {
        const auto fate = fate_of(order_number(i));
        EXPECT_EQ(fate, fate_of(order_number(i)));
        ++drawn[fate];
    }
    const std::map<Fate, int> percent{{Fate::kept, 82},     {Fate::returned, 3},   {Fate::given_up, 5},
                                      {Fate::sent_back, 4}, {Fate::never_paid, 3}, {Fate::paid_twice_at_once, 3}};
    for (const auto& [fate, share] : percent) EXPECT_NEAR(drawn[fate], orders * share / 100.0, orders / 100.0);
}

TEST(Fate, does_not_change_with_the_program)
{
    // Whoever loads the sample again meets the same orders; their ends must not be others then.
    EXPECT_EQ(fate_of({*events::parse_uuid("00000000-0000-0000-0000-000000000000")}), Fate::kept);
    EXPECT_EQ(fate_of({*events::parse_uuid("00000000-0000-0000-0000-000000000004")}), Fate::paid_twice_at_once);
    EXPECT_EQ(fate_of({*events::parse_uuid("00000000-0000-0000-0000-00000000000c")}), Fate::never_paid);
    EXPECT_EQ(fate_of({*events::parse_uuid("00000000-0000-0000-0000-000000000043")}), Fate::sent_back);
    EXPECT_EQ(fate_of({*events::parse_uuid("00000000-0000-0000-0000-000000000056")}), Fate::given_up);
}

json order_json()
{
    return {{"id", "o"},
            {"status", "shipped"},
            {"totalAmount", 12'000},
            {"items",
             {{{"productId", "p1"}, {"sellerId", "a"}},
              {{"productId", "p2"}, {"sellerId", "b"}},
              {{"productId", "p3"}, {"sellerId", "a"}}}},
            {"shipping",
             {{"shipments",
               {{{"shipmentId", "s1"}, {"sellerId", "a"}, {"deliveredAt", "2026-01-02T03:04:05Z"}},
                {{"shipmentId", "s2"}, {"sellerId", "b"}}}}}}};
}

TEST(SeenOrder, has_its_sellers_once_and_its_parts_where_they_are)
{
    const auto order = seen_order(order_json());
    ASSERT_TRUE(order);
    EXPECT_EQ(order->status, "shipped");
    EXPECT_EQ(order->total_won, 12'000);
    EXPECT_EQ(order->sellers, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(order->shipments.size(), 2U);
    EXPECT_EQ(order->shipments[0].id, "s1");
    EXPECT_TRUE(order->shipments[0].delivered);
    EXPECT_EQ(order->shipments[1].seller, "b");
    EXPECT_FALSE(order->shipments[1].delivered);
    EXPECT_FALSE(order->kept);
}

TEST(SeenOrder, is_none_in_an_answer_about_something_else)
{
    EXPECT_FALSE(seen_order(json()));
    EXPECT_FALSE(seen_order(json::array()));
    EXPECT_FALSE(seen_order(json{{"commandId", "c"}}));
    EXPECT_FALSE(seen_payments(json::object()));
    EXPECT_FALSE(seen_payments(json{{{"id", "p"}}}));
}

SeenOrder order_that_is(const std::string& status, const std::string& cancelled_by = "")
{
    SeenOrder order;
    order.status = status;
    order.cancelled_by = cancelled_by;
    return order;
}

SeenPayment payment_that_is(const std::string& status, std::int64_t amount, std::int64_t refunded = 0)
{
    return {"p", status, true, amount, refunded};
}

TEST(EndOfAnOrder, says_where_it_has_come_to_and_why)
{
    auto kept = order_that_is("delivered");
    EXPECT_EQ(end_of(kept, {}), (End{"delivered", ""}));
    kept.kept = true;
    EXPECT_EQ(end_of(kept, {}), (End{"kept", ""}));

    const auto pending = order_that_is("pending");
    EXPECT_EQ(end_of(pending, {}), (End{"pending", "not paid"}));
    EXPECT_EQ(end_of(pending, {payment_that_is("failed", 100)}), (End{"pending", "card refused"}));

    const auto cancelled = order_that_is("cancelled", "buyer");
    EXPECT_EQ(end_of(cancelled, {payment_that_is("cancelled", 100)}), (End{"cancelled", "before it was paid"}));
    EXPECT_EQ(end_of(cancelled, {payment_that_is("refunded", 100, 100)}), (End{"cancelled", "paid and given back"}));
    EXPECT_EQ(end_of(order_that_is("cancelled", "unpaid"), {}), (End{"cancelled", "nobody paid in time"}));
}

TEST(Money, of_a_payment_counts_once_it_is_captured_at_a_gateway)
{
    EXPECT_EQ(account_of(payment_that_is("completed", 100, 30)), (Account{100, 30}));
    EXPECT_EQ(account_of(payment_that_is("refunded", 100, 100)), (Account{100, 100}));
    EXPECT_EQ(account_of(payment_that_is("pending", 100)), Account{});
    EXPECT_EQ(account_of(payment_that_is("failed", 100)), Account{});
    auto by_points = payment_that_is("completed", 0);
    by_points.at_gateway = false;
    EXPECT_EQ(account_of(by_points), Account{});
}

TEST(Money, of_the_gateway_is_that_of_all_windows_of_a_payment)
{
    const json ledger{{"payments",
                       {{{"orderId", "p"}, {"captured", 0}, {"cancelled", 0}},
                        {{"orderId", "p"}, {"captured", 100}, {"cancelled", 40}},
                        {{"orderId", "q"}, {"captured", 0}, {"cancelled", 0}},
                        {{"orderId", "p"}, {"captured", 100}, {"cancelled", 100}}}}};
    const auto accounts = gateways_accounts(ledger);
    ASSERT_TRUE(accounts);
    EXPECT_EQ(*accounts, (Accounts{{"p", {200, 140}}}));
    EXPECT_FALSE(gateways_accounts(json::object()));
}

TEST(Balance, adds_up_when_both_books_have_the_same_of_every_payment)
{
    const auto balance = balance_of({{"p", {100, 0}}, {"q", {}}}, {{"p", {100, 0}}});
    EXPECT_TRUE(balance.adds_up());
    EXPECT_EQ(balance.payments, 1U);
    EXPECT_EQ(balance.gateways.kept(), 100);
}

TEST(Balance, names_every_payment_that_differs_even_when_the_sums_agree)
{
    EXPECT_FALSE(balance_of({{"p", {100, 0}}}, {}).adds_up()) << "the gateway knows nothing of it";
    EXPECT_FALSE(balance_of({}, {{"p", {100, 0}}}).adds_up()) << "we know nothing of it";
    EXPECT_FALSE(balance_of({{"p", {100, 100}}}, {{"p", {100, 0}}}).adds_up()) << "it did not go back";
    const auto crossed = balance_of({{"p", {100, 0}}, {"q", {50, 0}}}, {{"p", {50, 0}}, {"q", {100, 0}}});
    EXPECT_EQ(crossed.ours, crossed.gateways);
    EXPECT_FALSE(crossed.adds_up());
    ASSERT_EQ(crossed.differences.size(), 2U);
    EXPECT_EQ(crossed.differences[0],
              "payment p: here 100 won captured, 0 given back; at the gateway 50 won captured, 0 given back");
}

Ending good_ending()
{
    Ending ending;
    ending.played = 3;
    ending.seconds = 2;
    ending.orders["kept"][""] = 1;
    ending.orders["cancelled"] = {{"before it was paid", 1}, {"paid and given back", 1}};
    ending.orders["refused"]["COMMON_400"] = 2;
    ending.money = balance_of({{"p", {1'234, 0}}}, {{"p", {1'234, 0}}});
    ending.money_seen = true;
    return ending;
}

TEST(EndingText, has_the_orders_by_state_and_says_that_the_money_adds_up)
{
    EXPECT_EQ(to_text(good_ending()),
              "orders played     3 in 2.0 s, 2/s\n"
              "  kept            1 (shipped, delivered, and the purchase confirmed)\n"
              "  cancelled       2 (before it was paid 1, paid and given back 1)\n"
              "  refused         2 (COMMON_400 2)\n"
              "captured          1,234 won at the gateway\n"
              "  given back      0 won\n"
              "  kept            1,234 won\n"
              "money adds up to the won: the gateway's ledger has the same of all 1 payments\n");
    EXPECT_TRUE(good_ending().well());
}

TEST(EndingText, says_what_sellers_are_settled_for)
{
    auto ending = good_ending();
    ending.settled = {"2026-W47", 120, 98, 12'345'678, false};
    EXPECT_NE(to_text(ending).find("settled           12,345,678 won to 98 of 120 sellers for 2026-W47\n"),
              std::string::npos)
        << to_text(ending);
    ending.settled->before = true;
    EXPECT_NE(to_text(ending).find("for 2026-W47, before: what came since then"), std::string::npos);
}

TEST(EndingText, says_by_how_much_the_money_does_not_add_up)
{
    auto ending = good_ending();
    ending.money = balance_of({{"p", {1'234, 0}}}, {{"p", {2'000, 0}}});
    EXPECT_FALSE(ending.well());
    const auto text = to_text(ending);
    EXPECT_NE(text.find("MONEY DOES NOT ADD UP"), std::string::npos) << text;
    EXPECT_NE(text.find("766 won"), std::string::npos) << text;
    EXPECT_NE(text.find("payment p"), std::string::npos) << text;
}

TEST(Ending, is_not_well_when_something_went_wrong_or_the_books_were_not_read)
{
    auto stuck = good_ending();
    stuck.note_unexpected("order o is shipped, not delivered");
    EXPECT_FALSE(stuck.well());
    EXPECT_NE(to_text(stuck).find("order o is shipped"), std::string::npos);
    auto unread = good_ending();
    unread.money_seen = false;
    EXPECT_FALSE(unread.well());
}

}  // namespace
}  // namespace jangteo::bench
