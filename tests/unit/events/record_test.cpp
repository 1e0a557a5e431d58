#include "events/record.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>

namespace jangteo::events {
namespace {

const Uuid request = parse_uuid("3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11").value();

// --- ReturnAddress ---

TEST(ReturnAddress, has_a_text_and_back)
{
    const ReturnAddress edge{"edge.replies", 3, "edge-1", request};
    EXPECT_EQ(edge.text(), "edge.replies/3/edge-1/3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11");
    EXPECT_EQ(ReturnAddress::parse(edge.text()), edge);
    const ReturnAddress saga{"order_fulfilment.inbox", -1, "", request};
    EXPECT_EQ(ReturnAddress::parse(saga.text()), saga);
}

TEST(ReturnAddress, of_nobody_is_empty)
{
    EXPECT_TRUE(ReturnAddress{}.empty());
    EXPECT_EQ(ReturnAddress{}.text(), "");
    EXPECT_TRUE(ReturnAddress::parse("").empty());
}

TEST(ReturnAddress, of_another_form_is_nobody)
{
    for (const auto* wrong :
         {"edge.replies", "edge.replies/3/edge-1", "edge.replies/x/edge-1/3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11",
          "edge.replies/3/edge-1/7", "/3/edge-1/3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11",
          "edge.replies/3/edge-1/3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11/more"}) {
        EXPECT_TRUE(ReturnAddress::parse(wrong).empty()) << wrong;
    }
}

// --- Position ---

TEST(Position, keeps_the_furthest_offset_of_each_partition)
{
    Position position;
    EXPECT_TRUE(position.empty());
    position.advance("orders", 3, 1234);
    position.advance("orders", 3, 7);
    position.advance("inventory", 0, 17);
    EXPECT_EQ(position.text(), "inventory:0:17,orders:3:1234");
    EXPECT_EQ(Position::parse(position.text()), position);
}

TEST(Position, merges_by_the_furthest_of_both)
{
    auto position = Position::parse("orders:3:10,inventory:0:17");
    position.merge(Position::parse("orders:3:12,inventory:0:5,points:1:1"));
    EXPECT_EQ(position.text(), "inventory:0:17,orders:3:12,points:1:1");
}

TEST(Position, of_another_form_is_empty)
{
    for (const auto* wrong : {"", "orders", "orders:3", "orders:3:x", "orders:-1:3", "orders:1:-3", ":1:3",
                              "orders:3:10,", "orders:3:10;inventory:0:1", "orders:3:99999999999999999999"}) {
        EXPECT_TRUE(Position::parse(wrong).empty()) << wrong;
    }
}

// --- Rejection ---

TEST(Rejection, is_written_with_its_details_in_the_order_of_their_names)
{
    const Rejection rejection{"PROD_002", {{"requested", 3}, {"available", 2}, {"productId", "a \"mug\""}}};
    EXPECT_EQ(rejection_to_json(rejection, "jangteo.inventory.HoldStock"),
              R"({"command":"jangteo.inventory.HoldStock","code":"PROD_002",)"
              R"("details":{"available":2,"productId":"a \"mug\"","requested":3}})");
}

TEST(Rejection, is_read_again)
{
    const Rejection rejection{"PROD_002", {{"requested", 3}, {"available", -2}, {"productId", "mug"}}};
    EXPECT_EQ(rejection_from_json(rejection_to_json(rejection, "x")), rejection);
    const Rejection bare{"ORD_001", {}};
    EXPECT_EQ(rejection_from_json(rejection_to_json(bare, "x")), bare);
    EXPECT_EQ(rejection_from_json(R"({"command":"x","code":"ORD_001"})"), bare);
    EXPECT_EQ(rejected_command(rejection_to_json(rejection, "jangteo.inventory.HoldStock")),
              "jangteo.inventory.HoldStock");
}

TEST(Rejection, of_another_form_is_an_error_that_names_the_field)
{
    const auto path_of = [](const char* json) {
        try {
            (void)rejection_from_json(json);
        } catch (const DecodeError& error) {
            return error.path();
        }
        return std::string("read");
    };
    EXPECT_EQ(path_of("[]"), "");
    EXPECT_EQ(path_of("{}"), "code");
    EXPECT_EQ(path_of(R"({"code":""})"), "code");
    EXPECT_EQ(path_of(R"({"code":"ORD_001"})"), "command");
    EXPECT_EQ(path_of(R"({"command":"x","code":"ORD_001","details":[]})"), "details");
    EXPECT_EQ(path_of(R"({"command":"x","code":"ORD_001","details":{"lines":[1]}})"), "details.lines");
}

}  // namespace
}  // namespace jangteo::events
