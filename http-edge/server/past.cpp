#include "http-edge/server/past.hpp"

#include "events/codec.hpp"
#include "http-edge/server/json_members.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::edge {

namespace {

constexpr std::chrono::milliseconds log_timeout{3'000};

}  // namespace

std::optional<events::Timestamp> as_of(const Request& request)
{
    const auto* text = request.parameter("asOf");
    if (text == nullptr) return std::nullopt;
    const auto moment = events::parse_iso8601(*text);
    if (!moment) {
        throw Problem({FieldError{
            "asOf", {"2026-01-18T14:30:00Z 형식의 시각이어야 합니다", "must be a time like 2026-01-18T14:30:00Z"}}});
    }
    return moment;
}

void refuse_too_long_a_past()
{
    throw Problem({FieldError{"asOf",
                              {"그 시각까지의 기록이 너무 많아 여기서 계산할 수 없습니다",
                               "lies behind more events than can be counted here"}}});
}

Awaitable<std::vector<events::Record>> read_past(Exchange& x, std::vector<kafka::RecordPlace> places,
                                                 std::optional<events::Timestamp> until)
{
    if (places.size() > longest_past) refuse_too_long_a_past();
    std::vector<events::Record> records;
    auto fetched = co_await x.services.stories.fetch(std::move(places), log_timeout);
    for (auto& record : fetched) {
        if (!record) continue;
        if (until && record->envelope.time > *until) break;
        records.push_back(std::move(*record));
    }
    co_return records;
}

std::string event_members(const events::Record& record)
{
    std::string json = R"("time":)";
    events::append_json(json, record.envelope.time);
    append_member(json, "context", std::string_view(record.topic).substr(0, record.topic.find('.')));
    append_member(json, "type", std::string_view(record.envelope.type));
    append_member(json, "id", record.envelope.id);
    append_member(json, "actor", std::string_view(record.envelope.actor));
    append_member(json, "causationId", record.envelope.causation_id);
    append_member(json, "correlationId", record.envelope.correlation_id);
    append_member(json, "partition", static_cast<std::int64_t>(record.partition));
    append_member(json, "offset", record.offset);
    append_raw(json, "data", record.value.empty() ? std::string_view("null") : std::string_view(record.value));
    return json;
}

Awaitable<Response> events_page(Exchange& x, std::string context, const Page& page, postgres::Rows rows,
                                std::int64_t total)
{
    std::vector<kafka::RecordPlace> places;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        places.push_back({{context + ".events", static_cast<std::int32_t>(rows.integer(i, 0))}, rows.integer(i, 1)});
    }
    const auto records = co_await read_past(x, std::move(places), std::nullopt);
    std::string items = "[";
    for (const auto& record : records) {
        if (items.size() > 1) items += ',';
        items += '{' + event_members(record) + '}';
    }
    co_return page_response(items + ']', page, total);
}

}  // namespace jangteo::edge
