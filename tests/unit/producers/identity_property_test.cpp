// What holds of an account whatever is asked of it, in any order and at any time.
#include "producers/identity/decider.hpp"

#include "tests/unit/given.hpp"

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <map>
#include <set>

namespace jangteo::producers::identity {
namespace {

const auto account = id<AccountId>(1);

/// Few of everything, so that they meet.
UserId some_person()
{
    return id<UserId>(*rc::gen::inRange<std::uint64_t>(10, 13));
}
SessionId some_session()
{
    return id<SessionId>(*rc::gen::inRange<std::uint64_t>(20, 60));
}
std::string some_hash()
{
    return *rc::gen::element<std::string>("one", "two");
}
CodePurpose some_purpose()
{
    return *rc::gen::element(CodePurpose::email_verification, CodePurpose::password_reset);
}

Command some_command()
{
    switch (*rc::gen::inRange(0, 14)) {
        case 0: return RegisterAccount{account, some_person(), some_session(), "e", "n", "h", {}};
        case 1: return SuspendAccount{account, some_person(), {}};
        case 2: return ActivateAccount{account, some_person()};
        case 3: return ChangeRole{account, some_person(), *rc::gen::element(Role::user, Role::seller)};
        case 4: return EraseAccount{account, some_person()};
        case 5: return IssueCode{account, some_person(), some_purpose(), some_hash()};
        case 6: return VerifyEmail{account, some_person(), some_hash()};
        case 7: return ResetPassword{account, some_person(), some_hash(), "new"};
        case 8: return RevokeSessions{account, some_person(), RevocationCause::owner, {}};
        case 9: return RevokeSessions{account, some_person(), RevocationCause::logout, some_session()};
        case 10: return RefreshSession{account, some_session(), *rc::gen::inRange<std::int64_t>(1, 4)};
        default: return OpenSession{account, some_session(), *rc::gen::inRange<std::int64_t>(1, 3), {}};
    }
}

struct Step {
    Command command;
    Decision<Event> outcome;
    Decider::State after;
};

/// A history of commands by a clock that only goes forward.
std::vector<Step> history()
{
    std::vector<Step> steps;
    Decider::State state;
    auto now = usual_time;
    const auto count = *rc::gen::inRange(1, 120);
    for (int i = 0; i < count; ++i) {
        now += std::chrono::minutes(*rc::gen::element(0, 1, 7, 60 * 24 * 3));
        const auto meta = meta_at(now, static_cast<std::uint64_t>(i));
        auto command = some_command();
        auto outcome =
            std::visit([&](const auto& c) -> Decision<Event> { return Decider::decide(c, state, meta); }, command);
        if (const auto* event = std::get_if<Event>(&outcome)) {
            std::visit([&](const auto& e) { Decider::evolve(state, e, meta); }, *event);
        }
        steps.push_back({std::move(command), std::move(outcome), state});
    }
    return steps;
}

template <class Message>
const Message* as(const Step& step)
{
    const auto* event = std::get_if<Event>(&step.outcome);
    return event == nullptr ? nullptr : std::get_if<Message>(event);
}

RC_GTEST_PROP(IdentityProperty, an_address_has_one_owner_at_a_time, ())
{
    std::optional<UserId> owner;
    for (const auto& step : history()) {
        if (const auto* e = as<AccountRegistered>(step)) {
            RC_ASSERT(!owner);
            owner = e->user_id;
        }
        if (const auto* e = as<AccountErased>(step)) {
            RC_ASSERT(owner == e->user_id);
            owner.reset();
        }
        RC_ASSERT(step.after.open == owner.has_value());
    }
}

RC_GTEST_PROP(IdentityProperty, a_refresh_token_is_exchanged_once, ())
{
    std::map<SessionId, std::int64_t> generation;
    for (const auto& step : history()) {
        if (const auto* e = as<SessionRefreshed>(step)) {
            RC_ASSERT(e->generation > generation[e->session_id]);
            generation[e->session_id] = e->generation;
        }
        // An id that is drawn anew would not come twice; in here it may, and is another session then.
        if (const auto* e = as<SessionOpened>(step)) generation[e->session_id] = 1;
        if (const auto* e = as<AccountRegistered>(step)) generation[e->session_id] = 1;
    }
}

RC_GTEST_PROP(IdentityProperty, whoever_is_shut_out_has_no_session_and_gets_none, ())
{
    for (const auto& step : history()) {
        const auto& s = step.after;
        RC_ASSERT(s.sessions.size() <= most_sessions);
        RC_ASSERT(s.codes.size() <= 2U);
        if (!s.open || s.suspended) RC_ASSERT(s.sessions.empty());
        std::set<SessionId> ids;
        for (const auto& session : s.sessions) RC_ASSERT(ids.insert(session.id).second);
    }
}

/// Edges learn of the end of a session only from events: each that is gone has been named by one.
RC_GTEST_PROP(IdentityProperty, every_session_that_ends_is_named, ())
{
    std::set<SessionId> open;
    for (const auto& step : history()) {
        const auto end = [&](const std::vector<SessionId>& ids) {
            for (const auto& one : ids) RC_ASSERT(open.erase(one) == 1U);
        };
        if (const auto* e = as<AccountRegistered>(step)) open.insert(e->session_id);
        if (const auto* e = as<SessionOpened>(step)) {
            end(e->closed);
            open.insert(e->session_id);
        }
        if (const auto* e = as<SessionsRevoked>(step)) end(e->session_ids);
        if (const auto* e = as<AccountSuspended>(step)) end(e->session_ids);
        if (const auto* e = as<RoleChanged>(step)) end(e->session_ids);
        if (const auto* e = as<PasswordChanged>(step)) end(e->session_ids);
        if (const auto* e = as<AccountErased>(step)) end(e->session_ids);
        RC_ASSERT(open.size() == step.after.sessions.size());
    }
}

}  // namespace
}  // namespace jangteo::producers::identity
