// Inquiries (SM-06, DOA-INQ-01…04).
#include "producers/inquiries/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::inquiries {
namespace {

const auto inquiry = id<InquiryId>(1);
const auto member = id<UserId>(2);
const auto admin = id<UserId>(3);

const OpenInquiry open{.inquiry_id = inquiry,
                       .user_id = member,
                       .category = InquiryCategory::delivery,
                       .title = "배송 문의",
                       .content = "언제 도착하나요?",
                       .images = {{"https://images.example/1.jpg"}},
                       .product_id = id<events::ProductId>(4),
                       .secret = true};
const InquiryOpened opened{inquiry,      member,      open.category,   open.title,
                           open.content, open.images, open.product_id, true};
const InquiryAnswered answered{inquiry, member, "배송 문의", admin, "내일 도착합니다."};
const InquiryAskedAgain asked_again{inquiry, member, "아직 안 왔어요."};
const InquiryResolved resolved{inquiry, member};

Rejection not_now(std::string status)
{
    return {"INQ_001", {{"status", std::move(status)}}};
}
const Rejection unknown{"COMMON_404", {{"inquiryId", inquiry.text()}}};

TEST(Inquiries, are_opened_with_all_that_is_asked)
{
    given<Decider>({}).when(open).then(opened).again().then(Already{});
}

TEST(Inquiries, are_answered_by_the_market_once_for_each_question)
{
    const ReplyToInquiry reply{inquiry, admin, "내일 도착합니다."};
    given<Decider>({opened}).when(reply).then(answered).again().then(Already{});
    given<Decider>({opened, answered})
        .when(ReplyToInquiry{inquiry, admin, "모레 도착합니다."})
        .then(not_now("answered"));
    given<Decider>({opened, answered, resolved}).when(reply).then(not_now("resolved"));
    given<Decider>({}).when(reply).then(unknown);
}

TEST(Inquiries, wait_again_when_their_member_asks_on)
{
    const AskAgain again{inquiry, member, "아직 안 왔어요."};
    given<Decider>({opened, answered}).when(again).then(asked_again).again().then(Already{});
    given<Decider>({opened}).when(again).then(not_now("pending"));
    given<Decider>({opened, answered, resolved}).when(again).then(not_now("resolved"));
    given<Decider>({opened, answered, asked_again})
        .when(ReplyToInquiry{inquiry, admin, "오늘 도착합니다."})
        .then(InquiryAnswered{inquiry, member, "배송 문의", admin, "오늘 도착합니다."});
}

TEST(Inquiries, are_nobody_elses)
{
    const AskAgain stranger{inquiry, id<UserId>(9), "무엇인가요?"};
    given<Decider>({opened, answered}).when(stranger).then(unknown);
    given<Decider>({}).when(AskAgain{inquiry, member, "?"}).then(unknown);
}

TEST(Inquiries, are_not_asked_on_for_ever)
{
    std::vector<Event> history{opened, answered};
    for (std::int64_t i = 1; i < most_questions; ++i) {
        history.emplace_back(asked_again);
        history.emplace_back(answered);
    }
    given<Decider>(history)
        .when(AskAgain{inquiry, member, "그리고?"})
        .then(Rejection{"COMMON_400", {{"questions", most_questions}}});
}

TEST(Inquiries, are_done_with_when_they_have_their_answer)
{
    given<Decider>({opened, answered}).when(ResolveInquiry{inquiry}).then(resolved).again().then(Already{});
    given<Decider>({opened}).when(ResolveInquiry{inquiry}).then(not_now("pending"));
    given<Decider>({opened, answered, asked_again}).when(ResolveInquiry{inquiry}).then(not_now("pending"));
    given<Decider>({}).when(ResolveInquiry{inquiry}).then(unknown);
}

}  // namespace
}  // namespace jangteo::producers::inquiries
