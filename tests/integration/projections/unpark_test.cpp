// What an operator does with what is parked, beside the running owner.
#include "projections/runtime/unpark.hpp"

#include "tests/integration/projections/world.hpp"

namespace jangteo::projections {
namespace {

class Unparking : public World {
protected:
    Unparked unpark_product(int number, bool leave_out_first)
    {
        kafka::RecordFetcher fetcher(tests::kafka_server());
        return unpark(model, session, fetcher, {context, number % partitions}, product(number).text(), leave_out_first,
                      [this](postgres::Transaction&, const Unparked& done) { noted.push_back(done); });
    }
    std::int64_t on_hand(int number)
    {
        const auto rows =
            session.query("SELECT on_hand FROM read_stock.stock WHERE product_id = $1", {product(number)});
        return rows.empty() ? -1 : rows.integer(0, 0);
    }
    std::int64_t parked() { return session.query("SELECT count(*) FROM projections.parked").integer(0, 0); }
    void stolen(int number) { happened(number, "jangteo.inventory.StockStolen", "{}"); }
    void refuse_777(bool refuse)
    {
        session.transact([&](postgres::Transaction& transaction) {
            transaction.execute(refuse ? "ALTER TABLE read_stock.movements ADD CONSTRAINT picky CHECK (on_hand <> 777)"
                                       : "ALTER TABLE read_stock.movements DROP CONSTRAINT picky");
        });
    }
    bool comes_to(int number, std::int64_t units)
    {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (on_hand(number) != units && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(20ms);
        return on_hand(number) == units;
    }

    std::vector<Unparked> noted;
};

TEST_F(Unparking, applies_what_waits_in_order_and_the_owner_goes_on_from_it)
{
    Running running(config());
    received(1, 10);
    flush();
    wait_until_applied();
    refuse_777(true);
    received(1, 777);
    received(1, 20);
    received(5, 7);
    flush();
    wait_until_applied();
    ASSERT_EQ(parked(), 2);
    EXPECT_EQ(unpark_product(1, false).waiting, 2U) << "it is still refused";
    EXPECT_EQ(parked(), 2);

    refuse_777(false);
    const auto done = unpark_product(1, false);
    EXPECT_EQ(done.applied, 2U);
    EXPECT_EQ(done.waiting, 0U);
    EXPECT_EQ(done.left_out, -1);
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_EQ(on_hand(1), 20);
    received(1, 30);  // The owner had older rows in memory.
    flush();
    EXPECT_TRUE(comes_to(1, 30));
    wait_until_applied();
    expect_rows_equal_replay();
}

TEST_F(Unparking, leaves_out_what_cannot_be_applied_and_takes_what_waits_behind_it)
{
    Running running(config());
    received(1, 10);
    stolen(1);
    received(1, 20);
    stolen(1);
    received(1, 30);
    flush();
    wait_until_applied();
    ASSERT_EQ(parked(), 4);
    EXPECT_EQ(unpark_product(1, false).applied, 0U) << "it is as unreadable as before";
    EXPECT_TRUE(noted.empty());
    EXPECT_EQ(parked(), 4);

    const auto first = unpark_product(1, true);
    EXPECT_EQ(first.left_out, 2);
    EXPECT_EQ(first.applied, 1U);
    EXPECT_EQ(first.waiting, 2U);
    EXPECT_NE(first.reason.find("StockStolen"), std::string::npos);
    EXPECT_EQ(on_hand(1), 20);
    const auto rows = session.query("SELECT \"offset\" FROM projections.parked WHERE first");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.integer(0, 0), 4);

    const auto second = unpark_product(1, true);
    EXPECT_EQ(second.waiting, 0U);
    EXPECT_EQ(on_hand(1), 30);
    EXPECT_EQ(parked(), 0);
    EXPECT_EQ(unpark_product(1, true).applied, 0U) << "nothing is parked";
    EXPECT_EQ(noted.size(), 2U);
    received(1, 40);
    flush();
    EXPECT_TRUE(comes_to(1, 40));
}

TEST_F(Unparking, goes_as_far_as_the_store_takes_it)
{
    Running running(config());
    received(1, 10);
    flush();
    wait_until_applied();
    refuse_777(true);
    for (const auto units : {777, 20, 21, 777, 30}) received(1, units);
    flush();
    wait_until_applied();
    ASSERT_EQ(parked(), 5);
    std::size_t waiting = 4;
    for (int i = 0; i < 5 && on_hand(1) != 21; ++i) waiting = unpark_product(1, i == 0).waiting;
    EXPECT_EQ(on_hand(1), 21);
    EXPECT_EQ(waiting, 2U);
    EXPECT_EQ(unpark_product(1, false).applied, 0U);
    EXPECT_EQ(unpark_product(1, true).waiting, 0U);
    EXPECT_EQ(on_hand(1), 30);
}

TEST_F(Unparking, lets_a_partition_go_on_that_had_stopped)
{
    for (int i = 0; i < 10; ++i) stolen(i * partitions);
    received(999 * partitions, 5);
    flush();
    auto strict = config();
    strict.parking = {.at_least = 3, .share = 0.1};
    strict.batch_records = 5;
    PostgresStore(model).prepare(session);
    Running running(strict);
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (on_hand(999 * partitions) != 5 && std::chrono::steady_clock::now() < deadline) {
        for (int i = 0; i < 10; ++i) unpark_product(i * partitions, true);
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(on_hand(999 * partitions), 5);
}

}  // namespace
}  // namespace jangteo::projections
