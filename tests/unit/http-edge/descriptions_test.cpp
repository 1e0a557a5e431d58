// What the routes say of themselves, and that neither a handler nor an answer can say anything else.
#include "http-edge/server/descriptions.hpp"

#include "events/schemas.hpp"
#include "http-edge/server/body.hpp"
#include "http-edge/server/description.hpp"
#include "http-edge/server/form.hpp"

#include <gtest/gtest.h>
#include <array>
#include <boost/json.hpp>

namespace jangteo::edge {
namespace {

Awaitable<Response> nothing(Exchange&)
{
    co_return Response{};
}

const std::array mugs{Route{Method::put, "/mugs/:mugId", nothing, Who::admin, Kind::command},
                      Route{Method::get, "/mugs", nothing, Who::anyone, Kind::query}};

constexpr std::string_view server_types = R"({"types": {
    "Error": {"type": "object", "properties": {"success": {"const": false}, "message": {"type": "string"},
              "error": {"type": "object"}}},
    "Problem": {"type": "object"},
    "Pagination": {"type": "object", "required": ["currentPage"]}}, "operations": {}})";
constexpr std::string_view commands_types = R"({"types": {"Running": {"type": "object"}}, "operations": {}})";
constexpr std::string_view mugs_file = R"({
    "types": {"Mug": {"type": "object", "required": ["colour"], "properties": {"colour": {"type": "string"}}}},
    "operations": {
        "PUT /mugs/:mugId": {
            "summary": "Put a mug",
            "keyDemanded": true,
            "body": {"type": "object", "required": ["colour", "handles"], "properties": {
                "colour": {"type": "string", "enum": ["white", "blue"]},
                "handles": {"type": "array", "minItems": 1, "maxItems": 2, "items": {
                    "type": "object", "required": ["length"],
                    "properties": {"length": {"type": "integer", "minimum": 1, "maximum": 20}}}}}},
            "answers": {"200": {"$ref": "#/components/schemas/mugs.Mug"}},
            "errors": ["ORD_001"]},
        "GET /mugs": {
            "summary": "All mugs",
            "paged": true,
            "query": {"colour": {"type": "string", "enum": ["white", "blue"]}},
            "answers": {"200": {"type": "array", "items": {"$ref": "#/components/schemas/mugs.Mug"}}}}}})";

const std::array<DescriptionFile, 3> files{
    {{"commands", commands_types}, {"mugs", mugs_file}, {"server", server_types}}};

std::string why(std::span<const Route> routes, std::span<const DescriptionFile> described)
{
    try {
        Descriptions{routes, described, {}};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

/// By field, in the order in which they are told.
std::vector<std::string> wrong_fields(const std::function<void()>& read)
{
    std::vector<std::string> fields;
    try {
        read();
    } catch (const Problem& problem) {
        for (const auto& error : problem.errors()) fields.push_back(error.field);
    }
    return fields;
}

class Described : public ::testing::Test {
protected:
    Request request_of(const Route& route, std::string_view body = {})
    {
        Request request;
        request.body = body;
        request.described = &descriptions.of(route);
        return request;
    }
    [[nodiscard]] std::string different(const Route& route, Response response) const
    {
        return difference(descriptions.of(route), response);
    }

    Descriptions descriptions{mugs, files, {}};
    const Route& put = mugs[0];
    const Route& list = mugs[1];
};

TEST(Descriptions, are_of_every_route_and_of_no_other)
{
    EXPECT_EQ(why(mugs, files), "");
    const std::array more{mugs[0], mugs[1], Route{Method::erase, "/mugs/:mugId", nothing, Who::admin, Kind::command}};
    EXPECT_EQ(why(more, files), "no http-edge/<room>/api.json describes DELETE /mugs/:mugId");
    EXPECT_EQ(why(std::span(mugs).first(1), files),
              "http-edge/mugs/api.json describes GET /mugs: that is no route, or described twice");
    auto twice = std::vector(files.begin(), files.end());
    twice.push_back({"cups", R"({"types":{},"operations":{"GET /mugs":{"summary":"","answers":{}}}})"});
    EXPECT_NE(why(mugs, twice).find("described twice"), std::string::npos);
}

TEST(Descriptions, refer_to_nothing_that_is_not_there)
{
    auto unknown = std::vector(files.begin(), files.end());
    unknown[1].json = R"({"types":{"Mug":{"$ref":"#/components/schemas/mugs.Cup"}},"operations":{}})";
    EXPECT_EQ(why({}, unknown), "a description refers to mugs.Cup: nobody has it");
    unknown[1].json = R"({"types":{},"operations":{"GET /mugs":{"summary":"","answers":{},"errors":["MUG_001"]}}})";
    EXPECT_EQ(why(std::span(mugs).last(1), unknown), "there is no code MUG_001");
}

TEST_F(Described, a_body_is_told_every_wrong_field_that_the_schema_finds)
{
    const auto request = request_of(put, R"({"colour":"red","handles":[{"length":0},{"width":3}],"more":1})");
    const auto fields = wrong_fields([&] { BodyReader(request).check(); });
    EXPECT_EQ(fields, (std::vector<std::string>{"colour", "handles[0].length", "handles[1].length"}));
    const auto missing = request_of(put, R"({"colour":null})");
    EXPECT_EQ(wrong_fields([&] { BodyReader(missing).check(); }), (std::vector<std::string>{"colour", "handles"}));
    EXPECT_NO_THROW(BodyReader(request_of(put, R"({"colour":"blue","handles":[{"length":20}]})")).check());
}

TEST_F(Described, a_handler_cannot_take_a_field_of_which_nothing_is_said)
{
    const auto request = request_of(put, R"({"colour":"blue","size":3,"handles":[{"length":2,"width":3}]})");
    BodyReader body(request);
    const auto fields = body.fields();
    EXPECT_EQ(fields.text("colour", 1, 20), "blue");
    EXPECT_THROW(static_cast<void>(fields.optional_integer("size", 1, 9)), std::logic_error);
    EXPECT_THROW(static_cast<void>(fields.has("size")), std::logic_error);
    fields.each("handles", 1, 2, [](const Fields& handle, std::size_t) {
        EXPECT_EQ(handle.integer("length", 1, 20), 2);
        EXPECT_THROW(static_cast<void>(handle.integer("width", 1, 9)), std::logic_error);
    });
    EXPECT_THROW(BodyReader{request_of(list, "{}")}, std::logic_error);
    EXPECT_THROW(static_cast<void>(FormReader(request_of(put, "size=3")).find("size")), std::logic_error);
}

TEST_F(Described, a_query_is_told_every_wrong_parameter)
{
    auto request = request_of(list);
    request.query = {{"colour", "red"}, {"limit", "101"}, {"page", "two"}, {"unheard", "of"}};
    const auto fields = wrong_fields([&] { check_query(descriptions.of(list), request); });
    EXPECT_EQ(fields, (std::vector<std::string>{"colour", "limit", "page"}));
    request.query = {{"colour", "blue"}, {"limit", "100"}, {"page", "2"}};
    EXPECT_NO_THROW(check_query(descriptions.of(list), request));
    EXPECT_EQ(*request.parameter("colour"), "blue");
    EXPECT_THROW(static_cast<void>(request.parameter("unheard")), std::logic_error);
}

TEST_F(Described, an_answer_has_what_the_document_has)
{
    EXPECT_EQ(different(put, success_response(200, R"({"colour":"blue"})")), "");
    EXPECT_EQ(different(put, success_response(200, R"({"colour":"blue","size":3})")),
              "data.size is not in the document");
    EXPECT_EQ(different(put, success_response(200, "{}")), "data.colour is required");
    EXPECT_EQ(different(put, success_response(201, R"({"colour":"blue"})")), "the status 201");
    EXPECT_EQ(different(put, error_response(Problem("ORD_001"), {})), "");
    EXPECT_EQ(different(put, error_response(Problem("PROD_001"), {})), "the code PROD_001");
    EXPECT_EQ(different(put, Response{200, "blue", "text/plain"}), "the type text/plain");
    // A list is in pages.
    EXPECT_EQ(different(list, success_response(200, "[]")), "pagination is required");
}

TEST_F(Described, a_command_may_still_run_and_its_caller_be_refused)
{
    EXPECT_EQ(different(put, success_response(202, "{}")), "");
    EXPECT_EQ(different(list, success_response(202, "{}")), "the status 202");
    for (const auto* code : {"AUTH_004", "COMMON_409", "COMMON_422", "USER_003"}) {
        EXPECT_EQ(different(put, error_response(Problem(code), {})), "") << code;
        EXPECT_NE(different(list, error_response(Problem(code), {})), "") << code;
    }
}

TEST_F(Described, the_document_has_the_routes)
{
    const auto document = boost::json::parse(descriptions.document());
    EXPECT_EQ(document.at("openapi"), "3.1.0");
    const auto& operation = document.at("paths").at("/mugs/{mugId}").at("put");
    EXPECT_EQ(operation.at("operationId"), "put_mugs_mugId");
    EXPECT_EQ(operation.at("parameters").at(0).at("name"), "mugId");
    EXPECT_EQ(operation.at("parameters").at(1).at("$ref"), "#/components/parameters/DemandedIdempotencyKey");
    EXPECT_EQ(operation.at("security").as_array().size(), 2U);
    EXPECT_TRUE(operation.at("responses").as_object().contains("404"));
    EXPECT_EQ(document.at("paths").at("/mugs").at("get").at("security").as_array().size(), 0U);
    EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("mugs.Mug"));
}

}  // namespace
}  // namespace jangteo::edge
