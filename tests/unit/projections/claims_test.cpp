#include "projections/claims.hpp"

#include "projections/list.hpp"
#include "tests/unit/projections/log.hpp"

namespace jangteo::projections::claims {
namespace {

const auto claim_id = id<events::ClaimId>("claim");
const auto order_id = id<events::OrderId>("order");
const auto buyer = id<events::UserId>("buyer");
const auto seller = id<events::SellerId>("seller");
const auto mug = id<events::ProductId>("mug");

const ClaimOpened opened{claim_id,
                         order_id,
                         buyer,
                         seller,
                         ClaimKind::exchange,
                         {{mug, 2}},
                         "깨졌어요",
                         {"https://a.kr/1.jpg"},
                         events::Json{R"({"colour":"blue"})"}};
const ClaimApproved approved{claim_id, order_id, true};
const CollectionStarted collecting{claim_id, order_id, "CJ", "1"};
const GoodsReceived received{claim_id, order_id, ClaimKind::exchange, {{mug, 1, 1}}, true};
const ReplacementReady ready{claim_id, order_id};
const GoodsReshipped reshipped{claim_id, order_id, "한진", "2"};
const ExchangeGivenUp given_up{claim_id, order_id, "PROD_002", true};
const ClaimHalted halted{claim_id, order_id, "NOT_CANCELABLE_PAYMENT", "취소할 수 없음"};
const ClaimResumed resumed{claim_id, order_id};
const ClaimRefunded refunded{claim_id, order_id, {19'500}, {500}, {0}};

template <class... Events>
Claim folded(const Events&... happened)
{
    Log log("claims");
    log.happened(opened, happened...);
    MemoryStore store;
    fold(model(), store, log.records);
    EXPECT_TRUE(store.parked().empty());
    const auto claims = rows<Claim>(store);
    EXPECT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims.at(0).positions.size(), log.records.size()) << "each event is part of the story";
    EXPECT_EQ(claims.at(0).updated_at, noon + std::chrono::seconds(log.records.size() - 1));
    return claims.at(0);
}

TEST(ClaimsProjection, a_claim_begins_with_what_its_buyer_said)
{
    const auto claim = folded();
    EXPECT_EQ(claim.status, Status::requested);
    EXPECT_EQ(claim.order_id, order_id);
    EXPECT_EQ(claim.user_id, buyer);
    EXPECT_EQ(claim.seller_id, seller);
    EXPECT_EQ(claim.kind, ClaimKind::exchange);
    EXPECT_EQ(claim.lines, (std::vector<ClaimLine>{{mug, 2}}));
    EXPECT_EQ(claim.reason, "깨졌어요");
    EXPECT_EQ(claim.image_urls, std::vector<std::string>{"https://a.kr/1.jpg"});
    EXPECT_EQ(claim.wanted_options->text, R"({"colour":"blue"})");
    EXPECT_EQ(claim.sellers_fault, std::nullopt) << "nobody has said so yet";
    EXPECT_EQ(claim.created_at, noon);
}

TEST(ClaimsProjection, an_exchange_step_by_step)
{
    EXPECT_EQ(folded(approved).status, Status::approved);
    EXPECT_EQ(folded(approved).sellers_fault, true);
    const auto on_its_way = folded(approved, collecting);
    EXPECT_EQ(on_its_way.status, Status::collecting);
    ASSERT_EQ(on_its_way.collection.size(), 1U);
    EXPECT_EQ(on_its_way.collection[0].carrier, "CJ");
    EXPECT_EQ(on_its_way.collection[0].tracking_number, "1");
    EXPECT_EQ(on_its_way.collection[0].at, noon + 2s);
    const auto back = folded(approved, collecting, received);
    EXPECT_EQ(back.status, Status::received);
    EXPECT_EQ(back.received, (std::vector<ReceivedLine>{{mug, 1, 1}}));
    EXPECT_FALSE(back.replacement_ready);
    EXPECT_TRUE(folded(approved, collecting, received, ready).replacement_ready);
    const auto sent = folded(approved, collecting, received, ready, reshipped);
    EXPECT_EQ(sent.status, Status::reshipped);
    ASSERT_EQ(sent.replacement.size(), 1U);
    EXPECT_EQ(sent.replacement[0].tracking_number, "2");
    EXPECT_EQ(folded(approved, collecting, received, ready, reshipped, ClaimClosed{claim_id, order_id}).status,
              Status::closed);
}

TEST(ClaimsProjection, an_exchange_that_is_given_up_is_a_return_and_says_why)
{
    const auto claim = folded(approved, collecting, received, given_up);
    EXPECT_EQ(claim.kind, ClaimKind::refund);
    EXPECT_EQ(claim.exchange_given_up, "PROD_002");
    EXPECT_EQ(claim.status, Status::received);
}

TEST(ClaimsProjection, shows_why_it_waits_until_it_no_longer_does)
{
    const auto stuck = folded(approved, collecting, received, given_up, halted);
    EXPECT_EQ(stuck.status, Status::received);
    EXPECT_EQ(stuck.trouble, "NOT_CANCELABLE_PAYMENT");
    EXPECT_EQ(stuck.trouble_message, "취소할 수 없음");
    EXPECT_EQ(folded(approved, collecting, received, given_up, halted, resumed).trouble, std::nullopt);
    const auto done = folded(approved, collecting, received, given_up, halted, refunded);
    EXPECT_EQ(done.trouble, std::nullopt);
    EXPECT_EQ(done.status, Status::refunded);
    EXPECT_EQ(done.refund_amount.value, 19'500);
    EXPECT_EQ(done.points_back.value, 500);
}

TEST(ClaimsProjection, a_claim_that_comes_to_nothing)
{
    const auto rejected = folded(ClaimRejected{claim_id, order_id, "사용한 흔적"});
    EXPECT_EQ(rejected.status, Status::rejected);
    EXPECT_EQ(rejected.rejection_reason, "사용한 흔적");
    EXPECT_EQ(folded(ClaimWithdrawn{claim_id, order_id}).status, Status::withdrawn);
}

}  // namespace
}  // namespace jangteo::projections::claims
