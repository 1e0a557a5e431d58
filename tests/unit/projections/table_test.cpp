#include "projections/list.hpp"
#include "projections/orders.hpp"
#include "tests/unit/projections/log.hpp"

#include <set>

namespace jangteo::projections {
namespace {

const TableDefinition& table(std::string_view name)
{
    for (const auto* model : list()) {
        for (const auto& table : model->tables()) {
            if (table.name == name) return table;
        }
    }
    throw std::out_of_range(std::string(name));
}

TEST(Tables, come_from_the_rows_definition)
{
    EXPECT_EQ(create_statements(table("movements"), "read_stock"),
              "CREATE TABLE \"read_stock\".\"movements\" (\"partition\" integer NOT NULL, \"offset\" bigint NOT NULL, "
              "\"product_id\" uuid NOT NULL, \"type\" text NOT NULL, \"quantity\" bigint NOT NULL, \"on_hand\" bigint "
              "NOT NULL, \"reserved\" bigint NOT NULL, \"order_id\" uuid, \"reason\" text, \"occurred_at\" timestamptz "
              "NOT NULL, PRIMARY KEY (\"partition\", \"offset\"));\n"
              "CREATE INDEX ON \"read_stock\".\"movements\" (\"product_id\", \"offset\");\n"
              "CREATE INDEX ON \"read_stock\".\"movements\" (\"order_id\") WHERE \"order_id\" IS NOT NULL;\n");
}

TEST(Tables, are_written_in_the_way_they_were_declared)
{
    EXPECT_NE(write_statement(table("attendance"), "s").find("ON CONFLICT (\"user_id\") DO UPDATE SET \""),
              std::string::npos);
    EXPECT_NE(write_statement(table("outcomes"), "s").find("ON CONFLICT DO NOTHING"), std::string::npos);
    EXPECT_EQ(write_statement(table("ledger"), "s").find("ON CONFLICT"), std::string::npos);
}

TEST(Tables, no_two_read_models_have_one_name)
{
    std::set<std::string_view> names;
    for (const auto* model : list()) EXPECT_TRUE(names.insert(model->name()).second) << model->name();
}

TEST(Rows, come_back_from_their_image_as_they_were)
{
    orders::Order order;
    order.order_id = id<events::OrderId>("order");
    order.order_number = "ORD-20260118-0001";
    order.status = orders::Status::cancelled;
    order.total_amount = {-5};
    order.items.push_back({.product_id = id<events::ProductId>("mug"),
                           .product_name = "따옴표 \" 와 \\ 와 \n",
                           .product_price = events::Won{1},
                           .seller_id = {},
                           .quantity = 3,
                           .subtotal = {},
                           .options = events::Json{R"({"a":[1,null]})"}});
    order.shipping_address = {"홍길동", "010", "1", "서울", {}};
    order.positions = {{7, 1'234'567'890'123}};
    order.created_at = noon + std::chrono::microseconds(1);
    order.updated_at = events::Timestamp{} - 1s;
    order.version = 3;

    std::string image;
    values::append_row(image, order);
    const auto back = values::read_row<orders::Order>(image);
    std::string again;
    values::append_row(again, back);
    EXPECT_EQ(image, again);
    EXPECT_EQ(back.items.at(0).product_name, order.items[0].product_name);
    EXPECT_EQ(back.items.at(0).seller_id, std::nullopt);
    EXPECT_EQ(back.created_at, order.created_at);
    EXPECT_EQ(back.updated_at, order.updated_at);
    EXPECT_EQ(back.reason, std::nullopt);
    EXPECT_EQ(back.positions, order.positions);
}

TEST(Rows, lists_are_json_with_the_names_of_the_api)
{
    std::string json;
    values::write_json(json, orders::Line{.product_id = id<events::ProductId>("mug"),
                                          .product_name = {},
                                          .product_price = events::Won{9'900},
                                          .seller_id = {},
                                          .quantity = 2,
                                          .subtotal = {},
                                          .options = events::Json{"[1]"}});
    EXPECT_EQ(json, "{\"productId\":\"" + id<events::ProductId>("mug").text() +
                        "\",\"productPrice\":9900,\"quantity\":2,\"options\":[1]}");
}

}  // namespace
}  // namespace jangteo::projections
