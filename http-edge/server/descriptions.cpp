#include "http-edge/server/descriptions.hpp"

#include "events/schema_components.hpp"
#include "http-edge/server/description.hpp"
#include "http-edge/server/document.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/header_rules.hpp"
#include "http-edge/server/pagination.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <map>
#include <stdexcept>

namespace jangteo::edge {

namespace json = boost::json;

namespace {

json::object to_component(std::string_view name)
{
    std::string reference("#/components/schemas/");
    reference += name;
    return {{"$ref", reference}};
}

/// What a command is answered with that is not settled in time (server/commanding.cpp), beside what it says itself.
void add_running(json::object& answers)
{
    auto running = to_component("commands.Running");
    auto& accepted = answers["202"];
    if (accepted.is_null()) {
        accepted = std::move(running);
    } else {
        accepted = json::object{{"anyOf", json::array{accepted, std::move(running)}}};
    }
}

void add_page(json::object& says)
{
    auto& query = says["query"];
    if (query.is_null()) query = json::object();
    query.as_object()["page"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", deepest_row}, {"default", 1}};
    query.as_object()["limit"] = {
        {"type", "integer"}, {"minimum", 1}, {"maximum", largest_page_limit}, {"default", Page{}.limit}};
}

/// What can go wrong with any request of this kind, before a handler sees it.
std::set<std::string> usual_codes(const Route& route, bool has_body)
{
    std::set<std::string> codes{"COMMON_400", "COMMON_408", "COMMON_414", "COMMON_431", "COMMON_500", "COMMON_503"};
    if (has_body) codes.insert({"COMMON_413", "COMMON_415"});
    if (route.pattern.find(':') != std::string_view::npos) codes.insert("COMMON_404");
    if (route.kind != Kind::operations && route.who != Who::gateway) codes.insert("COMMON_429");
    // (A length has to be said with every command, of which most have a body.)
    if (route.kind == Kind::command) codes.insert({"COMMON_409", "COMMON_411", "COMMON_422"});
    if (route.who == Who::anyone || route.who == Who::gateway) return codes;
    codes.insert({"AUTH_002", "AUTH_003", "AUTH_007", "USER_003"});
    if (route.who == Who::owner) codes.insert({"COMMON_403", "USER_001"});
    if (route.who == Who::seller_or_admin || route.who == Who::analyst_or_admin || route.who == Who::admin)
        codes.insert("AUTH_004");
    return codes;
}

void add_own_codes(Description& description)
{
    const auto* own = description.says.if_contains("errors");
    if (own == nullptr) return;
    for (const auto& code : own->as_array()) {
        const std::string_view text = code.as_string();
        if (error_kind(text).code != text) throw std::runtime_error("there is no code " + std::string(text));
        description.codes.emplace(text);
    }
}

std::string key_of(const Route& route)
{
    std::string key(to_text(route.method));
    key += ' ';
    return key += route.pattern;
}

/// What the edge itself adds to every description of a route.
Description completed(const Route& route, std::string context, json::object says, const Schemas& schemas)
{
    Description description{&route, &schemas, std::move(context), std::move(says)};
    description.codes = usual_codes(route, description.body() != nullptr);
    add_own_codes(description);
    if (description.paged()) add_page(description.says);
    if (route.kind == Kind::command && route.who != Who::gateway) add_running(description.says["answers"].as_object());
    schemas.check_references(description.says);
    return description;
}

json::object components_of(std::span<const DescriptionFile> files, std::span<const events::SchemaFile> messages)
{
    auto components = events::type_components(messages);
    for (const auto& file : files) {
        const auto content = json::parse(file.json);
        for (const auto& [name, schema] : content.at("types").as_object()) {
            std::string key(file.context);
            key += '.';
            key += name;
            if (components.contains(key)) throw std::runtime_error(key + " is a type of the messages already");
            components[key] = schema;
        }
    }
    return components;
}

/// A parameter of the query as the JSON value that its schema speaks of.
json::value value_of(const Schemas& schemas, const json::value& schema, const std::string& text)
{
    const auto* type = schemas.resolved(schema).as_object().if_contains("type");
    if (type == nullptr || *type != "integer") return json::value(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return json::value(text);
    return json::value(number);
}

std::string told(const std::vector<FieldError>& errors)
{
    std::string text;
    for (const auto& error : errors) {
        if (!text.empty()) text += "; ";
        text += error.field + ' ' + error.reason.english;
    }
    return text;
}

}  // namespace

struct Descriptions::Impl {
    explicit Impl(json::object components) : schemas(std::move(components)) {}

    Schemas schemas;
    std::map<const Route*, Description> by_route;
    std::string document;
};

Descriptions::Descriptions(std::span<const Route> routes, std::span<const DescriptionFile> files,
                           std::span<const events::SchemaFile> messages)
    : impl_(std::make_unique<Impl>(components_of(files, messages)))
{
    std::map<std::string, const Route*> undescribed;
    for (const auto& route : routes) undescribed.emplace(key_of(route), &route);
    for (const auto& file : files) {
        const auto content = json::parse(file.json);
        for (const auto& [key, says] : content.at("operations").as_object()) {
            const auto found = undescribed.find(std::string(key));
            if (found == undescribed.end()) {
                throw std::runtime_error("http-edge/" + std::string(file.context) + "/api.json describes " +
                                         std::string(key) + ": that is no route, or described twice");
            }
            const auto& route = *found->second;
            impl_->by_route.emplace(&route,
                                    completed(route, std::string(file.context), says.as_object(), impl_->schemas));
            undescribed.erase(found);
        }
    }
    if (!undescribed.empty()) {
        throw std::runtime_error("no http-edge/<room>/api.json describes " + undescribed.begin()->first);
    }
    std::vector<const Description*> in_order;
    in_order.reserve(routes.size());
    for (const auto& route : routes) in_order.push_back(&of(route));
    impl_->document = openapi(in_order, impl_->schemas);
}

Descriptions::~Descriptions() = default;

const Description& Descriptions::of(const Route& route) const
{
    return impl_->by_route.at(&route);
}

const std::string& Descriptions::document() const
{
    return impl_->document;
}

json::value success_schema(const Description& description, const std::string& status)
{
    const auto* data = description.says.at("answers").as_object().if_contains(status);
    if (data == nullptr || data->is_bool()) return nullptr;
    if (description.other_type(status) == "bare") return *data;
    json::object properties{
        {"success", json::object{{"const", true}}}, {"message", json::object{{"type", "string"}}}, {"data", *data}};
    json::array required{"success", "data"};
    if (description.paged()) {
        properties["pagination"] = to_component("server.Pagination");
        required.emplace_back("pagination");
    }
    return json::object{{"type", "object"}, {"required", required}, {"properties", properties}};
}

void check_query(const Description& description, const Request& request)
{
    std::vector<FieldError> errors;
    for (const auto& [name, text] : request.query) {
        const auto* schema = description.query(name);
        // Of several parameters of one name the first counts.
        if (schema == nullptr || request.parameter(name) != &text) continue;
        description.schemas->check(*schema, value_of(*description.schemas, *schema, text), Reading::request, name,
                                   errors);
    }
    if (!errors.empty()) throw Problem(std::move(errors));
}

std::string difference(const Description& description, const Response& response)
{
    const auto status = std::to_string(response.status);
    const bool failed = !response.error_code.empty();
    if (failed && !description.codes.contains(response.error_code)) return "the code " + response.error_code;
    if (!failed && !description.says.at("answers").as_object().contains(status)) return "the status " + status;
    const bool problem = response.content_type.starts_with("application/problem+json");
    if (!problem && !is_json(response.content_type)) {
        const auto other = description.other_type(status);
        return !other.empty() && other != "bare" ? std::string() : "the type " + std::string(response.content_type);
    }
    const json::value schema =
        failed ? to_component(problem ? "server.Problem" : "server.Error") : success_schema(description, status);
    if (schema.is_null()) return "JSON";
    json::error_code error;
    const auto body = json::parse(response.body, error);
    if (error) return "what is no JSON";
    std::vector<FieldError> errors;
    description.schemas->check(schema, body, Reading::answer, {}, errors);
    return told(errors);
}

}  // namespace jangteo::edge
