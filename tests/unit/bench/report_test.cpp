#include "bench/figures/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace jangteo::bench {
namespace {

Figure figure_of(std::vector<Figure::Round> rounds, std::optional<Target> target = {})
{
    Figure figure("per s", "something", target);
    for (const auto& round : rounds) figure.add(round.ours, round.base);
    return figure;
}

TEST(Figures, compare_the_medians_of_their_rounds)
{
    const auto figure = figure_of({{10, 100}, {60, 100}, {50, 90}, {70, 110}, {900, 120}});
    EXPECT_DOUBLE_EQ(figure.ours(), 60);
    EXPECT_DOUBLE_EQ(figure.base(), 100);
    EXPECT_DOUBLE_EQ(figure.ratio(), 0.6);
}

TEST(Figures, say_whether_they_reach_their_target)
{
    using Kind = Target::Kind;
    EXPECT_TRUE(figure_of({{60, 100}}, Target{Kind::at_least, 0.6}).met());
    EXPECT_FALSE(figure_of({{59, 100}}, Target{Kind::at_least, 0.6}).met());
    EXPECT_TRUE(figure_of({{2.2, 0.6}}, Target{Kind::at_most, 2, 1}).met()) << "twice 0.6 and one more";
    EXPECT_FALSE(figure_of({{2.3, 0.6}}, Target{Kind::at_most, 2, 1}).met());
    EXPECT_TRUE(figure_of({{1, 100}}).met()) << "nothing was promised";
}

TEST(Figures, are_written_with_ours_base_ratio_and_runs_under_their_name)
{
    Report report;
    report.figures.emplace("runner_vs_floor", figure_of({{50, 100}, {60, 80}, {70, 120}}));
    report.figures.emplace("not_measured", Figure("per s", "nothing"));
    const auto json = nlohmann::json::parse(to_json(report));
    EXPECT_EQ(json["runner_vs_floor"]["ours"], 60);
    EXPECT_EQ(json["runner_vs_floor"]["base"], 100);
    EXPECT_EQ(json["runner_vs_floor"]["ratio"], 0.6);
    ASSERT_EQ(json["runner_vs_floor"]["runs"].size(), 3U);
    EXPECT_EQ(json["runner_vs_floor"]["runs"][1]["ratio"], 0.75);
    EXPECT_FALSE(json.contains("not_measured"));
}

Race race_with(std::size_t accepted, std::map<std::string, std::size_t> refused, std::size_t hung)
{
    Race race;
    race.runs = 1;
    race.buyers = 1'000;
    race.units = 100;
    race.accepted = {accepted};
    race.refused = {std::move(refused)};
    race.hung = hung;
    race.seconds = {1};
    return race;
}

TEST(Race, is_right_only_when_exactly_the_units_were_sold_and_all_others_heard_why)
{
    EXPECT_TRUE(race_with(100, {{"PROD_002", 900}}, 0).right());
    EXPECT_FALSE(race_with(101, {{"PROD_002", 899}}, 0).right());
    EXPECT_FALSE(race_with(99, {{"PROD_002", 901}}, 0).right());
    EXPECT_FALSE(race_with(100, {{"PROD_002", 899}, {"HTTP 503", 1}}, 0).right());
    EXPECT_FALSE(race_with(100, {{"PROD_002", 900}}, 1).right());
    EXPECT_FALSE(Race{}.right()) << "nothing was run";
}

}  // namespace
}  // namespace jangteo::bench
