// What a stream is made of: positions as text, the ring and those who stand in it, and what whom is shown.
#include "events/codec.hpp"
#include "http-edge/streams/living.hpp"
#include "http-edge/streams/own_events.hpp"
#include "http-edge/streams/ring.hpp"
#include "http-edge/streams/view.hpp"
#include "infra/kafka/settings.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace jangteo::edge::streams {
namespace {

const Layout layout({"inventory", "orders"}, 2);
const std::string secret = "a secret of more than thirty-two bytes";

Entry entry_at(std::size_t slot, std::int64_t offset)
{
    events::Record record;
    record.offset = offset;
    record.value = "{}";
    return {slot, std::move(record)};
}

// --- Positions ---

TEST(StreamPosition, comes_back_as_it_was)
{
    const auto whole = Layout::of_all_contexts(8);
    const PositionCodec codec(whole, secret);
    std::mt19937_64 random(20);
    for (int i = 0; i < 200; ++i) {
        Position position(whole.slots());
        for (auto& offset : position)
            offset = static_cast<std::int64_t>(random() >> (random() % 3 == 0 ? 63 : 2 + random() % 60));
        EXPECT_EQ(codec.decode(codec.encode(position)), position);
    }
    const Position nowhere(whole.slots(), 0);
    EXPECT_EQ(codec.decode(codec.encode(nowhere)), nowhere);
}

TEST(StreamPosition, of_a_log_of_many_millions_fits_into_a_header)
{
    const auto whole = Layout::of_all_contexts(8);
    Position position(whole.slots());
    for (std::size_t i = 0; i < position.size(); ++i) position[i] = 50'000'000 + static_cast<std::int64_t>(i * 7'919);
    EXPECT_LT(PositionCodec(whole, secret).encode(position).size(), 512U);
}

TEST(StreamPosition, that_we_did_not_write_is_refused)
{
    const PositionCodec codec(layout, secret);
    const auto text = codec.encode({5, 6, 7, 8});
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto other = text;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(codec.decode(other)) << i;
    }
    EXPECT_FALSE(codec.decode(""));
    EXPECT_FALSE(codec.decode("orders:3:17"));
    EXPECT_FALSE(codec.decode(text + "A"));
    EXPECT_FALSE(codec.decode(std::string(5'000, 'A')));
    EXPECT_FALSE(PositionCodec(layout, secret + "!").decode(text));
}

TEST(StreamPosition, from_before_a_context_came_has_all_of_it_ahead)
{
    const Layout before({"orders"}, 2);
    const auto text = PositionCodec(before, secret).encode({7, 8});
    EXPECT_EQ(PositionCodec(layout, secret).decode(text), (Position{0, 0, 7, 8}));
    EXPECT_FALSE(PositionCodec(before, secret).decode(PositionCodec(layout, secret).encode({5, 6, 7, 8})));
}

// --- The ring ---

class Standing : public ::testing::Test {
protected:
    Standing() { ring.open({10, 20, 30, 40}); }

    /// What comes until the end of the ring, as `slot@offset`.
    std::string taken(Cursor& cursor)
    {
        std::string text;
        while (!cursor.at_end(ring)) {
            const auto* entry = cursor.take(ring);
            if (entry == nullptr) continue;
            text += std::to_string(entry->slot) + '@' + std::to_string(entry->record.offset) + ' ';
        }
        return text;
    }

    Ring ring{{.entries = 4, .bytes = 1U << 20U}};
    const Slots all = Slots(4, true);
};

TEST_F(Standing, at_the_end_sees_what_comes_from_then_on)
{
    ring.push(entry_at(0, 10));
    Cursor cursor(ring);
    ring.push(entry_at(1, 20));
    EXPECT_EQ(taken(cursor), "1@20 ");
    EXPECT_EQ(cursor.position(), (Position{11, 21, 30, 40}));
}

TEST_F(Standing, forgets_the_oldest_and_knows_where_it_begins_then)
{
    for (std::int64_t offset = 10; offset < 16; ++offset) ring.push(entry_at(0, offset));
    EXPECT_EQ(ring.end() - ring.first(), 4U);
    EXPECT_EQ(ring.before(), (Position{12, 20, 30, 40}));
    EXPECT_EQ(ring.head(), (Position{16, 20, 30, 40}));
    EXPECT_FALSE(reaches(ring, {11, 20, 30, 40}, all));
    EXPECT_TRUE(reaches(ring, {12, 20, 30, 40}, all));
    EXPECT_TRUE(reaches(ring, {0, 20, 30, 40}, {false, true, true, true}));
}

TEST_F(Standing, too_far_behind_is_lost)
{
    Cursor cursor(ring);
    for (std::int64_t offset = 10; offset < 14; ++offset) ring.push(entry_at(0, offset));
    EXPECT_FALSE(cursor.lost(ring));
    ring.push(entry_at(0, 14));
    EXPECT_TRUE(cursor.lost(ring));
}

TEST_F(Standing, is_bounded_by_bytes_too)
{
    Ring narrow({.entries = 1'000, .bytes = 20'000});
    narrow.open({0, 0, 0, 0});
    for (std::int64_t offset = 0; offset < 100; ++offset) narrow.push(entry_at(0, offset));
    EXPECT_LT(narrow.end() - narrow.first(), 10U);
    EXPECT_GT(narrow.end(), narrow.first());
}

TEST_F(Standing, is_not_given_again_what_its_own_reader_has_given)
{
    ring.push(entry_at(0, 10));
    ring.push(entry_at(1, 20));
    // Its own reader was ahead of the ring in slot 1, and behind it in slot 0.
    Cursor cursor(ring, {10, 22, 30, 40}, all);
    EXPECT_FALSE(cursor.in_line());
    EXPECT_EQ(taken(cursor), "0@10 ");
    EXPECT_EQ(cursor.position(), (Position{11, 22, 30, 40})) << "a position never goes back";
    EXPECT_FALSE(cursor.in_line());
    ring.push(entry_at(1, 21));
    EXPECT_EQ(taken(cursor), "");
    EXPECT_TRUE(cursor.in_line());
    ring.push(entry_at(1, 22));
    EXPECT_EQ(taken(cursor), "1@22 ");
}

TEST_F(Standing, behind_a_marker_that_the_ring_tells_later_comes_in_line)
{
    Cursor cursor(ring, {11, 20, 30, 40}, all);
    EXPECT_FALSE(cursor.in_line());
    ring.pass(0, 11);
    ring.push(entry_at(0, 11));
    EXPECT_EQ(taken(cursor), "0@11 ");
    EXPECT_TRUE(cursor.in_line());
}

TEST_F(Standing, settles_behind_what_is_nobody_s_event)
{
    Cursor cursor(ring);
    ring.pass(2, 31);
    cursor.settle(ring);
    EXPECT_EQ(cursor.position(), (Position{10, 20, 31, 40}));
}

/// Two edges see the partitions in different orders; somebody goes from one to the other again and again.
TEST(Streams, that_go_from_edge_to_edge_have_everything_once)
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        // Each partition has offsets 0 … 39; each edge its own order of partitions.
        const auto fill = [&](Ring& ring) {
            ring.open(Position(4, 0));
            std::vector<std::int64_t> next(4, 0);
            for (int i = 0; i < 160;) {
                const auto slot = random() % 4;
                if (next[slot] == 40) continue;
                ring.push(entry_at(slot, next[slot]++));
                ++i;
            }
        };
        Ring one({.entries = 1'000, .bytes = 1U << 30U});
        Ring other({.entries = 1'000, .bytes = 1U << 30U});
        fill(one);
        fill(other);
        std::map<std::pair<std::size_t, std::int64_t>, int> given;
        Position position(4, 0);
        for (int turn = 0; turn < 60; ++turn) {
            auto& ring = turn % 2 == 0 ? one : other;
            Cursor cursor(ring, position, Slots(4, true));
            const auto wanted = turn == 59 ? 1'000U : random() % 12;
            for (unsigned i = 0; i < wanted && !cursor.at_end(ring);) {
                const auto* entry = cursor.take(ring);
                if (entry == nullptr) continue;
                ++given[{entry->slot, entry->record.offset}];
                ++i;
            }
            position = cursor.position();
        }
        ASSERT_EQ(given.size(), 160U) << round;
        for (const auto& [place, times] : given)
            ASSERT_EQ(times, 1) << round << ' ' << place.first << '@' << place.second;
    }
}

// --- The readers' rule ---

events::Envelope of_writer(const events::Uuid& writer, std::int64_t sequence, std::int64_t command)
{
    events::Envelope says;
    says.type = sequence == 0 ? std::string(events::taken_over_type) : "jangteo.orders.OrderPlaced";
    says.writer = writer;
    says.sequence = sequence;
    says.command_offset = command;
    return says;
}

TEST(Living, goes_on_behind_a_position_without_looking_back)
{
    const auto old_writer = events::random_uuid();
    const auto writer = events::random_uuid();
    Living living(2);
    living.believe_first(1);
    EXPECT_EQ(living.see(1, of_writer(writer, 4, 17)), Living::Verdict::skip) << "it was given before";
    EXPECT_EQ(living.see(1, of_writer(old_writer, 9, 18)), Living::Verdict::skip) << "a former owner's";
    EXPECT_EQ(living.see(1, of_writer(writer, 5, 18)), Living::Verdict::event);
    EXPECT_EQ(living.see(1, of_writer(writer, 6, 18)), Living::Verdict::skip) << "a second outcome";
    EXPECT_EQ(living.see(1, of_writer(old_writer, 0, -1)), Living::Verdict::marker);
    EXPECT_EQ(living.see(1, of_writer(old_writer, 1, 19)), Living::Verdict::event);
}

TEST(Living, behind_a_marker_expects_its_writer)
{
    const auto writer = events::random_uuid();
    Living living(1);
    living.believe_first(0);
    EXPECT_EQ(living.see(0, of_writer(writer, 0, -1)), Living::Verdict::skip);
    EXPECT_EQ(living.see(0, of_writer(writer, 1, 3)), Living::Verdict::event);
}

// --- What is shown ---

Entry order_event(std::string_view type, const std::string& value, std::string_view context = "orders")
{
    auto entry = entry_at(*layout.find(std::string(context) + ".events", 0), 3);
    entry.record.topic = std::string(context) + ".events";
    entry.record.partition = 0;
    entry.record.envelope.type = "jangteo." + std::string(context) + '.' + std::string(type);
    entry.record.envelope.subject = "4f5e";
    entry.record.value = value;
    return entry;
}

TEST(StreamSelection, is_by_context_type_aggregate_and_correlation)
{
    auto placed = order_event("OrderPlaced", "{}");
    const auto shows = [&](Selection selection) { return EventsAsSse(std::move(selection)).shows(layout, placed); };
    EXPECT_TRUE(shows({}));
    EXPECT_TRUE(shows({.contexts = {"orders"}}));
    EXPECT_FALSE(shows({.contexts = {"inventory"}}));
    EXPECT_TRUE(shows({.types = {"OrderPlaced"}}));
    EXPECT_TRUE(shows({.types = {"jangteo.orders.OrderPlaced"}}));
    EXPECT_FALSE(shows({.types = {"OrderAccepted"}}));
    EXPECT_TRUE(shows({.aggregate = "4f5e"}));
    EXPECT_FALSE(shows({.aggregate = "4f5f"}));
    EXPECT_FALSE(shows({.correlation_id = events::random_uuid()}));
}

TEST(StreamSelection, of_an_aggregate_reads_one_partition_of_a_context)
{
    const auto slots = Selection{.contexts = {"orders"}, .aggregate = "4f5e"}.slots(layout);
    EXPECT_EQ(std::count(slots.begin(), slots.end(), true), 1);
    EXPECT_TRUE(slots[layout.slot(1, kafka::partition_of("4f5e", 2))]);
}

TEST(StreamSelection, has_refusals_only_for_who_asks)
{
    auto refused = order_event("x", "{}");
    refused.record.envelope.type = events::rejected_type;
    EXPECT_FALSE(EventsAsSse({}).shows(layout, refused));
    EXPECT_TRUE(EventsAsSse({.refusals = true}).shows(layout, refused));
}

TEST(OwnEvents, are_one_person_s_and_small)
{
    const events::UserId me{events::random_uuid()};
    const auto order = events::to_string(events::random_uuid());
    const auto value = R"({"orderId":")" + order + R"(","orderNumber":"ORD-1","userId":")" + me.text() +
                       R"(","shippingAddress":{"sealed":"xyz"},"pointsToUse":0})";
    auto placed = order_event("OrderPlaced", value);
    OwnEvents mine(me, {});
    OwnEvents theirs(events::UserId{events::random_uuid()}, {});
    EXPECT_TRUE(mine.shows(layout, placed));
    EXPECT_FALSE(theirs.shows(layout, placed));
    const auto text = mine.render(layout, placed, "POSITION");
    EXPECT_TRUE(text.starts_with("id: POSITION\nevent: order\ndata: {")) << text;
    EXPECT_NE(text.find(R"("what":"placed","orderId":")" + order), std::string::npos) << text;
    EXPECT_EQ(text.find("sealed"), std::string::npos) << text;
    auto held = order_event("StockHeld", "{}", "inventory");
    EXPECT_FALSE(mine.shows(layout, held));
}

TEST(OwnEvents, that_name_the_order_only_are_its_buyer_s)
{
    const Layout both({"orders", "payments"}, 1);
    const events::UserId me{events::random_uuid()};
    const auto order = events::random_uuid();
    const auto of_order = [&](std::string_view context, std::string_view type, const std::string& more) {
        events::Record record;
        record.topic = std::string(context) + ".events";
        record.envelope.type = "jangteo." + std::string(context) + '.' + std::string(type);
        record.value = R"({"orderId":")" + events::to_string(order) + "\"" + more + "}";
        return Entry{*both.find(record.topic, 0), record};
    };
    auto failed = of_order("payments", "PaymentFailed", R"(,"paymentId":"p","code":"PAY_001","message":"m")");
    OwnEvents from_before(me, {order});
    EXPECT_TRUE(from_before.shows(both, failed));
    OwnEvents learned(me, {});
    EXPECT_FALSE(learned.shows(both, failed));
    auto confirmed = of_order("orders", "OrderConfirmed", R"(,"userId":")" + me.text() + "\"");
    EXPECT_TRUE(learned.shows(both, confirmed));
    EXPECT_TRUE(learned.shows(both, failed));
    EXPECT_EQ(own_event(failed.record).json.find("message"), std::string::npos);
}

}  // namespace
}  // namespace jangteo::edge::streams
