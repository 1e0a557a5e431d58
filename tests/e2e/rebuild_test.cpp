// Read models are rebuilt while people shop: whoever asks is answered, sees what he has written, and in the end everything
// adds up. The commands are those of docs/operations.md.
#include "infra/postgres/session.hpp"
#include "tests/e2e/front_door.hpp"

#include <deque>
#include <thread>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

class Rebuild : public FrontDoor {
public:
    /// A command of the operator on its way.
    std::unique_ptr<Process> command(std::vector<std::string> words)
    {
        words.insert(words.begin(), {from_environment("JANGTEO_TEST_BINARY"),
                                     "--kafka-brokers=" + from_environment("JANGTEO_TEST_KAFKA"),
                                     "--postgres=" + from_environment("JANGTEO_TEST_POSTGRES")});
        const auto name = "command-" + std::to_string(++commands_);
        return std::make_unique<Process>(name, words, log_folder() + "/" + name + ".log");
    }
    struct Ended {
        int exit_status = -1;
        std::string said;
    };
    static Ended wait(Process& process)
    {
        const auto until = Clock::now() + 120s;
        while (!process.exit_status() && Clock::now() < until) std::this_thread::sleep_for(20ms);
        return {process.exit_status().value_or(-1), process.last_lines(200)};
    }
    Ended run(std::vector<std::string> words) { return wait(*command(std::move(words))); }

    /// Buyers who order, one after the other, and look at what they have ordered at once.
    class Buyers {
    public:
        Buyers(Rebuild& door, const ProductId& product, int count) : door_(door), product_(product)
        {
            for (int i = 0; i < count; ++i) order(members_.emplace_back(UserId{random_uuid()}));
        }
        void finish()
        {
            stopping_ = true;
            EXPECT_TRUE(door_.apps.run_until_idle(120s)) << "somebody hangs";
        }

        int ordered = 0;
        int looked = 0;
        std::map<std::string, int> wrong;

    private:
        void order(const UserId& user)
        {
            if (stopping_) return;
            auto request = door_.order_request(user, product_, 1, "rebuild-" + to_string(random_uuid()));
            door_.apps.ask(request, [this, user, token = request.token](const HttpAnswer& answer) {
                if (answer.status != 201) {
                    ++wrong["order: " + std::to_string(answer.status) + " " + answer.body + answer.trouble];
                    return;
                }
                ++ordered;
                look(user, token, answer);
            });
        }
        void look(const UserId& user, const std::string& token, const HttpAnswer& ordered_one)
        {
            const auto number = ordered_one.at("data.orderNumber");
            door_.apps.ask(
                {.method = "GET",
                 .target = "/api/v1/orders/" + ordered_one.at("data.id"),
                 .token = token,
                 .position = ordered_one.position},
                [this, user, number](const HttpAnswer& answer) {
                    ++looked;
                    if (answer.status != 200 || answer.at("data.orderNumber") != number) {
                        ++wrong["look: " + std::to_string(answer.status) + " " + answer.body + answer.trouble];
                    }
                    order(user);
                });
        }

        Rebuild& door_;
        ProductId product_;
        std::deque<UserId> members_;
        bool stopping_ = false;
    };

private:
    int commands_ = 0;
};

TEST_F(Rebuild, of_every_read_model_while_people_shop_is_seen_by_nobody)
{
    start_roles();
    start_edge();
    const ProductId mug{random_uuid()};
    ASSERT_EQ(put_item(mug, 1'000'000, 12'000).status, 200U);
    Buyers buyers(*this, mug, 6);
    apps.run_for(1s);
    for (const std::string model :
         {"orders", "stock", "points", "payments", "settlement", "shipping", "members", "inquiries", "commands"}) {
        const auto before = buyers.looked;
        const auto rebuilding = command({"rebuild", model, "--yes"});
        while (rebuilding->runs()) apps.run_for(50ms);
        const auto ended = wait(*rebuilding);
        EXPECT_EQ(ended.exit_status, 0) << ended.said;
        EXPECT_NE(ended.said.find("has its new tables"), std::string::npos) << ended.said;
        EXPECT_EQ(ended.said.find("DIFFERENT"), std::string::npos) << ended.said;
        say("read_" + model + " rebuilt beside " + std::to_string(buyers.looked - before) + " looks at orders");
        apps.run_for(500ms);
    }
    // Back to the tables from before, caught up, while they go on.
    const auto rolling_back = command({"rebuild", "orders", "--rollback", "--yes"});
    while (rolling_back->runs()) apps.run_for(50ms);
    EXPECT_EQ(wait(*rolling_back).exit_status, 0) << rolling_back->last_lines(20);
    apps.run_for(500ms);
    buyers.finish();
    EXPECT_GT(buyers.looked, 50);
    for (const auto& [what, times] : buyers.wrong) ADD_FAILURE() << times << " × " << what;
    check_everything();
    stop_all();
}

TEST_F(Rebuild, spoilt_rows_are_found_shown_and_mended)
{
    start_roles();
    start_edge();
    const ProductId mug{random_uuid()};
    ASSERT_EQ(put_item(mug, 1'000, 12'000).status, 200U);
    Buyers buyers(*this, mug, 2);
    apps.run_for(1s);
    buyers.finish();
    check_everything();

    const auto planned = run({"rebuild", "orders", "--dry-run"});
    EXPECT_EQ(planned.exit_status, 0) << planned.said;
    EXPECT_NE(planned.said.find("records to read"), std::string::npos) << planned.said;
    EXPECT_EQ(run({"rebuild", "orders"}).exit_status, 1) << "nobody is there to be asked";

    const auto before = run({"rebuild", "orders", "--as-of", to_iso8601(Timestamp{} + 24h), "--threads", "1"});
    EXPECT_EQ(before.exit_status, 0) << before.said;
    EXPECT_NE(before.said.find(".orders: 0\n"), std::string::npos) << "nothing had happened then: " << before.said;
    EXPECT_EQ(run({"rebuild", "orders", "--drop", "read_orders_at_19700102000000", "--yes"}).exit_status, 0);

    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    const auto spoilt = session.query("SELECT order_id FROM read_orders.orders ORDER BY order_id LIMIT 1").uuid(0, 0);
    session.query("UPDATE read_orders.orders SET total_amount = total_amount + 1 WHERE order_id = $1", {spoilt});
    const auto refused = run({"rebuild", "orders", "--yes"});
    EXPECT_EQ(refused.exit_status, 1) << refused.said;
    EXPECT_NE(refused.said.find("DIFFERENT"), std::string::npos) << refused.said;
    const auto shown = run({"diff", "read_orders", "read_orders_next"});
    EXPECT_EQ(shown.exit_status, 1) << shown.said;
    EXPECT_NE(shown.said.find(to_string(spoilt) + ": total_amount is "), std::string::npos) << shown.said;

    const auto mended = run({"rebuild", "orders", "--yes", "--accept-differences", "--json"});
    EXPECT_EQ(mended.exit_status, 0) << mended.said;
    EXPECT_NE(mended.said.find("\"live\":true"), std::string::npos) << mended.said;
    EXPECT_EQ(run({"diff", "read_orders", "read_orders_previous"}).exit_status, 1);
    EXPECT_EQ(run({"diff", "read_orders", "read_elsewhere"}).exit_status, 2);
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
