#include "projections/inquiries.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::inquiries {
namespace {

const auto inquiry = id<events::InquiryId>("inquiry");
const auto member = id<events::UserId>("member");
const auto admin = id<events::UserId>("admin");

const InquiryOpened opened{inquiry, member, InquiryCategory::delivery, "배송 문의", "언제 도착하나요?", {{"https://a"}},
                           {},      true};
const InquiryAnswered answered{inquiry, member, "배송 문의", admin, "내일 도착합니다."};

Inquiry folded(const Log& log)
{
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    const auto found = rows<Inquiry>(store);
    EXPECT_EQ(found.size(), 1U);
    return found.at(0);
}

TEST(InquiriesProjection, waits_for_an_answer_with_all_that_is_asked)
{
    const auto found = folded(Log("inquiries").happened(opened));
    EXPECT_EQ(found.status, Status::pending);
    EXPECT_EQ(found.user_id, member);
    EXPECT_EQ(found.category, InquiryCategory::delivery);
    EXPECT_EQ(found.title, "배송 문의");
    EXPECT_EQ(found.images, std::vector<Image>{{"https://a"}});
    EXPECT_TRUE(found.secret);
    ASSERT_EQ(found.messages.size(), 1U);
    EXPECT_EQ(found.messages[0].by, Speaker::member);
    EXPECT_EQ(found.replied_at, std::nullopt);
    EXPECT_EQ(found.created_at, noon);
}

TEST(InquiriesProjection, keeps_what_was_said_in_order)
{
    const auto found = folded(Log("inquiries")
                                  .happened(opened, answered, InquiryAskedAgain{inquiry, member, "아직 안 왔어요."},
                                            InquiryAnswered{inquiry, member, "배송 문의", admin, "오늘 도착합니다."},
                                            InquiryResolved{inquiry, member}));
    EXPECT_EQ(found.status, Status::resolved);
    EXPECT_EQ(found.replied_by, admin);
    EXPECT_EQ(found.replied_at, noon + 3s);
    EXPECT_EQ(found.updated_at, noon + 4s);
    ASSERT_EQ(found.messages.size(), 4U);
    EXPECT_EQ(found.messages[1].by, Speaker::market);
    EXPECT_EQ(found.messages[2].content, "아직 안 왔어요.");
    EXPECT_EQ(found.messages[3].content, "오늘 도착합니다.");
}

TEST(InquiriesProjection, waits_again_when_it_is_asked_on)
{
    const auto found =
        folded(Log("inquiries").happened(opened, answered, InquiryAskedAgain{inquiry, member, "아직 안 왔어요."}));
    EXPECT_EQ(found.status, Status::pending);
    EXPECT_EQ(found.replied_at, noon + 1s);
}

}  // namespace
}  // namespace jangteo::projections::inquiries
