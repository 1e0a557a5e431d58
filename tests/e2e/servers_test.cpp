// Kafka and PostgreSQL go away and come back while orders flow.
#include "infra/postgres/session.hpp"
#include "tests/e2e/house.hpp"

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

class Servers : public House {};

TEST_F(Servers, a_killed_broker_loses_no_order)
{
    start_roles();
    Shoppers shoppers(*this, {});
    shoppers.go_on(2s);
    {
        const UpAgain broker("kafka");
        ServerCommand kill("kill", "kafka");
        shoppers.go_on_until([&] { return kill.done(); }, 30s, "the end of the broker");
        say("the broker is dead, " + std::to_string(shoppers.answered()) + " of " + std::to_string(shoppers.placed()) +
            " orders answered");
        shoppers.go_on(2s);
        ServerCommand up("up", "kafka");
        shoppers.go_on_until([&] { return up.done(); }, 120s, "the broker");
    }
    const auto back = Clock::now();
    const auto before = shoppers.answered();
    say("the broker is back, " + std::to_string(before) + " answered");
    shoppers.go_on_until([&] { return shoppers.answered() > before; }, 60s,
                         "the first answer after the broker is back");
    say("orders are answered again " +
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - back).count()) +
        " ms later");
    shoppers.go_on(4s);
    shoppers.finish();
    check_everything();
    stop_all();
}

TEST_F(Servers, orders_go_on_while_the_database_is_away)
{
    start_roles();
    Shoppers shoppers(*this, {});
    shoppers.go_on(2s);
    {
        const UpAgain database("postgres");
        ServerCommand kill("kill", "postgres");
        shoppers.go_on_until([&] { return kill.done(); }, 30s, "the end of the database");
        const auto before = shoppers.answered();
        say("the database is dead");
        shoppers.go_on(4s);
        say(std::to_string(shoppers.answered() - before) + " orders answered without the database");
        EXPECT_GT(shoppers.answered(), before + 10) << "writes wait for the database";
        ServerCommand up("up", "postgres");
        shoppers.go_on_until([&] { return up.done(); }, 60s, "the database");
    }
    say("the database is back");
    shoppers.go_on(2s);
    shoppers.finish();
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
