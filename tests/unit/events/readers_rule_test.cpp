#include "events/readers_rule.hpp"

#include <gtest/gtest.h>

namespace jangteo::events {
namespace {

using Verdict = ReadersRule::Verdict;

const Uuid old_owner = uuid_v5(url_namespace, "old owner");
const Uuid new_owner = uuid_v5(url_namespace, "new owner");

Envelope marker(const Uuid& writer)
{
    Envelope envelope;
    envelope.type = taken_over_type;
    envelope.writer = writer;
    return envelope;
}

Envelope outcome(const Uuid& writer, std::int64_t command_offset, std::int64_t sequence)
{
    Envelope envelope;
    envelope.type = "jangteo.inventory.StockHeld";
    envelope.writer = writer;
    envelope.command_offset = command_offset;
    envelope.sequence = sequence;
    return envelope;
}

TEST(ReadersRule, accepts_what_the_owner_of_the_last_marker_appends)
{
    ReadersRule rule;
    EXPECT_EQ(rule.see(marker(old_owner)), Verdict::marker);
    EXPECT_EQ(rule.see(outcome(old_owner, 0, 1)), Verdict::accepted);
    EXPECT_EQ(rule.see(outcome(old_owner, 5, 2)), Verdict::accepted);
    EXPECT_EQ(rule.last_command_offset(), 5);
}

TEST(ReadersRule, skips_what_a_former_owner_appends_late)
{
    ReadersRule rule;
    rule.see(marker(old_owner));
    rule.see(outcome(old_owner, 0, 1));
    rule.see(marker(new_owner));
    EXPECT_EQ(rule.see(outcome(old_owner, 1, 2)), Verdict::dead);
    EXPECT_EQ(rule.last_command_offset(), 0);
    EXPECT_EQ(rule.see(outcome(new_owner, 1, 1)), Verdict::accepted);
}

TEST(ReadersRule, skips_a_second_outcome_of_a_command_whoever_appends_it)
{
    ReadersRule rule;
    rule.see(marker(old_owner));
    rule.see(outcome(old_owner, 4, 1));
    EXPECT_EQ(rule.see(outcome(old_owner, 4, 2)), Verdict::dead);
    rule.see(marker(new_owner));
    EXPECT_EQ(rule.see(outcome(new_owner, 3, 1)), Verdict::dead);
    EXPECT_EQ(rule.see(outcome(new_owner, 4, 1)), Verdict::dead);
    EXPECT_EQ(rule.see(outcome(new_owner, 5, 1)), Verdict::accepted);
}

TEST(ReadersRule, accepts_nothing_before_the_first_marker)
{
    ReadersRule rule;
    EXPECT_EQ(rule.see(outcome(old_owner, 0, 1)), Verdict::dead);
}

TEST(ReadersRule, skips_everything_after_an_append_that_was_lost)
{
    ReadersRule rule;
    rule.see(marker(old_owner));
    rule.see(outcome(old_owner, 0, 1));
    EXPECT_EQ(rule.see(outcome(old_owner, 2, 3)), Verdict::dead);
    EXPECT_EQ(rule.see(outcome(old_owner, 3, 4)), Verdict::dead);
    EXPECT_EQ(rule.last_command_offset(), 0);
    rule.see(marker(new_owner));
    EXPECT_EQ(rule.see(outcome(new_owner, 1, 1)), Verdict::accepted);
}

TEST(ReadersRule, goes_on_from_where_a_snapshot_stopped)
{
    ReadersRule rule(old_owner, 7, 3);
    EXPECT_EQ(rule.see(outcome(old_owner, 7, 4)), Verdict::dead);
    EXPECT_EQ(rule.see(outcome(new_owner, 8, 4)), Verdict::dead);
    EXPECT_EQ(rule.see(outcome(old_owner, 8, 4)), Verdict::accepted);
    EXPECT_EQ(rule.writer(), old_owner);
}

}  // namespace
}  // namespace jangteo::events
