// A rebuild on the real servers: the same rows as the live runner's, while it runs, through kills and readers that do
// not end.
#include "projections/rebuild/rebuild.hpp"
#include "tests/integration/projections/world.hpp"

#include <atomic>

namespace jangteo::projections {
namespace {

using rebuild::Report;
using rebuild::Step;

class Rebuild : public World {
protected:
    rebuild::Settings settings() const
    {
        rebuild::Settings settings;
        settings.kafka = tests::kafka_server();
        settings.postgres = database.settings().conninfo;
        settings.model = &model;
        return settings;
    }

    /// The live tables as a runner makes them.
    void run_live()
    {
        Running running(config());
        wait_until_applied();
    }

    /// A set holds exactly what these parts of the logs give when they are folded in memory.
    void expect_rows(const TableSet& set, const std::array<std::size_t, partitions>& records)
    {
        MemoryStore replayed;
        Projector projector(stock::model(), 1'000'000);
        for (std::size_t p = 0; p < partitions; ++p) {
            projector.open({context, static_cast<std::int32_t>(p)}, {}, {});
            const auto batch = projector.fold(std::span(logs[p].records).first(records[p]), replayed);
            ASSERT_TRUE(replayed.commit(batch));
            projector.settle(batch);
        }
        PostgresStore store(model, set);
        for (const auto& table : model.tables()) {
            const auto& expected = replayed.tables().at(std::string(table.name));
            EXPECT_EQ(session.query("SELECT count(*) FROM " + set.schema + "." + std::string(table.name)).integer(0, 0),
                      static_cast<std::int64_t>(expected.size()))
                << table.name;
            RowImages keys;
            for (const auto& [key, image] : expected) {
                keys.bytes += key;
                ++keys.count;
            }
            std::size_t equal = 0;
            session.transact([&](postgres::Transaction& transaction) {
                equal = 0;
                PostgresStore::Source(store, transaction).load(table, keys, [&](std::string_view found) {
                    if (expected.at(key_of(table, found)) == found) ++equal;
                });
            });
            EXPECT_EQ(equal, expected.size()) << table.name;
        }
    }
    std::array<std::size_t, partitions> all_records() const
    {
        std::array<std::size_t, partitions> counts{};
        for (std::size_t p = 0; p < partitions; ++p) counts[p] = logs[p].records.size();
        return counts;
    }

    std::int64_t on_hand(int number, const std::string& schema = "read_stock")
    {
        return session.query("SELECT on_hand FROM " + schema + ".stock WHERE product_id = $1", {product(number)})
            .integer(0, 0);
    }
    bool exists(const std::string& schema)
    {
        return !session.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema}).empty();
    }

    const TableSet live = TableSet::live("stock");
    const TableSet previous = TableSet::beside("stock", "previous");
};

TEST_F(Rebuild, gives_the_rows_of_the_live_tables_and_takes_their_place)
{
    much_happens(5'000, 300);
    run_live();
    const auto report = rebuild::build(settings());
    EXPECT_EQ(report.not_switched, "");
    EXPECT_TRUE(report.differences.empty());
    EXPECT_TRUE(report.compared.has_value());
    EXPECT_EQ(report.schema, "read_stock");
    EXPECT_EQ(report.rows.at("stock"), 300);
    expect_rows_equal_replay();
    expect_rows(previous, all_records());
    const auto keys =
        session.query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'read_stock_previous' ORDER BY indexname");
    const auto rebuilt = session.query(
        "SELECT replace(indexdef, 'read_stock', 'read_stock_previous') FROM pg_indexes"
        " WHERE schemaname = 'read_stock' ORDER BY indexname");
    ASSERT_EQ(rebuilt.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(rebuilt.text(i, 0), keys.text(i, 0));

    // The live runner goes on with the new tables, and a second rebuild replaces the previous ones.
    much_happens(500, 300);
    run_live();
    EXPECT_EQ(rebuild::build(settings()).not_switched, "");
    expect_rows_equal_replay();
}

TEST_F(Rebuild, goes_on_beside_the_live_runner_and_nobodys_position_goes_back)
{
    much_happens(3'000, 100);
    Running running(config());
    wait_until_applied();
    std::atomic<bool> over = false;
    std::string went_back;
    std::atomic<int> failed_reads = 0;
    std::jthread reader([&] {
        postgres::Session watching(database.settings());
        std::map<std::int64_t, std::int64_t> reached;
        while (!over) {
            try {
                const auto rows = watching.query(
                    "SELECT c.partition, c.next_offset, (SELECT count(*) FROM read_stock.stock)"
                    " FROM projections.checkpoints c JOIN projections.registry r"
                    " ON r.name = c.projection AND r.version = c.version WHERE r.schema_name = 'read_stock'");
                if (rows.size() != partitions) ++failed_reads;
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    auto& before = reached[rows.integer(i, 0)];
                    if (rows.integer(i, 1) < before) went_back = std::string(rows.text(i, 0));
                    before = rows.integer(i, 1);
                    if (rows.integer(i, 2) != 100) ++failed_reads;
                }
            } catch (const std::exception&) {
                ++failed_reads;
            }
        }
    });
    for (int i = 0; i < 4; ++i) {
        std::jthread building([&] {
            const auto report = rebuild::build(settings());
            EXPECT_EQ(report.not_switched, "");
            EXPECT_TRUE(report.differences.empty());
        });
        for (int some = 0; some < 40; ++some) {
            much_happens(50, 100);
            std::this_thread::sleep_for(5ms);
        }
    }
    wait_until_applied();
    over = true;
    reader.join();
    EXPECT_EQ(went_back, "");
    EXPECT_EQ(failed_reads, 0);
    expect_rows_equal_replay();
}

TEST_F(Rebuild, lets_no_batch_of_the_live_runner_come_between_its_last_look_and_the_switch)
{
    much_happens(300, 20);
    Running running(config());
    wait_until_applied();
    const auto live_position = [this] {
        postgres::Session looking(database.settings());
        return looking.query("SELECT sum(next_offset)::bigint FROM projections.checkpoints WHERE projection = 'stock'")
            .integer(0, 0);
    };
    bool moved = false;
    auto looking_on = settings();
    looking_on.on_step = [&](Step step) {
        if (step != Step::locked) return;
        const auto before = live_position();
        received(1, 4'711);
        flush();
        for (int i = 0; i < 30 && !moved; ++i) {
            std::this_thread::sleep_for(20ms);
            moved = live_position() != before;
        }
    };
    EXPECT_EQ(rebuild::build(looking_on).not_switched, "");
    EXPECT_FALSE(moved);
    wait_until_applied();
    expect_rows_equal_replay();
}

TEST_F(Rebuild, does_not_switch_by_itself_when_rows_differ)
{
    much_happens(500, 50);
    run_live();
    session.query("UPDATE read_stock.stock SET on_hand = on_hand + 1 WHERE product_id = $1", {product(7)});
    const auto refused = rebuild::build(settings());
    EXPECT_NE(refused.not_switched, "");
    ASSERT_EQ(refused.differences.size(), 1u);
    EXPECT_EQ(refused.schema, "read_stock_next");
    EXPECT_EQ(on_hand(7), on_hand(7, "read_stock_next") + 1);

    auto accepting = settings();
    accepting.accept_differences = true;
    std::vector<Step> steps;
    accepting.on_step = [&](Step step) { steps.push_back(step); };
    EXPECT_EQ(rebuild::build(accepting).not_switched, "");
    EXPECT_EQ(steps, (std::vector{Step::begun, Step::indexed, Step::followed, Step::compared, Step::locked,
                                  Step::switching, Step::switched}))
        << "what was built is not built again";
    expect_rows_equal_replay();
}

TEST_F(Rebuild, begins_anew_when_it_is_told_to)
{
    much_happens(500, 50);
    run_live();
    session.query("UPDATE read_stock.stock SET on_hand = on_hand + 1 WHERE product_id = $1", {product(7)});
    EXPECT_NE(rebuild::build(settings()).not_switched, "");
    session.query("UPDATE read_stock_next.stock SET reserved = 99");
    auto anew = settings();
    anew.anew = true;
    anew.accept_differences = true;
    EXPECT_EQ(rebuild::build(anew).not_switched, "");
    expect_rows_equal_replay();
}

TEST_F(Rebuild, goes_on_after_a_kill_at_any_step)
{
    much_happens(2'000, 100);
    Running running(config());
    wait_until_applied();
    for (int step = static_cast<int>(Step::begun); step <= static_cast<int>(Step::switched); ++step) {
        Process process(REBUILD_PROCESS,
                        {tests::kafka_server().brokers, database.settings().conninfo, context, std::to_string(step)});
        EXPECT_EQ(process.wait(), 9) << step;
        much_happens(100, 100);
        const auto report = rebuild::build(settings());
        EXPECT_EQ(report.not_switched, "") << step;
        EXPECT_TRUE(report.differences.empty()) << step;
        wait_until_applied();
        expect_rows_equal_replay();
        EXPECT_FALSE(exists("read_stock_next"));
        EXPECT_TRUE(session.query("SELECT 1 FROM projections.builds").empty());
    }
}

TEST_F(Rebuild, as_of_a_position_and_of_a_time_gives_the_rows_of_that_moment)
{
    much_happens(600, 50);
    const auto then = all_records();
    const auto last = logs[1].records.back().envelope.time;
    std::this_thread::sleep_for(2ms);
    much_happens(600, 50);
    run_live();

    events::Position position;
    for (std::int32_t p = 0; p < partitions; ++p) {
        position.advance(context, p, static_cast<std::int64_t>(then[static_cast<std::size_t>(p)]) - 1);
    }
    const auto by_position = rebuild::build_as_of(settings(), position);
    expect_rows(rebuild::tables_as_of(model, position), then);
    EXPECT_TRUE(by_position.schema.starts_with("read_stock_at_")) << by_position.schema;

    std::array<std::size_t, partitions> until{};
    for (std::size_t p = 0; p < partitions; ++p) {
        while (until[p] < logs[p].records.size() && logs[p].records[until[p]].envelope.time <= last) ++until[p];
    }
    rebuild::build_as_of(settings(), last);
    expect_rows(rebuild::tables_as_of(model, last), until);
    rebuild::build_as_of(settings(), last);  // Again: in place of the former.
    expect_rows(rebuild::tables_as_of(model, last), until);

    expect_rows_equal_replay();
    rebuild::drop(settings(), by_position.schema);
    EXPECT_FALSE(exists(by_position.schema));
    EXPECT_THROW(rebuild::drop(settings(), "read_stock"), rebuild::Refused);
    EXPECT_THROW(rebuild::build_as_of(settings(), events::Position::parse("elsewhere:0:1")), rebuild::Refused);
}

TEST_F(Rebuild, can_be_rolled_back_and_forth)
{
    much_happens(500, 50);
    run_live();
    session.query("UPDATE read_stock.stock SET reserved = 77 WHERE product_id = $1", {product(7)});
    auto accepting = settings();
    accepting.accept_differences = true;
    rebuild::build(accepting);
    Running running(config());
    const auto reserved = [&] {
        return session.query("SELECT reserved FROM read_stock.stock WHERE product_id = $1", {product(7)}).integer(0, 0);
    };
    EXPECT_EQ(reserved(), 0);
    received(1, 4'711);
    flush();
    wait_until_applied();
    rebuild::roll_back(settings());
    EXPECT_EQ(reserved(), 77) << "the rows from before";
    EXPECT_EQ(on_hand(1), 4'711) << "and what has happened since";
    received(1, 4'712);
    flush();
    wait_until_applied();
    rebuild::roll_back(settings());
    EXPECT_EQ(reserved(), 0);
    EXPECT_EQ(on_hand(1), 4'712);
    wait_until_applied();
    expect_rows_equal_replay();
    rebuild::drop(settings(), previous.schema);
    EXPECT_THROW(rebuild::roll_back(settings()), rebuild::Refused);
}

TEST_F(Rebuild, refuses_a_second_one_at_the_same_time)
{
    much_happens(100, 10);
    run_live();
    auto first = settings();
    std::string said;
    first.on_step = [&](Step step) {
        if (step != Step::begun) return;
        try {
            rebuild::build(settings());
        } catch (const rebuild::Refused& refused) {
            said = refused.what();
        }
    };
    rebuild::build(first);
    EXPECT_NE(said.find("one at a time"), std::string::npos) << said;
}

TEST_F(Rebuild, whose_builder_was_taken_for_dead_writes_nothing)
{
    much_happens(100, 10);
    run_live();
    auto first = settings();
    first.on_step = [&](Step step) {
        // As if its lock had been lost with a connection, and another had begun.
        if (step == Step::begun) session.query("UPDATE projections.builds SET builder = gen_random_uuid()");
    };
    EXPECT_THROW(rebuild::build(first), rebuild::Refused);
    EXPECT_EQ(session.query("SELECT count(*) FROM read_stock_next.stock").integer(0, 0), 0);
    EXPECT_EQ(rebuild::build(settings()).not_switched, "");
    expect_rows_equal_replay();
}

TEST_F(Rebuild, waits_for_no_reader_and_lets_nobody_wait_for_one)
{
    much_happens(500, 50);
    run_live();
    postgres::Session slow(database.settings());
    slow.transact([&](postgres::Transaction& transaction) {
        transaction.execute("DECLARE all_rows CURSOR FOR SELECT product_id FROM read_stock.stock");
        EXPECT_EQ(transaction.run("FETCH 10 FROM all_rows").size(), 10u);
        EXPECT_EQ(rebuild::build(settings()).not_switched, "");
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(session.query("SELECT count(*) FROM read_stock.stock").integer(0, 0), 50);
        EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
        EXPECT_EQ(transaction.run("FETCH ALL FROM all_rows").size(), 40u) << "it goes on in the tables it began in";
    });
}

TEST_F(Rebuild, parks_as_the_live_runner_does_and_shows_it_before_the_switch)
{
    much_happens(300, 20);
    happened(1, "jangteo.inventory.StockStolen", "{}");
    received(1, 20);
    received(3, 1, std::string("a NUL\0here", 10));  // PostgreSQL refuses it.
    received(7, 5);
    much_happens(300, 20);
    run_live();
    const auto refused = rebuild::build(settings());
    EXPECT_NE(refused.not_switched, "");
    EXPECT_TRUE(refused.differences.empty());
    ASSERT_EQ(refused.parked.size(), 2u);
    EXPECT_EQ(refused.parked[0].aggregate, product(1).text());
    EXPECT_EQ(refused.parked[1].aggregate, product(3).text());

    auto accepting = settings();
    accepting.accept_parked = true;
    EXPECT_EQ(rebuild::build(accepting).not_switched, "");
    EXPECT_EQ(
        session.query("SELECT count(*) FROM projections.parked WHERE projection = 'stock'").integer(0, 0),
        session.query("SELECT count(*) FROM projections.parked WHERE projection = 'stock:previous'").integer(0, 0));
    received(1, 30);
    received(5, 6'543);
    flush();
    run_live();
    EXPECT_EQ(on_hand(5), 6'543);
    EXPECT_NE(on_hand(1), 30) << "it waits behind its parked event";
}

TEST_F(Rebuild, of_more_than_fits_into_memory_gives_the_same_rows)
{
    much_happens(20'000, 3'000);
    run_live();
    auto small = settings();
    small.memory_limit = 1 << 20;
    const auto report = rebuild::build(small);
    EXPECT_EQ(report.not_switched, "");
    EXPECT_TRUE(report.differences.empty());
    expect_rows_equal_replay();
}

TEST_F(Rebuild, of_tables_that_nobody_has_made_yet_makes_them)
{
    much_happens(300, 20);
    EXPECT_EQ(rebuild::plan(settings()).live_version, std::nullopt);
    const auto report = rebuild::build(settings());
    EXPECT_EQ(report.not_switched, "");
    EXPECT_FALSE(report.compared.has_value());
    expect_rows_equal_replay();
    run_live();
    expect_rows_equal_replay();
}

}  // namespace
}  // namespace jangteo::projections
