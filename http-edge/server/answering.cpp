#include "http-edge/server/answering.hpp"

#include "http-edge/server/descriptions.hpp"
#include "http-edge/server/errors.hpp"
#include "http-edge/server/header_rules.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/postgres/session.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace jangteo::edge {

using std::chrono::system_clock;

namespace {

/// Counts a request among those in flight as long as it lives.
class InFlight {
public:
    explicit InFlight(std::int64_t* count) : count_(count)
    {
        if (count_ != nullptr) ++*count_;
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight()
    {
        if (count_ != nullptr) --*count_;
    }

private:
    std::int64_t* count_;
};

}  // namespace

std::int64_t* Answering::counter(Kind kind)
{
    switch (kind) {
        case Kind::command: return &parts_.metrics.commands_in_flight;
        case Kind::query: return &parts_.metrics.queries_in_flight;
        case Kind::operations: return nullptr;
    }
    return nullptr;
}

std::optional<Problem> Answering::turned_away(const Request& request, const Router::Match& match, bool has_body)
{
    if (match.route == nullptr) {
        if (match.allowed.empty()) return Problem("COMMON_404");
        return Problem("COMMON_405", R"({"allowed":")" + match.allowed + R"("})");
    }
    const auto kind = match.route->kind;
    const auto& metrics = parts_.metrics;
    const bool too_many_commands =
        kind == Kind::command && (metrics.commands_in_flight >= static_cast<std::int64_t>(limits_.commands_in_flight) ||
                                  (parts_.commands_overloaded && parts_.commands_overloaded()));
    const bool too_many_queries =
        kind == Kind::query && metrics.queries_in_flight >= static_cast<std::int64_t>(limits_.queries_in_flight);
    if (too_many_commands || too_many_queries) {
        parts_.metrics.shed(too_many_commands ? "command" : "query");
        return Problem("COMMON_503").retry_after(jittered_retry_seconds());
    }
    const bool form = match.route->content == Content::form;
    if (has_body && !(form ? is_form(request.content_type) : is_json(request.content_type))) {
        return Problem("COMMON_415");
    }
    return std::nullopt;
}

Awaitable<Response> Answering::respond(const Request& request, const Router::Match& match, std::optional<Problem> early)
{
    const InFlight in_flight(early || match.route == nullptr ? nullptr : counter(match.route->kind));
    auto trace = trace_of(request.correlation_id, request.traceparent);
    const auto correlation_id = events::to_string(trace.correlation_id);
    const ErrorStyle style{language_of(request.accept_language), accepts_problem_json(request.accept), request.path,
                           correlation_id};
    static const Route nowhere{Method::other, "(none)", nullptr, Who::anyone, Kind::operations};
    Exchange exchange{.request = request,
                      .route = match.route != nullptr ? *match.route : nowhere,
                      .parameters = match.parameters,
                      .services = parts_.services,
                      .member = std::nullopt,
                      .trace = std::move(trace),
                      .style = style,
                      .position = {},
                      .replayed = false};
    Response response;
    try {
        if (request.preflight) {
            response = preflight_response(parts_.browsers, request);
        } else {
            admit(exchange, std::move(early));
            if (request.described != nullptr) check_query(*request.described, request);
            response = co_await exchange.route.handler(exchange);
        }
    } catch (const Problem& problem) {
        response = error_response(problem, style);
    } catch (const postgres::Unavailable& error) {
        response = failed(error, "COMMON_503", style);
    } catch (const postgres::StatementError& error) {
        // Read models make their own tables, some time after the first edge may be up.
        response = failed(error, error.missing_table() ? "COMMON_503" : "COMMON_500", style);
    } catch (const kafka::Error& error) {
        response = failed(error, "COMMON_503", style);
    } catch (const std::exception& error) {
        response = failed(error, "COMMON_500", style);
    }
    if (parts_.check_answers && request.described != nullptr && !request.preflight) {
        const auto found = difference(*request.described, response);
        if (!found.empty()) response = failed(std::logic_error("not in the document: " + found), "COMMON_500", style);
    }
    if (match.route == nullptr && !match.allowed.empty()) response.headers.emplace_back("Allow", match.allowed);
    response.headers.emplace_back("X-Correlation-Id", correlation_id);
    response.headers.emplace_back("traceparent", std::move(exchange.trace.traceparent));
    if (exchange.allowance) {
        response.headers.emplace_back("X-RateLimit-Limit", std::to_string(exchange.allowance->limit));
        response.headers.emplace_back("X-RateLimit-Remaining", std::to_string(exchange.allowance->remaining));
        response.headers.emplace_back("X-RateLimit-Reset", std::to_string(exchange.allowance->resets_at));
    }
    add_cross_origin_headers(parts_.browsers, request, response);
    if (!exchange.position.empty()) response.headers.emplace_back("X-Position", exchange.position.text());
    if (exchange.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
    co_return response;
}

/// Callers hear that something failed; what it was stays in here.
Response Answering::failed(const std::exception& error, std::string_view code, const ErrorStyle& style)
{
    parts_.log_error(std::string(style.path) + ' ' + std::string(style.correlation_id) + ": " + error.what());
    Problem problem(code);
    if (code == "COMMON_503") problem.retry_after(jittered_retry_seconds());
    return error_response(problem, style);
}

/// Whoever is refused has asked all the same: with a wrong token it counts for the address.
void Answering::admit(Exchange& exchange, std::optional<Problem> early)
{
    std::optional<Problem> refusal = std::move(early);
    if (!refusal) {
        try {
            authorize(exchange);
        } catch (const Problem& problem) {
            refusal = problem;
        }
    }
    if (parts_.admit) parts_.admit(exchange);
    if (refusal) throw Problem(*refusal);
}

/// SH-AUTH-08, SH-AUTH-11.
void Answering::authorize(Exchange& exchange)
{
    const auto who = exchange.route.who;
    if (who == Who::anyone || who == Who::gateway) return recognize(exchange);
    const auto caller = verified(exchange.request);
    exchange.member = caller;
    // Analysts look on; only their own coming and going they may command.
    if (caller.role == Role::analyst && exchange.route.kind == Kind::command &&
        !exchange.route.pattern.starts_with("/api/v1/auth/")) {
        throw Problem("AUTH_004");
    }
    switch (who) {
        case Who::anyone:
        case Who::gateway:
        case Who::member: return;
        case Who::owner:
            if (!caller.may_act_for(exchange.id<events::UserId>("userId", "USER_001"))) throw Problem("COMMON_403");
            return;
        case Who::seller_or_admin:
            if (caller.role != Role::seller && !caller.admin()) throw Problem("AUTH_004");
            return;
        case Who::analyst_or_admin:
            if (caller.role != Role::analyst && !caller.admin()) throw Problem("AUTH_004");
            return;
        case Who::admin:
            if (!caller.admin()) throw Problem("AUTH_004");
            return;
    }
}

Caller Answering::verified(const Request& request)
{
    const auto caller = parts_.tokens.verify(authorization_of(parts_.browsers, request), system_clock::now());
    if (parts_.check_caller) parts_.check_caller(caller);
    return caller;
}

/// Nobody has to say who they are here; who does, sees what they wrote. A token that is no good changes nothing.
void Answering::recognize(Exchange& exchange)
{
    if (exchange.request.authorization.empty() && exchange.request.cookie.empty()) return;
    try {
        exchange.member = verified(exchange.request);
    } catch (const Problem&) {
    }
}

}  // namespace jangteo::edge
