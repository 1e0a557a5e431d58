// One account: an e-mail address, the person it belongs to, and where that person is logged in. The account's id is a keyed
// hash of the address (docs/decisions/0015), so all that ask for one address ask one aggregate, and the first has it
// (SH-AUTH-07). What is personal comes sealed and is passed on as it is: nothing in here can read it (0014).
#pragma once

#include "events/identity.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::producers::identity {

using namespace events::identity;  // The messages of this context, and nothing else, are spoken of here.
using events::AccountId;
using events::Rejection;
using events::SessionId;
using events::Timestamp;
using events::UserId;

/// How long a refresh token is good for (SH-AUTH-02).
inline constexpr std::chrono::days refresh_life{7};
/// Open sessions of one person. One more, and the one that was used least lately makes room.
inline constexpr std::size_t most_sessions = 20;
static_assert(most_sessions <= 64, "an event names all that end with it");
/// SH-AUTH-13
inline constexpr std::chrono::minutes code_life{10};
inline constexpr std::int64_t most_attempts = 5;
/// Between one code and the next: whoever asks all the time would fill somebody's mailbox.
inline constexpr std::chrono::minutes code_pause{1};

struct Session {
    SessionId id;
    std::int64_t generation = 1;  ///< Of the refresh token that counts.
    Timestamp expires_at{};
    friend bool operator==(const Session&, const Session&) = default;
};
BOOST_DESCRIBE_STRUCT(Session, (), (id, generation, expires_at))

/// A code that waits to be told back.
struct Code {
    CodePurpose purpose{};
    std::string hash;
    Timestamp issued_at{};
    Timestamp expires_at{};
    std::int64_t attempts = 0;
    friend bool operator==(const Code&, const Code&) = default;
};
BOOST_DESCRIBE_STRUCT(Code, (), (purpose, hash, issued_at, expires_at, attempts))

struct Decider {
    using Command = events::identity::Command;
    using Event = events::identity::Event;

    struct State {
        bool open = false;  ///< The address has an account.
        UserId user_id;     ///< Whose it is, or was last.
        Role role{};
        bool suspended = false;
        bool verified = false;
        std::int64_t password_version = 0;
        std::vector<Session> sessions;
        std::vector<Code> codes;  ///< One of each purpose at most.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (open, user_id, role, suspended, verified, password_version, sessions, codes),
                             (), ())
    };

    // --- The account ---

    static Decision<Event> decide(const RegisterAccount& c, const State& s, const Meta& m)
    {
        if (s.open && s.user_id == c.user_id) return Already{};
        if (s.open) return Rejection{"USER_002", {}};
        return AccountRegistered{c.account_id, c.user_id, Role::user,      c.session_id, m.time + refresh_life,
                                 c.email,      c.name,    c.password_hash, c.device};
    }

    static Decision<Event> decide(const SuspendAccount& c, const State& s, const Meta&)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (s.suspended) return Already{};
        return AccountSuspended{c.account_id, c.user_id, ids_of(s.sessions), c.reason};
    }

    static Decision<Event> decide(const ActivateAccount& c, const State& s, const Meta&)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (!s.suspended) return Already{};
        return AccountActivated{c.account_id, c.user_id};
    }

    static Decision<Event> decide(const ChangeRole& c, const State& s, const Meta&)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (s.role == c.role) return Already{};
        return RoleChanged{c.account_id, c.user_id, c.role, ids_of(s.sessions)};
    }

    static Decision<Event> decide(const EraseAccount& c, const State& s, const Meta&)
    {
        if (!s.open && s.user_id == c.user_id && !c.user_id.nil()) return Already{};
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        return AccountErased{c.account_id, c.user_id, ids_of(s.sessions)};
    }

    /// The e-mail address is the account, and stays; so do role and grade, which are not the person's to say (DOA-USER-02).
    static Decision<Event> decide(const ChangeProfile& c, const State& s, const Meta&)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        return ProfileChanged{c.account_id, c.user_id, c.name, c.phone, c.profile_image};
    }

    // --- Sessions ---

    static Decision<Event> decide(const OpenSession& c, const State& s, const Meta& m)
    {
        if (!s.open || c.password_version != s.password_version) return Rejection{"AUTH_001", {}};
        if (s.suspended) return Rejection{"USER_003", {}};
        if (find(s.sessions, c.session_id) != nullptr) return Already{};
        return SessionOpened{c.account_id,          s.user_id,        s.role,  c.session_id,
                             m.time + refresh_life, makes_room(s, m), c.device};
    }

    /// A refresh token is used once. Whoever comes with one that has been used, or the owner before them, has stolen it:
    /// nobody can tell who, so the session ends for both (SH-AUTH-03).
    static Decision<Event> decide(const RefreshSession& c, const State& s, const Meta& m)
    {
        const Session* session = s.open ? find(s.sessions, c.session_id) : nullptr;
        if (session == nullptr || c.generation > session->generation) return Rejection{"AUTH_003", {}};
        if (c.generation < session->generation) {
            return SessionsRevoked{c.account_id, s.user_id, RevocationCause::reuse, {c.session_id}};
        }
        if (session->expires_at <= m.time) return Rejection{"AUTH_002", {}};
        return SessionRefreshed{c.account_id, s.user_id, s.role, c.session_id, c.generation + 1, m.time + refresh_life};
    }

    static Decision<Event> decide(const RevokeSessions& c, const State& s, const Meta&)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (!c.session_id) {
            if (s.sessions.empty()) return Already{};
            return SessionsRevoked{c.account_id, c.user_id, c.cause, ids_of(s.sessions)};
        }
        if (find(s.sessions, *c.session_id) == nullptr) return Already{};
        return SessionsRevoked{c.account_id, c.user_id, c.cause, {*c.session_id}};
    }

    // --- Codes ---

    static Decision<Event> decide(const IssueCode& c, const State& s, const Meta& m)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (s.suspended) return Rejection{"USER_003", {}};
        if (c.purpose == CodePurpose::email_verification && s.verified) return Already{};
        const Code* last = find(s.codes, c.purpose);
        if (last != nullptr && last->hash == c.code_hash) return Already{};
        if (last != nullptr && m.time < last->issued_at + code_pause) return Rejection{"COMMON_429", {}};
        return CodeIssued{c.account_id, c.user_id, c.purpose, c.code_hash, m.time + code_life};
    }

    static Decision<Event> decide(const VerifyEmail& c, const State& s, const Meta& m)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (s.verified) return Already{};
        if (auto wrong = wrong_code(c, CodePurpose::email_verification, s, m)) return *wrong;
        return EmailVerified{c.account_id, c.user_id};
    }

    /// The code has come to the account's address, so it is proof of more than a password. Whoever was logged in with
    /// the old one is out.
    static Decision<Event> decide(const ResetPassword& c, const State& s, const Meta& m)
    {
        if (!belongs_to(c.user_id, s)) return unknown(c.user_id);
        if (s.suspended) return Rejection{"USER_003", {}};
        if (auto wrong = wrong_code(c, CodePurpose::password_reset, s, m)) return *wrong;
        return PasswordChanged{c.account_id, c.user_id, c.password_hash, s.password_version + 1, ids_of(s.sessions)};
    }

    // --- What has happened ---

    static void evolve(State& s, const AccountRegistered& e, const Meta&)
    {
        s = State{};
        s.open = true;
        s.user_id = e.user_id;
        s.role = e.role;
        s.password_version = 1;
        s.sessions.push_back({e.session_id, 1, e.session_expires_at});
    }
    static void evolve(State& s, const SessionOpened& e, const Meta&)
    {
        end(s, e.closed);
        s.sessions.push_back({e.session_id, 1, e.expires_at});
    }
    /// The one that was used last stands last.
    static void evolve(State& s, const SessionRefreshed& e, const Meta&)
    {
        end(s, {e.session_id});
        s.sessions.push_back({e.session_id, e.generation, e.expires_at});
    }
    static void evolve(State& s, const SessionsRevoked& e, const Meta&) { end(s, e.session_ids); }
    static void evolve(State& s, const AccountSuspended& e, const Meta&)
    {
        s.suspended = true;
        end(s, e.session_ids);
    }
    static void evolve(State& s, const AccountActivated&, const Meta&) { s.suspended = false; }
    static void evolve(State& s, const RoleChanged& e, const Meta&)
    {
        s.role = e.role;
        end(s, e.session_ids);
    }
    /// Nothing is left but whose it was last, so that a repeat is known. The address is free.
    static void evolve(State& s, const AccountErased& e, const Meta&)
    {
        s = State{};
        s.user_id = e.user_id;
    }
    static void evolve(State&, const ProfileChanged&, const Meta&) {}  // No rule asks what somebody is called.
    static void evolve(State& s, const CodeIssued& e, const Meta& m)
    {
        drop(s, e.purpose);
        s.codes.push_back({e.purpose, e.code_hash, m.time, e.expires_at, 0});
    }
    static void evolve(State& s, const CodeRefused& e, const Meta&)
    {
        for (auto& code : s.codes) {
            if (code.purpose == e.purpose) ++code.attempts;
        }
    }
    static void evolve(State& s, const EmailVerified&, const Meta&)
    {
        s.verified = true;
        drop(s, CodePurpose::email_verification);
    }
    static void evolve(State& s, const PasswordChanged& e, const Meta&)
    {
        s.password_version = e.password_version;
        end(s, e.session_ids);
        drop(s, CodePurpose::password_reset);
    }

private:
    // --- The rules ---

    /// The address may have gone to somebody else since the caller looked.
    static bool belongs_to(const UserId& user, const State& s) { return s.open && s.user_id == user; }

    /// A code is told back within its time and a few tries. Empty when it is the right one.
    template <class Told>
    static std::optional<Decision<Event>> wrong_code(const Told& c, CodePurpose purpose, const State& s, const Meta& m)
    {
        const Code* code = find(s.codes, purpose);
        if (code == nullptr || code->expires_at <= m.time || code->attempts >= most_attempts) {
            return Rejection{"AUTH_006", {}};
        }
        if (code->hash == c.code_hash) return std::nullopt;
        return CodeRefused{c.account_id, c.user_id, purpose, most_attempts - code->attempts - 1};
    }

    /// What has run out goes first; then whoever was here least lately, who stands first.
    static std::vector<SessionId> makes_room(const State& s, const Meta& m)
    {
        std::vector<SessionId> closed;
        for (const auto& session : s.sessions) {
            if (session.expires_at <= m.time) closed.push_back(session.id);
        }
        for (const auto& session : s.sessions) {
            if (s.sessions.size() - closed.size() < most_sessions) break;
            if (session.expires_at > m.time) closed.push_back(session.id);
        }
        return closed;
    }

    static const Session* find(const std::vector<Session>& sessions, const SessionId& id)
    {
        const auto found = std::ranges::find(sessions, id, &Session::id);
        return found == sessions.end() ? nullptr : &*found;
    }
    static const Code* find(const std::vector<Code>& codes, CodePurpose purpose)
    {
        const auto found = std::ranges::find(codes, purpose, &Code::purpose);
        return found == codes.end() ? nullptr : &*found;
    }
    static void drop(State& s, CodePurpose purpose)
    {
        std::erase_if(s.codes, [&](const Code& code) { return code.purpose == purpose; });
    }
    static void end(State& s, const std::vector<SessionId>& ids)
    {
        std::erase_if(s.sessions, [&](const Session& one) { return std::ranges::find(ids, one.id) != ids.end(); });
    }
    static std::vector<SessionId> ids_of(const std::vector<Session>& sessions)
    {
        std::vector<SessionId> ids;
        for (const auto& session : sessions) ids.push_back(session.id);
        return ids;
    }

    // --- Refusals ---

    static Rejection unknown(const UserId& user) { return {"USER_001", {{"userId", user.text()}}}; }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::identity
