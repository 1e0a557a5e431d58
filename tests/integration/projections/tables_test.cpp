// A read model's tables come from its definition, and are told from those of another version.
#include "events/orders.hpp"
#include "tests/integration/projections/world.hpp"

namespace jangteo::projections {
namespace {

class ProjectionsTables : public testing::Test {
protected:
    ProjectionsTables() { migrate(session); }

    tests::Database database;
    postgres::Session session{database.settings()};
};

class NextVersion final : public ReadModel {
public:
    explicit NextVersion(int version, bool another_column = false) : version_(version), tables_(stock::model().tables())
    {
        if (another_column) tables_[0].columns.push_back({"colour", {"text", 25}, true});
    }
    [[nodiscard]] std::string_view name() const override { return stock::model().name(); }
    [[nodiscard]] int version() const override { return version_; }
    [[nodiscard]] std::vector<std::string_view> contexts() const override { return stock::model().contexts(); }
    [[nodiscard]] const std::vector<TableDefinition>& tables() const override { return tables_; }
    [[nodiscard]] std::unique_ptr<Folding> folding(std::size_t rows) const override
    {
        return stock::model().folding(rows);
    }
    [[nodiscard]] std::unique_ptr<Folding> gathering() const override { return stock::model().gathering(); }

private:
    int version_;
    std::vector<TableDefinition> tables_;
};

TEST_F(ProjectionsTables, are_made_once_for_every_read_model)
{
    Config config;
    config.kafka = tests::kafka_server();
    config.postgres = database.settings().conninfo;
    Runner(config).prepare();
    Runner(config).prepare();
    EXPECT_EQ(session.query("SELECT count(*) FROM projections.registry").integer(0, 0),
              static_cast<std::int64_t>(list().size()));
    for (const auto* table : {"read_orders.orders", "read_stock.stock", "read_stock.movements", "read_points.accounts",
                              "read_points.ledger", "read_commands.outcomes", "read_commands.refusals"}) {
        EXPECT_FALSE(session.query("SELECT to_regclass($1)::text", {table}).null(0, 0)) << table;
    }
}

TEST_F(ProjectionsTables, of_another_version_are_left_alone_and_the_message_says_what_to_do)
{
    PostgresStore(stock::model()).prepare(session);
    NextVersion next(stock::model().version() + 1);
    try {
        PostgresStore(next).prepare(session);
        FAIL() << "another version was not noticed";
    } catch (const WrongVersion& error) {
        EXPECT_NE(std::string_view(error.what()).find("jangteo rebuild stock"), std::string_view::npos) << error.what();
    }
}

TEST_F(ProjectionsTables, that_changed_without_a_new_version_are_noticed)
{
    PostgresStore(stock::model()).prepare(session);
    EXPECT_THROW(PostgresStore(NextVersion(stock::model().version(), true)).prepare(session), WrongVersion);
}

TEST_F(ProjectionsTables, every_row_comes_back_from_postgres_as_it_went)
{
    const auto& model = orders::model();
    PostgresStore store(model);
    store.prepare(session);
    const auto order = [](int number) { return "order " + std::to_string(number); };
    events::orders::OrderPlaced placed;
    placed.order_number = "ORD-20260118-0001";
    placed.lines = {{{events::random_uuid()}, 3, events::Json{"[1, \"따옴표 \\\" \"]"}},
                    {{events::random_uuid()}, 1, {}}};
    placed.shipping_address = {"홍길동", "010-1234-5678", "04524", "서울시 중구 \\ ' \"", {}};

    std::vector<events::Record> records;
    for (int i = 0; i < 50; ++i) {
        placed.order_id = {events::uuid_v5(events::url_namespace, order(i))};
        auto& record = records.emplace_back();
        record.topic = "orders.events";
        record.partition = 0;
        record.offset = i;
        record.value = to_json(placed);
        record.envelope.type = placed.type;
        record.envelope.subject = placed.order_id.text();
        record.envelope.time = events::Timestamp{std::chrono::microseconds(1'768'000'000'123'456 + i)};
        record.envelope.sequence = i + 1;
        record.envelope.command_offset = i;
    }
    const Place place{"orders", 0};
    store.open(session, {place});
    Projector projector(model, 10);
    projector.open(place, {}, {});
    Batch batch;
    session.transact([&](postgres::Transaction& transaction) {
        ASSERT_TRUE(store.lock(transaction, {{place, projector.progress(place)}}));
        PostgresStore::Source source(store, transaction);
        batch = projector.fold(records, source);
        store.write(transaction, batch);
    });
    ASSERT_TRUE(batch.parked.empty());
    projector.settle(batch);

    // A later owner has no row in memory.
    Projector heir(model, 10);
    const auto stored = store.open(session, {place});
    EXPECT_EQ(stored.at(place).progress, projector.progress(place));
    heir.open(place, stored.at(place).progress, {});
    records.clear();
    const events::orders::OrderRefused refused{placed.order_id, {}, "PROD_002", events::Json{R"({"available": 1})"}};
    auto& record = records.emplace_back();
    record.topic = "orders.events";
    record.partition = 0;
    record.offset = 50;
    record.value = to_json(refused);
    record.envelope.type = refused.type;
    record.envelope.subject = placed.order_id.text();
    record.envelope.sequence = 51;
    record.envelope.command_offset = 50;
    session.transact([&](postgres::Transaction& transaction) {
        PostgresStore::Source source(store, transaction);
        batch = heir.fold(records, source);
        store.write(transaction, batch);
    });
    ASSERT_TRUE(batch.parked.empty());
    const auto row = session.query(
        "SELECT status, reason, version, items->0->>'quantity', items->0->'options'->>1,"
        " shipping_address->>'address', created_at, refusal_details->>'available', positions"
        " FROM read_orders.orders WHERE order_id = $1",
        {placed.order_id});
    ASSERT_EQ(row.size(), 1u);
    EXPECT_EQ(row.text(0, 0), "refused");
    EXPECT_EQ(row.text(0, 1), "PROD_002");
    EXPECT_EQ(row.integer(0, 2), 2);
    EXPECT_EQ(row.text(0, 3), "3");
    EXPECT_EQ(row.text(0, 4), "따옴표 \" ");
    EXPECT_EQ(row.text(0, 5), placed.shipping_address.address);
    EXPECT_EQ(row.timestamp(0, 6), events::Timestamp{std::chrono::microseconds(1'768'000'000'123'456 + 49)});
    EXPECT_EQ(row.text(0, 7), "1");
    EXPECT_EQ(row.text(0, 8), "[[0, 49], [0, 50]]");
}

TEST_F(ProjectionsTables, outcomes_are_deleted_after_a_day)
{
    PostgresStore store(commands::model());
    store.prepare(session);
    session.transact([](postgres::Transaction& transaction) {
        transaction.execute(
            "INSERT INTO read_commands.outcomes SELECT gen_random_uuid(), 't', '{}', '', 0, 'orders', 0, n,"
            " now() - n * interval '1 hour' FROM generate_series(20, 29) n");
    });
    EXPECT_EQ(store.delete_old(session, 3), 3u);
    EXPECT_EQ(store.delete_old(session, 100), 3u);
    EXPECT_EQ(session.query("SELECT max(\"offset\") FROM read_commands.outcomes").integer(0, 0), 23);
}

}  // namespace
}  // namespace jangteo::projections
