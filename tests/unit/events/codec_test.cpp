#include "events/codec.hpp"

#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/points.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <limits>

namespace jangteo::events {
namespace {

const ProductId mug = ProductId::parse("3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11").value();
const OrderId order = OrderId::parse("3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12").value();

std::string hold(const std::string& quantity)
{
    return R"({"productId":"3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11","orderId":"3f0c2a1e-7b64-5d8f-9c02-5a1b2c3d4e12",)"
           R"("quantity":)" +
           quantity + "}";
}

template <class Message>
void expect_error(const std::string& json, const std::string& path, const std::string& problem)
{
    Message message;
    try {
        from_json(json, message);
        ADD_FAILURE() << "read: " << json;
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.path(), path) << json;
        EXPECT_EQ(error.problem().substr(0, problem.size()), problem) << json;
    }
}

std::string written(std::string_view text)
{
    std::string json;
    append_json(json, text);
    return json;
}

// --- Writing ---

TEST(Codec, writes_the_fields_in_the_order_of_the_schema)
{
    EXPECT_EQ(to_json(inventory::HoldStock{mug, order, 3}), hold("3"));
}

TEST(Codec, leaves_out_an_optional_field_that_is_empty)
{
    EXPECT_EQ(to_json(inventory::ReceiveStock{mug, 3, std::nullopt}),
              R"({"productId":"3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11","quantity":3})");
    EXPECT_EQ(to_json(inventory::ReceiveStock{mug, 3, ""}),
              R"({"productId":"3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11","quantity":3,"reason":""})");
}

TEST(Codec, escapes_what_json_does_not_allow_in_a_text)
{
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("달 \x7f/"), "\"달 \x7f/\"");
    EXPECT_EQ(written("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
    EXPECT_EQ(written(std::string_view("a\0b\x1f", 4)), R"("a\u0000b\u001f")");
}

RC_GTEST_PROP(CodecProperty, every_ascii_text_comes_back, ())
{
    const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
    inventory::ReceiveStock message{mug, 1, text.substr(0, 500)};
    inventory::ReceiveStock read;
    from_json(to_json(message), read);
    RC_ASSERT(read == message);
}

RC_GTEST_PROP(CodecProperty, every_integer_comes_back, (std::int64_t number))
{
    points::SpendPoints message{.amount = {std::min<std::int64_t>(number, 1'000'000'000)}, .description = "paid"};
    points::SpendPoints read;
    from_json(to_json(message), read);
    RC_ASSERT(read == message);
}

// --- Reading strictly ---

TEST(Codec, reads_an_integer_within_its_bounds_only)
{
    inventory::HoldStock message;
    from_json(hold("1"), message);
    EXPECT_EQ(message, (inventory::HoldStock{mug, order, 1}));
    from_json(hold("1000000000"), message);
    EXPECT_EQ(message.quantity, 1'000'000'000);
    expect_error<inventory::HoldStock>(hold("0"), "quantity", "must be at least 1");
    expect_error<inventory::HoldStock>(hold("1000000001"), "quantity", "must be at most 1000000000");
}

TEST(Codec, reads_an_integer_as_an_integer_only)
{
    for (const auto* wrong : {"1.0", "1e0", "\"1\"", "true", "null", "[1]", "{}"}) {
        expect_error<inventory::HoldStock>(hold(wrong), "quantity", "must be an integer");
    }
    expect_error<inventory::HoldStock>(hold("9223372036854775808"), "quantity", "must fit into 64 bits");
    expect_error<inventory::HoldStock>(hold("18446744073709551616"), "quantity", "must be an integer");
}

TEST(Codec, reads_the_whole_range_of_64_bits)
{
    inventory::StockAdjusted event{.product_id = mug, .delta = std::numeric_limits<std::int64_t>::min()};
    event.on_hand = std::numeric_limits<std::int64_t>::max();
    inventory::StockAdjusted read;
    from_json(to_json(event), read);
    EXPECT_EQ(read, event);
}

TEST(Codec, reads_a_uuid_of_36_characters_only)
{
    for (const auto* wrong : {R"("3f0c2a1e7b645d8f9c015a1b2c3d4e11")", R"("{3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11}")",
                              R"("3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e1g")", R"("")"}) {
        expect_error<points::ExpirePoints>(std::string(R"({"userId":)") + wrong + "}", "userId", "must be a UUID");
    }
    expect_error<points::ExpirePoints>(R"({"userId":7})", "userId", "must be a string");
}

TEST(Codec, counts_the_characters_of_a_text_and_not_its_bytes)
{
    inventory::SetOffer offer{.product_id = mug};
    for (int i = 0; i < 255; ++i) offer.name += "달";
    inventory::SetOffer read;
    from_json(to_json(offer), read);
    EXPECT_EQ(read, offer);
    offer.name += "달";
    expect_error<inventory::SetOffer>(to_json(offer), "name", "must have at most 255 characters");
    offer.name = "";
    expect_error<inventory::SetOffer>(to_json(offer), "name", "must have at least 1 characters");
}

TEST(Codec, reads_a_moment_in_utc_only)
{
    for (const auto* wrong : {"2026-01-18T14:30:00+09:00", "2026-01-18", "2026-02-29T00:00:00Z", "now"}) {
        const auto json = R"({"userId":"3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11","amount":1,"source":"admin",)"
                          R"("description":"x","expiresAt":")" +
                          std::string(wrong) + R"("})";
        expect_error<points::EarnPoints>(json, "expiresAt", "must be a moment in UTC");
    }
}

TEST(Codec, reads_a_value_of_an_enumeration_only)
{
    const auto json = R"({"orderId":"3f0c2a1e-7b64-5d8f-9c01-5a1b2c3d4e11","reason":"","cause":"whim"})";
    expect_error<orders::CancelOrder>(json, "cause", "must be one of buyer, seller, admin, unpaid");
}

TEST(Codec, names_the_line_and_field_that_is_wrong)
{
    orders::PlaceOrder place{.order_id = order, .lines = {{mug, 1, std::nullopt}, {mug, 101, std::nullopt}}};
    place.shipping_address = {"김하늘", "010-1234-5678", "04524", "서울시", std::nullopt};
    expect_error<orders::PlaceOrder>(to_json(place), "lines[1].quantity", "must be at most 100");
    place.lines.pop_back();
    place.shipping_address.zip_code = "";
    expect_error<orders::PlaceOrder>(to_json(place), "shippingAddress.zipCode", "must have at least 1 characters");
}

TEST(Codec, reads_from_1_to_200_lines)
{
    orders::PlaceOrder place{.order_id = order};
    place.shipping_address = {"김하늘", "010-1234-5678", "04524", "서울시", std::nullopt};
    expect_error<orders::PlaceOrder>(to_json(place), "lines", "must have at least 1 items");
    place.lines.assign(200, {mug, 1, std::nullopt});
    orders::PlaceOrder read;
    from_json(to_json(place), read);
    EXPECT_EQ(read, place);
    place.lines.push_back({mug, 1, std::nullopt});
    expect_error<orders::PlaceOrder>(to_json(place), "lines", "must have at most 200 items");
}

TEST(Codec, reads_one_json_object_in_utf8_only)
{
    for (const auto* wrong : {"", "{", "{}{}", "nul", R"({"userId":"\xff"})", "{\"userId\":\"\xff\"}", "{'a':1}"}) {
        expect_error<points::ExpirePoints>(wrong, "", "is not JSON");
    }
    for (const auto* wrong : {"[]", "7", "null", "\"x\""}) {
        expect_error<points::ExpirePoints>(wrong, "", "must be an object");
    }
}

TEST(Codec, does_not_follow_json_into_any_depth)
{
    const auto deep = std::string(100'000, '[') + std::string(100'000, ']');
    expect_error<points::ExpirePoints>(deep, "", "is not JSON");
}

TEST(Codec, reading_forgets_what_the_message_held_before)
{
    inventory::ReceiveStock message{mug, 7, "delivery"};
    from_json(to_json(inventory::ReceiveStock{mug, 3, std::nullopt}), message);
    EXPECT_EQ(message, (inventory::ReceiveStock{mug, 3, std::nullopt}));
}

// --- By the record's type ---

TEST(Codec, reads_a_message_by_its_type)
{
    const inventory::Command command = inventory::HoldStock{mug, order, 3};
    EXPECT_EQ(type_of(command), "jangteo.inventory.HoldStock");
    EXPECT_EQ(schema_of(command), "/schemas/inventory/HoldStock.command.v1.json");
    EXPECT_EQ(subject_of(command), mug.text());
    EXPECT_EQ(inventory::decode_command(type_of(command), to_json(command)), command);
}

TEST(Codec, does_not_read_a_type_that_it_does_not_know)
{
    EXPECT_THROW((void)inventory::decode_command("jangteo.inventory.StockHeld", "{}"), DecodeError);
    EXPECT_THROW((void)inventory::decode_event("jangteo.inventory.HoldStock", "{}"), DecodeError);
    EXPECT_THROW((void)inventory::decode_event("", "{}"), DecodeError);
}

TEST(Codec, an_enumeration_has_a_text_and_back)
{
    EXPECT_EQ(points::to_text(points::PointSource::daily_checkin), "daily_checkin");
    EXPECT_EQ(points::parse_point_source("refund"), points::PointSource::refund);
    EXPECT_EQ(points::parse_point_source("Refund"), std::nullopt);
}

// --- JSON that nobody looks into ---

TEST(FreeJson, is_kept_without_blanks_and_in_its_order)
{
    EXPECT_EQ(Json::parse(R"( { "z" : [ 1 , 1.5, -2e3, true, null ] , "a" : "\u00e9\n" } )"),
              (Json{R"({"z":[1,1.5,-2000,true,null],"a":"é\n"})"}));
    EXPECT_EQ(Json::parse("18446744073709551615"), (Json{"18446744073709551615"}));
}

TEST(FreeJson, is_one_json_value)
{
    for (const auto* wrong : {"", "{", "1 2", "{\"a\":}", "NaN"}) EXPECT_EQ(Json::parse(wrong), std::nullopt) << wrong;
}

TEST(FreeJson, survives_a_message)
{
    const orders::RefuseOrder refuse{order, "PROD_002", Json{R"({"requested":3,"deep":{"a":[]}})"}};
    orders::RefuseOrder read;
    from_json(to_json(refuse), read);
    EXPECT_EQ(read, refuse);
}

}  // namespace
}  // namespace jangteo::events
