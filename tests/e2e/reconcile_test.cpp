// `jangteo reconcile`: the gateways' books and ours are made to differ in every way there is; each is named, what a command
// can make right is made right, and once more changes nothing.
#include "tests/e2e/operators.hpp"
#include "tests/e2e/payments_house.hpp"

#include <boost/json.hpp>
#include <map>
#include <set>

namespace jangteo::e2e {
namespace {

class Reconciliation : public PaymentsHouse {
public:
    struct Told {
        Said said;
        std::map<std::string, std::set<std::string>> found{};  ///< The differences of a payment.
        std::map<std::string, std::set<std::string>> left{};   ///< After the repair.
        std::int64_t repaired = -1;
    };
    /// `patience`: none, so that what is still under way counts as well.
    Told reconcile(std::vector<std::string> more = {})
    {
        std::vector<std::string> arguments{"reconcile", "--json", "--patience=0s", "--from=" + to_iso8601(began)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        for (const auto& setting : gateways.settings()) arguments.push_back(setting);
        Told told{operate(arguments)};
        for (const auto& line : told.said.lines()) {
            boost::json::error_code error;
            const auto parsed = boost::json::parse(line, error);
            if (error || !parsed.is_object()) {
                ADD_FAILURE() << told.said.text;
                continue;
            }
            const auto& step = parsed.at("step").as_string();
            if (step == "sum") {
                told.repaired = parsed.at("repaired").as_int64();
                continue;
            }
            auto& differences = step == "left" ? told.left : told.found;
            differences[std::string(parsed.at("paymentId").as_string())].emplace(parsed.at("difference").as_string());
        }
        EXPECT_GE(told.repaired, 0) << told.said.text;
        return told;
    }
    Told repair() { return reconcile({"--repair", "--reason=test"}); }

    Order paid(const ProductId& product, bool inicis = false)
    {
        auto order = prepared(product, 1, inicis);
        const auto answer = apps.ask_and_wait(complete_request(order));
        EXPECT_EQ(answer.status, 200U) << answer.body;
        EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << status_of(order);
        return order;
    }
    /// The gateway is asked, and nobody hears what it says, now or later.
    Order asked_in_vain(const ProductId& product, const char* trouble, bool inicis = false)
    {
        auto order = prepared(product, 1, inicis);
        gateways.trouble({{trouble, 1}, {"silent_ms", 1}, {"callback_lost", 1}});
        apps.ask(complete_request(order), [](const HttpAnswer&) {});
        EXPECT_TRUE(soon([&] {
            postgres::Session session(
                {.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
            const auto rows = session.query("SELECT trouble FROM read_payments.payments WHERE payment_id = $1",
                                            {*PaymentId::parse(order.payment)});
            return !rows.empty() && rows.text(0, 0) == "NO_ANSWER";
        })) << order.payment;
        return order;
    }
    void kill_consumers()
    {
        for (const auto& process : processes) {
            if (process->name().starts_with("consumers-") && process->runs()) process->kill();
        }
    }
    std::int64_t refunded_here(const Order& order)
    {
        return std::stoll(get(order, "/payments/" + order.payment).at("data.refundedAmount"));
    }
    std::string tid_of(const Order& order)
    {
        const auto ledger = gateways.control("GET", "/inicis/ledger?orderId=" + order.payment);
        return std::string(ledger.at("payments").as_array().at(0).at("tid").as_string());
    }

    const Timestamp began = now();
};

TEST_F(Reconciliation, repairs_what_was_lost_and_what_was_done_by_hand_and_once_more_changes_nothing)
{
    const auto mug = open(20);
    const auto untouched = paid(mug);
    // Somebody gives money back in the gateways' consoles.
    const auto half_by_hand = paid(mug);
    gateways.trouble({{"callback_lost", 1}});
    gateways.control("POST", "/toss/cancel", {{"paymentKey", half_by_hand.key}, {"amount", 5'000}});
    const auto all_by_hand = paid(mug, true);
    gateways.control("POST", "/inicis/cancel", {{"tid", tid_of(all_by_hand)}});
    // The gateways did the work; the answer and the callback are lost, and whoever asked is dead.
    const auto lost = asked_in_vain(mug, "done_but_silent");
    const auto lost_at_inicis = asked_in_vain(mug, "done_but_silent", true);
    const auto lost_and_cancelled = asked_in_vain(mug, "done_but_silent");
    kill_consumers();
    EXPECT_EQ(apps.ask_and_wait(post(lost_and_cancelled, "/orders/" + lost_and_cancelled.id + "/cancel", "{}")).status,
              200U);
    gateways.calm();

    const std::map<std::string, std::set<std::string>> differences{
        {half_by_hand.payment, {"refund_missing_here"}},
        {all_by_hand.payment, {"refund_missing_here"}},
        {lost.payment, {"captured_there_unknown_here"}},
        {lost_at_inicis.payment, {"captured_there_unknown_here"}},
        {lost_and_cancelled.payment, {"captured_there_unknown_here"}}};
    const auto looked = reconcile();
    EXPECT_EQ(looked.said.status, 1) << looked.said.text;
    EXPECT_EQ(looked.found, differences) << looked.said.text;
    EXPECT_EQ(looked.repaired, 0);
    EXPECT_EQ(reconcile().found, differences) << "a look changes nothing";
    EXPECT_EQ(operate({"reconcile", "--repair"}).status == 0, false) << "nobody said why";

    const auto repaired = repair();
    EXPECT_EQ(repaired.found, differences) << repaired.said.text;
    EXPECT_EQ(repaired.repaired, 5) << repaired.said.text;
    // What nobody wants goes back; as long as nobody works for the gateway, it waits.
    EXPECT_EQ(repaired.left,
              (std::map<std::string, std::set<std::string>>{{lost_and_cancelled.payment, {"still_unknown"}}}))
        << repaired.said.text;
    for (const auto& order : {lost, lost_at_inicis}) {
        EXPECT_TRUE(soon([&] { return status_of(order) == "confirmed"; })) << status_of(order);
    }
    EXPECT_TRUE(soon([&] { return refunded_here(half_by_hand) == 5'000; }));
    EXPECT_TRUE(soon([&] { return refunded_here(all_by_hand) == all_by_hand.amount; }));

    start("consumers", settings);
    EXPECT_TRUE(soon([&] { return gateways.ledger().at(lost_and_cancelled.payment).given_back > 0; }));
    // The workers' own looks find what was found: the log says so when everything has come to rest.
    check_everything();
    const auto clean = reconcile();
    EXPECT_EQ(clean.said.status, 0) << clean.said.text;
    const auto again = repair();
    EXPECT_EQ(again.said.status, 0) << again.said.text;
    EXPECT_EQ(again.repaired, 0);
    check_everything();

    const auto ledger = gateways.ledger();
    const std::map<std::string, std::int64_t> given_back{
        {untouched.payment, 0}, {half_by_hand.payment, 5'000}, {all_by_hand.payment, all_by_hand.amount},
        {lost.payment, 0},      {lost_at_inicis.payment, 0},   {lost_and_cancelled.payment, lost_and_cancelled.amount}};
    for (const auto& [payment, won] : given_back) {
        EXPECT_EQ(ledger.at(payment).given_back, won) << payment;
        EXPECT_EQ(ledger.at(payment).refunds, won > 0 ? 1 : 0) << payment << ": never twice";
        EXPECT_EQ(ledger.at(payment).confirms, 1) << payment;
    }
    // What is left of a payment that was half given back by hand is what can still be given back.
    auto rest = post(half_by_hand, "/payments/" + half_by_hand.payment + "/refund", R"({"reason":"나머지"})");
    rest.token = token({random_uuid()}, edge::Role::admin);
    const auto answer = apps.ask_and_wait(rest);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(gateways.ledger().at(half_by_hand.payment).given_back, half_by_hand.amount);
    check_everything();
    const auto written = operate({"reconcile"});
    EXPECT_EQ(written.status, 1) << "no gateway is configured";
    stop_all();
}

TEST_F(Reconciliation, names_what_only_somebody_can_decide_and_leaves_it_alone)
{
    const auto mug = open(20);
    const auto forgotten = paid(mug);
    gateways.control("PUT", "/toss/books", {{"paymentKey", forgotten.key}, {"forget", true}});
    const auto other_amount = paid(mug);
    gateways.control("PUT", "/toss/books", {{"paymentKey", other_amount.key}, {"amount", other_amount.amount + 100}});
    const auto not_given_back = paid(mug);
    EXPECT_EQ(apps.ask_and_wait(post(not_given_back, "/payments/" + not_given_back.payment + "/cancel", "{}")).status,
              200U);
    EXPECT_TRUE(soon([&] { return refunded_here(not_given_back) == not_given_back.amount; }));
    gateways.control("PUT", "/toss/books", {{"paymentKey", not_given_back.key}, {"forgetCancels", true}});
    const auto unanswered = asked_in_vain(mug, "fail");
    kill_consumers();
    gateways.calm();

    const std::map<std::string, std::set<std::string>> differences{{forgotten.payment, {"captured_here_unknown_there"}},
                                                                   {other_amount.payment, {"amount_differs"}},
                                                                   {not_given_back.payment, {"refund_missing_there"}},
                                                                   {unanswered.payment, {"still_unknown"}}};
    const auto looked = repair();
    EXPECT_EQ(looked.said.status, 1);
    EXPECT_EQ(looked.found, differences) << looked.said.text;
    EXPECT_EQ(looked.repaired, 0);
    // Words for people say the same, and what is to be done.
    std::vector<std::string> arguments{"reconcile", "--patience=0s", "--from=" + to_iso8601(began)};
    for (const auto& setting : gateways.settings()) arguments.push_back(setting);
    const auto said = operate(arguments);
    EXPECT_EQ(said.status, 1);
    EXPECT_TRUE(said.has("captured_here_unknown_there  toss payment " + forgotten.payment)) << said.text;
    EXPECT_TRUE(said.has("jangteo sagas retry payment_gateway " + unanswered.id)) << said.text;
    EXPECT_TRUE(said.has("4 left")) << said.text;
    EXPECT_EQ(reconcile({"--gateway=inicis"}).said.status, 0) << "nothing of it is Inicis'";
    EXPECT_EQ(operate({"reconcile", "--gateway=nobody"}).status, 2);

    start("consumers", settings);
    EXPECT_TRUE(soon([&] { return status_of(unanswered) == "confirmed"; })) << "it is asked again by itself";
    // The gateway is away: nobody says that nothing differs.
    gateways.trouble({{"refuse_connections", true}});
    std::vector<std::string> away{"reconcile"};
    for (const auto& setting : gateways.settings()) away.push_back(setting);
    const auto refused = operate(away);
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(refused.has("nothing was compared")) << refused.text;
    gateways.calm();
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
