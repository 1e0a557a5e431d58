// Bodies that nlohmann 3.11 would have taken (reliability notes §5), and what a caller hears of wrong fields.
#include "http-edge/server/body.hpp"

#include <gtest/gtest.h>

namespace jangteo::edge {
namespace {

/// The wrong fields of a body, `field: reason` in English.
std::vector<std::string> errors_of(std::string_view text, const std::function<void(const Fields&)>& read = {})
{
    std::vector<std::string> found;
    try {
        BodyReader reader(text);
        if (read) {
            const auto fields = reader.fields();
            read(fields);
        }
        reader.check();
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.code(), "COMMON_400");
        EXPECT_FALSE(problem.errors().empty());
        for (const auto& error : problem.errors()) {
            EXPECT_FALSE(error.reason.korean.empty());
            found.push_back(error.field + ": " + error.reason.english);
        }
    }
    return found;
}

using Errors = std::vector<std::string>;
const Errors not_json{": is not one JSON value in UTF-8"};

TEST(Body, has_to_be_one_json_value)
{
    EXPECT_EQ(errors_of(R"({"a":[1,"b",null,true,-2.5e3]})"), Errors{});
    for (const auto* text : {"", " ", "{", "{}{}", "{} x", "nul", "{a:1}", "{'a':1}", "[1,]", "{\"a\":01}", "+1", "1.",
                             ".5", "NaN", "Infinity", "// c\n{}", "{\"a\" 1}", "\"a\nb\"", "\"\\x41\""}) {
        EXPECT_EQ(errors_of(text), not_json) << text;
    }
}

TEST(Body, has_to_be_utf_8)
{
    EXPECT_EQ(errors_of("\"\xff\""), not_json);
    EXPECT_EQ(errors_of("\"\xc0\xaf\""), not_json) << "overlong";
    EXPECT_EQ(errors_of("\"\xed\xa0\x80\""), not_json) << "a surrogate";
    EXPECT_EQ(errors_of(R"("\ud800")"), not_json) << "a lone surrogate";
    EXPECT_EQ(errors_of("\"\xf0\x9f\x9b\x92\""), Errors{});
}

TEST(Body, is_not_nested_deeper_than_sixteen)
{
    EXPECT_EQ(errors_of(std::string(16, '[') + std::string(16, ']')), Errors{});
    EXPECT_EQ(errors_of(std::string(17, '[') + std::string(17, ']')), Errors{": is nested too deep"});
    EXPECT_EQ(errors_of(std::string(60'000, '[')), Errors{": is nested too deep"});
}

TEST(Body, has_a_bounded_number_of_values)
{
    const auto array_of = [](int count) {
        std::string text = "[0";
        for (int i = 1; i < count; ++i) text += ",0";
        return text + "]";
    };
    EXPECT_EQ(errors_of(array_of(4'095)), Errors{});
    EXPECT_EQ(errors_of(array_of(4'096)), Errors{": has too many values"});
}

TEST(Body, of_the_largest_order_fits)
{
    std::string text = R"({"items":[)";
    for (int i = 0; i < 200; ++i) {
        text += i == 0 ? "{" : ",{";
        text += R"("productId":"00000000-0000-0000-0000-000000000000","quantity":100,"options":{)";
        for (int option = 0; option < 10; ++option) {
            text += (option == 0 ? "" : ",") + ("\"option" + std::to_string(option)) + R"(":"some")";
        }
        text += "}}";
    }
    text += "]}";
    ASSERT_LE(text.size(), 65'536U);
    EXPECT_EQ(errors_of(text), Errors{});
}

TEST(Body, names_members_that_come_twice)
{
    EXPECT_EQ(errors_of(R"({"amount":1,"amount":1000})"), Errors{"amount: appears twice"});
    EXPECT_EQ(errors_of(R"({"a":1,"\u0061":2})"), Errors{"a: appears twice"});
    EXPECT_EQ(errors_of(R"({"items":[{"q":1},{"q":1,"b":0,"q":2}]})"), Errors{"items[1].q: appears twice"});
    EXPECT_EQ(errors_of(R"({"a":{"b":1},"c":{"b":1}})"), Errors{});
}

TEST(Body, names_nul_in_strings)
{
    EXPECT_EQ(errors_of(R"({"items":[{"name":"a\u0000b"}]})"), Errors{"items[0].name: must not contain NUL"});
    EXPECT_EQ(errors_of(R"({"a\u0000b":1})").size(), 1U);
}

TEST(Body, names_numbers_that_cannot_be_kept)
{
    const std::string reason = "must be a number within -2^53 and 2^53";
    EXPECT_EQ(errors_of(R"({"a":9007199254740992,"b":-9007199254740992})"), Errors{});
    EXPECT_EQ(errors_of(R"({"a":9007199254740993})"), Errors{"a: " + reason});
    EXPECT_EQ(errors_of(R"({"a":[0,18446744073709551615]})"), Errors{"a[1]: " + reason});
    EXPECT_EQ(errors_of(R"({"a":-9223372036854775808})"), Errors{"a: " + reason});
    EXPECT_EQ(errors_of(R"({"a":123456789012345678901234567890})"), Errors{"a: " + reason});
    EXPECT_EQ(errors_of(R"({"a":1e300})"), Errors{"a: " + reason});
    EXPECT_FALSE(errors_of(R"({"a":1e999})").empty());
}

TEST(Body, integers_have_neither_fraction_nor_exponent)
{
    const auto read = [](const Fields& fields) { fields.integer("quantity", 1, 100); };
    EXPECT_EQ(errors_of(R"({"quantity":1})", read), Errors{});
    EXPECT_EQ(errors_of(R"({"quantity":100})", read), Errors{});
    for (const auto* value : {"0", "101", "-1", "1.9", "1.0", "1e1", "\"5\"", "true", "[]", "{}"}) {
        EXPECT_EQ(errors_of(R"({"quantity":)" + std::string(value) + "}", read),
                  Errors{"quantity: must be an integer from 1 to 100"})
            << value;
    }
    EXPECT_EQ(errors_of(R"({"quantity":null})", read), Errors{"quantity: is required"});
    EXPECT_EQ(errors_of("{}", read), Errors{"quantity: is required"});
}

TEST(Body, names_every_wrong_field_at_once)
{
    const auto read = [](const Fields& fields) {
        fields.id<events::UserId>("userId");
        fields.each("items", 1, 3, [](const Fields& item, std::size_t) {
            item.id<events::ProductId>("productId");
            item.integer("quantity", 1, 100);
        });
        const auto address = fields.object("address");
        address.text("name", 2, 5);
        address.optional_text("detail", 3);
        fields.optional_time("expiresAt");
    };
    EXPECT_EQ(errors_of(R"({"userId":"x","items":[{"productId":"00000000-0000-0000-0000-000000000001","quantity":0},
                            7,{"quantity":3}],"address":{"name":"  ","detail":"가나다라"},"expiresAt":"tomorrow"})",
                        read),
              (Errors{"userId: must be a UUID", "items[0].quantity: must be an integer from 1 to 100",
                      "items[1]: must be an object", "items[2].productId: is required", "address.name: is required",
                      "address.detail: must have from 0 to 3 characters",
                      "expiresAt: must be a time in UTC like 2026-01-18T14:30:00Z"}));
    EXPECT_EQ(errors_of(R"({"items":[],"address":7})", read),
              (Errors{"userId: is required", "items: must have from 1 to 3 items", "address: must be an object"}));
    EXPECT_EQ(errors_of("[]", read), Errors{": must be an object"});
}

TEST(Body, a_time_may_be_demanded)
{
    const auto read = [](const Fields& fields) { fields.time("occurredAt"); };
    EXPECT_EQ(errors_of(R"({"occurredAt":"2026-01-18T14:30:00Z"})", read), Errors{});
    EXPECT_EQ(errors_of("{}", read), Errors{"occurredAt: is required"});
    EXPECT_EQ(errors_of(R"({"occurredAt":null})", read), Errors{"occurredAt: is required"});
    EXPECT_EQ(errors_of(R"({"occurredAt":"now"})", read),
              Errors{"occurredAt: must be a time in UTC like 2026-01-18T14:30:00Z"});
}

TEST(Body, a_choice_is_true_or_false)
{
    const auto read = [](const Fields& fields) { EXPECT_EQ(fields.boolean("push"), fields.has("push")); };
    EXPECT_EQ(errors_of(R"({"push":true})", read), Errors{});
    EXPECT_EQ(errors_of("{}", read), Errors{"push: is required"});
    const auto off = [](const Fields& fields) { EXPECT_FALSE(fields.boolean("push")); };
    EXPECT_EQ(errors_of(R"({"push":false})", off), Errors{});
    for (const auto* wrong : {R"({"push":"true"})", R"({"push":1})"}) {
        EXPECT_EQ(errors_of(wrong, off), Errors{"push: must be true or false"});
    }
}

TEST(Body, a_list_of_texts_names_each_that_is_wrong)
{
    std::vector<std::string> texts;
    const auto read = [&](const Fields& fields) { texts = fields.texts("urls", 1, 3, 4); };
    EXPECT_EQ(errors_of(R"({"urls":["가나다라","b"]})", read), Errors{});
    EXPECT_EQ(texts, (std::vector<std::string>{"가나다라", "b"}));
    EXPECT_EQ(
        errors_of(R"({"urls":["abcde",7," "]})", read),
        (Errors{"urls[0]: must have from 1 to 4 characters", "urls[1]: must be a string", "urls[2]: is required"}));
    EXPECT_EQ(errors_of(R"({"urls":[]})", read), Errors{"urls: must have from 1 to 3 items"});
    EXPECT_EQ(errors_of(R"({"urls":"a"})", read), Errors{"urls: must be an array"});
}

TEST(Body, names_a_field_once)
{
    const auto read = [](const Fields& fields) { fields.integer("a", 1, 100); };
    EXPECT_EQ(errors_of(R"({"a":9007199254740993})", read).size(), 1U);
}

TEST(Body, counts_characters_and_not_bytes)
{
    const auto read = [](const Fields& fields) { fields.text("name", 2, 3); };
    EXPECT_EQ(errors_of(R"({"name":"홍길동"})", read), Errors{});
    EXPECT_EQ(errors_of(R"({"name":"홍"})", read), Errors{"name: must have from 2 to 3 characters"});
    EXPECT_EQ(errors_of(R"({"name":"홍길동님"})", read), Errors{"name: must have from 2 to 3 characters"});
}

TEST(Body, is_canonically_the_same_however_it_is_written)
{
    const auto canonical = [](std::string_view text) { return BodyReader(text).canonical(); };
    EXPECT_EQ(canonical(R"({ "b" : [1, 2.5, "\u0041"], "a":{"y":null,"x":true} })"),
              R"({"a":{"x":true,"y":null},"b":[1,2.5E0,"A"]})");
    EXPECT_EQ(canonical(R"({"a":1,"b":2})"), canonical("{\n\"b\":2,\t\"a\":1}"));
    EXPECT_NE(canonical(R"({"a":[1,2]})"), canonical(R"({"a":[2,1]})"));
    EXPECT_NE(canonical(R"({"a":1})"), canonical(R"({"a":"1"})"));
}

TEST(Body, keeps_options_as_they_are)
{
    BodyReader reader(R"({"options":{"size":"M","color":"red"},"bad":3})");
    const auto fields = reader.fields();
    EXPECT_EQ(fields.optional_json_object("options")->text, R"({"size":"M","color":"red"})");
    EXPECT_EQ(fields.optional_json_object("missing"), std::nullopt);
    EXPECT_EQ(fields.optional_json_object("bad"), std::nullopt);
    EXPECT_THROW(reader.check(), Problem);
}

}  // namespace
}  // namespace jangteo::edge
