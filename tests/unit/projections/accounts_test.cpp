#include "projections/accounts.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

#include <algorithm>

namespace jangteo::projections::accounts {
namespace {

const auto account_id = id<events::AccountId>("account");
const auto person = id<events::UserId>("person");
const auto phone = id<events::SessionId>("phone");
const auto laptop = id<events::SessionId>("laptop");
const auto a_week_on = noon + 168h;

const AccountRegistered registered{account_id, person,    Role::user, phone,      a_week_on,
                                   "v1.email", "v1.name", "v1.hash",  "v1.device"};
const SessionOpened logged_in{account_id, person, Role::user, laptop, a_week_on + 1s, {}, {}};

struct Folded {
    std::vector<Account> accounts;
    std::vector<Session> sessions;

    [[nodiscard]] const Session& session(const events::SessionId& wanted) const
    {
        return *std::ranges::find(sessions, wanted, &Session::session_id);
    }
};
Folded folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    return {rows<Account>(store), rows<Session>(store)};
}

TEST(AccountsProjection, an_account_begins_with_its_first_session)
{
    const auto found = folded(Log("identity").happened(registered));
    ASSERT_EQ(found.accounts.size(), 1U);
    const auto& account = found.accounts[0];
    EXPECT_EQ(account.user_id, person);
    EXPECT_EQ(account.account_id, account_id);
    EXPECT_EQ(account.email, "v1.email");
    EXPECT_EQ(account.name, "v1.name");
    EXPECT_EQ(account.password_hash, "v1.hash");
    EXPECT_EQ(account.password_version, 1);
    EXPECT_EQ(account.status, Status::active);
    EXPECT_EQ(account.created_at, noon);
    EXPECT_FALSE(account.shut_out_at);
    ASSERT_EQ(found.sessions.size(), 1U);
    EXPECT_EQ(found.sessions[0].user_id, person);
    EXPECT_EQ(found.sessions[0].device, "v1.device");
    EXPECT_EQ(found.sessions[0].expires_at, a_week_on);
}

TEST(AccountsProjection, follows_sessions)
{
    const auto found = folded(Log("identity")
                                  .happened(registered, logged_in,
                                            SessionRefreshed{account_id, person, Role::user, phone, 2, a_week_on + 2s},
                                            SessionsRevoked{account_id, person, RevocationCause::logout, {laptop}}));
    EXPECT_EQ(found.session(phone).refreshed_at, noon + 2s);
    EXPECT_EQ(found.session(phone).opened_at, noon);
    EXPECT_EQ(found.session(phone).expires_at, a_week_on + 2s);
    EXPECT_FALSE(found.session(phone).ended_at);
    EXPECT_EQ(found.session(laptop).ended_at, noon + 3s);
}

TEST(AccountsProjection, a_session_that_makes_room_ends)
{
    auto crowding = logged_in;
    crowding.closed = {phone};
    const auto found = folded(Log("identity").happened(registered, crowding));
    EXPECT_EQ(found.session(phone).ended_at, noon + 1s);
    EXPECT_FALSE(found.session(laptop).ended_at);
}

TEST(AccountsProjection, follows_what_becomes_of_the_account)
{
    const auto suspended = folded(Log("identity")
                                      .happened(registered, EmailVerified{account_id, person},
                                                RoleChanged{account_id, person, Role::seller, {phone}},
                                                AccountSuspended{account_id, person, {}, {}}));
    EXPECT_TRUE(suspended.accounts[0].email_verified);
    EXPECT_EQ(suspended.accounts[0].role, Role::seller);
    EXPECT_EQ(suspended.accounts[0].status, Status::suspended);
    EXPECT_EQ(suspended.accounts[0].shut_out_at, noon + 3s);
    EXPECT_EQ(suspended.accounts[0].updated_at, noon + 3s);
    EXPECT_EQ(suspended.session(phone).ended_at, noon + 2s);

    const auto active = folded(Log("identity")
                                   .happened(registered, AccountSuspended{account_id, person, {phone}, {}},
                                             AccountActivated{account_id, person},
                                             PasswordChanged{account_id, person, "v1.new", 2, {}}));
    EXPECT_EQ(active.accounts[0].status, Status::active);
    EXPECT_FALSE(active.accounts[0].shut_out_at);
    EXPECT_EQ(active.accounts[0].password_hash, "v1.new");
    EXPECT_EQ(active.accounts[0].password_version, 2);
}

TEST(AccountsProjection, the_profile_is_as_it_was_said_last)
{
    const ProfileChanged said{account_id, person, "v1.new", "v1.phone", "v1.image"};
    const auto all = folded(Log("identity").happened(registered, said));
    EXPECT_EQ(all.accounts[0].name, "v1.new");
    EXPECT_EQ(all.accounts[0].phone, "v1.phone");
    EXPECT_EQ(all.accounts[0].profile_image, "v1.image");
    EXPECT_EQ(all.accounts[0].updated_at, noon + 1s);
    const auto less =
        folded(Log("identity").happened(registered, said, ProfileChanged{account_id, person, "v1.n", {}, {}}));
    EXPECT_FALSE(less.accounts[0].phone || less.accounts[0].profile_image);
    const auto erased = folded(Log("identity").happened(registered, said, AccountErased{account_id, person, {phone}}));
    EXPECT_FALSE(erased.accounts[0].phone || erased.accounts[0].profile_image);
}

TEST(AccountsProjection, of_a_person_who_was_erased_the_end_is_left)
{
    const auto found = folded(Log("identity").happened(registered, AccountErased{account_id, person, {phone}}));
    const auto& account = found.accounts[0];
    EXPECT_EQ(account.status, Status::deleted);
    EXPECT_EQ(account.email + account.name + account.password_hash, "");
    EXPECT_EQ(account.shut_out_at, noon + 1s);
    EXPECT_EQ(found.session(phone).ended_at, noon + 1s);
}

TEST(AccountsProjection, an_address_that_was_given_up_may_belong_to_somebody_else)
{
    const auto somebody = id<events::UserId>("somebody");
    auto theirs = registered;
    theirs.user_id = somebody;
    theirs.session_id = laptop;
    const auto found = folded(Log("identity").happened(registered, AccountErased{account_id, person, {phone}}, theirs));
    ASSERT_EQ(found.accounts.size(), 2U);
    for (const auto& account : found.accounts) {
        EXPECT_EQ(account.account_id, account_id);
        EXPECT_EQ(account.status, account.user_id == somebody ? Status::active : Status::deleted);
    }
}

TEST(AccountsProjection, codes_leave_no_trace)
{
    const auto with = folded(
        Log("identity")
            .happened(registered, CodeIssued{account_id, person, CodePurpose::password_reset, "hash", noon + 10min},
                      CodeRefused{account_id, person, CodePurpose::password_reset, 4}));
    EXPECT_EQ(with.accounts[0].updated_at, noon);
    EXPECT_EQ(with.sessions.size(), 1U);
}

}  // namespace
}  // namespace jangteo::projections::accounts
