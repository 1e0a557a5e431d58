#include "http-edge/server/revocations.hpp"

#include "events/identity.hpp"
#include "http-edge/server/errors.hpp"

#include <type_traits>
#include <variant>
#include <vector>

namespace jangteo::edge {

using namespace events::identity;

void Revocations::check(const Caller& caller) const
{
    if (!caller.session_id.nil() && ended_.contains(caller.session_id)) throw Problem("AUTH_003");
    const auto found = shut_out_.find(caller.user_id);
    if (found != shut_out_.end()) throw Problem(found->second.erased ? "AUTH_003" : "USER_003");
}

void Revocations::end(const events::SessionId& session, Time now)
{
    ended_.emplace(session, now);
}

void Revocations::let_in(const events::UserId& user)
{
    const auto found = shut_out_.find(user);
    if (found != shut_out_.end() && !found->second.erased) shut_out_.erase(found);
}

void Revocations::apply(const events::Record& event, Time now, const std::function<void(const events::UserId&)>& erased)
{
    const auto decoded = decode_event(event.envelope.type, event.value);
    std::visit(
        [&](const auto& e) {
            if constexpr (requires { e.session_ids; }) {
                for (const auto& session : e.session_ids) end(session, now);
            }
            if constexpr (requires { e.closed; }) {
                for (const auto& session : e.closed) end(session, now);
            }
            using Message = std::remove_cvref_t<decltype(e)>;
            if constexpr (std::is_same_v<Message, AccountSuspended>) suspend(e.user_id, now);
            if constexpr (std::is_same_v<Message, AccountActivated>) let_in(e.user_id);
            if constexpr (std::is_same_v<Message, AccountErased>) {
                erase(e.user_id, now);
                erased(e.user_id);
            }
        },
        decoded);
}

void Revocations::forget_old(Time now)
{
    if (now - swept_ < std::chrono::minutes(1)) return;
    swept_ = now;
    const auto old = [&](Time since) { return now - since > remembered_; };
    std::erase_if(ended_, [&](const auto& entry) { return old(entry.second); });
    std::erase_if(shut_out_, [&](const auto& entry) { return old(entry.second.since); });
}

}  // namespace jangteo::edge
