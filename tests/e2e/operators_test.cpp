// What operators ask, on the real servers.
#include "tests/e2e/operators.hpp"

#include "events/sagas.hpp"
#include "infra/kafka/publisher.hpp"
#include "infra/postgres/session.hpp"
#include "tests/e2e/house.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

class OperatorsTest : public House {
public:
    /// An accepted order of two products and some points.
    orders::OrderAccepted accepted_order()
    {
        const auto cup = new_product(5, {4'000});
        const auto pot = new_product(3, {30'000});
        const auto buyer = new_member({500});
        const auto answer = place_and_hear(order_of(buyer, {{cup.id, 1}, {pot.id, 2}}, {300}));
        EXPECT_EQ(answer.envelope.type, orders::OrderAccepted::type) << answer.value;
        orders::OrderAccepted accepted;
        from_json(answer.value, accepted);
        return accepted;
    }
};

TEST_F(OperatorsTest, see_all_that_happened_to_an_order_with_its_causes)
{
    start_roles();
    const auto order = accepted_order();
    cancel_and_hear(order.order_id);
    caller().listen(1s);
    const auto& id = order.order_id.text();
    const auto by_id = operate({"timeline", id});
    EXPECT_EQ(by_id.status, 0) << by_id.text;
    // What stock and points did is below the placing, and the acceptance below the last of these.
    EXPECT_TRUE(by_id.has("Z  orders OrderPlaced")) << by_id.text;
    EXPECT_TRUE(by_id.has("Z    inventory StockHeld")) << by_id.text;
    EXPECT_TRUE(by_id.has("Z    points PointsSpent")) << by_id.text;
    EXPECT_TRUE(by_id.has("Z      orders OrderAccepted")) << by_id.text;
    EXPECT_TRUE(by_id.has("Z  orders OrderCancelled")) << by_id.text;
    EXPECT_TRUE(by_id.has("Z    points PointsRestored")) << by_id.text;
    EXPECT_FALSE(by_id.has("called forth by")) << by_id.text;
    EXPECT_LT(by_id.took, 20s) << "with sanitizers, on a busy machine";

    const auto by_number = operate({"timeline", order.order_number, "--json"});
    ASSERT_EQ(by_number.status, 0) << by_number.text;
    const auto story = boost::json::parse(by_number.text);
    EXPECT_EQ(story.at("orderId").as_string(), id);
    EXPECT_EQ(std::ssize(by_id.lines()) - 1, std::ssize(story.at("events").as_array())) << by_id.text;
    EXPECT_EQ(operate({"timeline", to_string(random_uuid())}).status, 1);
    EXPECT_EQ(operate({"timeline", "ORD-20260118-"}).status, 1);
    say("a timeline took " + std::to_string(by_id.took.count()) + " ms");
    stop_all();
}

/// The read models stand still, so all of it is read from the log.
TEST_F(OperatorsTest, see_what_the_read_models_have_not_read)
{
    start("producers");
    start("sagas");
    const auto order = accepted_order();
    const auto said = operate({"timeline", order.order_id.text()});
    EXPECT_EQ(said.status, 0) << said.text;
    EXPECT_TRUE(said.has("Z  orders OrderPlaced")) << said.text;
    EXPECT_TRUE(said.has("orders OrderAccepted")) << said.text;
    stop_all();
}

TEST_F(OperatorsTest, read_the_log_by_type_time_and_aggregate)
{
    start_roles();
    const auto before = now() - 1s;
    const auto cup = new_product(5, {4'000});
    const inventory::ReceiveStock receive{cup.id, 7};
    caller().ask_and_hear(receive);

    const auto all = operate({"replay", "--aggregate", cup.id.text(), "--ndjson"});
    EXPECT_EQ(all.status, 0) << all.text;
    ASSERT_EQ(all.lines().size(), 2U) << all.text;
    EXPECT_EQ(boost::json::parse(all.lines()[0]).at("type").as_string(), inventory::ItemPut::type);
    EXPECT_EQ(boost::json::parse(all.lines()[1]).at("data").at("quantity").as_int64(), 7);
    const auto received = operate({"replay", "--type", "StockReceived", "--since", to_iso8601(before)});
    EXPECT_TRUE(received.has(cup.id.text())) << received.text;
    for (const auto& line : received.lines()) EXPECT_NE(line.find(" StockReceived "), std::string::npos) << line;
    EXPECT_TRUE(operate({"replay", "--aggregate", cup.id.text(), "--until", to_iso8601(before)}).text.empty());
    EXPECT_EQ(operate({"replay", "--context", "orders", "--limit", "1"}).lines().size(), 1U);
    EXPECT_EQ(operate({"replay", "--context", "nonsense"}).status, 2);
    EXPECT_EQ(operate({"replay", "--since", "yesterday"}).status, 2);
    stop_all();
}

/// A second owner's marker makes the first one's records no less valid, also for who begins to read behind them.
TEST_F(OperatorsTest, tell_living_records_from_the_middle_of_the_log)
{
    start_roles();
    auto& producers = *processes.front();
    const auto cup = new_product(5, {4'000});
    producers.kill();
    start("producers");
    caller().ask_and_hear(inventory::ReceiveStock{cup.id, 7});
    const auto since = now();
    std::this_thread::sleep_for(5ms);
    caller().ask_and_hear(inventory::ReceiveStock{cup.id, 8});
    const auto whole = operate({"replay", "--aggregate", cup.id.text()});
    ASSERT_EQ(whole.lines().size(), 3U) << whole.text;
    const auto end = operate({"replay", "--aggregate", cup.id.text(), "--since", to_iso8601(since)});
    ASSERT_EQ(end.lines().size(), 1U) << end.text;
    EXPECT_EQ(end.lines()[0], whole.lines()[2]);
    EXPECT_FALSE(whole.has("TakenOver"));
    EXPECT_TRUE(operate({"replay", "--context", "inventory", "--type", "TakenOver", "--dead"}).has("TakenOver"));
    stop_all();
}

TEST_F(OperatorsTest, watch_events_come_until_they_stop)
{
    start_roles();
    const auto cup = new_product(5, {4'000});
    Process tail("tail", operator_command({"tail", "--aggregate", cup.id.text()}), log_folder() + "/tail.log");
    std::int64_t sent = 0;
    const auto until = Clock::now() + 45s;
    // It tells nobody when it has begun.
    while (tail.last_lines(1).find("StockReceived") == std::string::npos && Clock::now() < until) {
        caller().ask_and_hear(inventory::ReceiveStock{cup.id, ++sent});
        std::this_thread::sleep_for(200ms);
    }
    EXPECT_NE(tail.last_lines(1).find("StockReceived " + cup.id.text()), std::string::npos);
    tail.terminate();
    EXPECT_EQ(tail.exit_status(), 0) << tail.trouble();
    EXPECT_EQ(tail.trouble(), "");
    stop_all();
}

// ---- Processes that stand still -------------------------------------------------------------------------------------

/// Nobody decides, so an order's process waits; it is listed with the reason, pushed, and goes on when somebody decides.
TEST_F(OperatorsTest, push_processes_that_wait_for_a_context_that_is_away)
{
    start_roles();
    auto& producers = *processes[0];
    auto& processes_of_orders = *processes[1];
    const auto cup = new_product(5, {4'000});
    const auto pot = new_product(5, {4'000});
    const auto buyer = new_member({500});
    // Both are placed while the processes stand still, and nobody decides what these ask for afterwards.
    processes_of_orders.terminate();
    const auto kept = order_of(buyer, {{cup.id, 2}}, {100});
    const auto given_up = order_of(buyer, {{cup.id, 1}, {pot.id, 1}}, {200});
    const auto kept_question = place(kept);
    const auto given_up_question = place(given_up);
    for (const auto& order : {kept.order_id, given_up.order_id}) {
        const auto until = Clock::now() + 30s;
        while (!operate({"replay", "--context", "orders", "--aggregate", order.text()}).has("OrderPlaced")) {
            ASSERT_LT(Clock::now(), until);
            caller().pump(50ms);
        }
    }
    producers.kill();
    start("sagas");

    const auto listed = [&] { return operate({"sagas", "list", "--older-than", "0s", "--state", "gathering"}); };
    const auto until = Clock::now() + 45s;
    auto list = listed();
    const auto complete = [&] {
        return list.has(kept.order_id.text()) && list.has(given_up.order_id.text()) && list.has("(nobody decides ");
    };
    while (!complete() && Clock::now() < until) list = listed();
    ASSERT_TRUE(complete()) << list.text;
    EXPECT_TRUE(list.has("waits for jangteo.inventory.HoldStock of ")) << list.text;
    EXPECT_FALSE(operate({"sagas", "list", "--older-than", "1h"}).has(kept.order_id.text()));
    const auto status = operate({"status"});
    EXPECT_EQ(status.status, 1);
    EXPECT_TRUE(status.has("ATTENTION    nobody decides inventory.commands[")) << status.text;
    EXPECT_TRUE(status.has("sagas        order_fulfilment: ")) << status.text;
    EXPECT_TRUE(operate({"status", "--json"}).has(R"({"role":"producers","reader":"inventory",)"));
    const auto shown = operate({"sagas", "show", "order_fulfilment", kept.order_id.text(), "--json"});
    ASSERT_EQ(shown.status, 0) << shown.text;
    EXPECT_EQ(boost::json::parse(shown.text).at("waitsFor").as_array().size(), 2U) << shown.text;

    const auto push = [&](const std::string& verb, const OrderId& order, std::vector<std::string> more = {}) {
        std::vector<std::string> words{"sagas",  verb,    "order_fulfilment", order.text(), "--reason",
                                       "a test", "--who", "operator:kim"};
        words.insert(words.end(), more.begin(), more.end());
        return operate(words);
    };
    const auto dry = push("compensate", kept.order_id, {"--dry-run"});
    EXPECT_EQ(dry.status, 0) << dry.text;
    EXPECT_TRUE(dry.has("will compensate order_fulfilment " + kept.order_id.text())) << dry.text;
    const auto retried = push("retry", kept.order_id);
    EXPECT_EQ(retried.status, 0) << retried.text;
    EXPECT_TRUE(retried.has("sent 2 commands and 0 tasks")) << retried.text;
    const auto step = std::string(boost::json::parse(shown.text).at("waitsFor").at(0).at("step").as_string());
    EXPECT_TRUE(push("skip", kept.order_id, {"--step", step}).has("it cannot do without the answer of "));
    const auto compensated = push("compensate", given_up.order_id);
    EXPECT_TRUE(compensated.has("sent 4 commands and 0 tasks")) << compensated.text;
    EXPECT_EQ(push("retry", {random_uuid()}).status, 1);
    EXPECT_NE(operate({"sagas", "retry", "order_fulfilment", kept.order_id.text()}).status, 0) << "no reason given";
    const auto history = operate({"sagas", "show", "order_fulfilment", given_up.order_id.text()});
    EXPECT_TRUE(history.has("compensate by operator:kim (a test): sent 4 commands")) << history.text;

    start("producers");
    EXPECT_EQ(caller().answer(kept_question).envelope.type, orders::OrderAccepted::type);
    const auto refusal = caller().answer(given_up_question);
    EXPECT_EQ(refusal.envelope.type, orders::OrderRefused::type);
    EXPECT_NE(refusal.value.find("COMMON_503"), std::string::npos) << refusal.value;
    check_everything();
    EXPECT_FALSE(listed().has(kept.order_id.text())) << "it waits for nobody but the buyer";
    const auto timers = operate({"timers", "--saga", "order_fulfilment", "--limit", "100000"});
    EXPECT_TRUE(timers.has(kept.order_id.text() + "  payment_due")) << timers.text;
    stop_all();
}

/// What cannot be read holds up its own process only, until an operator leaves it out.
TEST_F(OperatorsTest, leave_out_an_input_that_a_process_cannot_take)
{
    start_roles();
    const auto order = accepted_order();
    Record broken;
    broken.topic = "order_fulfilment.inbox";
    broken.value = "{\"broken\":";
    broken.envelope.id = random_uuid();
    broken.envelope.type = sagas::TimerFired::type;
    broken.envelope.subject = order.order_id.text();
    broken.envelope.correlation_id = order.order_id.value;
    broken.envelope.time = now();
    kafka::Publisher publisher({from_environment("JANGTEO_TEST_KAFKA"), "e2e"}, {},
                               [](std::uint64_t, bool ok, std::int64_t) { EXPECT_TRUE(ok); });
    publisher.publish(broken, 0);
    ASSERT_TRUE(publisher.flush(10s));
    const auto name = "order_fulfilment/" + order.order_id.text();
    const auto until = Clock::now() + 30s;
    auto shown = operate({"quarantine", "show", name});
    while (shown.status != 0 && Clock::now() < until) shown = operate({"quarantine", "show", name});
    ASSERT_EQ(shown.status, 0) << shown.text;
    EXPECT_TRUE(shown.has("TimerFired")) << shown.text;
    // The cancellation waits behind it.
    cancel_and_hear(order.order_id);
    const auto groups = operate({"quarantine", "list", "--of", "sagas", "--json"});
    ASSERT_EQ(groups.lines().size(), 1U) << groups.text;
    const auto group = boost::json::parse(groups.lines()[0]);
    EXPECT_EQ(group.at("first").as_string(), name);
    const std::string id(group.at("id").as_string());

    EXPECT_EQ(operate({"quarantine", "discard", id, "--reason", "a test"}).status, 2) << "a group, but not --all-alike";
    const auto dry = operate({"quarantine", "discard", id, "--all-alike", "--reason", "a test", "--dry-run"});
    EXPECT_EQ(dry.status, 0);
    EXPECT_TRUE(dry.has("will discard ")) << dry.text;
    const auto retried = operate({"quarantine", "retry", name, "--reason", "perhaps now"});
    EXPECT_EQ(retried.status, 1) << retried.text;
    EXPECT_TRUE(retried.has("parked again")) << retried.text;
    const auto discarded = operate({"quarantine", "discard", id, "--all-alike", "--reason", "nobody wrote it"});
    EXPECT_EQ(discarded.status, 0) << discarded.text;
    EXPECT_TRUE(discarded.has("left out jangteo.sagas.TimerFired; took 1 inputs")) << discarded.text;
    EXPECT_TRUE(operate({"quarantine", "list", "--of", "sagas"}).has("quarantine: 0 failed"));
    stop_all();
    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    const auto written =
        session.query("SELECT what, reason FROM operations.actions WHERE target = $1 ORDER BY at", {"process " + name});
    ASSERT_EQ(written.size(), 2U);
    EXPECT_EQ(written.text(0, 0), "retry");
    EXPECT_EQ(written.text(1, 0), "discard");
    EXPECT_EQ(written.text(1, 1), "nobody wrote it");
}

/// A read model whose table refuses a row parks the aggregate; when the table is right again, a retry applies what waits.
TEST_F(OperatorsTest, retry_what_a_read_model_has_parked)
{
    start_roles();
    const auto cup = new_product(5, {4'000});
    const auto pot = new_product(5, {4'000});
    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    const auto change = [&](const std::string& sql) {
        session.transact([&](postgres::Transaction& transaction) { transaction.execute(sql); });
    };
    change("ALTER TABLE read_stock.stock ADD CONSTRAINT picky CHECK (product_id NOT IN ('" + cup.id.text() + "', '" +
           pot.id.text() + "') OR on_hand < 100) NOT VALID");
    for (const auto& product : {cup.id, pot.id}) {
        caller().ask_and_hear(inventory::ReceiveStock{product, 100});
        caller().ask_and_hear(inventory::ReceiveStock{product, 1});
    }
    const auto until = Clock::now() + 45s;
    const auto parked = [&] {
        return operate({"quarantine", "list", "--of", "read-models"}).has("read model stock: 2 failed alike");
    };
    while (!parked() && Clock::now() < until) caller().pump(100ms);
    const auto name = "stock/" + cup.id.text();
    const auto shown = operate({"quarantine", "show", name});
    EXPECT_TRUE(shown.has("picky")) << shown.text;
    EXPECT_TRUE(shown.has("StockReceived " + cup.id.text())) << shown.text;
    EXPECT_EQ(operate({"quarantine", "retry", name, "--reason", "too early"}).status, 1);
    change("ALTER TABLE read_stock.stock DROP CONSTRAINT picky");
    const auto retried = operate({"quarantine", "retry", name, "--all-alike", "--reason", "the table is right again"});
    EXPECT_EQ(retried.status, 0) << retried.text;
    EXPECT_TRUE(retried.has("quarantine: 2 of 2 wait no longer")) << retried.text;
    caller().ask_and_hear(inventory::ReceiveStock{cup.id, 1});
    check_everything();
    stop_all();
}

// ---- The guide ------------------------------------------------------------------------------------------------------

/// The words of a command line, with double quotes.
std::vector<std::string> words_of(const std::string& line)
{
    std::vector<std::string> words{""};
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

/// Every command of docs/operations.md, from there on, is understood; those that change something are only asked what they would touch.
TEST_F(OperatorsTest, find_no_command_in_the_guide_that_is_not_understood)
{
    start_roles();
    const auto order = accepted_order();
    const std::map<std::string, std::string> names{{"ORDER", order.order_id.text()},
                                                   {"STEP", to_string(random_uuid())},
                                                   {"GROUP", "01234567"},
                                                   {"AGGREGATE", order.order_id.text()},
                                                   {"TASK", to_string(random_uuid())},
                                                   {"FOLDER", log_folder() + "/exported"}};
    std::filesystem::remove_all(names.at("FOLDER"));
    const std::set<std::string> changing{"retry", "skip", "discard", "compensate", "--repair"};
    std::ifstream guide(JANGTEO_OPERATIONS_GUIDE);
    // What is above is tried by other tests.
    for (std::string line; std::getline(guide, line) && line != "# When something stands still";) {
    }
    std::size_t commands = 0;
    std::set<std::string> verbs;
    for (std::string line; std::getline(guide, line);) {
        const auto begin = line.find_first_not_of(' ');
        if (begin == std::string::npos || !line.substr(begin).starts_with("jangteo ")) continue;
        auto words = words_of(line.substr(begin));
        words.erase(words.begin());
        verbs.insert(words.front());
        bool changes = false;
        for (auto& word : words) {
            for (const auto& [name, value] : names) {
                const auto at = word.find(name);
                if (at != std::string::npos) word.replace(at, name.size(), value);
            }
            changes = changes || changing.contains(word);
        }
        if (changes) words.emplace_back("--dry-run");
        if (words.front() == "tail") words.emplace_back("--help");  // It would go on for ever.
        const auto said = operate(words);
        EXPECT_TRUE(said.status == 0 || said.status == 1) << line << "\n" << said.text;
        EXPECT_FALSE(said.text.empty() && said.status != 0) << line;
        ++commands;
    }
    EXPECT_GT(commands, 20U);
    EXPECT_TRUE(verbs.contains("quarantine") && verbs.contains("sagas") && verbs.contains("timeline"));
    EXPECT_TRUE(verbs.contains("export"));
    std::filesystem::remove_all(names.at("FOLDER"));
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
