// What a worker does with a task, and what it tells the log: a table for each task.
#include "consumers/payments/errands.hpp"

#include <gtest/gtest.h>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::consumers::payments {
namespace {

using namespace std::chrono_literals;
using namespace events::payments;

const events::OrderId order{*events::parse_uuid("0b1f3c1e-0000-4000-8000-00000000000a")};
const events::PaymentId payment{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000001")};
const events::RefundId refund_id{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000002")};

const Captured captured{"key", {15'000}, events::Timestamp{1s}, "https://receipt"};
const Declined declined{"REJECT_CARD_COMPANY", "거절"};

/// Answers as the test says, and remembers what it was asked.
class FakeGateway final : public Gateway {
public:
    using Answer = std::function<Standing()>;

    Standing confirm(const ConfirmAtGateway&) override { return asked_for("confirm", confirms); }
    Standing look(const events::PaymentId&) override { return asked_for("look", looks); }
    std::variant<Returned, Declined> refund(const RefundAtGateway&, bool first) override
    {
        asked.emplace_back(first ? "refund" : "refund again");
        return refunds();
    }

    Answer confirms;
    Answer looks;
    std::function<std::variant<Returned, Declined>()> refunds;
    std::vector<std::string> asked;

private:
    Standing asked_for(const std::string& what, const Answer& answer)
    {
        asked.push_back(what);
        if (!answer) throw std::logic_error("nobody expected this");
        return answer();
    }
};

FakeGateway::Answer says(Standing standing)
{
    return [standing = std::move(standing)] { return standing; };
}
FakeGateway::Answer is_unclear()
{
    return []() -> Standing { throw Unclear("silence"); };
}
FakeGateway::Answer is_away()
{
    return []() -> Standing { throw NotNow("away"); };
}

Task confirmation(std::int64_t asked = 0)
{
    return ConfirmAtGateway{order, payment, Provider::toss, "key", {15'000}, asked};
}
const Task question = LookAtGateway{order, payment, Provider::toss};
const Task giving_back = RefundAtGateway{order, payment, refund_id, Provider::toss, "key", {4'000}, "왜", 0};

const Command capture = RecordCapture{order, payment, "key", {15'000}, events::Timestamp{1s}, "https://receipt"};
const Command failure = RecordPaymentFailure{order, payment, "REJECT_CARD_COMPANY", "거절"};
const Command no_answer = RecordNoAnswer{order, payment, "confirm"};

struct Row {
    std::string name;
    Task task;
    bool first;
    FakeGateway::Answer look;
    FakeGateway::Answer confirm;
    std::vector<std::string> asked;
    std::optional<Command> tell;
    bool final;
    std::string why;
};

void check(const std::vector<Row>& rows)
{
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        FakeGateway gateway;
        gateway.looks = row.look;
        gateway.confirms = row.confirm;
        const auto finding = carry_out(gateway, row.task, row.first);
        EXPECT_EQ(gateway.asked, row.asked);
        EXPECT_TRUE(finding.tell == row.tell);
        EXPECT_EQ(finding.final, row.final);
        EXPECT_EQ(finding.why, row.why);
    }
}

using Steps = std::vector<std::string>;
const Steps confirm_only{"confirm"};
const Steps look_only{"look"};
const Steps look_and_confirm{"look", "confirm"};

TEST(PaymentErrands, a_confirmation_that_nobody_began_with_is_asked_for_at_once)
{
    check({
        {"money", confirmation(), true, {}, says(captured), confirm_only, capture, true, ""},
        {"no money", confirmation(), true, {}, says(declined), confirm_only, failure, true, ""},
        // The process asks again: the buyer still has to transfer it, for instance.
        {"not yet", confirmation(), true, {}, says(Undecided{}), confirm_only, {}, true, ""},
        {"unclear", confirmation(), true, {}, is_unclear(), confirm_only, no_answer, false, "silence"},
        {"away", confirmation(), true, {}, is_away(), confirm_only, {}, false, "away"},
    });
}

TEST(PaymentErrands, a_confirmation_that_may_have_been_begun_with_begins_with_a_look)
{
    for (const auto& [how, task, first] : std::vector<std::tuple<std::string, Task, bool>>{
             {"it came again: ", confirmation(), false}, {"it was asked for again: ", confirmation(1), true}}) {
        check({
            {how + "done", task, first, says(captured), {}, look_only, capture, true, ""},
            {how + "refused", task, first, says(declined), {}, look_only, failure, true, ""},
            {how + "not done", task, first, says(Undecided{}), says(captured), look_and_confirm, capture, true, ""},
            {how + "not done, refused now", task, first, says(Undecided{}), says(declined), look_and_confirm, failure,
             true, ""},
            {how + "nobody knows", task, first, is_unclear(), {}, look_only, no_answer, false, "silence"},
            {how + "nobody says", task, first, is_away(), {}, look_only, {}, false, "away"},
            {how + "not done, unclear now", task, first, says(Undecided{}), is_unclear(), look_and_confirm, no_answer,
             false, "silence"},
            {how + "not done, away now",
             task,
             first,
             says(Undecided{}),
             is_away(),
             look_and_confirm,
             {},
             false,
             "away"},
        });
    }
}

TEST(PaymentErrands, a_look_tells_what_is_decided_and_never_confirms)
{
    check({
        {"money", question, true, says(captured), {}, look_only, capture, true, ""},
        {"no money", question, true, says(declined), {}, look_only, failure, true, ""},
        {"not yet", question, true, says(Undecided{}), {}, look_only, {}, true, ""},
        {"unclear", question, true, is_unclear(), {}, look_only, {}, false, "silence"},
        {"away", question, false, is_away(), {}, look_only, {}, false, "away"},
    });
}

TEST(PaymentErrands, a_refund_is_asked_for_until_it_is_answered)
{
    using Answer = std::variant<Returned, Declined>;
    struct RefundRow {
        std::string name;
        std::function<Answer()> refund;
        std::optional<Command> tell;
        bool final;
        std::string why;
    };
    const std::vector<RefundRow> rows{
        {"given back", [] { return Returned{"refund-key"}; }, RecordRefund{order, payment, refund_id, "refund-key"},
         true, ""},
        {"refused", [] { return declined; },
         RecordRefundFailure{order, payment, refund_id, "REJECT_CARD_COMPANY", "거절"}, true, ""},
        {"unclear", []() -> Answer { throw Unclear("silence"); }, {}, false, "silence"},
        {"away", []() -> Answer { throw NotNow("away"); }, {}, false, "away"},
    };
    for (const auto& row : rows) {
        for (const bool first : {true, false}) {
            SCOPED_TRACE(row.name + (first ? "" : ", again"));
            FakeGateway gateway;
            gateway.refunds = row.refund;
            const auto finding = carry_out(gateway, giving_back, first);
            EXPECT_EQ(gateway.asked, Steps{first ? "refund" : "refund again"});
            EXPECT_EQ(finding.final || finding.in_doubt, row.name != "away");
            EXPECT_TRUE(finding.tell == row.tell);
            EXPECT_EQ(finding.final, row.final);
            EXPECT_EQ(finding.why, row.why);
        }
    }
}

TEST(PaymentErrands, a_refund_that_the_process_asks_for_again_may_have_been_done)
{
    FakeGateway gateway;
    gateway.refunds = [] { return Returned{"refund-key"}; };
    auto again = std::get<RefundAtGateway>(giving_back);
    again.asked = 1;
    carry_out(gateway, again, true);
    EXPECT_EQ(gateway.asked, Steps{"refund again"});
}

}  // namespace
}  // namespace jangteo::consumers::payments
