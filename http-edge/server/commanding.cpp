#include "http-edge/server/commanding.hpp"

#include "events/codec.hpp"
#include "http-edge/server/description.hpp"

#include <stdexcept>
#include <utility>

namespace jangteo::edge {

namespace {

/// Shared with GET /api/v1/commands/:id, where the answer will be.
std::string running_json(const events::Uuid& command)
{
    return R"({"commandId":")" + events::to_string(command) + R"(","status":"running"})";
}

Response still_running(const Exchange& x, const events::Uuid& command)
{
    auto response = success_response(
        202, running_json(command),
        x.style.language == Language::korean ? "요청을 처리하고 있습니다" : "The request is being processed");
    response.headers.emplace_back("Location", "/api/v1/commands/" + events::to_string(command));
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace

CommandHead head_of(const Exchange& x, const BodyReader& body)
{
    return head_of(x, body, x.member ? x.member->user_id.value : events::Uuid{});
}

CommandHead head_of(const Exchange& x, const BodyReader& body, const events::Uuid& who)
{
    const auto& request = x.request;
    const auto key = idempotency_key_of(request);
    // Unguessable: whoever knows a command's id may ask what became of it.
    if (key.empty()) return {events::CommandId{events::random_uuid()}, 0};
    return {events::CommandId{command_id_of({who}, request.method, request.path, key)},
            fingerprint_of(request.method, request.path, body.canonical())};
}

void demand_key(const Exchange& x, BodyReader& body)
{
    const auto* described = x.request.described;
    if (described != nullptr && !described->key_demanded()) {
        throw std::logic_error("the route does not say that it demands a key");
    }
    if (idempotency_key_of(x.request).empty()) {
        body.wrong("Idempotency-Key",
                   {"주문하거나 돈·포인트가 오가는 요청에는 이 헤더가 필요합니다",
                    "this header is required where something is ordered, and where money or points move"});
    }
}

namespace {

/// The aggregate has what the command asks for, and nobody in the log remembers that it was this command that brought it:
/// a repeat that came late. The read model of outcomes remembers longer. Null when it is not such a case.
Awaitable<std::shared_ptr<const Answer>> first_outcome(Exchange& x, const CommandHead& head, const Answer& answer)
{
    std::shared_ptr<const Answer> first;
    if (head.fingerprint == 0 || events::rejection_from_json(answer.value).code != "COMMON_409") co_return first;
    auto outcome = co_await x.services.desk.look_up(head.id.value);
    if (!outcome || outcome->answer.rejected()) co_return first;
    if (outcome->fingerprint != 0 && outcome->fingerprint != head.fingerprint) throw Problem("COMMON_422");
    first = std::make_shared<const Answer>(std::move(outcome->answer));
    co_return first;
}

}  // namespace

Awaitable<Response> settle(Exchange& x, events::Record command, Render render)
{
    const auto& limits = x.services.limits;
    const auto wait = wait_of(x.request.prefer, limits.usual_wait, limits.longest_wait);
    const CommandHead head{events::CommandId{command.envelope.id}, command.envelope.fingerprint};
    const auto reply = co_await x.services.desk.ask(std::move(command), wait);
    switch (reply.kind) {
        case Reply::Kind::reused: throw Problem("COMMON_422");
        case Reply::Kind::unavailable: throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
        case Reply::Kind::running: co_return still_running(x, head.id.value);
        case Reply::Kind::answered: break;
    }
    auto answer = reply.answer;
    x.replayed = reply.replayed;
    if (answer->rejected()) {
        const auto first = co_await first_outcome(x, head, *answer);
        if (first) {
            answer = first;
            x.replayed = true;
        }
    }
    x.position = answer->position;
    if (x.member) x.services.callers.saw(x.member->user_id, answer->position);
    if (answer->rejected()) {
        const auto rejection = events::rejection_from_json(answer->value);
        co_return x.refuse(rejection.code, events::details_to_json(rejection.details));
    }
    co_return render(x, *answer);
}

Awaitable<void> catch_up(Exchange& x, ReadModel model)
{
    auto wanted = events::Position::parse(x.request.position);
    if (x.member) {
        if (const auto* seen = x.services.callers.find(x.member->user_id)) wanted.merge(*seen);
    }
    if (wanted.empty()) co_return;
    const auto wait = x.services.limits.position_wait;
    const bool there = co_await x.services.positions.reached(model, std::move(wanted), wait);
    if (!there) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
}

}  // namespace jangteo::edge
