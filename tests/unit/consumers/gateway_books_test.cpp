// What is read in the gateways' own books, and that what cannot be read is no answer.
#include "consumers/payments/inicis.hpp"
#include "consumers/payments/toss.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::consumers::payments {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using events::Won;

const events::PaymentId payment{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000001")};
const events::Timestamp from = *events::parse_iso8601("2026-01-17T15:00:00Z");
const events::Timestamp to = *events::parse_iso8601("2026-01-18T14:31:02.250000Z");

json::object transaction(const std::string& key, const std::string& status = "DONE", std::int64_t amount = 15'000)
{
    return {{"transactionKey", key},
            {"paymentKey", "key-1"},
            {"orderId", payment.text()},
            {"status", status},
            {"amount", amount}};
}
json::object taken(const std::string& status, json::value cancels = nullptr)
{
    return {{"paymentKey", "key-1"}, {"orderId", payment.text()}, {"status", status},
            {"totalAmount", 15'000}, {"cancels", cancels},        {"approvedAt", "2026-01-18T23:31:02+09:00"},
            {"failure", nullptr}};
}

class BooksOfGateways : public ::testing::Test {
protected:
    void answers(const json::value& body, int status = 200) { answers_.push_back({status, json::serialize(body), {}}); }
    Call call()
    {
        return [this](const HttpRequest& request, Repeatable repeatable) {
            EXPECT_EQ(repeatable, Repeatable::yes);
            asked.push_back(request);
            if (answers_.empty()) throw NotSent("nobody is there");
            auto answer = answers_.front();
            answers_.pop_front();
            return answer;
        };
    }

    std::vector<HttpRequest> asked;

private:
    std::deque<HttpResponse> answers_;

protected:
    const std::unique_ptr<GatewayBooks> toss = make_toss_books({.url = "https://toss", .secret_key = "k"}, call());
    const std::unique_ptr<GatewayBooks> inicis = make_inicis_books(
        {.url = "https://ini", .merchant = "m", .sign_key = "s", .api_key = "k"}, call(), [] { return from; });
};

TEST_F(BooksOfGateways, toss_lists_a_period_of_seoul_page_by_page)
{
    json::array page;
    for (int i = 0; i < 1'000; ++i) page.push_back(transaction("T" + std::to_string(i)));
    answers(page);
    answers(json::array{transaction("last", "PARTIAL_CANCELED", 4'000)});
    const auto found = toss->transactions(from, to);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->size(), 1'001U);
    EXPECT_EQ(found->front(), (Transaction{"T0", payment.text(), "key-1", Won{15'000}}));
    EXPECT_EQ(found->back(), (Transaction{"last", payment.text(), "key-1", std::nullopt})) << "it took nothing";
    const std::string list =
        "https://toss/v1/transactions?startDate=2026-01-18T00:00:00&endDate=2026-01-18T23:31:03&limit=1000";
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[0].url, list) << "to the end of the second";
    EXPECT_EQ(asked[1].url, list + "&startingAfter=T999");
}

TEST_F(BooksOfGateways, toss_shows_a_payment_with_what_went_back)
{
    answers(taken("PARTIAL_CANCELED",
                  json::array{{{"transactionKey", "T1"}, {"cancelAmount", 4'000}, {"cancelStatus", "DONE"}},
                              {{"transactionKey", "T2"}, {"cancelAmount", 1'000}, {"cancelStatus", "ABORTED"}}}));
    const auto entry = toss->entry("key-1");
    ASSERT_TRUE(entry.has_value());
    EXPECT_EQ(asked.front().url, "https://toss/v1/payments/key-1");
    EXPECT_EQ(entry->payment, payment.text());
    EXPECT_EQ(entry->captured, Won{15'000});
    EXPECT_EQ(*entry->parts, (std::vector<GivenBack>{{"T1", Won{4'000}}}));
    EXPECT_FALSE(entry->all_gone || entry->over);

    answers(
        taken("CANCELED", json::array{{{"transactionKey", "T1"}, {"cancelAmount", 15'000}, {"cancelStatus", "DONE"}}}));
    const auto gone = toss->entry_of(payment);
    EXPECT_EQ(asked.back().url, "https://toss/v1/payments/orders/" + payment.text());
    EXPECT_TRUE(gone->all_gone && gone->over);
}

TEST_F(BooksOfGateways, toss_shows_what_never_had_money)
{
    auto expired = taken("EXPIRED");
    expired["approvedAt"] = nullptr;
    expired["failure"] = json::object{{"code", "EXPIRED_PAYMENT"}, {"message", "late"}};
    answers(expired);
    const auto entry = toss->entry("key-1");
    EXPECT_EQ(entry->captured, Won{0});
    EXPECT_EQ(entry->over->code, "EXPIRED_PAYMENT");
    answers({{"code", "NOT_FOUND_PAYMENT"}, {"message", "no"}}, 404);
    EXPECT_FALSE(toss->entry("key-1").has_value());
}

TEST_F(BooksOfGateways, what_cannot_be_read_is_no_answer)
{
    answers(json::object{{"transactions", json::array{}}});
    EXPECT_THROW(toss->transactions(from, to), Unclear);
    answers(json::array{json::object{{"transactionKey", "T1"}}});
    EXPECT_THROW(toss->transactions(from, to), Unclear);
    answers({{"code", "INVALID_REQUEST"}, {"message", "no"}}, 400);
    EXPECT_THROW(toss->transactions(from, to), NotNow);
    EXPECT_THROW(toss->entry("key-1"), NotNow);
    answers({{"resultCode", "00"}, {"status", "0"}, {"tid", "tid-1"}});
    EXPECT_THROW(inicis->entry("tid-1"), Unclear) << "it names no amount";
    answers({{"resultCode", "9002"}});
    EXPECT_THROW(inicis->entry("tid-1"), NotNow);
}

TEST_F(BooksOfGateways, inicis_has_no_list_and_tells_no_parts)
{
    EXPECT_FALSE(inicis->transactions(from, to).has_value());
    const json::object approved{
        {"resultCode", "00"}, {"status", "0"}, {"tid", "tid-1"}, {"oid", payment.text()}, {"price", "15000"}};
    answers(approved);
    const auto entry = inicis->entry_of(payment);
    EXPECT_EQ(entry->key, "tid-1");
    EXPECT_EQ(entry->captured, Won{15'000});
    EXPECT_FALSE(entry->parts || entry->all_gone || entry->over);
    auto cancelled = approved;
    cancelled["status"] = "1";
    answers(cancelled);
    EXPECT_TRUE(inicis->entry("tid-1")->all_gone);
    answers({{"resultCode", "00"}, {"status", "9"}});
    EXPECT_FALSE(inicis->entry("tid-1").has_value());
    for (const auto& request : asked) EXPECT_EQ(request.url, "https://ini/api/v1/extra");
}

}  // namespace
}  // namespace jangteo::consumers::payments
