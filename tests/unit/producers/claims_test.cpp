#include "producers/claims/decider.hpp"

#include "tests/unit/given.hpp"

namespace jangteo::producers::claims {
namespace {

using events::Points;
using events::SellerId;
using events::UserId;
using events::Won;

const auto claim = id<ClaimId>(1);
const auto order = id<OrderId>(2);
const auto buyer = id<UserId>(3);
const auto potter = id<SellerId>(4);
const auto mug = id<ProductId>(5);
const auto tea = id<ProductId>(6);
const std::vector<ClaimLine> lines{{mug, 2}, {tea, 1}};
const std::vector<ReceivedLine> looked_at{{mug, 1, 1}, {tea, 1, 0}};

const OpenClaim open{claim, order, buyer, potter, ClaimKind::refund, lines, "깨졌어요", {"https://a.kr/1.jpg"}, {}};
const ClaimOpened opened{claim, order, buyer, potter, ClaimKind::refund, lines, "깨졌어요", {"https://a.kr/1.jpg"}, {}};
const auto exchange_opened = [] {
    auto event = opened;
    event.kind = ClaimKind::exchange;
    return event;
}();
const ApproveClaim approve{claim, true};
const ClaimApproved approved{claim, order, true};
const RejectClaim reject{claim, "사용한 흔적"};
const ClaimRejected rejected{claim, order, "사용한 흔적"};
const WithdrawClaim withdraw{claim};
const ClaimWithdrawn withdrawn{claim, order};
const CollectGoods collect{claim, "CJ", "1"};
const CollectionStarted collecting{claim, order, "CJ", "1"};
const ReceiveGoods receive{claim, looked_at};
const GoodsReceived received{claim, order, ClaimKind::refund, looked_at, true};
const GoodsReceived received_for_exchange{claim, order, ClaimKind::exchange, looked_at, true};
const ReadyReplacement ready{claim};
const ReplacementReady replacement_ready{claim, order};
const GiveUpExchange give_up{claim, "PROD_002"};
const ExchangeGivenUp given_up{claim, order, "PROD_002", true};
const ReshipGoods reship{claim, "한진", "2"};
const GoodsReshipped reshipped{claim, order, "한진", "2"};
const CloseClaim close{claim};
const ClaimClosed closed{claim, order};
const CompleteReturn complete{claim, Won{19'500}, Points{500}, Won{0}};
const ClaimRefunded refunded{claim, order, Won{19'500}, Points{500}, Won{0}};
const HaltClaim halt{claim, "ALREADY_CANCELED_PAYMENT", "이미 취소된 결제"};
const ClaimHalted halted{claim, order, "ALREADY_CANCELED_PAYMENT", "이미 취소된 결제"};
const ResumeClaim resume{claim};
const ClaimResumed resumed{claim, order};

const std::vector<Event> back{opened, approved, collecting, received};
const std::vector<Event> back_for_exchange{exchange_opened, approved, collecting, received_for_exchange};

std::vector<Event> operator+(std::vector<Event> before, const std::vector<Event>& after)
{
    before.insert(before.end(), after.begin(), after.end());
    return before;
}

struct Step {
    std::string name;
    std::vector<Event> before;
    Command command;
    Event outcome;
};
const std::vector<Step>& steps()
{
    static const std::vector<Step> all{
        {"opens", {}, open, opened},
        {"is_withdrawn", {opened}, withdraw, withdrawn},
        {"is_approved", {opened}, approve, approved},
        {"is_rejected", {opened}, reject, rejected},
        {"is_collected", {opened, approved}, collect, collecting},
        {"is_received", {opened, approved, collecting}, receive, received},
        {"is_refunded", back, complete, refunded},
        {"is_halted", back, halt, halted},
        {"is_resumed", back + std::vector<Event>{halted}, resume, resumed},
        {"is_refunded_though_it_waits", back + std::vector<Event>{halted}, complete, refunded},
        {"is_halted_again", back + std::vector<Event>{halted, resumed}, halt, halted},
        {"has_a_replacement", back_for_exchange, ready, replacement_ready},
        {"has_no_replacement", back_for_exchange, give_up, given_up},
        {"is_refunded_instead", back_for_exchange + std::vector<Event>{given_up}, complete, refunded},
        {"is_reshipped", back_for_exchange + std::vector<Event>{replacement_ready}, reship, reshipped},
        {"is_closed", back_for_exchange + std::vector<Event>{replacement_ready, reshipped}, close, closed},
    };
    return all;
}

/// The whole of SM-08, step by step, and each step's repeat.
class Claims : public testing::TestWithParam<Step> {};
INSTANTIATE_TEST_SUITE_P(SM08, Claims, testing::ValuesIn(steps()), [](const auto& one) { return one.param.name; });

TEST_P(Claims, take_a_step_once)
{
    const auto& step = GetParam();
    const auto first = given<Decider>(step.before).when(step.command);
    first.then(step.outcome);
    // Only a claim that is halted can be resumed: whoever asks again is told where it stands.
    if (!std::holds_alternative<ResumeClaim>(step.command)) first.again().then(Already{});
    EXPECT_EQ(first.again().state(), first.state());
}

/// Every command wherever a claim may stand: y is a step, a is done already, n is refused.
TEST(Claims, take_no_other_step)
{
    const auto ready_to_go = back_for_exchange + std::vector<Event>{replacement_ready};
    const std::vector<std::pair<std::vector<Event>, std::string>> places{
        {{opened}, "requested"},
        {{opened, approved}, "approved"},
        {{opened, rejected}, "rejected"},
        {{opened, withdrawn}, "withdrawn"},
        {{opened, approved, collecting}, "collecting"},
        {back, "received"},
        {back + std::vector<Event>{halted}, "received"},
        {back + std::vector<Event>{refunded}, "refunded"},
        {back_for_exchange, "received"},
        {ready_to_go, "received"},
        {ready_to_go + std::vector<Event>{reshipped}, "reshipped"},
        {ready_to_go + std::vector<Event>{reshipped, closed}, "closed"}};
    const std::vector<std::pair<Command, std::string>> table{
        {open, "aaaaaaaaaaaa"},    {approve, "yannnnnnnnnn"}, {reject, "ynannnnnnnnn"},   {withdraw, "ynnannnnnnnn"},
        {collect, "nynnannnnnnn"}, {receive, "nnnnyaanaann"}, {complete, "nnnnnyyannnn"}, {halt, "nnnnnyannnnn"},
        {resume, "nnnnnnyannnn"},  {ready, "nnnnnnnnyaaa"},   {give_up, "aaaaaaaaynnn"},  {reship, "nnnnnnnnnyaa"},
        {close, "nnnnnnnnnnya"}};
    for (const auto& [command, row] : table) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            const auto& [history, status] = places[i];
            SCOPED_TRACE(std::string(type_of(command)) + " when " + status + ", column " + std::to_string(i));
            const auto when = given<Decider>(history).when(command);
            if (row[i] == 'a') when.then(Already{});
            if (row[i] == 'n') when.then(Rejection{"ORD_003", {{"claimId", claim.text()}, {"status", status}}});
            if (row[i] != 'y') {
                EXPECT_EQ(when.state(), given<Decider>(history).state());
            } else {
                EXPECT_NE(when.state(), given<Decider>(history).state());
            }
        }
    }
}

TEST(Claims, each_unit_has_to_be_accounted_for)
{
    const Rejection no{"COMMON_400", {{"claimId", claim.text()}, {"lines", 2}}};
    const auto received_as = [](std::vector<ReceivedLine> as) { return ReceiveGoods{claim, std::move(as)}; };
    const std::vector<Event> history{opened, approved, collecting};
    given<Decider>(history).when(received_as({{mug, 1, 0}, {tea, 1, 0}})).then(no);
    given<Decider>(history).when(received_as({{mug, 2, 1}, {tea, 1, 0}})).then(no);
    given<Decider>(history).when(received_as({{mug, 3, -1}, {tea, 1, 0}})).then(no);
    given<Decider>(history).when(received_as({{mug, 1, 1}, {mug, 1, 1}})).then(no);
    given<Decider>(history).when(received_as({{mug, 1, 1}})).then_refused("COMMON_400");
}

TEST(Claims, what_nobody_opened_is_unknown)
{
    const Rejection unknown{"COMMON_404", {{"claimId", claim.text()}}};
    for (const auto& step : steps()) {
        if (!std::holds_alternative<OpenClaim>(step.command)) given<Decider>({}).when(step.command).then(unknown);
    }
}

}  // namespace
}  // namespace jangteo::producers::claims
