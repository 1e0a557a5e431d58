// What a worker does with a task, and what it tells the log: a table for each task.
#include "consumers/payments/errands.hpp"

#include "infra/crypto/digest.hpp"
#include "infra/personal/bank_accounts.hpp"

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

const events::UserId buyer{*events::parse_uuid("0b1f3c1e-0000-4000-8000-00000000000b")};
const auto key_of_buyer = crypto::make_key(buyer.text());
const KeyOf keys = [](const events::UserId& user) {
    return user == buyer ? std::optional(key_of_buyer) : std::nullopt;
};
const KeyOf no_keys = [](const events::UserId&) -> std::optional<crypto::Key> { throw NotNow("no database"); };
const Captured captured{"key", {15'000}, events::Timestamp{1s}, "https://receipt"};
const Declined declined{"REJECT_CARD_COMPANY", "거절"};

/// Answers as the test says, and remembers what it was asked.
class FakeGateway final : public Gateway {
public:
    using Answer = std::function<Standing()>;

    Standing confirm(const ConfirmAtGateway&) override { return asked_for("confirm", confirms); }
    Standing look(const events::PaymentId&) override { return asked_for("look", looks); }
    std::variant<Returned, Declined> refund(const RefundAtGateway&, bool first,
                                            const std::optional<RefundAccount>& to) override
    {
        asked.emplace_back(first ? "refund" : "refund again");
        goes_to = to;
        return refunds();
    }

    std::variant<Closed, Captured> close(const CloseAtGateway&) override
    {
        asked.emplace_back("close");
        return closes();
    }

    Answer confirms;
    Answer looks;
    std::function<std::variant<Closed, Captured>()> closes;
    std::optional<RefundAccount> goes_to;
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
    return ConfirmAtGateway{order, payment, Provider::toss, "key", {15'000}, asked, {}, buyer};
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
        const auto finding = carry_out(gateway, row.task, row.first, keys);
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
            const auto finding = carry_out(gateway, giving_back, first, keys);
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
    carry_out(gateway, again, true, keys);
    EXPECT_EQ(gateway.asked, Steps{"refund again"});
}

// --- Virtual accounts ---

const Awaiting awaiting{"key", {15'000}, "20", "X6505636518308", events::Timestamp{9s}, "ps_secret"};

TEST(PaymentErrands, the_number_of_an_account_is_sealed_for_its_buyer)
{
    FakeGateway gateway;
    gateway.confirms = says(awaiting);
    const auto finding = carry_out(gateway, confirmation(), true, keys);
    ASSERT_TRUE(finding.tell);
    const auto& told = std::get<RecordAccountIssued>(*finding.tell);
    EXPECT_EQ(told.account.bank, "20");
    const personal::BankAccount plain{"X6505636518308", ""};
    EXPECT_EQ(open_account(key_of_buyer, order, personal::AccountUse::pay_in, told.account.sealed), plain);
    EXPECT_THROW(open_account(key_of_buyer, order, personal::AccountUse::refund, told.account.sealed),
                 crypto::CannotOpen);
    EXPECT_EQ(told.due_at, awaiting.due_at);
    EXPECT_EQ(told.secret_digest, crypto::sha256_hex("ps_secret"));
    for (const auto* word : {"6505636518308", "ps_secret"}) {
        EXPECT_EQ(to_json(*finding.tell).find(word), std::string::npos);
    }
}

TEST(PaymentErrands, nothing_of_an_account_is_told_that_cannot_be_sealed)
{
    FakeGateway gateway;
    gateway.confirms = says(awaiting);
    auto of_nobody = std::get<ConfirmAtGateway>(confirmation());
    of_nobody.user_id.reset();
    auto of_the_forgotten = of_nobody;
    of_the_forgotten.user_id = events::UserId{payment.value};
    for (const auto& waits :
         {carry_out(gateway, confirmation(), true, no_keys), carry_out(gateway, of_nobody, true, keys),
          carry_out(gateway, of_the_forgotten, true, keys)}) {
        EXPECT_FALSE(waits.final);
        EXPECT_FALSE(waits.tell);
    }
}

TEST(PaymentErrands, a_look_at_an_account_that_waits_finds_nothing_new)
{
    FakeGateway gateway;
    gateway.looks = says(awaiting);
    const auto finding = carry_out(gateway, question, true, no_keys);
    EXPECT_TRUE(finding.final);
    EXPECT_FALSE(finding.tell);
}

TEST(PaymentErrands, the_account_that_money_goes_back_to_is_opened_for_the_gateway_alone)
{
    FakeGateway gateway;
    gateway.refunds = [] { return Returned{"refund-key"}; };
    auto task = std::get<RefundAtGateway>(giving_back);
    const personal::BankAccount own{"110234567890", "김구매"};
    const auto sealed_for = [&](const events::OrderId& whose) {
        return SealedAccount{"88", seal_account(key_of_buyer, whose, personal::AccountUse::refund, own)};
    };
    task.account = sealed_for(order);
    EXPECT_TRUE(carry_out(gateway, task, true, keys).final);
    ASSERT_TRUE(gateway.goes_to);
    EXPECT_EQ(gateway.goes_to->bank, "88");
    EXPECT_EQ(gateway.goes_to->number, own.number);
    EXPECT_EQ(gateway.goes_to->holder, own.holder);

    const auto later = carry_out(gateway, task, true, no_keys);
    EXPECT_FALSE(later.final);
    EXPECT_FALSE(later.in_doubt) << "nobody was asked";

    // Of another order, or of somebody who was forgotten: nobody will ever read it, and the order's payments show that.
    const Command unreadable =
        RecordRefundFailure{order, payment, refund_id, "REFUND_ACCOUNT_UNREADABLE", "환불 계좌를 읽을 수 없습니다"};
    const KeyOf forgotten = [](const events::UserId&) { return std::optional<crypto::Key>(); };
    gateway.asked.clear();
    EXPECT_TRUE(carry_out(gateway, task, true, forgotten).tell == unreadable);
    task.account = sealed_for({payment.value});
    EXPECT_TRUE(carry_out(gateway, task, true, keys).tell == unreadable);
    task.account->sealed = "no sealed text";
    EXPECT_TRUE(carry_out(gateway, task, true, keys).tell == unreadable);
    EXPECT_TRUE(gateway.asked.empty());
}

TEST(PaymentErrands, an_account_is_closed_or_was_paid_into)
{
    const CloseAtGateway task{order, payment, Provider::toss, "key", "결제 시간 초과", 0};
    FakeGateway gateway;
    gateway.closes = [] { return Closed{}; };
    EXPECT_TRUE(carry_out(gateway, task, true, keys).tell == Command(RecordAccountClosed{order, payment}));
    gateway.closes = [] { return captured; };
    EXPECT_TRUE(carry_out(gateway, task, true, keys).tell == capture);
    gateway.closes = []() -> std::variant<Closed, Captured> { throw Unclear("silence"); };
    EXPECT_FALSE(carry_out(gateway, task, true, keys).final);
}

}  // namespace
}  // namespace jangteo::consumers::payments
