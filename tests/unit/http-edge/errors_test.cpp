#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>
#include <set>

namespace jangteo::edge {
namespace {

TEST(Errors, have_the_envelope_of_the_house)  // SH-API-01, X-04
{
    const auto response =
        refusal_response("PROD_002", R"({"productId":"x","requested":3,"available":2})", ErrorStyle{});
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(
        response.body,
        R"({"success":false,"message":"재고가 부족합니다","error":{"code":"PROD_002","name":"INSUFFICIENT_STOCK",)"
        R"("details":{"productId":"x","requested":3,"available":2}}})");
}

TEST(Errors, name_every_wrong_field)
{
    const Problem problem({{"items[3].quantity", {"가", "must be an integer from 1 to 100"}}, {"userId", {"나", "b"}}});
    const auto response = error_response(problem, {Language::english, false, {}, {}});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body, R"({"success":false,"message":"The request is not valid","error":{"code":"COMMON_400",)"
                             R"("name":"INVALID_REQUEST","details":{"errors":[{"field":"items[3].quantity",)"
                             R"("reason":"must be an integer from 1 to 100"},{"field":"userId","reason":"b"}]}}})");
}

TEST(Errors, are_rfc_9457_for_who_asks)
{
    const Problem problem({{"items[3].quantity", {"수량", "quantity"}}});
    const auto response =
        error_response(problem, {Language::korean, true, "/api/v1/orders", "0b54ac2c-3ddf-4f8e-9d6c-0242ac120002"});
    EXPECT_EQ(response.content_type, "application/problem+json; charset=utf-8");
    EXPECT_EQ(response.body,
              R"({"type":"urn:jangteo:error:COMMON_400","title":"The request is not valid","status":400,)"
              R"("detail":"요청 내용이 올바르지 않습니다","instance":"/api/v1/orders","code":"COMMON_400",)"
              R"("name":"INVALID_REQUEST","errors":[{"field":"items[3].quantity","pointer":"/items/3/quantity",)"
              R"("detail":"수량"}],"details":{},"correlationId":"0b54ac2c-3ddf-4f8e-9d6c-0242ac120002",)"
              R"("retryable":false})");
}

TEST(Errors, say_when_to_come_back)
{
    const auto response = error_response(Problem("COMMON_503").retry_after(2), {});
    EXPECT_NE(response.body.find(R"("details":{"retryAfter":2})"), std::string::npos);
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].first, "Retry-After");
    for (int i = 0; i < 100; ++i) {
        EXPECT_GE(jittered_retry_seconds(), 1);
        EXPECT_LE(jittered_retry_seconds(), 3);
    }
}

TEST(Errors, without_words_of_ours_are_conflicts)
{
    const auto response = refusal_response("SOMETHING_NEW", "{}", {});
    EXPECT_EQ(response.status, 409);
    EXPECT_NE(response.body.find(R"("code":"SOMETHING_NEW")"), std::string::npos);
}

TEST(ErrorCatalogue, has_each_code_and_name_once_in_both_languages)
{
    std::set<std::string_view> codes;
    std::set<std::string_view> names;
    for (const auto& kind : error_catalogue()) {
        EXPECT_TRUE(codes.insert(kind.code).second) << kind.code;
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
        EXPECT_FALSE(kind.korean.empty());
        EXPECT_FALSE(kind.english.empty());
        EXPECT_GE(kind.status, 400);
    }
}

TEST(ErrorCatalogue, answers_as_requirements_1_3_say)
{
    const auto status = [](std::string_view code) { return error_kind(code).status; };
    EXPECT_EQ(status("AUTH_002"), 401);
    EXPECT_EQ(status("PROD_001"), 404);
    EXPECT_EQ(status("PROD_002"), 409);
    EXPECT_EQ(status("ORD_001"), 404);
    EXPECT_EQ(status("ORD_002"), 409);
    EXPECT_EQ(status("POINT_001"), 409);
    EXPECT_EQ(status("POINT_002"), 400);
}

TEST(Language_, is_korean_unless_english_is_preferred)  // SH-API-10
{
    EXPECT_EQ(language_of(""), Language::korean);
    EXPECT_EQ(language_of("en"), Language::english);
    EXPECT_EQ(language_of("en-US,en;q=0.9"), Language::english);
    EXPECT_EQ(language_of("ko-KR,ko;q=0.9,en;q=0.8"), Language::korean);
    EXPECT_EQ(language_of("fr"), Language::korean);
    EXPECT_EQ(language_of("ko;q=0.1, EN-gb;q=0.2"), Language::english);
    EXPECT_EQ(language_of("en;q=0"), Language::korean);
    EXPECT_EQ(language_of(";;;,,,q="), Language::korean);
}

TEST(Accept, finds_problem_json)
{
    EXPECT_TRUE(accepts_problem_json("application/problem+json"));
    EXPECT_TRUE(accepts_problem_json("text/html, application/problem+json;q=0.5"));
    EXPECT_FALSE(accepts_problem_json("application/json"));
    EXPECT_FALSE(accepts_problem_json("application/problem+json;q=0"));
}

}  // namespace
}  // namespace jangteo::edge
