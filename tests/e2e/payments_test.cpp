// Money, with a gateway that misbehaves: what a gateway has is what the orders say that it has, payment by payment.
#include "tests/e2e/payments_house.hpp"

#include <algorithm>

namespace jangteo::e2e {
namespace {

class Payments : public PaymentsHouse {};

TEST_F(Payments, an_order_is_paid_and_what_is_cancelled_is_given_back)
{
    const auto mug = open(10);
    auto order = prepared(mug, 2);
    EXPECT_EQ(order.amount, 27'000) << "two mugs and the way";

    // What the client says is compared, and never believed.
    auto wrong = order;
    wrong.amount = 1;
    const auto refused = apps.ask_and_wait(complete_request(wrong));
    EXPECT_EQ(refused.status, 402U) << refused.body;
    EXPECT_EQ(refused.at("error.code"), "PAY_001");

    const auto request = complete_request(order);
    const auto paid = apps.ask_and_wait(request);
    EXPECT_EQ(paid.status, 200U) << paid.body;
    EXPECT_EQ(paid.at("data.status"), "completed");
    EXPECT_EQ(apps.ask_and_wait(request).body, paid.body) << "the same key is the same answer";
    const auto twice = apps.ask_and_wait(complete_request(order));
    EXPECT_EQ(twice.status, 409U);
    EXPECT_EQ(twice.at("error.code"), "PAY_002");
    EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << status_of(order);
    EXPECT_EQ(gateways.ledger().at(order.payment).captured, 27'000);
    EXPECT_EQ(gateways.ledger().at(order.payment).confirms, 1);

    // A part goes back at once; the rest when the order is cancelled.
    auto admin = post(order, "/payments/" + order.payment + "/refund", R"({"amount":2000,"reason":"흠집"})");
    EXPECT_EQ(apps.ask_and_wait(admin).status, 403U) << "not by the buyer";
    admin.token = token({random_uuid()}, edge::Role::admin);
    const auto back = apps.ask_and_wait(admin);
    EXPECT_EQ(back.status, 200U) << back.body;
    EXPECT_EQ(back.at("data.remainingAmount"), "25000");
    EXPECT_EQ(apps.ask_and_wait(admin).body, back.body);
    const auto cancelled = apps.ask_and_wait(post(order, "/payments/" + order.payment + "/cancel", "{}"));
    EXPECT_EQ(cancelled.status, 200U) << cancelled.body;
    EXPECT_TRUE(soon([&] { return gateways.ledger().at(order.payment).given_back == 27'000; }));
    EXPECT_TRUE(soon([&] { return get(order, "/payments/" + order.payment).at("data.status") == "refunded"; }));
    EXPECT_EQ(gateways.ledger().at(order.payment).refunds, 2) << "each refund once";

    // A buyer whose card is refused may try again (DOA-PAY-09).
    auto second = prepared(mug);
    gateways.trouble({{"reject_card", 1}});
    const auto no = apps.ask_and_wait(complete_request(second));
    EXPECT_EQ(no.status, 402U) << no.body;
    EXPECT_NE(no.at("error.details.gatewayCode"), "");
    gateways.calm();
    EXPECT_EQ(status_of(second), "pending");
    const auto anew = apps.ask_and_wait(prepare_request(second));
    ASSERT_EQ(anew.status, 201U) << anew.body;
    second.payment = anew.at("data.paymentId");
    second.key = gateways.pay(second.payment, second.amount);
    EXPECT_EQ(apps.ask_and_wait(complete_request(second)).status, 200U);

    check_everything();
    stop_all();
}

TEST_F(Payments, a_gateway_that_is_away_is_asked_again_and_nobody_pays_twice)
{
    const auto mug = open(100);
    std::vector<Order> orders;
    for (int i = 0; i < 8; ++i) orders.push_back(prepared(mug));
    gateways.trouble({{"refuse_connections", true}});
    for (auto& order : orders) {
        auto request = complete_request(order);
        request.prefer = "wait=1";
        EXPECT_EQ(apps.ask_and_wait(request).status, 202U) << "nobody knows yet";
    }
    apps.run_for(2s);
    say("the gateway is back");
    gateways.calm();
    for (const auto& order : orders) {
        EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; }, 90s)) << status_of(order);
    }
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        EXPECT_EQ(ledger.at(order.payment).captured, order.amount);
        EXPECT_EQ(ledger.at(order.payment).given_back, 0);
    }
    check_everything();
    stop_all();
}

// ---- Races: what hurts elsewhere (each is asked at once, on connections of its own) ----------------------------------

TEST_F(Payments, race_a_payment_completed_many_times_at_once_is_captured_once)
{
    const auto mug = open(100);
    std::vector<Order> orders;
    for (int i = 0; i < 6; ++i) orders.push_back(prepared(mug));
    std::map<std::string, std::map<std::string, int>> ends;
    for (const auto& order : orders) {
        for (int i = 0; i < 4; ++i) {
            apps.ask(complete_request(order), [&](const HttpAnswer& answer) {
                ++ends[order.id][std::to_string(answer.status) + answer.at("error.code")];
            });
        }
    }
    ASSERT_TRUE(apps.run_until_idle(60s));
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        EXPECT_EQ(ends[order.id], (std::map<std::string, int>{{"200", 1}, {"409PAY_002", 3}}));
        EXPECT_EQ(ledger.at(order.payment).captured, order.amount);
        EXPECT_EQ(ledger.at(order.payment).confirms, 1);
    }
    check_everything();
    stop_all();
}

TEST_F(Payments, race_refunds_asked_for_at_once_never_give_back_more_than_there_is)
{
    const auto mug = open(100);
    const auto admin = token({random_uuid()}, edge::Role::admin);
    std::vector<Order> orders;
    for (int i = 0; i < 5; ++i) {
        orders.push_back(prepared(mug));
        ASSERT_EQ(apps.ask_and_wait(complete_request(orders.back())).status, 200U);
    }
    std::map<std::string, std::int64_t> told;
    std::map<std::string, int> given;
    for (const auto& order : orders) {
        // Three times all of it, and twice the greater part: at most one of the three, or one part, can be had.
        for (const char* amount : {"", "", "", R"("amount":9000,)", R"("amount":9000,)"}) {
            auto request = post(order, "/payments/" + order.payment + "/refund",
                                "{" + std::string(amount) + R"("reason":"경합"})");
            request.token = admin;
            apps.ask(request, [&](const HttpAnswer& answer) {
                EXPECT_TRUE(answer.status == 200 || answer.status == 400 || answer.status == 409) << answer.body;
                if (answer.status != 200) return;
                told[order.id] += std::stoll(answer.at("data.amount"));
                ++given[order.id];
            });
        }
    }
    ASSERT_TRUE(apps.run_until_idle(60s));
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        EXPECT_GE(given[order.id], 1);
        EXPECT_EQ(ledger.at(order.payment).given_back, told[order.id]);
        EXPECT_LE(told[order.id], order.amount);
        EXPECT_EQ(ledger.at(order.payment).refunds, given[order.id]);
    }
    check_everything();
    stop_all();
}

TEST_F(Payments, race_a_payment_and_a_cancellation_leave_neither_an_unpaid_order_nor_lost_money)
{
    const auto mug = open(100);
    std::vector<Order> orders;
    for (int i = 0; i < 10; ++i) orders.push_back(prepared(mug));
    for (auto& order : orders) {
        const auto pay = [&] {
            apps.insist(complete_request(order), [&](const HttpAnswer& answer) { order.paid = answer.status; });
        };
        const auto cancel = [&] {
            apps.insist(post(order, "/orders/" + order.id + "/cancel", "{}"),
                        [&](const HttpAnswer& answer) { order.cancelled = answer.status == 200; });
        };
        if (random() % 2 == 0) {
            pay();
            apps.run_for(std::chrono::milliseconds{random() % 40});
            cancel();
        } else {
            cancel();
            pay();
        }
    }
    ASSERT_TRUE(apps.run_until_idle(90s));
    check_everything();
    const auto ledger = gateways.ledger();
    for (const auto& order : orders) {
        EXPECT_TRUE(order.cancelled) << "nothing had been shipped";
        EXPECT_EQ(status_of(order), "cancelled");
        const auto& account = ledger.at(order.payment);
        EXPECT_EQ(account.captured, account.given_back) << order.payment;
    }
    stop_all();
}

TEST_F(Payments, race_orders_that_want_the_same_points_spend_them_once)
{
    const auto mug = open(100);
    const auto buyer = new_member({400, 600});
    std::map<std::string, int> ends;
    for (int i = 0; i < 8; ++i) {
        apps.ask(order_request(buyer, mug, 1, to_string(random_uuid()), 600),
                 [&](const HttpAnswer& answer) { ++ends[std::to_string(answer.status) + answer.at("error.code")]; });
    }
    ASSERT_TRUE(apps.run_until_idle(60s));
    EXPECT_EQ(ends, (std::map<std::string, int>{{"201", 1}, {"409POINT_001", 7}}));
    check_everything();
    stop_all();
}

// ---- Everything at once ---------------------------------------------------------------------------------------------

/// Two of five pay at KG Inicis, the others at TossPayments. 5 % fail, 5 % are done without an answer, cards are refused,
/// wrong amounts are taken, every callback comes twice and in any order; some buyers change their mind at any moment, and
/// roles are killed.
TEST_F(Payments, add_up_with_the_gateways_books_whatever_goes_wrong)
{
    const auto mug = open(1'000);
    gateways.trouble({{"fail", 0.05},
                      {"done_but_silent", 0.05},
                      {"silent_ms", 100},
                      {"reject_card", 0.1},
                      {"other_amount", 0.05},
                      {"callback_times", 2},
                      {"callback_delay_ms", {0, 500}},
                      {"callback_shuffle", true}});

    constexpr std::size_t count = 120;
    std::vector<Order> orders(count);
    std::map<std::string, int> ends;
    const auto cancel = [&](Order& order) {
        order.cancelled = true;
        apps.insist(post(order, "/orders/" + order.id + "/cancel", "{}"), [](const HttpAnswer&) {});
    };
    const auto hearsay = [&](const Order& order) {
        if (order.inicis && random() % 2 == 0) apps.ask(noti_request(order), [](const HttpAnswer&) {});
    };
    const auto pay = [&](Order& order) {
        apps.insist(prepare_request(order), [&](const HttpAnswer& begun) {
            if (begun.status != 201) return void(++ends["not begun " + begun.at("error.code")]);
            order.payment = begun.at("data.paymentId");
            order.amount = std::stoll(begun.at("data.amount"));
            agree(order);
            if (random() % 6 == 0) cancel(order);  // While it is being paid.
            hearsay(order);
            if (order.inicis && random() % 3 == 0) apps.ask(complete_request(order), [](const HttpAnswer&) {});
            apps.insist(complete_request(order), [&](const HttpAnswer& paid) {
                order.paid = paid.status;
                order.code = paid.at("error.code");
                ++ends[(order.inicis ? "inicis " : "toss ") + std::to_string(paid.status) + " " + order.code];
                hearsay(order);
                if (random() % 6 == 0 && !order.cancelled) cancel(order);  // And once it is paid.
            });
        });
    };
    for (auto& order : orders) {
        order.inicis = random() % 5 < 2;
        order.mobile = random() % 2 == 0;
        apps.insist(order_request(order.buyer, mug, 1, to_string(random_uuid())), [&](const HttpAnswer& placed) {
            if (placed.status != 201) return void(++ends["not placed"]);
            order.id = placed.at("data.id");
            pay(order);
        });
    }
    for (const char* role : {"consumers", "sagas", "consumers", "producers"}) {
        apps.run_for(std::chrono::milliseconds{400 + random() % 800});
        const auto found = std::find_if(processes.rbegin(), processes.rend(),
                                        [&](const auto& one) { return one->name().starts_with(role); });
        (*found)->kill();
        say("killed " + (*found)->name());
        start(role, settings);
    }
    EXPECT_TRUE(apps.run_until_idle(120s)) << "somebody hangs";
    say("the gateway's deeds: " + gateways.deeds());
    gateways.calm();
    std::string text;
    for (const auto& [end, times] : ends) text += " " + std::to_string(times) + " × " + end + ";";
    say(text);
    EXPECT_GT(ends["toss 200 "], 0);
    EXPECT_GT(ends["inicis 200 "], 0);
    for (const auto& [end, times] : ends) {
        EXPECT_TRUE(end.ends_with(" 200 ") || end.ends_with(" 402 PAY_001") || end.starts_with("not begun")) << end;
    }

    check_everything();
    // The gateway's own books: money for what is confirmed, and for nothing else.
    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    const auto ledger = gateways.ledger();
    std::int64_t kept = 0;
    int confirmed = 0;
    for (const auto& order : orders) {
        if (order.id.empty()) continue;
        const auto rows = session.query("SELECT status, total_amount FROM read_orders.orders WHERE order_id = $1",
                                        {*OrderId::parse(order.id)});
        const std::string status(rows.text(0, 0));
        EXPECT_TRUE(status == "confirmed" || status == "pending" || status == "cancelled") << order.id << " " << status;
        const auto found = ledger.find(order.payment);
        const auto has = found == ledger.end() ? 0 : found->second.captured - found->second.given_back;
        EXPECT_EQ(has, status == "confirmed" ? rows.integer(0, 1) : 0) << order.id << " is " << status;
        const bool told_paid = order.paid == 200 && !order.cancelled;
        EXPECT_TRUE(!told_paid || status == "confirmed") << order.id << " was told it is paid and is " << status;
        confirmed += status == "confirmed" ? 1 : 0;
        kept += has;
    }
    say(std::to_string(confirmed) + " orders are confirmed, and the gateway has " + std::to_string(kept) +
        " won for them");
    EXPECT_GT(confirmed, 0);

    // The audit finds nothing wrong with any of them, and a single won that is wrong.
    const auto good = audit();
    for (const auto& order : orders) {
        EXPECT_EQ(good.said.find(order.id), std::string::npos) << good.said;
    }
    const auto paid = std::ranges::find(orders, 200U, &Order::paid);
    ASSERT_NE(paid, orders.end());
    const PaymentId tampered = *PaymentId::parse(paid->payment);
    const auto add = [&](int won) {
        session.transact([&](postgres::Transaction& transaction) {
            transaction.run(
                "UPDATE read_payments.payments SET refunded_amount = refunded_amount + $1 WHERE payment_id = $2",
                {won, tampered});
        });
    };
    add(1);
    const auto bad = audit();
    add(-1);
    EXPECT_EQ(bad.exit_status, 1) << bad.said;
    EXPECT_NE(bad.said.find("payment " + paid->payment), std::string::npos) << bad.said;
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
