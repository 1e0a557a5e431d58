// What a rebuild folds in memory, and how it goes into COPY.
#include "projections/orders.hpp"
#include "projections/runtime/copy_text.hpp"
#include "projections/runtime/values.hpp"
#include "projections/stock.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections {
namespace {

using events::inventory::StockReceived;

const auto mug = id<events::ProductId>("mug");
const auto cup = id<events::ProductId>("cup");

/// There is nothing elsewhere, and nobody asks.
class Nowhere final : public RowSource {
public:
    void load(const TableDefinition&, const RowImages&, const std::function<void(std::string_view)>&) override
    {
        ADD_FAILURE() << "a gathering asks for nothing";
    }
};

TEST(Gathering, comes_to_the_rows_of_folding_batch_by_batch)
{
    Log log("inventory");
    for (std::int64_t i = 1; i <= 50; ++i) {
        log.happened(StockReceived{i % 3 == 0 ? mug : cup, 1, i, 0, "delivery"});
    }
    MemoryStore expected;
    fold(stock::model(), expected, log.records, 7);

    Projector projector(stock::model(), Projector::Gathering{}, {});
    projector.open(log.place(), {}, {});
    MemoryStore gathered;
    Nowhere nowhere;
    for (std::size_t at = 0; at < log.records.size(); at += 7) {
        const auto some = std::span(log.records).subspan(at).first(std::min<std::size_t>(7, log.records.size() - at));
        const auto batch = projector.fold(some, nowhere);
        for (const auto& changes : batch.tables) EXPECT_EQ(changes.table->name, "movements");
        ASSERT_TRUE(gathered.commit(batch));
        projector.settle(batch);
    }
    Batch rows;
    projector.give_gathered([&](const TableChanges& changes) { rows.tables.push_back(changes); });
    ASSERT_TRUE(gathered.commit(rows));
    EXPECT_EQ(gathered.tables(), expected.tables());
    EXPECT_EQ(projector.progress(log.place()), expected.progress(log.place()));
}

TEST(Gathering, undoes_an_event_that_cannot_be_applied)
{
    Log log("orders");
    events::orders::OrderConfirmed of_nothing;
    of_nothing.order_id = id<events::OrderId>("nothing");
    log.happened(of_nothing);
    Projector projector(orders::model(), Projector::Gathering{}, {});
    projector.open(log.place(), {}, {});
    Nowhere nowhere;
    const auto batch = projector.fold(log.records, nowhere);
    ASSERT_EQ(batch.parked.size(), 1u);
    EXPECT_TRUE(batch.parked[0].first);
    projector.settle(batch);
    projector.give_gathered([](const TableChanges&) { ADD_FAILURE() << "there is no row"; });
}

TEST(CopyText, writes_each_type_as_postgres_reads_it)
{
    stock::Movement movement;
    movement.partition = 7;
    movement.offset = -1;
    movement.product_id = {*events::parse_uuid("0188a0f0-0000-4000-8000-00000000abcd")};
    movement.type = "tab\t line\n back\\slash \r 한글";
    movement.quantity = 9'223'372'036'854'775'807;
    movement.occurred_at = *events::parse_iso8601("2026-01-18T14:30:00.123456Z");
    const auto& table = stock::model().tables()[1];
    RowImages rows;
    values::append_row(rows.bytes, movement);
    values::append_row(rows.bytes, movement);
    rows.count = 2;
    std::string text;
    append_copy_lines(text, table, rows);
    const std::string line =
        "7\t-1\t0188a0f0000040008000"
        "00000000abcd\ttab\\t line\\n back\\\\slash \\r 한글\t9223372036854775807\t0\t0\t\\N\t\\N\t"
        "2026-01-18T14:30:00.123456Z\n";
    EXPECT_EQ(text, line + line);
}

TEST(CopyText, escapes_what_json_has_escaped_once_more)
{
    orders::Order order;
    order.shipping_address.recipient_name = "따옴표 \" 와 \\";
    const auto& table = orders::model().tables()[0];
    RowImages rows;
    values::append_row(rows.bytes, order);
    rows.count = 1;
    std::string text;
    append_copy_lines(text, table, rows);
    EXPECT_NE(text.find(R"(따옴표 \\" 와 \\\\)"), std::string::npos) << text;
}

TEST(Tables, completed_after_filling_are_those_that_are_made_at_once)
{
    const auto& table = stock::model().tables()[1];
    const auto whole = create_statements(table, "s");
    EXPECT_EQ(bare_table_statement(table, "s").find("PRIMARY KEY"), std::string::npos);
    const auto completing = completing_statements(table, "s");
    EXPECT_NE(completing.find("ADD PRIMARY KEY (\"partition\", \"offset\")"), std::string::npos) << completing;
    for (std::size_t at = whole.find("CREATE INDEX"); at != std::string::npos;
         at = whole.find("CREATE INDEX", at + 1)) {
        const auto statement = whole.substr(at, whole.find('\n', at) - at);
        EXPECT_NE(completing.find(statement), std::string::npos) << statement;
    }
}

}  // namespace
}  // namespace jangteo::projections
