// The keys of persons on the real PostgreSQL (docs/decisions/0014).
#include "infra/personal/person_keys.hpp"

#include "infra/postgres/migrations.hpp"
#include "tests/integration/infra/database.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <thread>

namespace jangteo::personal {
namespace {

const auto old_master = crypto::make_key("2026-10");
const auto new_master = crypto::make_key("2026-11");
const Masters masters({old_master});
const Masters both({new_master, old_master});

class PersonKeys : public testing::Test {
protected:
    PersonKeys() { postgres::migrate(session); }

    tests::Database database;
    postgres::Session session{database.settings()};
    const events::UserId alice{events::random_uuid()};
    const events::UserId bob{events::random_uuid()};
};

TEST_F(PersonKeys, are_made_once)
{
    const auto first = keys_made_for(session, masters, {alice, bob, alice});
    ASSERT_EQ(first.size(), 2U);
    EXPECT_NE(first.at(alice).secret, first.at(bob).secret);
    EXPECT_EQ(first.at(alice).id, alice.text());
    EXPECT_EQ(keys_made_for(session, masters, {alice}).at(alice).secret, first.at(alice).secret);
    EXPECT_TRUE(keys_made_for(session, masters, {}).empty());
}

TEST_F(PersonKeys, are_not_to_be_read_in_their_table)
{
    const auto key = keys_made_for(session, masters, {alice}).at(alice);
    const auto wrapped = std::string(session.query("SELECT wrapped FROM personal.keys").text(0, 0));
    EXPECT_EQ(unwrapped(masters, alice, wrapped).secret, key.secret);
    EXPECT_THROW(unwrapped(masters, bob, wrapped), crypto::CannotOpen) << "good in its own row only";
    EXPECT_THROW(unwrapped(Masters({crypto::make_key("2026-10")}), alice, wrapped), crypto::CannotOpen);
}

TEST_F(PersonKeys, of_one_person_are_one_however_many_ask_at_once)
{
    std::vector<std::string> seen(8);
    std::vector<std::jthread> edges;
    for (auto& secret : seen) {
        edges.emplace_back([&] {
            postgres::Session own(database.settings());
            secret = keys_made_for(own, masters, {alice, bob}).at(alice).secret;
        });
    }
    edges.clear();
    for (const auto& secret : seen) EXPECT_EQ(secret, seen.front());
}

TEST_F(PersonKeys, once_taken_away_never_come_back)
{
    keys_made_for(session, masters, {alice, bob});
    erase(session, alice);
    erase(session, alice);
    const auto left = keys_made_for(session, masters, {alice, bob});
    EXPECT_FALSE(left.contains(alice));
    EXPECT_TRUE(left.contains(bob));
    const events::UserId never_seen{events::random_uuid()};
    erase(session, never_seen);
    EXPECT_TRUE(keys_made_for(session, masters, {never_seen}).empty());
}

TEST_F(PersonKeys, survive_a_change_of_the_master_key)
{
    const auto before = keys_made_for(session, masters, {alice, bob});
    EXPECT_EQ(keys_made_for(session, both, {alice}).at(alice).secret, before.at(alice).secret);
    EXPECT_EQ(wrap_anew(session, both, new_master.id), 2U);
    EXPECT_EQ(wrap_anew(session, both, new_master.id), 0U);
    EXPECT_EQ(keys_made_for(session, Masters({new_master}), {bob}).at(bob).secret, before.at(bob).secret);
    EXPECT_THROW(keys_made_for(session, masters, {bob}), crypto::CannotOpen);
}

}  // namespace
}  // namespace jangteo::personal
