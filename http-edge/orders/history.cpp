#include "events/codec.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"
#include "http-edge/server/past.hpp"
#include "projections/places_of_order.hpp"

#include <algorithm>
#include <set>

namespace jangteo::edge::orders {

namespace {

constexpr std::chrono::milliseconds log_timeout{3'000};
/// An order of 200 lines has about 600 events when it is undone as a whole.
constexpr std::size_t longest_story = 2'000;

std::set<kafka::RecordPlace> places_of(postgres::Session& session, const StoredOrder& order)
{
    std::set<kafka::RecordPlace> places;
    const auto rows = session.query(projections::places_of_order, {order.id});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto partition = static_cast<std::int32_t>(rows.integer(i, 1));
        places.insert({{std::string(rows.text(i, 0)) + ".events", partition}, rows.integer(i, 2)});
    }
    return places;
}

std::string context_of(const events::Record& record)
{
    return record.topic.substr(0, record.topic.find('.'));
}

/// `before` had been written when the command of `after` was sent, or is an earlier event of the same aggregate.
bool follows(const events::Record& after, const events::Record& before)
{
    if (after.topic == before.topic && after.envelope.subject == before.envelope.subject) {
        return after.offset > before.offset;
    }
    const auto& seen = after.envelope.position.offsets();
    const auto found = seen.find({context_of(before), before.partition});
    return found != seen.end() && found->second >= before.offset;
}

struct Event {
    events::Record record;
    std::vector<std::size_t> after{};  ///< What it followed from, among the story; nearest only.
};

/// By the time of the commands. Commands that one message called forth have one time; then whoever has more of the story
/// behind it comes later, and last decides the place in the log.
std::vector<Event> in_order(std::vector<events::Record> records)
{
    struct Ranked {
        events::Record record;
        std::size_t behind;
    };
    std::vector<Ranked> ranked;
    for (const auto& record : records) {
        const auto behind = std::ranges::count_if(records, [&](const auto& other) { return follows(record, other); });
        ranked.push_back({record, static_cast<std::size_t>(behind)});
    }
    std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
        return std::tie(a.record.envelope.time, a.behind, a.record.topic, a.record.partition, a.record.offset) <
               std::tie(b.record.envelope.time, b.behind, b.record.topic, b.record.partition, b.record.offset);
    });
    std::vector<Event> story;
    for (auto& entry : ranked) story.push_back({std::move(entry.record)});
    for (auto& event : story) {
        for (std::size_t i = 0; i < story.size(); ++i) {
            if (!follows(event.record, story[i].record)) continue;
            const bool nearest = std::ranges::none_of(story, [&](const Event& between) {
                return follows(event.record, between.record) && follows(between.record, story[i].record);
            });
            if (nearest) event.after.push_back(i);
        }
    }
    return story;
}

std::string story_json(const StoredOrder& order, const std::vector<Event>& story)
{
    std::string json = R"({"orderId":)";
    events::append_json(json, order.id);
    append_member(json, "orderNumber", std::string_view(order.number));
    append_member(json, "status", std::string_view(order.status));
    json += R"(,"events":[)";
    for (bool first = true; const auto& event : story) {
        if (!first) json += ',';
        first = false;
        json += '{' + event_members(event.record) + R"(,"causedBy":[)";
        for (bool first_cause = true; const auto cause : event.after) {
            if (!first_cause) json += ',';
            first_cause = false;
            events::append_json(json, story[cause].record.envelope.id);
        }
        json += "]}";
    }
    return json + "]}";
}

}  // namespace

/// DOA-ORD-09: the order's whole story, from the log itself. A refused order has one as well.
Awaitable<Response> history(Exchange& x)
{
    const auto order = co_await order_of_caller(x);
    // The other read models tell what the caller has seen as well, or the story would have holes.
    co_await catch_up(x, stock_model);
    co_await catch_up(x, payments_model);
    co_await catch_up(x, points_model);
    co_await catch_up(x, shipping_model);
    co_await catch_up(x, claims_model);
    co_await catch_up(x, commands_model);
    auto find_places = [&order](postgres::Session& session) { return places_of(session, order); };
    const auto places = co_await x.services.queries.run(find_places);
    if (places.size() > longest_story) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
    std::vector<kafka::RecordPlace> wanted(places.begin(), places.end());
    auto fetched = co_await x.services.stories.fetch(std::move(wanted), log_timeout);
    std::vector<events::Record> records;
    for (auto& record : fetched) {
        if (record) records.push_back(std::move(*record));
    }
    const auto story = in_order(std::move(records));
    co_return success_response(200, story_json(order, story));
}

}  // namespace jangteo::edge::orders
