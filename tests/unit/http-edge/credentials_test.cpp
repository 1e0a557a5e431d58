// E-mail addresses, refresh tokens and codes as people, and attackers, bring them.
#include "http-edge/server/credentials.hpp"

#include <gtest/gtest.h>
#include <set>

namespace jangteo::edge {
namespace {

const std::string email_key = "a key of addresses that is long enough";
const TokenSettings settings{
    .keys = {{"new", "the first secret has thirty-two bytes"}, {"old", "the second secret is just as long...."}}};
const TokenSettings before{.keys = {settings.keys[1]}};
const TokenSettings elsewhere{.keys = {{"new", "somebody else's secret of enough bytes"}}};

template <class Id>
Id id(std::string_view name)
{
    return {events::uuid_v5(events::url_namespace, name)};
}
const RefreshToken token{id<events::AccountId>("account"), id<events::SessionId>("session"), 3};

TEST(Credentials, addresses_are_of_the_form_that_mail_takes)
{
    for (const auto* good : {"a@b.kr", "kim.haneul+shop@mail.example.com", "x_y-z@a-b.co", "1@2.3"}) {
        EXPECT_TRUE(is_email(good)) << good;
    }
    const std::string long_local(65, 'a');
    for (const std::string bad :
         {"", "a", "@b.kr", "a@", "a@b", "a@.kr", "a@b.", "a@-b.kr", "a@b-.kr", "a b@c.kr", ".a@b.kr", "a.@b.kr",
          "a..b@c.kr", "a@b@c.kr", "a@b..kr", "하늘@b.kr", "a@하늘.kr", "a\n@b.kr", "\"a b\"@c.kr"}) {
        EXPECT_FALSE(is_email(bad)) << bad;
    }
    EXPECT_FALSE(is_email(long_local + "@b.kr"));
    EXPECT_FALSE(is_email("a@" + std::string(250, 'b') + ".kr"));
}

TEST(Credentials, an_account_follows_from_its_address_and_a_key)
{
    const auto first = account_of(email_key, "Kim@Example.com");
    EXPECT_EQ(first, account_of(email_key, "kim@example.COM")) << "upper and lower case are one address";
    EXPECT_NE(first, account_of(email_key, "kim@example.co"));
    EXPECT_NE(first, account_of(email_key + "x", "kim@example.com")) << "without the key nobody can try addresses";
    EXPECT_EQ(first.text()[14], '8');
}

TEST(Credentials, a_refresh_token_is_read_as_it_was_written)
{
    EXPECT_EQ(read_refresh_token(settings, write_refresh_token(settings, token)), token);
    EXPECT_EQ(write_refresh_token(settings, token), write_refresh_token(settings, token)) << "a repeat gives the same";
}

TEST(Credentials, a_refresh_token_outlives_the_change_of_keys)
{
    EXPECT_EQ(read_refresh_token(settings, write_refresh_token(before, token)), token);
    EXPECT_EQ(read_refresh_token(before, write_refresh_token(settings, token)), std::nullopt);
}

TEST(Credentials, nobody_makes_a_refresh_token_up)
{
    const auto good = write_refresh_token(settings, token);
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(read_refresh_token(settings, changed), std::nullopt) << i;
    }
    EXPECT_EQ(read_refresh_token(settings, ""), std::nullopt);
    EXPECT_EQ(read_refresh_token(settings, good + "A"), std::nullopt);
    EXPECT_EQ(read_refresh_token(settings, good.substr(4)), std::nullopt);
    EXPECT_EQ(read_refresh_token(settings, write_refresh_token(elsewhere, token)), std::nullopt);
}

TEST(Credentials, codes_have_six_digits_and_follow_from_their_command)
{
    std::set<std::string> codes;
    for (int i = 0; i < 200; ++i) {
        const auto command = id<events::CommandId>(std::to_string(i));
        const auto code = code_of(settings, command);
        EXPECT_EQ(code.size(), 6U);
        EXPECT_EQ(code.find_first_not_of("0123456789"), std::string::npos);
        EXPECT_EQ(code, code_of(settings, command));
        codes.insert(code);
    }
    EXPECT_GT(codes.size(), 190U);
}

TEST(Credentials, the_hash_of_a_code_is_good_for_one_account_and_purpose)
{
    const auto hash = code_hash(email_key, token.account_id, "email_verification", "123456");
    EXPECT_NE(hash, code_hash(email_key, token.account_id, "password_reset", "123456"));
    EXPECT_NE(hash, code_hash(email_key, id<events::AccountId>("other"), "email_verification", "123456"));
    EXPECT_NE(hash, code_hash(email_key + "x", token.account_id, "email_verification", "123456"));
    EXPECT_EQ(hash.find("123456"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::edge
