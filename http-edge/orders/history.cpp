#include "events/codec.hpp"
#include "http-edge/orders/orders.hpp"
#include "http-edge/orders/stored_order.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

namespace jangteo::edge::orders {

namespace {

constexpr std::chrono::milliseconds log_timeout{3'000};
/// An order of 200 lines has about 600 events when it is undone as a whole.
constexpr std::size_t longest_story = 2'000;

kafka::RecordPlace place(std::string_view context, std::int64_t partition, std::int64_t offset)
{
    return {{std::string(context) + ".events", static_cast<std::int32_t>(partition)}, offset};
}

/// Where the events of the order are in the log, across contexts: each read model remembers its own.
std::set<kafka::RecordPlace> places_of(postgres::Session& session, const StoredOrder& order)
{
    std::set<kafka::RecordPlace> places;
    const auto add_positions = [&](std::string_view context, std::string_view json) {
        const auto positions = boost::json::parse(json);
        for (const auto& pair : positions.as_array()) {
            places.insert(place(context, pair.at(0).to_number<std::int64_t>(), pair.at(1).to_number<std::int64_t>()));
        }
    };
    add_positions("orders", order.positions);
    const auto payments = session.query("SELECT positions FROM read_payments.payments WHERE order_id = $1", {order.id});
    for (std::size_t i = 0; i < payments.size(); ++i) add_positions("payments", payments.text(i, 0));
    const auto claims = session.query("SELECT positions FROM read_claims.claims WHERE order_id = $1", {order.id});
    for (std::size_t i = 0; i < claims.size(); ++i) add_positions("claims", claims.text(i, 0));
    const auto add = [&](std::string_view context, std::string_view sql) {
        const auto rows = session.query(sql, {order.id});
        for (std::size_t i = 0; i < rows.size(); ++i)
            places.insert(place(context, rows.integer(i, 0), rows.integer(i, 1)));
    };
    add("inventory", R"(SELECT partition, "offset" FROM read_stock.movements WHERE order_id = $1)");
    // A replacement is held and sent by the claim's id.
    add("inventory", R"(SELECT partition, "offset" FROM read_stock.movements WHERE order_id IN)"
                     " (SELECT claim_id FROM read_claims.claims WHERE order_id = $1)");
    add("shipping", R"(SELECT partition, "offset" FROM read_shipping.tracking WHERE order_id = $1)");
    add("points", R"(SELECT DISTINCT partition, "offset" FROM read_points.ledger WHERE order_id = $1)");
    const auto refusals = session.query(
        R"(SELECT context, partition, "offset" FROM read_commands.refusals WHERE correlation_id = $1)", {order.id});
    for (std::size_t i = 0; i < refusals.size(); ++i) {
        places.insert(place(refusals.text(i, 0), refusals.integer(i, 1), refusals.integer(i, 2)));
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
        const auto& record = event.record;
        json += R"({"time":)";
        events::append_json(json, record.envelope.time);
        append_member(json, "context", context_of(record));
        append_member(json, "type", record.envelope.type);
        append_member(json, "id", events::to_string(record.envelope.id));
        append_member(json, "actor", record.envelope.actor);
        append_member(json, "causationId", events::to_string(record.envelope.causation_id));
        append_member(json, "correlationId", events::to_string(record.envelope.correlation_id));
        json += R"(,"causedBy":[)";
        for (bool first_cause = true; const auto cause : event.after) {
            if (!first_cause) json += ',';
            first_cause = false;
            events::append_json(json, story[cause].record.envelope.id);
        }
        json += R"(],"partition":)" + std::to_string(record.partition);
        json += R"(,"offset":)" + std::to_string(record.offset);
        json += R"(,"data":)" + (record.value.empty() ? std::string("null") : record.value) + '}';
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
