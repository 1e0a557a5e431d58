#include "producers/identity/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::identity {
namespace {

using namespace std::chrono_literals;

const auto account = id<AccountId>(1);
const auto person = id<UserId>(2);
const auto somebody = id<UserId>(3);
const auto phone = id<SessionId>(4);
const auto laptop = id<SessionId>(5);
const auto tablet = id<SessionId>(6);
const auto a_week_on = usual_time + refresh_life;

const RegisterAccount claim{account, person, phone, "v1.email", "v1.name", "v1.hash", "v1.phone"};
const AccountRegistered registered{account,    person,    Role::user, phone,     a_week_on,
                                   "v1.email", "v1.name", "v1.hash",  "v1.phone"};
const OpenSession log_in{account, laptop, 1, "v1.laptop"};
const SessionOpened logged_in{account, person, Role::user, laptop, a_week_on, {}, "v1.laptop"};
const AccountSuspended suspended{account, person, {phone}, "도용 신고"};
const AccountErased erased{account, person, {phone}};
const CodeIssued to_verify{account, person, CodePurpose::email_verification, "right", usual_time + code_life};
const CodeIssued to_reset{account, person, CodePurpose::password_reset, "right", usual_time + code_life};

SessionRefreshed refreshed(std::int64_t generation)
{
    return {account, person, Role::user, phone, generation, a_week_on};
}
Meta later(std::chrono::microseconds time)
{
    return meta_at(usual_time + time);
}

/// What every command owes: once more, it changes nothing and says so.
template <class Outcome>
void expect_repeat_is_harmless(const Outcome& first)
{
    first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

// --- RegisterAccount ---

TEST(Identity, opens_an_account_and_logs_in)  // SH-AUTH-12
{
    const auto first = given<Decider>({}).when(claim).then(registered);
    expect_repeat_is_harmless(first);
}

TEST(Identity, an_address_has_one_account)  // SH-AUTH-07
{
    auto other = claim;
    other.user_id = somebody;
    given<Decider>({registered}).when(other).then(Rejection{"USER_002", {}});
    given<Decider>({registered, suspended}).when(other).then_refused("USER_002");
}

TEST(Identity, an_address_that_was_given_up_is_free)
{
    auto other = claim;
    other.user_id = somebody;
    auto theirs = registered;
    theirs.user_id = somebody;
    given<Decider>({registered, suspended, erased}).when(other).then(theirs);
    EXPECT_EQ(given<Decider>({registered, suspended, erased, theirs}).state(), given<Decider>({theirs}).state());
}

// --- ChangeProfile ---

TEST(Identity, a_person_says_what_they_are_called)  // DOA-USER-02
{
    const ChangeProfile wish{account, person, "v1.new", "v1.phone", {}};
    const auto first =
        given<Decider>({registered}).when(wish).then(ProfileChanged{account, person, "v1.new", "v1.phone", {}});
    EXPECT_EQ(first.state(), given<Decider>({registered}).state()) << "no rule depends on it";
    auto other = wish;
    other.user_id = somebody;
    given<Decider>({registered}).when(other).then(Rejection{"USER_001", {{"userId", somebody.text()}}});
    given<Decider>({registered, erased}).when(wish).then_refused("USER_001");
}

// --- OpenSession ---

TEST(Identity, logs_in_who_knows_the_password)
{
    expect_repeat_is_harmless(given<Decider>({registered}).when(log_in).then(logged_in));
}

TEST(Identity, does_not_log_in_with_a_password_that_was_changed_meanwhile)
{
    const PasswordChanged changed{account, person, "v1.new", 2, {phone}};
    given<Decider>({registered, changed}).when(log_in).then(Rejection{"AUTH_001", {}});
    given<Decider>({}).when(log_in).then_refused("AUTH_001");
    given<Decider>({registered, erased}).when(log_in).then_refused("AUTH_001");
}

TEST(Identity, a_suspended_person_is_shut_out)  // SH-AUTH-10
{
    given<Decider>({registered, suspended}).when(log_in).then(Rejection{"USER_003", {}});
    given<Decider>({registered, suspended}).when(RefreshSession{account, phone, 1}).then_refused("AUTH_003");
    given<Decider>({registered, suspended, AccountActivated{account, person}}).when(log_in).then(logged_in);
}

TEST(Identity, the_session_of_least_late_use_makes_room)
{
    std::vector<Event> history{registered};
    for (std::uint64_t i = 1; i < most_sessions; ++i) {
        history.emplace_back(SessionOpened{account, person, Role::user, id<SessionId>(100 + i), a_week_on, {}, {}});
    }
    auto opened = logged_in;
    opened.closed = {phone};
    given<Decider>(history).when(log_in).then(opened);
    history.emplace_back(refreshed(2));
    opened.closed = {id<SessionId>(101)};
    given<Decider>(history).when(log_in).then(opened);
    EXPECT_EQ(given<Decider>(history).when(log_in).state().sessions.size(), most_sessions);
}

TEST(Identity, sessions_that_have_run_out_make_room_first)
{
    auto opened = logged_in;
    opened.expires_at = a_week_on + refresh_life;
    opened.closed = {phone};
    given<Decider>({registered}).when(log_in, later(refresh_life)).then(opened);
}

// --- RefreshSession ---

TEST(Identity, exchanges_a_refresh_token_for_the_next)  // SH-AUTH-02
{
    given<Decider>({registered}).when(RefreshSession{account, phone, 1}).then(refreshed(2));
    given<Decider>({registered, refreshed(2)}).when(RefreshSession{account, phone, 2}).then(refreshed(3));
}

TEST(Identity, a_refresh_token_that_is_used_again_ends_its_session)  // SH-AUTH-03
{
    const SessionsRevoked revoked{account, person, RevocationCause::reuse, {phone}};
    const auto first = given<Decider>({registered}).when(RefreshSession{account, phone, 1});
    first.again().then(revoked);
    given<Decider>({registered, refreshed(2), refreshed(3)}).when(RefreshSession{account, phone, 1}).then(revoked);
    // Nobody goes on with it, neither the thief nor the owner; another session of the person does.
    given<Decider>({registered, logged_in, refreshed(2), revoked})
        .when(RefreshSession{account, phone, 2})
        .then(Rejection{"AUTH_003", {}});
    given<Decider>({registered, logged_in, refreshed(2), revoked})
        .when(RefreshSession{account, laptop, 1})
        .then(SessionRefreshed{account, person, Role::user, laptop, 2, a_week_on});
}

TEST(Identity, a_refresh_token_lasts_seven_days)  // SH-AUTH-02
{
    given<Decider>({registered})
        .when(RefreshSession{account, phone, 1}, later(refresh_life - 1us))
        .then(SessionRefreshed{account, person, Role::user, phone, 2, a_week_on + refresh_life - 1us});
    given<Decider>({registered})
        .when(RefreshSession{account, phone, 1}, later(refresh_life))
        .then(Rejection{"AUTH_002", {}});
}

TEST(Identity, a_session_that_there_is_not_is_not_refreshed)
{
    given<Decider>({}).when(RefreshSession{account, phone, 1}).then(Rejection{"AUTH_003", {}});
    given<Decider>({registered}).when(RefreshSession{account, laptop, 1}).then_refused("AUTH_003");
    given<Decider>({registered}).when(RefreshSession{account, phone, 2}).then_refused("AUTH_003");
}

// --- RevokeSessions ---

TEST(Identity, ends_a_session)  // SH-AUTH-04
{
    const RevokeSessions log_out{account, person, RevocationCause::logout, phone};
    const auto first = given<Decider>({registered, logged_in})
                           .when(log_out)
                           .then(SessionsRevoked{account, person, RevocationCause::logout, {phone}});
    expect_repeat_is_harmless(first);
}

TEST(Identity, ends_all_sessions)
{
    const RevokeSessions all{account, person, RevocationCause::owner, {}};
    const auto first = given<Decider>({registered, logged_in})
                           .when(all)
                           .then(SessionsRevoked{account, person, RevocationCause::owner, {phone, laptop}});
    expect_repeat_is_harmless(first);
}

TEST(Identity, touches_no_account_that_belongs_to_somebody_else_by_now)
{
    const Rejection unknown{"USER_001", {{"userId", somebody.text()}}};
    const auto mine = given<Decider>({registered});
    mine.when(RevokeSessions{account, somebody, RevocationCause::owner, {}}).then(unknown);
    mine.when(SuspendAccount{account, somebody, {}}).then(unknown);
    mine.when(ActivateAccount{account, somebody}).then(unknown);
    mine.when(ChangeRole{account, somebody, Role::admin}).then(unknown);
    mine.when(EraseAccount{account, somebody}).then(unknown);
    mine.when(IssueCode{account, somebody, CodePurpose::password_reset, "x"}).then(unknown);
    mine.when(VerifyEmail{account, somebody, "x"}).then(unknown);
    mine.when(ResetPassword{account, somebody, "x", "v1.new"}).then(unknown);
}

// --- SuspendAccount, ActivateAccount, ChangeRole, EraseAccount ---

TEST(Identity, suspending_ends_every_session)  // SH-AUTH-10
{
    const auto first = given<Decider>({registered}).when(SuspendAccount{account, person, "도용 신고"}).then(suspended);
    expect_repeat_is_harmless(first);
    EXPECT_TRUE(first.state().sessions.empty());
}

TEST(Identity, activates_who_was_suspended)
{
    const auto first = given<Decider>({registered, suspended})
                           .when(ActivateAccount{account, person})
                           .then(AccountActivated{account, person});
    expect_repeat_is_harmless(first);
}

TEST(Identity, another_role_needs_another_login)
{
    const auto first = given<Decider>({registered})
                           .when(ChangeRole{account, person, Role::seller})
                           .then(RoleChanged{account, person, Role::seller, {phone}});
    expect_repeat_is_harmless(first);
    auto as_seller = logged_in;
    as_seller.role = Role::seller;
    given<Decider>({registered, RoleChanged{account, person, Role::seller, {phone}}}).when(log_in).then(as_seller);
}

TEST(Identity, erasing_leaves_nothing_but_the_end)
{
    const auto first = given<Decider>({registered, to_verify}).when(EraseAccount{account, person}).then(erased);
    expect_repeat_is_harmless(first);
    Decider::State end;
    end.user_id = person;
    EXPECT_EQ(first.state(), end);
    given<Decider>({}).when(EraseAccount{account, UserId{}}).then_refused("USER_001");
}

// --- Codes ---

TEST(Identity, issues_a_code_for_ten_minutes)  // SH-AUTH-13
{
    const IssueCode issue{account, person, CodePurpose::email_verification, "right"};
    expect_repeat_is_harmless(given<Decider>({registered}).when(issue).then(to_verify));
}

TEST(Identity, issues_one_code_a_minute)
{
    const IssueCode another{account, person, CodePurpose::email_verification, "another"};
    given<Decider>({registered, to_verify}).when(another, later(code_pause - 1us)).then(Rejection{"COMMON_429", {}});
    auto issued = to_verify;
    issued.code_hash = "another";
    issued.expires_at += code_pause;
    const auto second = given<Decider>({registered, to_verify}).when(another, later(code_pause)).then(issued);
    EXPECT_EQ(second.state().codes.size(), 1U) << "the one before is worth nothing";
    given<Decider>({registered, suspended}).when(another).then_refused("USER_003");
}

TEST(Identity, verifies_an_address)
{
    const VerifyEmail tell{account, person, "right"};
    const auto first = given<Decider>({registered, to_verify}).when(tell).then(EmailVerified{account, person});
    expect_repeat_is_harmless(first);
    given<Decider>({registered, to_verify, EmailVerified{account, person}})
        .when(IssueCode{account, person, CodePurpose::email_verification, "more"})
        .then(Already{});
}

TEST(Identity, a_code_is_good_for_its_purpose_its_time_and_once)
{
    const VerifyEmail tell{account, person, "right"};
    const Rejection none{"AUTH_006", {}};
    given<Decider>({registered}).when(tell).then(none);
    given<Decider>({registered, to_reset}).when(tell).then(none);
    given<Decider>({registered, to_verify}).when(tell, later(code_life)).then(none);
    const ResetPassword reset{account, person, "right", "v1.new"};
    given<Decider>({registered, to_reset}).when(reset).again().then(none);
}

TEST(Identity, five_wrong_tries_use_a_code_up)  // SH-AUTH-13
{
    std::vector<Event> history{registered, to_verify};
    for (std::int64_t left = most_attempts - 1; left >= 0; --left) {
        const CodeRefused refused{account, person, CodePurpose::email_verification, left};
        given<Decider>(history).when(VerifyEmail{account, person, "wrong"}).then(refused);
        history.emplace_back(refused);
    }
    given<Decider>(history).when(VerifyEmail{account, person, "right"}).then(Rejection{"AUTH_006", {}});
}

TEST(Identity, a_new_password_ends_every_session)
{
    const auto first = given<Decider>({registered, to_reset})
                           .when(ResetPassword{account, person, "right", "v1.new"})
                           .then(PasswordChanged{account, person, "v1.new", 2, {phone}});
    EXPECT_TRUE(first.state().sessions.empty());
    given<Decider>({registered, to_reset, suspended})
        .when(ResetPassword{account, person, "right", "v1.new"})
        .then_refused("USER_003");
}

}  // namespace
}  // namespace jangteo::producers::identity
