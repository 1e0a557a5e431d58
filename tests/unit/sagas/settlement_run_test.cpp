// A settlement run: every seller on the roll is asked once, call by call, and then it is over.
#include "sagas/settlement_run.hpp"

#include "events/codec.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string_view>

namespace jangteo::sagas {
namespace {

using namespace events::settlement;
using events::SellerId;

static_assert(IsSaga<SettlementRun>);

template <class Id>
Id id(std::string_view name)
{
    return Id{events::uuid_v5(events::url_namespace, name)};
}

const auto market = events::the_market();
const std::string week = "2026-W47";
const auto run = events::run_of(week);
const auto potter = id<SellerId>("potter");
const auto planter = id<SellerId>("planter");
const auto baker = id<SellerId>("baker");
const auto monday = events::parse_iso8601("2026-11-22T15:00:00Z").value();

const SettlementRunStarted started{market, run, week, monday};
const Refused nothing{std::string(CloseSettlement::type), planter.text(), {"SET_001", {}}};

RollCalled called(std::int64_t place, std::vector<SellerId> sellers, bool more)
{
    return {market, run, place, std::move(sellers), more};
}
SettlementScheduled scheduled(const SellerId& seller, std::int64_t amount)
{
    SettlementScheduled event{.seller_id = seller};
    event.amount = {amount};
    return event;
}

Outputs after(std::initializer_list<SettlementRun::Input> inputs)
{
    const SettlementRun saga;
    SettlementRun::State state;
    const Meta meta{run.value, monday};
    Outputs out;
    for (const auto& input : inputs) {
        std::visit(
            [&](const auto& what) {
                SettlementRun::evolve(state, what, meta);
                out = saga.react(state, what, meta);
            },
            input);
    }
    EXPECT_TRUE(out.timers.empty());
    return out;
}

template <class Command>
Command only_command(const Outputs& out, bool settles = false)
{
    Command command;
    EXPECT_EQ(out.commands.size(), 1U);
    if (out.commands.size() != 1) return command;
    EXPECT_EQ(out.commands[0].type, Command::type);
    EXPECT_EQ(out.commands[0].settles, settles);
    if (out.commands[0].type == Command::type) from_json(out.commands[0].value, command);
    return command;
}

TEST(SettlementRun, begins_with_the_first_place_of_the_roll)
{
    EXPECT_EQ(only_command<CallRoll>(after({started})), (CallRoll{market, run, 0}));
}

TEST(SettlementRun, asks_every_seller_of_a_call_to_close_the_period)
{
    const auto out = after({started, called(0, {potter, planter}, false)});
    ASSERT_EQ(out.commands.size(), 2U);
    EXPECT_EQ(out.commands[0].subject, potter.text());
    CloseSettlement close;
    from_json(out.commands[1].value, close);
    EXPECT_EQ(close, (CloseSettlement{planter, run, week, monday}));
}

TEST(SettlementRun, calls_on_only_when_all_of_a_call_have_answered)
{
    EXPECT_TRUE(after({started, called(0, {potter, planter}, true), scheduled(potter, 5)}).commands.empty());
    EXPECT_EQ(
        only_command<CallRoll>(after({started, called(0, {potter, planter}, true), scheduled(potter, 5), nothing})),
        (CallRoll{market, run, 2}));
}

TEST(SettlementRun, is_complete_when_everybody_has_answered_and_says_what_it_came_to)
{
    const auto out = after({started, called(0, {potter, planter}, true), scheduled(potter, 27'000), nothing,
                            called(2, {baker}, false), scheduled(baker, 900)});
    EXPECT_EQ(only_command<CompleteRun>(out, true), (CompleteRun{market, run, 3, 2, {27'900}}));
}

TEST(SettlementRun, of_a_market_in_which_nobody_has_sold_anything_is_complete_at_once)
{
    EXPECT_EQ(only_command<CompleteRun>(after({started, called(0, {}, false)}), true),
              (CompleteRun{market, run, 0, 0, {}}));
}

TEST(SettlementRun, other_refusals_answer_for_no_seller)
{
    const Refused complete{std::string(CompleteRun::type), market.text(), {"COMMON_409", {}}};
    EXPECT_TRUE(after({started, called(0, {potter, planter}, false), scheduled(potter, 5), complete}).commands.empty());
}

}  // namespace
}  // namespace jangteo::sagas
