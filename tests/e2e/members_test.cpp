// Members beside buying, with roles that die meanwhile (DOA-CHK-01, 05, DOA-POINT-06).
#include "events/members.hpp"
#include "tests/e2e/house.hpp"

namespace jangteo::e2e {
namespace {

using namespace std::chrono_literals;
using namespace events;

class Members : public House {};

TEST_F(Members, race_of_fifty_check_ins_is_won_by_one_though_producers_die)
{
    start_roles();
    for (int round = 0; round < 3; ++round) {
        const auto member = new_member();
        std::vector<Uuid> questions;
        for (int i = 0; i < 50; ++i) questions.push_back(caller().ask(members::CheckIn{member}));
        if (round == 1) {
            processes.front()->kill();
            start("producers");
        }
        int taken = 0;
        for (const auto& question : questions) {
            const auto answer = caller().answer(question);
            taken += answer.envelope.type == members::CheckedIn::type ? 1 : 0;
            if (answer.envelope.type != rejected_type) continue;
            EXPECT_EQ(rejection_from_json(answer.value).code, "CHECKIN_001");
        }
        EXPECT_EQ(taken, 1);
    }
    check_everything();
    stop_all();
}

TEST_F(Members, points_end_while_they_are_spent)
{
    start_roles();
    const auto cup = new_product(100, {1'000});
    const auto member = new_member({500});
    points::EarnPoints soon{.user_id = member, .amount = {400}};
    soon.source = points::PointSource::event;
    soon.description = "하루 선물";
    soon.expires_at = now() + 3s;
    EXPECT_EQ(caller().ask_and_hear(soon).envelope.type, points::PointsEarned::type);
    std::vector<Uuid> placed;
    for (int i = 0; i < 16; ++i) {
        placed.push_back(place(order_of(member, {{cup.id, 1}}, {70})));
        caller().listen(300ms);
    }
    std::size_t accepted = 0;
    for (const auto& order : placed) accepted += caller().answer(order).envelope.type == orders::OrderAccepted::type;
    say(std::to_string(accepted) + " of 16 orders got their points");
    EXPECT_GE(accepted, 7U) << "what does not end is enough for seven";
    EXPECT_LE(accepted, 12U) << "all of it is enough for twelve";
    check_everything();
    stop_all();
}

}  // namespace
}  // namespace jangteo::e2e
