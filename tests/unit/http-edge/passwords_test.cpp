#include "http-edge/server/passwords.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace jangteo::edge {
namespace {

/// Runs one question after the other on an io thread of its own.
template <class Session>
void run(Session session)
{
    boost::asio::io_context io{1};
    boost::asio::co_spawn(io, session(io), boost::asio::detached);
    io.run();
}

TEST(Passwords, are_hashed_with_bcrypt_of_cost_ten)  // SH-AUTH-05, T-01
{
    const auto hash = hash_of_password("password123");
    EXPECT_EQ(hash.substr(0, 7), "$2b$10$");
    EXPECT_EQ(hash.size(), 60U);
    EXPECT_EQ(hash.find("password"), std::string::npos);
    EXPECT_NE(hash, hash_of_password("password123")) << "each has a salt of its own";
    EXPECT_TRUE(is_password("password123", hash));
    EXPECT_FALSE(is_password("password124", hash));
    EXPECT_FALSE(is_password("", hash));
    EXPECT_FALSE(is_password("password123", "")) << "no hash fits nobody";
    EXPECT_FALSE(is_password("password123", "$2b$10$no hash at all"));
}

TEST(Passwords, count_to_their_72nd_byte)
{
    const std::string longest(longest_password_bytes, 'x');
    EXPECT_TRUE(is_password(longest + "and more", hash_of_password(longest)))
        << "bcrypt looks no further: what is longer has to be refused before";
}

/// By the number of hashes and not by the clock, which tells of everything else on this machine.
TEST(Passwords, of_nobody_cost_as_much_as_those_of_somebody)
{
    const auto hash = hash_of_password("password123");
    run([&](boost::asio::io_context& io) -> Awaitable<void> {
        Passwords passwords(io, 1, 8);
        EXPECT_TRUE(co_await passwords.verify("password123", hash));
        EXPECT_EQ(passwords.computed(), 1U);
        EXPECT_FALSE(co_await passwords.verify("wrong", hash));
        EXPECT_EQ(passwords.computed(), 2U);
        EXPECT_FALSE(co_await passwords.verify("password123", ""));
        EXPECT_EQ(passwords.computed(), 3U);
        EXPECT_FALSE(co_await passwords.verify("nobody's", "")) << "nobody has no password";
    });
}

TEST(Passwords, of_a_crowd_are_turned_away)
{
    boost::asio::io_context io{1};
    Passwords passwords(io, 1, 2);
    int answered = 0;
    int turned_away = 0;
    auto somebody = [&]() -> Awaitable<void> {
        try {
            co_await passwords.hash("password123");
            ++answered;
        } catch (const Problem& problem) {
            EXPECT_EQ(problem.code(), "COMMON_503");
            EXPECT_GT(problem.retry_after(), 0);
            ++turned_away;
        }
    };
    for (int i = 0; i < 10; ++i) boost::asio::co_spawn(io, somebody(), boost::asio::detached);
    io.run();
    EXPECT_EQ(answered + turned_away, 10);
    EXPECT_GE(answered, 2);
    EXPECT_GE(turned_away, 7) << "one at work, two waiting";
}

}  // namespace
}  // namespace jangteo::edge
