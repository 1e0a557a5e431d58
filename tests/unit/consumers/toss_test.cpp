// What is asked of TossPayments, word for word, and what each of its answers means.
#include "consumers/payments/toss.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::consumers::payments {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using events::payments::ConfirmAtGateway;
using events::payments::Provider;
using events::payments::RefundAtGateway;
using std::chrono::sys_days;

const events::PaymentId payment{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000001")};
const events::RefundId refund_id{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000002")};
const std::string orders_path = "https://toss/v1/payments/orders/0b1f3c1e-0000-4000-8000-000000000001";
const events::Timestamp approved_at = sys_days{std::chrono::January / 18 / 2026} + 14h + 31min + 2s;

json::object payment_object(const std::string& status)
{
    return {{"paymentKey", "key-1"},
            {"orderId", payment.text()},
            {"status", status},
            {"totalAmount", 15'000},
            {"balanceAmount", 15'000},
            {"approvedAt", "2026-01-18T23:31:02+09:00"},
            {"receipt", {{"url", "https://receipt"}}},
            {"cancels", nullptr},
            {"failure", nullptr}};
}

json::object without(json::object object, std::string_view member)
{
    object.erase(member);
    return object;
}

json::object with(json::object object, std::string_view member, json::value value)
{
    object[member] = std::move(value);
    return object;
}

json::object cancel(std::int64_t amount, const std::string& key, const std::string& status = "DONE")
{
    return {{"transactionKey", key}, {"cancelAmount", amount}, {"cancelStatus", status}};
}

json::object refunded(json::array cancels)
{
    return with(payment_object("PARTIAL_CANCELED"), "cancels", std::move(cancels));
}

HttpResponse answer(const json::object& body, int status = 200)
{
    return {status, json::serialize(body), {}};
}

HttpResponse no(int status, const std::string& code, const std::string& message = "안 됩니다")
{
    return answer({{"code", code}, {"message", message}}, status);
}

/// TossPayments as the test says.
class TossClient : public ::testing::Test {
protected:
    struct Asked {
        HttpRequest request;
        Repeatable repeatable;
    };
    using Answer = std::function<HttpResponse()>;

    void answers(HttpResponse response)
    {
        answers_.push_back([response = std::move(response)] { return response; });
    }
    template <class Error>
    void throws(Error error)
    {
        answers_.push_back([error]() -> HttpResponse { throw error; });
    }

    Standing confirm()
    {
        return client_->confirm(
            {.payment_id = payment, .provider = Provider::toss, .gateway_key = "key-1", .amount = {15'000}});
    }
    Standing look() { return client_->look(payment); }
    std::variant<Returned, Declined> refund(std::int64_t amount = 4'000, std::string reason = "마음이 바뀜")
    {
        return client_->refund({.payment_id = payment,
                                .refund_id = refund_id,
                                .provider = Provider::toss,
                                .gateway_key = "key-1",
                                .amount = {amount},
                                .reason = std::move(reason)},
                               true, {});
    }

    /// What a confirmation, a look and a refund make of the same answer.
    template <class Error>
    void expect_of_all(const HttpResponse& response)
    {
        SCOPED_TRACE(std::to_string(response.status) + " " + response.body);
        answers(response);
        EXPECT_THROW(confirm(), Error);
        answers(response);
        EXPECT_THROW(look(), Error);
        answers(response);
        EXPECT_THROW(refund(), Error);
    }
    template <class Error, class Thrown>
    void expect_of_all_when(const Thrown& thrown)
    {
        throws(thrown);
        EXPECT_THROW(confirm(), Error);
        throws(thrown);
        EXPECT_THROW(look(), Error);
        throws(thrown);
        EXPECT_THROW(refund(), Error);
    }

    std::vector<Asked> asked;

private:
    HttpResponse call(const HttpRequest& request, Repeatable repeatable)
    {
        asked.push_back({request, repeatable});
        if (answers_.empty()) throw std::logic_error("nobody expected " + request.url);
        const auto next = std::move(answers_.front());
        answers_.pop_front();
        return next();
    }

    std::deque<Answer> answers_;
    std::unique_ptr<Gateway> client_ =
        make_toss({.url = "https://toss", .secret_key = "test_sk_1"},
                  [this](const HttpRequest& request, Repeatable repeatable) { return call(request, repeatable); });
};

const Captured captured{"key-1", {15'000}, approved_at, "https://receipt"};

using Headers = std::vector<std::pair<std::string, std::string>>;
const std::pair<std::string, std::string> with_our_key{"Authorization", "Basic dGVzdF9za18xOg=="};
const std::pair<std::string, std::string> of_version{"TossPayments-Api-Version", "2022-11-16"};
const std::pair<std::string, std::string> as_json{"Content-Type", "application/json"};

// ---- What is asked --------------------------------------------------------------------------------------------------

TEST_F(TossClient, confirms_as_published_and_not_twice_by_itself)
{
    answers(answer(payment_object("DONE")));
    confirm();
    ASSERT_EQ(asked.size(), 1U);
    const auto& [request, repeatable] = asked[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://toss/v1/payments/confirm");
    EXPECT_EQ(request.headers,
              (Headers{with_our_key, of_version, as_json, {"Idempotency-Key", "confirm-" + payment.text()}}));
    EXPECT_EQ(json::parse(request.body),
              json::value({{"paymentKey", "key-1"}, {"orderId", payment.text()}, {"amount", 15'000}}));
    EXPECT_EQ(repeatable, Repeatable::no);
}

TEST_F(TossClient, looks_by_our_id_of_the_payment)
{
    answers(answer(payment_object("DONE")));
    look();
    ASSERT_EQ(asked.size(), 1U);
    const auto& [request, repeatable] = asked[0];
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.url, orders_path);
    EXPECT_EQ(request.headers, (Headers{with_our_key, of_version}));
    EXPECT_EQ(request.body, "");
    EXPECT_EQ(repeatable, Repeatable::yes);
}

TEST_F(TossClient, refunds_under_the_id_of_the_refund)
{
    answers(answer(refunded({cancel(4'000, "refund-key")})));
    EXPECT_EQ(std::get<Returned>(refund()), Returned{"refund-key"});
    ASSERT_EQ(asked.size(), 1U);
    const auto& [request, repeatable] = asked[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://toss/v1/payments/key-1/cancel");
    EXPECT_EQ(request.headers,
              (Headers{with_our_key, of_version, as_json, {"Idempotency-Key", "refund-" + refund_id.text()}}));
    EXPECT_EQ(json::parse(request.body), json::value({{"cancelReason", "마음이 바뀜"}, {"cancelAmount", 4'000}}));
    EXPECT_EQ(repeatable, Repeatable::yes);
}

TEST_F(TossClient, gives_a_reason_that_they_take)
{
    const auto reason_sent = [&](std::string reason) {
        answers(answer(refunded({cancel(4'000, "refund-key")})));
        refund(4'000, std::move(reason));
        return std::string(json::parse(asked.back().request.body).at("cancelReason").as_string());
    };
    std::string of_200_characters;
    for (int i = 0; i < 200; ++i) of_200_characters += "환";
    EXPECT_EQ(reason_sent(of_200_characters), of_200_characters);
    EXPECT_EQ(reason_sent(of_200_characters + "불"), of_200_characters) << "they refuse longer ones";
    EXPECT_EQ(reason_sent(""), "환불") << "they refuse an empty one";
}

// ---- What the answers mean ------------------------------------------------------------------------------------------

TEST_F(TossClient, a_virtual_account_says_where_to_pay_in_and_until_when)
{
    const json::object account{
        {"bankCode", "20"}, {"accountNumber", "X6505636518308"}, {"dueDate", "2026-01-18T23:31:02+09:00"}};
    const auto waits = with(payment_object("WAITING_FOR_DEPOSIT"), "virtualAccount", account);
    answers(answer(waits));
    EXPECT_EQ(confirm(), Standing(Awaiting{"key-1", {15'000}, "20", "X6505636518308", approved_at, ""}));
    answers(answer(with(waits, "secret", "ps_4f9")));
    EXPECT_EQ(std::get<Awaiting>(confirm()).secret, "ps_4f9");
    answers(answer(without(waits, "virtualAccount")));
    EXPECT_THROW(look(), Unclear);
}

TEST_F(TossClient, the_state_of_a_payment_says_whether_there_is_money)
{
    const std::vector<std::pair<std::string, Standing>> states{
        {"DONE", captured},
        {"PARTIAL_CANCELED", captured},  // Of which some has gone back.
        {"ABORTED", Declined{"ABORTED", ""}},
        {"EXPIRED", Declined{"EXPIRED", ""}},
        {"CANCELED", Declined{"CANCELED", ""}},
        {"READY", Undecided{}},
        {"IN_PROGRESS", Undecided{}},
        {"A_STATE_OF_NEXT_YEAR", Undecided{}},
    };
    for (const auto& [status, standing] : states) {
        SCOPED_TRACE(status);
        answers(answer(payment_object(status)));
        EXPECT_EQ(confirm(), standing);
        answers(answer(payment_object(status)));
        EXPECT_EQ(look(), standing);
    }
}

TEST_F(TossClient, a_payment_that_failed_says_why)
{
    answers(answer(with(payment_object("ABORTED"), "failure",
                        json::object{{"code", "REJECT_CARD_COMPANY"}, {"message", "거절"}})));
    EXPECT_EQ(look(), Standing(Declined{"REJECT_CARD_COMPANY", "거절"}));
}

TEST_F(TossClient, what_was_processed_before_is_looked_at)
{
    answers(no(400, "ALREADY_PROCESSED_PAYMENT"));
    answers(answer(payment_object("DONE")));
    EXPECT_EQ(confirm(), Standing(captured));
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[1].request.url, orders_path);

    answers(no(400, "ALREADY_PROCESSED_PAYMENT"));
    throws(NoAnswer("silence"));
    EXPECT_THROW(confirm(), Unclear);
}

TEST_F(TossClient, a_refusal_of_the_payment_ends_it)
{
    for (const auto& [status, code] : std::vector<std::pair<int, std::string>>{{403, "REJECT_CARD_PAYMENT"},
                                                                               {403, "REJECT_CARD_COMPANY"},
                                                                               {404, "NOT_FOUND_PAYMENT_SESSION"},
                                                                               {400, "INVALID_REQUEST"},
                                                                               {400, "BELOW_MINIMUM_AMOUNT"}}) {
        answers(no(status, code));
        EXPECT_EQ(confirm(), Standing(Declined{code, "안 됩니다"}));
    }
}

TEST_F(TossClient, a_refused_refund_says_why)
{
    answers(no(403, "NOT_CANCELABLE_AMOUNT"));
    EXPECT_EQ(std::get<Declined>(refund()), (Declined{"NOT_CANCELABLE_AMOUNT", "안 됩니다"}));
}

TEST_F(TossClient, a_payment_that_they_do_not_know_is_not_decided)
{
    answers(no(404, "NOT_FOUND_PAYMENT"));
    EXPECT_EQ(look(), Standing(Undecided{}));
}

TEST_F(TossClient, a_refused_look_says_nothing_about_the_payment)
{
    answers(no(400, "INVALID_REQUEST"));
    EXPECT_THROW(look(), NotNow);
}

TEST_F(TossClient, what_is_wrong_with_us_is_no_refusal_of_the_payment)
{
    expect_of_all<NotNow>(no(401, "UNAUTHORIZED_KEY"));
    expect_of_all<NotNow>(no(401, "A_CODE_OF_NEXT_YEAR"));
    expect_of_all<NotNow>({401, "", {}});
    expect_of_all<NotNow>(no(400, "INVALID_API_KEY"));
    expect_of_all<NotNow>(no(403, "INCORRECT_BASIC_AUTH_FORMAT"));
    expect_of_all<NotNow>(no(403, "FORBIDDEN_REQUEST"));
}

TEST_F(TossClient, what_was_not_done_may_be_done_another_time)
{
    expect_of_all<NotNow>({429, "", 1s});
    expect_of_all_when<NotNow>(NotSent("no such name"));
    expect_of_all_when<NotNow>(CircuitOpen("open", {}, {}));
}

TEST_F(TossClient, what_may_have_been_done_is_unclear)
{
    expect_of_all<Unclear>(no(409, "IDEMPOTENT_REQUEST_PROCESSING"));
    expect_of_all<Unclear>(no(500, "FAILED_INTERNAL_SYSTEM_PROCESSING"));
    expect_of_all<Unclear>({503, "<html>", {}});
    expect_of_all_when<Unclear>(NoAnswer("silence"));
}

TEST_F(TossClient, an_answer_that_is_not_as_published_is_unclear)
{
    expect_of_all<Unclear>({200, "", {}});
    expect_of_all<Unclear>({200, "<html>", {}});
    expect_of_all<Unclear>({200, "[]", {}});
    expect_of_all<Unclear>({200, R"({"status":"DO)", {}});
    expect_of_all<Unclear>({302, "", {}});
    expect_of_all<Unclear>({403, "<html>a firewall of theirs</html>", {}});
    expect_of_all<Unclear>(answer({{"message", "no code"}}, 400));
    expect_of_all<Unclear>(answer({{"code", "NO_MESSAGE"}}, 400));
    expect_of_all<Unclear>(answer({{"code", 7}, {"message", "the code is no text"}}, 400));

    const auto done = payment_object("DONE");
    for (const auto* member : {"paymentKey", "orderId", "status", "totalAmount", "approvedAt"}) {
        SCOPED_TRACE(member);
        answers(answer(without(done, member)));
        EXPECT_THROW(confirm(), Unclear);
        answers(answer(with(done, member, nullptr)));
        EXPECT_THROW(look(), Unclear);
    }
    answers(answer(with(done, "totalAmount", -1)));
    EXPECT_THROW(look(), Unclear);
    answers(answer(with(done, "totalAmount", 15'000.5)));
    EXPECT_THROW(look(), Unclear);
}

// Their idempotency keys do not look at the body.
TEST_F(TossClient, an_answer_about_another_payment_is_unclear)
{
    answers(answer(with(payment_object("DONE"), "orderId", "another")));
    EXPECT_THROW(confirm(), Unclear);
    answers(answer(with(payment_object("ABORTED"), "orderId", "another")));
    EXPECT_THROW(look(), Unclear);
}

TEST_F(TossClient, money_is_captured_with_or_without_a_receipt)
{
    auto expected = captured;
    expected.receipt_url.reset();
    const auto done = payment_object("DONE");
    for (const auto& receiptless : {without(done, "receipt"), with(done, "receipt", nullptr),
                                    with(done, "receipt", json::object{}), with(done, "receipt", {{"url", nullptr}})}) {
        answers(answer(receiptless));
        EXPECT_EQ(look(), Standing(expected));
    }
}

TEST_F(TossClient, reads_times_with_any_offset)
{
    const auto time_of = [&](const char* text) {
        answers(answer(with(payment_object("DONE"), "approvedAt", text)));
        return std::get<Captured>(look()).approved_at;
    };
    EXPECT_EQ(time_of("2026-01-18T23:31:02+09:00"), approved_at);
    EXPECT_EQ(time_of("2026-01-19T00:01:02+09:30"), approved_at);
    EXPECT_EQ(time_of("2026-01-18T14:31:02Z"), approved_at);
    EXPECT_EQ(time_of("2026-01-18T09:31:02-05:00"), approved_at);
    EXPECT_EQ(time_of("2026-01-18T23:31:02.250+09:00"), approved_at + 250ms);
    EXPECT_EQ(time_of("2026-01-01T08:59:59+09:00"), sys_days{std::chrono::December / 31 / 2025} + 23h + 59min + 59s);
}

TEST_F(TossClient, a_time_that_cannot_be_read_is_unclear)
{
    for (const auto* text : {"", "yesterday", "+09:00", "2026-01-18T23:31:02", "2026-01-18T23:31:02.250",
                             "2026-01-18T23:31:02+9:00", "2026-01-18T23:31:02+0900", "2026-01-18T23:31:02 09:00",
                             "2026-01-18T23:31:02+-9:00", "2026-02-30T23:31:02+09:00", "2026-01-18 23:31:02+09:00"}) {
        SCOPED_TRACE(text);
        answers(answer(with(payment_object("DONE"), "approvedAt", text)));
        EXPECT_THROW(confirm(), Unclear);
    }
}

TEST_F(TossClient, of_several_partial_refunds_the_latest_is_the_one)
{
    answers(answer(refunded({cancel(1'000, "first"), cancel(4'000, "second")})));
    EXPECT_EQ(std::get<Returned>(refund(4'000)), Returned{"second"});
}

TEST_F(TossClient, an_answer_that_does_not_name_the_refund_is_unclear)
{
    const std::vector<json::object> answers_without_it{
        payment_object("PARTIAL_CANCELED"),
        without(payment_object("PARTIAL_CANCELED"), "cancels"),
        refunded({}),
        refunded({"text"}),
        refunded({cancel(3'000, "of another amount")}),
        refunded({cancel(4'000, "under way", "IN_PROGRESS")}),
        refunded({without(cancel(4'000, ""), "transactionKey")}),
    };
    for (const auto& without_it : answers_without_it) {
        SCOPED_TRACE(json::serialize(without_it));
        answers(answer(without_it));
        EXPECT_THROW(refund(4'000), Unclear);
    }
}

TEST_F(TossClient, keeps_what_they_say_short_and_whole)
{
    std::string long_message;
    for (int i = 0; i < 300; ++i) long_message += "긴";
    answers(no(403, std::string(200, 'C'), long_message));
    const auto refused = std::get<Declined>(confirm());
    EXPECT_EQ(refused.code, std::string(100, 'C'));
    EXPECT_EQ(refused.message, long_message.substr(0, 498)) << "whole characters of three bytes";
}

}  // namespace
}  // namespace jangteo::consumers::payments
