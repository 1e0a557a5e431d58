#include "http-edge/server/document.hpp"

#include "http-edge/server/errors.hpp"

#include <boost/json.hpp>
#include <map>
#include <set>
#include <vector>

namespace jangteo::edge {

namespace json = boost::json;

namespace {

constexpr std::string_view about =
    "An event-sourced market place. A command is answered when what it asks for is settled; when that takes longer "
    "than "
    "the caller waits (`Prefer: wait=N`), with 202 and the address where its outcome can be asked.\n\n"
    "Every error is one of a list of codes, in Korean, or in English when `Accept-Language` prefers that; as RFC 9457 "
    "for "
    "those who accept `application/problem+json`. What is no request of HTTP/1.1 that this edge takes is refused "
    "before "
    "any route is looked for: 405, 417, 501 and 505 are answers of the connection and stand at no operation.\n\n"
    "Every answer has `X-Correlation-Id`. A query that says back the `X-Position` of an answer sees what that caller "
    "saw.";

json::object reference(std::string_view kind, std::string_view name)
{
    std::string to("#/components/");
    to += kind;
    to += '/';
    to += name;
    return {{"$ref", to}};
}

/// `/api/v1/orders/:orderId` is `/api/v1/orders/{orderId}`.
std::string path_of(std::string_view pattern, std::vector<std::string>& parameters)
{
    std::string path;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const auto segment = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(segment.size());
        path += '/';
        if (!segment.starts_with(':')) {
            path += segment;
            continue;
        }
        parameters.emplace_back(segment.substr(1));
        path += '{' + parameters.back() + '}';
    }
    return path;
}

/// Named by what it does to what: `post_orders_orderId_cancel`.
std::string operation_id(const Route& route)
{
    std::string id(to_text(route.method));
    for (auto& c : id) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    auto pattern = route.pattern;
    constexpr std::string_view version = "/api/v1";
    if (pattern.starts_with(version)) pattern.remove_prefix(version.size());
    for (const char c : pattern) {
        if (c == ':') continue;
        id += c == '/' || c == '.' || c == '-' ? '_' : c;
    }
    return id;
}

std::string_view who_may(Who who)
{
    switch (who) {
        case Who::anyone: return "Anybody may.";
        case Who::gateway: return "For payment gateways, which have no token.";
        case Who::member: return "With a token; what is somebody else's is refused.";
        case Who::owner: return "By the user of the path, or an admin.";
        case Who::seller_or_admin: return "By sellers and admins.";
        case Who::analyst_or_admin: return "By analysts and admins.";
        case Who::admin: return "By admins.";
    }
    return {};
}

json::array parameters_of(const Description& description, const std::vector<std::string>& in_path)
{
    json::array parameters;
    const bool file = description.route->pattern.ends_with(":file");
    for (const auto& name : in_path) {
        json::object schema{{"type", "string"}};
        if (!file) schema["format"] = "uuid";
        parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", schema}});
    }
    if (const auto* query = description.says.if_contains("query")) {
        for (const auto& [name, schema] : query->as_object()) {
            parameters.push_back({{"name", name}, {"in", "query"}, {"schema", schema}});
        }
    }
    const auto& route = *description.route;
    if (route.kind == Kind::command && route.who != Who::gateway) {
        parameters.push_back(
            reference("parameters", description.key_demanded() ? "DemandedIdempotencyKey" : "IdempotencyKey"));
        parameters.push_back(reference("parameters", "Prefer"));
    }
    if (route.kind == Kind::query) parameters.push_back(reference("parameters", "Position"));
    return parameters;
}

json::object request_body(const Description& description)
{
    const auto type =
        description.route->content == Content::form ? "application/x-www-form-urlencoded" : "application/json";
    return {{"required", !description.body_may_be_missing()}, {"content", {{type, {{"schema", *description.body()}}}}}};
}

json::object success(const Description& description, const std::string& status)
{
    json::object content;
    const auto schema = success_schema(description, status);
    if (!schema.is_null()) content["application/json"] = {{"schema", schema}};
    const auto other = description.other_type(status);
    if (!other.empty() && other != "bare") content[other] = {{"schema", {{"type", "string"}}}};
    return {{"description", status == "202" ? "It is on its way." : "As asked."},
            {"headers", {{"X-Position", reference("headers", "Position")}}},
            {"content", content}};
}

/// All errors of one status, with the words of each.
json::object failure(const std::vector<const ErrorKind*>& kinds)
{
    std::string words;
    json::array codes;
    for (const auto* kind : kinds) {
        if (!words.empty()) words += '\n';
        words += "- `";
        words += kind->code;
        words += "` ";
        words += kind->name;
        words += ": ";
        words += kind->english;
        codes.emplace_back(kind->code);
    }
    const json::object code{{"properties", {{"code", {{"enum", codes}}}}}};
    const json::object within{{"properties", {{"error", code}}}};
    return {
        {"description", words},
        {"content",
         {{"application/json", {{"schema", {{"allOf", {reference("schemas", "server.Error"), within}}}}}},
          {"application/problem+json", {{"schema", {{"allOf", {reference("schemas", "server.Problem"), code}}}}}}}}};
}

/// Many operations fail alike: what they say of it stands once, named by the codes.
json::object shared_failure(const std::vector<const ErrorKind*>& kinds, json::object& shared)
{
    std::string name;
    for (const auto* kind : kinds) {
        if (!name.empty()) name += '.';
        name += kind->code;
    }
    if (!shared.contains(name)) shared[name] = failure(kinds);
    return reference("responses", name);
}

/// By status. One that is both (`/ready` says 503 in its own words) is either of the two.
json::object responses_of(const Description& description, json::object& shared)
{
    std::map<std::string, std::vector<const ErrorKind*>> failures;
    for (const auto& code : description.codes) {
        const auto& kind = error_kind(code);
        failures[std::to_string(kind.status)].push_back(&kind);
    }
    std::map<std::string, json::object> responses;
    for (const auto& [key, data] : description.says.at("answers").as_object()) {
        const std::string status(key);
        responses[status] = success(description, status);
        const auto fails_as_well = failures.find(status);
        if (fails_as_well == failures.end()) continue;
        auto either = failure(fails_as_well->second);
        auto& schema = either["content"].as_object()["application/json"].as_object()["schema"];
        schema = json::object{{"anyOf", json::array{schema, success_schema(description, status)}}};
        responses[status] = std::move(either);
    }
    for (const auto& [status, kinds] : failures) {
        if (!responses.contains(status)) responses[status] = shared_failure(kinds, shared);
    }
    json::object ordered;
    for (auto& [status, response] : responses) ordered[status] = std::move(response);
    return ordered;
}

json::object operation(const Description& description, const std::vector<std::string>& in_path, json::object& shared)
{
    const auto& route = *description.route;
    std::string text;
    if (const auto* own = description.says.if_contains("description")) text += std::string_view(own->as_string());
    if (!text.empty()) text += ' ';
    text += who_may(route.who);
    json::object operation{{"operationId", operation_id(route)},
                           {"tags", json::array{description.context}},
                           {"summary", description.says.at("summary")},
                           {"description", text},
                           {"parameters", parameters_of(description, in_path)},
                           {"responses", responses_of(description, shared)}};
    if (description.body() != nullptr) operation["requestBody"] = request_body(description);
    const bool open = route.who == Who::anyone || route.who == Who::gateway;
    json::array security;
    if (!open) security = {{{"token", json::array()}}, {{"cookie", json::array()}}};
    operation["security"] = security;
    return operation;
}

void collect(const json::value& value, const Schemas& schemas, std::set<std::string>& names)
{
    if (const auto* array = value.if_array()) {
        for (const auto& item : *array) collect(item, schemas, names);
    }
    const auto* object = value.if_object();
    if (object == nullptr) return;
    for (const auto& [key, member] : *object) {
        if (key != "$ref" || !member.is_string()) {
            collect(member, schemas, names);
            continue;
        }
        constexpr std::string_view place = "#/components/schemas/";
        const std::string_view to = member.get_string();
        if (!to.starts_with(place)) continue;
        const std::string name(to.substr(place.size()));
        if (names.insert(name).second) collect(schemas.components().at(name), schemas, names);
    }
}

json::object parameter(std::string_view name, std::string_view description, const json::object& schema)
{
    return {{"name", name}, {"in", "header"}, {"description", description}, {"schema", schema}};
}

json::object key_parameter(bool demanded)
{
    auto key = parameter("Idempotency-Key",
                         "The same key with the same request is answered as the first time; with another, 422.",
                         {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}, {"pattern", "^[!-~]+$"}});
    key["required"] = demanded;
    return key;
}

json::object components(const json::object& paths, const json::object& failures, const Schemas& schemas)
{
    std::set<std::string> names;
    collect(paths, schemas, names);
    collect(failures, schemas, names);
    json::object used;
    for (const auto& name : names) used[name] = schemas.components().at(name);
    return {
        {"schemas", used},
        {"responses", failures},
        {"parameters",
         {{"IdempotencyKey", key_parameter(false)},
          {"DemandedIdempotencyKey", key_parameter(true)},
          {"Prefer", parameter("Prefer", "`wait=N`: how many seconds to wait for the outcome; `respond-async`: none.",
                               {{"type", "string"}, {"pattern", "^(wait=[0-9]{1,3}|respond-async)$"}})},
          {"Position",
           parameter("X-Position", "Of an earlier answer: what it has seen, this query sees.", {{"type", "string"}})}}},
        {"headers",
         {{"Position", {{"description", "How far the log has come with this."}, {"schema", {{"type", "string"}}}}}}},
        {"securitySchemes",
         {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}},
          {"cookie", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "__Host-jangteo_access"}}}}}};
}

}  // namespace

std::string openapi(std::span<const Description* const> descriptions, const Schemas& schemas)
{
    json::object paths;
    json::object failures;
    for (const auto* description : descriptions) {
        std::vector<std::string> in_path;
        const auto path = path_of(description->route->pattern, in_path);
        auto& item = paths[path];
        if (item.is_null()) item = json::object();
        auto id = operation_id(*description->route);
        item.as_object()[id.substr(0, id.find('_'))] = operation(*description, in_path, failures);
    }
    const json::object document{{"openapi", "3.1.0"},
                                {"info", {{"title", "Jangteo"}, {"version", "1"}, {"description", about}}},
                                {"servers", json::array{{{"url", "/"}}}},
                                {"paths", paths},
                                {"components", components(paths, failures, schemas)}};
    return json::serialize(document);
}

}  // namespace jangteo::edge
