// What is asked of KG Inicis, word for word, and what each of its answers means.
#include "consumers/payments/inicis.hpp"

#include "consumers/payments/inicis_forms.hpp"
#include "infra/crypto/digest.hpp"

#include <gtest/gtest.h>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jangteo::consumers::payments {
namespace {

using namespace std::chrono_literals;
using namespace events::payments;
using std::chrono::sys_days;

const events::PaymentId payment{*events::parse_uuid("0b1f3c1e-0000-4000-8000-000000000001")};
const std::string oid = payment.text();
const events::Timestamp now = sys_days{std::chrono::January / 18 / 2026} + 14h + 31min + 2s;
const std::string stamp = "1768746662000";

const InicisSettings settings{
    .url = "https://iniapi.inicis.com", .merchant = "jangteo000", .sign_key = "sign", .api_key = "api"};

const std::string approved_pc = R"({"resultCode":"0000","tid":"StdpayCARD1","MOID":")" + oid +
                                R"(","TotPrice":"15000","applDate":"20260118","applTime":"233102"})";
const std::string refused_pc = R"({"resultCode":"9002","resultMsg":"한도 초과"})";
const std::string found = R"({"resultCode":"00","tid":"StdpayCARD1","price":"15000","status":"0"})";
const std::string cancelled = R"({"resultCode":"00","tid":"StdpayCARD1","price":"15000","status":"1"})";
const std::string nothing = R"({"resultCode":"00","status":"9"})";
const std::string refused = R"({"resultCode":"01","resultMsg":"잔액이 다릅니다"})";

/// KG Inicis as the test says. An empty answer is silence.
class InicisClient : public ::testing::Test {
protected:
    void answers(std::vector<std::string> bodies)
    {
        for (auto& body : bodies) answers_.push_back(std::move(body));
    }
    Standing confirm(const Approval& approval)
    {
        return client_->confirm({.payment_id = payment, .gateway_key = oid, .amount = {15'000}, .approval = approval});
    }
    Standing client_look() { return client_->look(payment); }
    Standing confirm() { return confirm({Device::pc, "token", "https://fcstdpay.inicis.com/api/payAuth"}); }
    std::variant<Returned, Declined> refund(std::int64_t amount, std::int64_t left_after, bool first = true,
                                            Method method = Method::card)
    {
        return client_->refund({.payment_id = payment,
                                .gateway_key = "StdpayCARD1",
                                .amount = {amount},
                                .reason = "흠집",
                                .method = method,
                                .left_after = events::Won{left_after}},
                               first, {});
    }
    inicis::Answer form(std::size_t at) const
    {
        // Nothing that is asked here needs percent signs but the reason, which is looked at as it is sent.
        return inicis::read_name_values(asked.at(at).body);
    }

    std::vector<HttpRequest> asked;

private:
    HttpResponse next(const HttpRequest& request, Repeatable)
    {
        asked.push_back(request);
        if (answers_.empty()) throw std::logic_error("nobody expected this: " + request.url);
        const auto body = std::move(answers_.front());
        answers_.pop_front();
        if (body.empty()) throw NoAnswer("silence");
        if (body == "busy") return {429, "", {}};
        if (body == "broken") return {500, "", {}};
        return {200, body, {}};
    }

    std::deque<std::string> answers_;
    std::unique_ptr<Gateway> client_ = make_inicis(
        settings, [this](const HttpRequest& request, Repeatable repeatable) { return next(request, repeatable); },
        [] { return now; });
};

TEST_F(InicisClient, asks_for_an_approval_where_the_browser_says_and_signs_it)
{
    answers({approved_pc});
    EXPECT_EQ(confirm(), Standing(Captured{"StdpayCARD1", {15'000}, now, {}}));
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].url, "https://fcstdpay.inicis.com/api/payAuth");
    EXPECT_EQ(asked[0].headers[0].second, "application/x-www-form-urlencoded;charset=utf-8");
    const auto sent = form(0);
    EXPECT_EQ(sent.at("mid"), "jangteo000");
    EXPECT_EQ(sent.at("authToken"), "token");
    EXPECT_EQ(sent.at("timestamp"), stamp);
    EXPECT_EQ(sent.at("signature"), crypto::sha256_hex("authToken=token&timestamp=" + stamp));
    EXPECT_EQ(sent.at("verification"), crypto::sha256_hex("authToken=token&signKey=sign&timestamp=" + stamp));
    EXPECT_EQ(sent.at("format"), "JSON");
}

TEST_F(InicisClient, reads_the_name_values_of_the_mobile_window)
{
    answers({"P_STATUS=00&P_RMESG1=\xBD\xC2\xC0\xCE&P_TID=INIMX_CARD1&P_OID=" + oid +
             "&P_AMT=15000&P_AUTH_DT=20260118233102"});
    EXPECT_EQ(confirm({Device::mobile, "P-1", "https://mobile.inicis.com/smart/payReq.ini"}),
              Standing(Captured{"INIMX_CARD1", {15'000}, now, {}}));
    EXPECT_EQ(form(0).at("P_MID"), "jangteo000");
    EXPECT_EQ(form(0).at("P_TID"), "P-1");
}

TEST_F(InicisClient, asks_nobody_but_kg_inicis)
{
    for (const auto* url :
         {"https://evil.example/api/payAuth", "http://stdpay.inicis.com/api/payAuth",
          "https://stdpay.inicis.com@evil.example/api/payAuth", "https://stdpay.inicis.com.evil.example/api/payAuth",
          "https://stdpay.inicis.com/api/payAuth?x", "https://stdpay.inicis.com/api/netCancel",
          "https://mobile.inicis.com/smart/payReq.ini", "http://127.0.0.1:9200/api/payAuth", ""}) {
        EXPECT_EQ(std::get<Declined>(confirm({Device::pc, "token", url})).code, "FOREIGN_ADDRESS") << url;
    }
    EXPECT_TRUE(asked.empty());
}

TEST_F(InicisClient, a_refusal_counts_when_a_look_finds_nothing_either)
{
    answers({refused_pc, nothing});
    EXPECT_EQ(confirm(), Standing(Declined{"9002", "한도 초과"}));
    answers({refused_pc, found});
    EXPECT_EQ(confirm(), Standing(Captured{"StdpayCARD1", {15'000}, now, {}})) << "an earlier try has used the token";
    answers({refused_pc, ""});
    EXPECT_THROW(confirm(), Unclear);
}

TEST_F(InicisClient, an_approval_without_an_answer_is_unclear_and_left_alone)
{
    for (const auto* body : {"", "broken", "no object"}) {
        answers({body});
        EXPECT_THROW(confirm(), Unclear) << body;
    }
    answers({"busy"});
    EXPECT_THROW(confirm(), NotNow) << "nothing was done";
}

TEST_F(InicisClient, an_approval_of_another_payment_is_no_answer)
{
    answers({R"({"resultCode":"0000","tid":"T","MOID":"another","TotPrice":"15000"})"});
    EXPECT_THROW(confirm(), Unclear);
    answers({R"({"resultCode":"0000","tid":"T","MOID":")" + oid + R"(","TotPrice":"much"})"});
    EXPECT_THROW(confirm(), Unclear);
}

TEST_F(InicisClient, a_look_asks_by_our_payment_and_signs_all_but_that)
{
    answers({found, cancelled, nothing});
    EXPECT_EQ(client_look(), Standing(Captured{"StdpayCARD1", {15'000}, now, {}}));
    EXPECT_EQ(std::get<Declined>(client_look()).code, "CANCELLED");
    EXPECT_EQ(client_look(), Standing(Undecided{}));
    EXPECT_EQ(asked[0].url, "https://iniapi.inicis.com/api/v1/extra");
    EXPECT_EQ(form(0).at("oid"), oid);
    EXPECT_EQ(form(0).at("hashData"), crypto::sha512_hex("apiExtraInquiry20260118233102127.0.0.1jangteo000"));
    answers({R"({"resultCode":"01"})"});
    EXPECT_THROW(client_look(), NotNow);
    answers({R"({"resultCode":"00","status":"0"})"});
    EXPECT_THROW(client_look(), Unclear);
}

TEST_F(InicisClient, all_of_a_payment_goes_back_as_a_whole)
{
    answers({found, R"({"resultCode":"00"})"});
    EXPECT_EQ(std::get<Returned>(refund(15'000, 0)), Returned{"StdpayCARD1"});
    EXPECT_EQ(form(1).at("type"), "Refund");
    EXPECT_EQ(form(1).at("hashData"), crypto::sha512_hex("apiRefundCard20260118233102127.0.0.1jangteo000StdpayCARD1"));
    EXPECT_NE(asked[1].body.find("msg=%ED%9D%A0%EC%A7%91"), std::string::npos) << asked[1].body;
}

TEST_F(InicisClient, a_part_says_what_will_be_left)
{
    answers({found, R"({"resultCode":"00","tid":"PRTC1","prtcPrice":"4000","prtcRemains":"11000"})"});
    EXPECT_EQ(std::get<Returned>(refund(4'000, 11'000, true, Method::bank_transfer)), Returned{"PRTC1"});
    EXPECT_EQ(form(1).at("type"), "PartialRefund");
    EXPECT_EQ(form(1).at("confirmPrice"), "11000");
    EXPECT_EQ(form(1).at("hashData"),
              crypto::sha512_hex("apiPartialRefundAcct20260118233102127.0.0.1jangteo000StdpayCARD1400011000"));
    // The rest of what went back in parts is a part too.
    answers({found, R"({"resultCode":"00","tid":"PRTC2","prtcPrice":"11000","prtcRemains":"0"})"});
    EXPECT_EQ(std::get<Returned>(refund(11'000, 0)), Returned{"PRTC2"});
    EXPECT_EQ(form(3).at("type"), "PartialRefund");
    answers({found, R"({"resultCode":"00","tid":"PRTC3","prtcPrice":"1","prtcRemains":"0"})"});
    EXPECT_THROW(refund(4'000, 11'000), Unclear) << "that is another one";
}

TEST_F(InicisClient, a_refund_that_was_done_before_is_not_done_again)
{
    answers({cancelled});
    EXPECT_EQ(std::get<Returned>(refund(15'000, 0, false)), Returned{"StdpayCARD1"}) << "found by the look";
    // The lock is turned, and by nobody but us.
    answers({found, refused});
    EXPECT_EQ(std::get<Returned>(refund(4'000, 11'000, false)), Returned{"left 11000"});
    answers({found, refused, cancelled});
    EXPECT_EQ(std::get<Returned>(refund(11'000, 0, false)), Returned{"StdpayCARD1"}) << "done while we looked";
}

TEST_F(InicisClient, a_refusal_of_what_nobody_asked_before_is_a_refusal)
{
    answers({found, refused});
    EXPECT_EQ(std::get<Declined>(refund(4'000, 11'000)), (Declined{"01", "잔액이 다릅니다"}));
    answers({found, refused, found});
    EXPECT_EQ(std::get<Declined>(refund(15'000, 0, false)), (Declined{"01", "잔액이 다릅니다"}));
    answers({nothing});
    EXPECT_EQ(std::get<Declined>(refund(15'000, 0)).code, "NO_SUCH_TRANSACTION");
    answers({cancelled});
    EXPECT_EQ(std::get<Declined>(refund(4'000, 11'000)).code, "CANCELLED_THERE") << "somebody gave all of it back";
}

TEST_F(InicisClient, a_refund_is_unclear_once_it_was_asked_for_and_not_before)
{
    answers({"busy"});
    EXPECT_THROW(refund(4'000, 11'000), NotNow);
    answers({found, ""});
    EXPECT_THROW(refund(4'000, 11'000), Unclear);
    answers({found, refused, "busy"});
    EXPECT_THROW(refund(15'000, 0), Unclear) << "nobody says whether it was done";
}

TEST(InicisForms, encode_what_is_not_plain)
{
    EXPECT_EQ(inicis::encoded({{"a b", "1&2=+%"}, {"c", "가"}}), "a%20b=1%262%3D%2B%25&c=%EA%B0%80");
}

TEST(InicisForms, tell_the_time_of_seoul)
{
    EXPECT_EQ(inicis::seoul_time(now), "20260118233102");
    EXPECT_EQ(inicis::from_seoul_time("20260118233102"), now);
    for (const auto* text : {"", "2026011823310", "20261318233102", "20260118243102", "2026011823310x"}) {
        EXPECT_FALSE(inicis::from_seoul_time(text)) << text;
    }
}

}  // namespace
}  // namespace jangteo::consumers::payments
