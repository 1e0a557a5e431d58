// read_accounts: every account with its person's data as it came, sealed (docs/decisions/0014), and the sessions. Of an
// account that was erased only its end is left.
#pragma once

#include "events/identity.hpp"
#include "projections/runtime/rows.hpp"

#include <array>

namespace jangteo::projections::accounts {

using namespace events::identity;

enum class Status { active, suspended, deleted };
BOOST_DESCRIBE_ENUM(Status, active, suspended, deleted)

struct Account {
    static constexpr std::string_view table = "accounts";

    events::UserId user_id;
    events::AccountId account_id;  ///< An address that was given up may have another account later.
    std::string email;             ///< Sealed, as are the two that follow.
    std::string name;
    std::string password_hash;
    std::optional<std::string> phone;  ///< Sealed, as is the picture.
    std::optional<std::string> profile_image;
    std::int64_t password_version = 1;
    Role role{};
    Status status = Status::active;
    bool email_verified = false;
    events::Timestamp created_at{};
    events::Timestamp updated_at{};
    std::optional<events::Timestamp> shut_out_at;  ///< Suspended or deleted since then.
};
BOOST_DESCRIBE_STRUCT(Account, (),
                      (user_id, account_id, email, name, password_hash, phone, profile_image, password_version, role,
                       status, email_verified, created_at, updated_at, shut_out_at))

struct Session {
    static constexpr std::string_view table = "sessions";

    events::SessionId session_id;
    events::UserId user_id;
    std::optional<std::string> device;  ///< Sealed.
    events::Timestamp opened_at{};
    events::Timestamp refreshed_at{};
    events::Timestamp expires_at{};
    std::optional<events::Timestamp> ended_at;  ///< Before its time.
};
BOOST_DESCRIBE_STRUCT(Session, (), (session_id, user_id, device, opened_at, refreshed_at, expires_at, ended_at))

struct Projection {
    static constexpr std::string_view name = "accounts";
    static constexpr int version = 2;
    static constexpr std::array reads = {context};
    using Event = events::identity::Event;
    static Event decode(std::string_view type, std::string_view json) { return decode_event(type, json); }

    /// A session's row goes a day after its last refresh token has run out.
    using Rows = projections::Rows<
        Keyed<Account, Key<&Account::user_id>, Index<&Account::account_id>, Index<&Account::shut_out_at>>,
        Keyed<Session, Key<&Session::session_id>, Index<&Session::user_id>, Index<&Session::ended_at>,
              KeptFor<&Session::expires_at, 24>>>;

    // --- The account ---

    static void apply(Rows& rows, const AccountRegistered& e, const Meta& m)
    {
        auto& account = rows.at<Account>(e.user_id);
        account.account_id = e.account_id;
        account.email = e.email;
        account.name = e.name;
        account.password_hash = e.password_hash;
        account.password_version = 1;
        account.role = e.role;
        account.status = Status::active;
        account.created_at = m.time;
        account.updated_at = m.time;
        open(rows, e, e.session_expires_at, m);
    }
    static void apply(Rows& rows, const AccountSuspended& e, const Meta& m)
    {
        auto& account = touched(rows, e, m);
        account.status = Status::suspended;
        account.shut_out_at = m.time;
        end(rows, e.session_ids, m);
    }
    static void apply(Rows& rows, const AccountActivated& e, const Meta& m)
    {
        auto& account = touched(rows, e, m);
        account.status = Status::active;
        account.shut_out_at.reset();
    }
    static void apply(Rows& rows, const RoleChanged& e, const Meta& m)
    {
        touched(rows, e, m).role = e.role;
        end(rows, e.session_ids, m);
    }
    static void apply(Rows& rows, const EmailVerified& e, const Meta& m) { touched(rows, e, m).email_verified = true; }
    static void apply(Rows& rows, const PasswordChanged& e, const Meta& m)
    {
        auto& account = touched(rows, e, m);
        account.password_hash = e.password_hash;
        account.password_version = e.password_version;
        end(rows, e.session_ids, m);
    }
    static void apply(Rows& rows, const ProfileChanged& e, const Meta& m)
    {
        auto& account = touched(rows, e, m);
        account.name = e.name;
        account.phone = e.phone;
        account.profile_image = e.profile_image;
    }
    static void apply(Rows& rows, const AccountErased& e, const Meta& m)
    {
        auto& account = touched(rows, e, m);
        account.email.clear();
        account.name.clear();
        account.password_hash.clear();
        account.phone.reset();
        account.profile_image.reset();
        account.status = Status::deleted;
        account.email_verified = false;
        account.shut_out_at = m.time;
        end(rows, e.session_ids, m);
    }

    // --- Sessions ---

    static void apply(Rows& rows, const SessionOpened& e, const Meta& m)
    {
        open(rows, e, e.expires_at, m);
        end(rows, e.closed, m);
    }
    static void apply(Rows& rows, const SessionRefreshed& e, const Meta& m)
    {
        auto& session = rows.at<Session>(e.session_id);
        session.user_id = e.user_id;
        session.refreshed_at = m.time;
        session.expires_at = e.expires_at;
    }
    static void apply(Rows& rows, const SessionsRevoked& e, const Meta& m) { end(rows, e.session_ids, m); }

    // --- Of no interest here: codes are between the aggregate and whoever holds them ---

    static void ignore(const CodeIssued&) {}
    static void ignore(const CodeRefused&) {}

private:
    template <class Event_>
    static Account& touched(Rows& rows, const Event_& e, const Meta& m)
    {
        auto& account = rows.existing<Account>(e.user_id);
        account.updated_at = m.time;
        return account;
    }

    template <class Event_>
    static void open(Rows& rows, const Event_& e, events::Timestamp expires_at, const Meta& m)
    {
        rows.put(Session{e.session_id, e.user_id, e.device, m.time, m.time, expires_at, std::nullopt});
    }

    /// A session that has run out long ago has no row any more, and gets none that would outlive it.
    static void end(Rows& rows, const std::vector<events::SessionId>& ids, const Meta& m)
    {
        for (const auto& id : ids) {
            auto& session = rows.at<Session>(id);
            if (!session.ended_at) session.ended_at = m.time;
            if (session.expires_at == events::Timestamp{}) session.expires_at = m.time;
        }
    }
};

}  // namespace jangteo::projections::accounts
