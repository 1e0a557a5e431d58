#include "http-edge/server/revocations.hpp"

#include "events/identity.hpp"
#include "http-edge/server/errors.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace jangteo::edge {
namespace {

using namespace std::chrono_literals;
using namespace events::identity;

template <class Id>
Id id(std::string_view name)
{
    return {events::uuid_v5(events::url_namespace, name)};
}
const auto account = id<events::AccountId>("account");
const auto person = id<events::UserId>("person");
const auto phone = id<events::SessionId>("phone");
const auto laptop = id<events::SessionId>("laptop");
const Caller on_phone{person, edge::Role::user, phone};
const Caller on_laptop{person, edge::Role::user, laptop};
const Caller with_printed_token{person, edge::Role::user};
const auto now = Revocations::Time(100h);

class RevocationsTest : public ::testing::Test {
protected:
    template <class Message>
    void happened(const Message& message, Revocations::Time at = now)
    {
        events::Record event;
        event.envelope.type = Message::type;
        event.value = to_json(message);
        revocations.apply(event, at, [this](const events::UserId& user) { erased.push_back(user); });
    }
    /// The code of the refusal; empty when the token is taken.
    std::string verdict(const Caller& caller)
    {
        try {
            revocations.check(caller);
            return {};
        } catch (const Problem& problem) {
            return problem.code();
        }
    }

    Revocations revocations{1h};
    std::vector<events::UserId> erased;
};

TEST_F(RevocationsTest, a_session_that_has_ended_has_no_tokens)
{
    happened(SessionsRevoked{account, person, RevocationCause::logout, {phone}});
    EXPECT_EQ(verdict(on_phone), "AUTH_003");
    EXPECT_EQ(verdict(on_laptop), "");
    EXPECT_EQ(verdict(with_printed_token), "");
}

TEST_F(RevocationsTest, whatever_ends_sessions_is_heard)
{
    happened(SessionOpened{account, person, events::identity::Role::user, laptop, {}, {phone}, {}});
    EXPECT_EQ(verdict(on_phone), "AUTH_003") << "it had to make room";
    EXPECT_EQ(verdict(on_laptop), "");
    happened(RoleChanged{account, person, events::identity::Role::admin, {laptop}});
    EXPECT_EQ(verdict(on_laptop), "AUTH_003");
    happened(PasswordChanged{account, person, "v1", 2, {id<events::SessionId>("tablet")}});
    EXPECT_EQ(verdict({person, edge::Role::user, id<events::SessionId>("tablet")}), "AUTH_003");
}

TEST_F(RevocationsTest, a_suspended_person_is_out_until_let_in)  // SH-AUTH-10
{
    happened(AccountSuspended{account, person, {phone}, {}});
    EXPECT_EQ(verdict(on_phone), "AUTH_003");
    EXPECT_EQ(verdict(with_printed_token), "USER_003");
    happened(AccountActivated{account, person});
    EXPECT_EQ(verdict(with_printed_token), "");
    EXPECT_EQ(verdict(on_phone), "AUTH_003") << "who is let in logs in anew";
}

TEST_F(RevocationsTest, an_erased_person_is_out_for_ever)
{
    happened(AccountErased{account, person, {phone}});
    EXPECT_EQ(erased, std::vector{person});
    happened(AccountActivated{account, person});
    EXPECT_EQ(verdict(with_printed_token), "AUTH_003");
}

TEST_F(RevocationsTest, other_news_of_accounts_change_nothing)
{
    happened(SessionRefreshed{account, person, events::identity::Role::user, phone, 2, {}});
    happened(EmailVerified{account, person});
    EXPECT_EQ(verdict(on_phone), "");
    EXPECT_EQ(revocations.size(), 0U);
}

TEST_F(RevocationsTest, what_no_token_outlives_is_forgotten)
{
    happened(SessionsRevoked{account, person, RevocationCause::logout, {phone}});
    happened(AccountSuspended{account, person, {}, {}});
    revocations.forget_old(now + 59min);
    EXPECT_EQ(revocations.size(), 2U);
    revocations.forget_old(now + 2h);
    EXPECT_EQ(revocations.size(), 0U);
}

}  // namespace
}  // namespace jangteo::edge
