#include "http-edge/commands/commands.hpp"

#include "events/codec.hpp"
#include "events/orders.hpp"
#include "http-edge/server/commanding.hpp"

#include <boost/json.hpp>
#include <utility>

namespace jangteo::edge::commands {

namespace {

/// An outcome that names a user is that user's business; one that names none (stock, a refusal) is told to whoever knows
/// the command's id.
bool may_see(const Caller& caller, const Answer& answer)
{
    boost::json::error_code error;
    const auto value = boost::json::parse(answer.value, error);
    if (error || !value.is_object()) return caller.admin();
    const auto* user = value.get_object().if_contains("userId");
    if (user == nullptr || !user->is_string()) return true;
    const auto id = events::UserId::parse(std::string_view(user->get_string()));
    return id && caller.may_act_for(*id);
}

std::string head(const events::Uuid& command, std::string_view status)
{
    std::string json = R"({"commandId":)";
    events::append_json(json, command);
    json += R"(,"status":)";
    events::append_json(json, status);
    return json;
}

std::string refusal_json(const Exchange& x, std::string_view code, std::string_view details)
{
    const auto& kind = error_kind(code);
    std::string json = R"(,"error":{"code":)";
    events::append_json(json, code);
    json += R"(,"name":)";
    events::append_json(json, kind.name);
    json += R"(,"httpStatus":)" + std::to_string(kind.status);
    json += R"(,"message":)";
    events::append_json(json, kind.message(x.style.language));
    json += R"(,"details":)";
    json += details;
    return json + '}';
}

Response settled(Exchange& x, const events::Uuid& command, const Answer& answer)
{
    if (!may_see(x.caller(), answer)) throw Problem("COMMON_403");
    x.position = answer.position;
    x.services.callers.saw(x.caller().user_id, answer.position);
    if (answer.rejected()) {
        const auto rejection = events::rejection_from_json(answer.value);
        const auto details = events::details_to_json(rejection.details);
        return success_response(200, head(command, "refused") + refusal_json(x, rejection.code, details) + '}');
    }
    if (is<events::orders::OrderRefused>(answer)) {
        const auto refused = read<events::orders::OrderRefused>(answer);
        return success_response(200,
                                head(command, "refused") + refusal_json(x, refused.code, refused.details.text) + '}');
    }
    std::string json = head(command, "done") + R"(,"type":)";
    events::append_json(json, answer.type);
    json += R"(,"result":)" + answer.value + '}';
    return success_response(200, json);
}

}  // namespace

Awaitable<std::optional<KnownOutcome>> find_outcome(QueryPool& queries, events::Uuid command)
{
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(command);
    const auto rows = co_await queries.query(
        "SELECT type, value, position, fingerprint FROM read_commands.outcomes WHERE command_id = $1",
        std::move(parameters));
    std::optional<KnownOutcome> outcome;
    if (!rows.empty()) {
        outcome.emplace();
        outcome->answer.type = rows.text(0, 0);
        outcome->answer.value = rows.text(0, 1);
        outcome->answer.position = events::Position::parse(rows.text(0, 2));
        outcome->fingerprint = static_cast<std::uint64_t>(rows.integer(0, 3));
    }
    co_return outcome;
}

Awaitable<Response> show(Exchange& x)
{
    const auto command = x.id<events::CommandId>("id").value;
    if (const auto answer = x.services.desk.known(command)) co_return settled(x, command, *answer);
    const auto outcome = co_await find_outcome(x.services.queries, command);
    if (outcome) co_return settled(x, command, outcome->answer);
    bool running = x.services.desk.running(command);
    if (!running) {
        // Placed and not settled: another edge, or a former life of this one, took it.
        std::vector<postgres::Parameter> parameters;
        parameters.emplace_back(events::uuid_v5(command, "order"));
        const auto rows = co_await x.services.queries.query("SELECT 1 FROM read_orders.orders WHERE order_id = $1",
                                                            std::move(parameters));
        running = !rows.empty();
    }
    if (!running) throw Problem("COMMON_404");
    auto response = success_response(200, head(command, "running") + '}');
    response.headers.emplace_back("Retry-After", "1");
    co_return response;
}

}  // namespace jangteo::edge::commands
