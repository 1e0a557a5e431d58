// How things were, and how they came to be so: `?asOf=`, and the events of an aggregate as a page.
#pragma once

#include "http-edge/server/commanding.hpp"
#include "http-edge/server/pagination.hpp"
#include "infra/kafka/record_fetcher.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jangteo::edge {

/// So many events are read for one answer, at most: about a second's work.
inline constexpr std::size_t longest_past = 2'000;

/// `?asOf=2026-01-18T14:30:00Z`: the moment, by the time of the commands. Empty when it is not asked for. Throws Problem
/// COMMON_400 that names `asOf`.
std::optional<events::Timestamp> as_of(const Request& request);
/// Throws Problem COMMON_400 that names `asOf` and says that so much happened that it cannot be counted here.
[[noreturn]] void refuse_too_long_a_past();

/// The records of places, in their order; those before `until` only, when there is one. Throws Problem COMMON_400 for
/// more than `longest_past` places, and COMMON_503 when the log does not answer.
Awaitable<std::vector<events::Record>> read_past(Exchange& x, std::vector<kafka::RecordPlace> places,
                                                 std::optional<events::Timestamp> until);

/// `"time":…,"context":…,"type":…,…,"data":…`: an event without the braces around it.
std::string event_members(const events::Record& record);

/// Newest first: a page of the events that the rows name (`partition`, `offset`), of one context.
Awaitable<Response> events_page(Exchange& x, std::string context, const Page& page, postgres::Rows rows,
                                std::int64_t total);

}  // namespace jangteo::edge
