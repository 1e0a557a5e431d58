#include "events/codec.hpp"
#include "http-edge/identity/identity.hpp"
#include "http-edge/identity/stored_account.hpp"
#include "http-edge/server/json_members.hpp"

namespace jangteo::edge::identity {

using namespace events::identity;

namespace {

constexpr std::string_view open_sessions =
    "SELECT session_id, device, opened_at, refreshed_at, expires_at FROM read_accounts.sessions"
    " WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY refreshed_at DESC, session_id";

Response done(const Exchange& x, std::string_view korean, std::string_view english)
{
    return success_response(200, "{}", x.style.language == Language::korean ? korean : english);
}

Response sessions_ended(Exchange& x, const Answer& answer)
{
    // Here at once; the other edges hear of it from the log.
    const auto now = std::chrono::steady_clock::now();
    for (const auto& session : read<SessionsRevoked>(answer).session_ids) x.services.revocations.end(session, now);
    return done(x, "로그아웃되었습니다", "Logged out");
}

/// `session` empty: all of them. That there is none to end is what was asked for.
Awaitable<Response> end_of(Exchange& x, RevocationCause cause, std::optional<events::SessionId> session)
{
    const auto account = co_await account_of_person(x, x.caller().user_id);
    const BodyReader nothing("{}");
    const auto head = head_of(x, nothing);
    const RevokeSessions command{account.account_id, account.user_id, cause, session};
    auto record = command_record(x, head, context, command, command.account_id.text(), command.account_id.value);
    Render render = sessions_ended;
    auto response = co_await settle(x, std::move(record), std::move(render));
    if (response.error_code == "COMMON_409") co_return done(x, "로그아웃되었습니다", "Logged out");
    co_return response;
}

}  // namespace

/// DOA-AUTH-05
Awaitable<Response> me(Exchange& x)
{
    const auto account = co_await account_of_person(x, x.caller().user_id);
    co_return success_response(200, account.json());
}

/// DOA-AUTH-04, SH-AUTH-04. A token that no login has given (`jangteo token`) ends with its hour.
Awaitable<Response> logout(Exchange& x)
{
    const auto session = x.caller().session_id;
    if (session.nil()) throw Problem("COMMON_409");
    auto response = co_await end_of(x, RevocationCause::logout, session);
    if (!x.request.cookie.empty()) clear_cookies(response);
    co_return response;
}

/// ECG-04
Awaitable<Response> list_sessions(Exchange& x)
{
    const auto account = co_await account_of_person(x, x.caller().user_id);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(account.user_id);
    parameters.emplace_back(x.services.now());
    const auto rows = co_await x.services.queries.query(open_sessions, std::move(parameters));
    std::string json = "[";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const events::SessionId id{rows.uuid(i, 0)};
        json += i > 0 ? R"(,{"id":)" : R"({"id":)";
        events::append_json(json, id);
        const auto device = opened_or_empty(account.key, rows.text(i, 1), bound_to(account.account_id, Sealed::device));
        append_member(json, "device", std::string_view(device));
        append_member(json, "current", id == x.caller().session_id);
        append_member(json, "openedAt", rows.timestamp(i, 2));
        append_member(json, "refreshedAt", rows.timestamp(i, 3));
        append_member(json, "expiresAt", rows.timestamp(i, 4));
        json += '}';
    }
    co_return success_response(200, json + ']');
}

Awaitable<Response> end_session(Exchange& x)
{
    auto response = co_await end_of(x, RevocationCause::owner, x.id<events::SessionId>("sessionId"));
    co_return response;
}

Awaitable<Response> end_all_sessions(Exchange& x)
{
    auto response = co_await end_of(x, RevocationCause::owner, std::nullopt);
    co_return response;
}

}  // namespace jangteo::edge::identity
