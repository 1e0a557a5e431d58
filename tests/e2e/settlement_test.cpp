// Sellers are settled: over HTTP from the sale to the statement, and by a run whose processes are killed half-way.
#include "events/settlement.hpp"
#include "events/payments.hpp"
#include "events/periods.hpp"
#include "events/shipping.hpp"
#include "tests/e2e/front_door.hpp"

#include <algorithm>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

template <class Event>
Event read(const Record& answer)
{
    EXPECT_EQ(answer.envelope.type, Event::type) << answer.value;
    Event event;
    if (answer.envelope.type == Event::type) from_json(answer.value, event);
    return event;
}

/// A period is settled once for the whole log, so each test lives in a week of its own, far ahead.
class SettlementTest : public FrontDoor {
public:
    SettlementTest()
        : ahead(std::chrono::weeks{1 + static_cast<int>(random() % 2'000)}),
          week(period_at(PeriodKind::week, now() + ahead))
    {}

    struct Shop {
        SellerId seller{random_uuid()};
        ProductId product{random_uuid()};
    };
    Shop open_shop(Won price)
    {
        caller().ahead = ahead;
        const Shop shop;
        read<inventory::ItemPut>(
            caller().ask_and_hear(inventory::PutItem{shop.product, 1'000, "상품", price, shop.seller}));
        return shop;
    }

    struct Sale {
        orders::PlaceOrder place;
        std::vector<Shop> shops;
        orders::OrderAccepted accepted{};
    };
    /// One unit of each shop's product.
    Sale sale_of(const std::vector<Shop>& shops, const UserId& buyer, Points points = {})
    {
        std::vector<std::pair<ProductId, std::int64_t>> lines;
        for (const auto& shop : shops) lines.emplace_back(shop.product, 1);
        return {order_of(buyer, lines, points), shops};
    }

    /// Orders, pays, ships, delivers and keeps all of them, as it happens in that week.
    void sell(std::vector<Sale>& sales)
    {
        std::vector<Uuid> open;
        for (const auto& sale : sales) open.push_back(place(sale.place));
        for (std::size_t i = 0; i < sales.size(); ++i) {
            sales[i].accepted = read<orders::OrderAccepted>(caller().answer(open[i]));
        }
        for (const auto& sale : sales) pay(sale);
        for_each_part(sales, [](const Sale& sale, const Shop& shop) {
            return orders::ShipPart{sale.place.order_id, shop.seller, "CJ대한통운", "6123"};
        });
        for_each_part(sales, [&](const Sale& sale, const Shop& shop) {
            const ShipmentId shipment{uuid_v5(sale.place.order_id.value, "shipment/" + shop.seller.text())};
            return shipping::RecordTracking{shipment, shipping::ShipmentStatus::delivered, {}, {}, now()};
        });
        until_taken<orders::ConfirmPurchase>([&](auto add) {
            for (const auto& sale : sales) {
                add(orders::ConfirmPurchase{sale.place.order_id, orders::ConfirmationCause::buyer},
                    sale.place.order_id);
            }
        });
    }

    /// A card pays; that a gateway has captured it is said here by hand.
    void pay(const Sale& sale)
    {
        const auto& order = sale.accepted;
        const PaymentId payment{random_uuid()};
        const auto say = [&](const auto& command) {
            return caller().answer(caller().ask(command, order.order_id.value));
        };
        read<payments::PaymentPrepared>(
            say(payments::PreparePayment{order.order_id, payment, order.user_id, payments::Method::card,
                                         payments::Provider::toss, order.total_amount}));
        payments::RecordCapture capture;
        capture.order_id = order.order_id;
        capture.payment_id = payment;
        capture.gateway_key = "key-" + payment.text();
        capture.amount = order.total_amount;
        capture.approved_at = now();
        read<payments::PaymentCompleted>(say(capture));
    }

    Uuid start_run()
    {
        const auto run = run_of(week);
        return caller().ask(settlement::StartRun{the_market(), run, week, true}, run.value);
    }

    SettlementId settlement_of(const Shop& shop) const { return {uuid_v5(shop.seller.value, "settlement/" + week)}; }

    const std::chrono::seconds ahead;
    const std::string week;

private:
    template <class Command>
    void for_each_part(const std::vector<Sale>& sales, Command command)
    {
        using Type = std::invoke_result_t<Command, const Sale&, const Shop&>;
        until_taken<Type>([&](auto add) {
            for (const auto& sale : sales) {
                for (const auto& shop : sale.shops) add(command(sale, shop), sale.place.order_id);
            }
        });
    }

    /// Asks until each is taken: the order's process may still be on its way there.
    template <class Command, class Each>
    void until_taken(Each each)
    {
        std::vector<std::pair<Command, OrderId>> left;
        each([&](const Command& command, const OrderId& order) { left.emplace_back(command, order); });
        const auto limit = Clock::now() + 90s;
        while (!left.empty()) {
            ASSERT_LT(Clock::now(), limit) << left.size() << " of " << Command::type << " are not taken";
            std::vector<Uuid> asked;
            for (const auto& [command, order] : left) asked.push_back(caller().ask(command, order.value));
            std::vector<std::pair<Command, OrderId>> refused;
            for (std::size_t i = 0; i < left.size(); ++i) {
                if (caller().answer(asked[i]).envelope.type == rejected_type) refused.push_back(left[i]);
            }
            left = std::move(refused);
            if (!left.empty()) caller().pump(200ms);
        }
    }
};

TEST_F(SettlementTest, a_run_that_is_interrupted_goes_on_and_settles_everybody_once)
{
    constexpr std::size_t shops_open = 24;
    constexpr std::int64_t price = 10'000;
    start_roles();
    std::vector<Shop> shops;
    for (std::size_t i = 0; i < shops_open; ++i) shops.push_back(open_shop({price}));
    const auto buyer = new_member({5'000});
    std::vector<Sale> sales;
    for (std::size_t i = 0; i < shops_open; ++i) {
        sales.push_back(sale_of({shops[i], shops[(i + 1) % shops_open]}, buyer, {static_cast<std::int64_t>(i * 7)}));
    }
    sell(sales);
    check_everything();
    say("every shop has sold two and nobody is settled");

    const auto asked = start_run();
    std::size_t killed = 0;
    while (caller().settled(asked) == nullptr && killed < 6) {
        caller().pump(std::chrono::milliseconds{random() % 60});
        auto& victim = *processes[killed % 2 == 0 ? 1 : 0];  // Sagas first, then producers.
        victim.kill();
        ++killed;
        start(killed % 2 == 1 ? "sagas" : "producers");
        std::swap(processes[killed % 2 == 1 ? 1 : 0], processes.back());
        caller().pump(std::chrono::milliseconds{500 + random() % 1'500});
    }
    EXPECT_GE(killed, 1U);
    const auto run = read<settlement::SettlementRunCompleted>(caller().answer(asked, 120s));
    say("settled after " + std::to_string(killed) + " processes were killed");
    EXPECT_GE(run.settled, std::ssize(shops));

    // Each has sold two, less ten in a hundred; and each is paid once, however often it is said.
    for (const auto& shop : shops) {
        const settlement::PaySettlement pay{shop.seller, settlement_of(shop), "KB-1"};
        EXPECT_EQ(read<settlement::SettlementPaid>(caller().ask_and_hear(pay)).amount.value, 2 * (price - price / 10));
        EXPECT_EQ(caller().ask_and_hear(pay).envelope.type, rejected_type) << "paid already";
    }
    const auto again = rejection_from_json(caller().answer(start_run()).value);
    EXPECT_EQ(again.code, "SET_002");
    EXPECT_EQ(std::get<std::int64_t>(again.details.at("settled")), run.settled);
    EXPECT_EQ(std::get<std::int64_t>(again.details.at("amount")), run.amount.value);
    check_everything();
    stop_all();
}

TEST_F(SettlementTest, a_seller_sees_his_statement_and_an_operator_pays_it)
{
    start_roles();
    start_edge({"--clock-offset-s=" + std::to_string(ahead.count())});
    const auto potter = open_shop({30'000});
    const auto planter = open_shop({10'000});
    std::vector<Sale> sales{sale_of({potter, planter}, new_member({1'000}), {1'000})};
    sell(sales);
    check_everything();

    const auto admin = token({random_uuid()}, edge::Role::admin);
    const auto of = [&](const Shop& shop) { return token({shop.seller.value}, edge::Role::seller); };
    const auto ask = [&](const std::string& method, const std::string& path, const std::string& by,
                         const std::string& body = {}) {
        return apps.ask_and_wait(
            {.method = method, .target = "/api/v1/settlements" + path, .token = by, .body = body, .prefer = "wait=30"});
    };

    // The week is not over; whoever settles it all the same has to say so.
    EXPECT_EQ(ask("POST", "/run", admin, R"({"period":")" + week + "\"}").at("error.code"), "SET_003");
    EXPECT_EQ(ask("POST", "/run", admin, R"({"period":"2026-11"})").status, 400U) << "sellers are settled by the week";
    EXPECT_EQ(ask("POST", "/run", of(potter), "{}").status, 403U);
    const auto request = R"({"period":")" + week + R"(","beforeEnd":true})";
    const auto run = ask("POST", "/run", admin, request);
    EXPECT_EQ(run.status, 201U) << run.body;
    EXPECT_EQ(run.at("data.period"), week);
    const auto again = ask("POST", "/run", admin, request);
    EXPECT_EQ(again.status, 409U);
    EXPECT_EQ(again.at("error.code"), "SET_002");
    EXPECT_EQ(again.at("error.details.settled"), run.at("data.settled")) << again.body;
    EXPECT_EQ(again.at("error.details.amount"), run.at("data.amount"));

    // Goods of 40,000, free of shipping is from 50,000 on: 3,000 of it; 1,000 points. Nothing of that is the seller's.
    check_everything();
    const auto path = "/" + settlement_of(potter).text();
    const auto statement = ask("GET", path, of(potter));
    EXPECT_EQ(statement.status, 200U) << statement.body;
    EXPECT_EQ(statement.at("data.status"), "scheduled");
    EXPECT_EQ(statement.at("data.salesAmount"), "30000");
    EXPECT_EQ(statement.at("data.commissionAmount"), "3000");
    EXPECT_EQ(statement.at("data.amount"), "27000");
    EXPECT_NE(statement.body.find(R"("lines":[{"bookedAt":)"), std::string::npos) << statement.body;
    EXPECT_NE(statement.body.find(R"("pointsShare":750,"shippingShare":2250)"), std::string::npos) << statement.body;
    const auto csv = ask("GET", path + "?format=csv", of(potter));
    EXPECT_EQ(csv.status, 200U);
    EXPECT_EQ(csv.body.substr(0, csv.body.find("\r\n")),
              "bookedAt,type,orderId,orderNumber,productAmount,commission,amount,pointsShare,shippingShare,refundId");
    EXPECT_NE(csv.body.find(",sale," + sales[0].place.order_id.text() + "," + sales[0].accepted.order_number +
                            ",30000,3000,27000,750,2250,\r\n"),
              std::string::npos)
        << csv.body;
    EXPECT_EQ(ask("GET", path + "?format=pdf", of(potter)).status, 400U);

    // Of one seller is no other's; an admin sees all.
    EXPECT_EQ(ask("GET", path, of(planter)).status, 403U);
    EXPECT_EQ(ask("GET", path, token({random_uuid()})).status, 403U);
    EXPECT_EQ(ask("GET", "/" + to_string(random_uuid()), admin).status, 404U);
    EXPECT_EQ(ask("GET", "", of(planter)).at("pagination.totalItems"), "1");
    EXPECT_NE(ask("GET", "", of(planter)).body.find(R"("amount":9000)"), std::string::npos);
    const auto both = ask("GET", "?period=" + week + "&limit=1", admin);
    EXPECT_GE(std::stoll(both.at("pagination.totalItems")), 2);
    EXPECT_EQ(ask("GET", "?status=paid", of(potter)).at("pagination.totalItems"), "0");
    EXPECT_EQ(ask("GET", "?status=lost", of(potter)).status, 400U);
    EXPECT_EQ(ask("GET", "?sellerId=" + potter.seller.text(), admin).at("pagination.totalItems"), "1");

    // Held, it is not paid; released, it is, once.
    EXPECT_EQ(ask("POST", path + "/hold", of(potter), R"({"reason":"x"})").status, 403U);
    EXPECT_EQ(ask("POST", path + "/hold", admin, R"({"reason":"계좌 확인"})").at("data.status"), "held");
    const auto kept = ask("POST", path + "/pay", admin, R"({"reference":"KB-1"})");
    EXPECT_EQ(kept.at("error.code"), "SET_004") << kept.body;
    EXPECT_EQ(ask("POST", path + "/release", admin).at("data.status"), "scheduled");
    EXPECT_EQ(ask("POST", path + "/confirm", of(planter)).status, 403U);
    EXPECT_EQ(ask("POST", path + "/confirm", of(potter)).at("data.status"), "confirmed");
    EXPECT_EQ(ask("POST", path + "/pay", admin, "{}").status, 400U) << "how would anybody find the transfer?";
    const HttpRequest pay{.method = "POST",
                          .target = "/api/v1/settlements" + path + "/pay",
                          .token = admin,
                          .body = R"({"reference":"KB-1"})",
                          .idempotency_key = "pay-" + week,
                          .prefer = "wait=30"};
    const auto paid = apps.ask_and_wait(pay);
    EXPECT_EQ(paid.status, 200U) << paid.body;
    EXPECT_EQ(paid.at("data.reference"), "KB-1");
    EXPECT_EQ(apps.ask_and_wait(pay).body, paid.body) << "the same key is the same answer";
    EXPECT_EQ(ask("POST", path + "/pay", admin, R"({"reference":"KB-2"})").status, 409U);
    EXPECT_EQ(ask("GET", path, admin).at("data.status"), "paid");
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
