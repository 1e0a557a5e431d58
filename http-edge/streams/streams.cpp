#include "http-edge/streams/streams.hpp"

#include "http-edge/server/commanding.hpp"
#include "http-edge/server/query_pool.hpp"
#include "http-edge/server/services.hpp"
#include "http-edge/streams/feed.hpp"
#include "http-edge/streams/stream.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace jangteo::edge::streams {

namespace {

constexpr std::string_view sse_type = "text/event-stream";
constexpr std::string_view lines_type = "application/x-ndjson";
/// The first who listens waits until the edge has found the end of every partition.
constexpr std::chrono::milliseconds longest_opening{20'000};
/// By so much the edge that somebody comes from may have been ahead of this one.
constexpr std::chrono::milliseconds edges_differ{500};
constexpr std::chrono::milliseconds looks_again{20};
constexpr std::size_t longest_aggregate = 200;

constexpr std::string_view orders_of_user =
    "SELECT order_id FROM read_orders.orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 10000";

/// Where somebody wants to begin.
struct From {
    enum class Kind { now, beginning, position } kind = Kind::now;
    Position position{};
    std::string_view field;  ///< That says so.
};

[[noreturn]] void refuse_position(std::string_view field)
{
    throw Problem({FieldError{std::string(field),
                              {"beginning, now 또는 이 스트림이 알려 준 위치여야 합니다",
                               "must be beginning, now or a position that a stream has told"}}});
}

/// What a browser sends by itself when it comes again (`Last-Event-ID`) is newer than the address that it was given.
From from_of(const Request& request, const PositionCodec& codec)
{
    const auto* parameter = request.parameter("from");
    From from{.field = "from"};
    std::string_view text = parameter == nullptr ? std::string_view("now") : std::string_view(*parameter);
    if (!request.last_event_id.empty()) {
        text = request.last_event_id;
        from.field = "Last-Event-ID";
    } else if (text == "now") {
        return from;
    } else if (text == "beginning") {
        from.kind = From::Kind::beginning;
        return from;
    }
    auto position = codec.decode(text);
    if (!position) refuse_position(from.field);
    from.kind = From::Kind::position;
    from.position = std::move(*position);
    return from;
}

bool takes(std::string_view accept, std::string_view type)
{
    // Who does not mind which gets what browsers read.
    const bool any = accept.empty() || accepts(accept, "*/*") || accepts(accept, "text/*");
    return (any && type == sse_type) || accepts(accept, type);
}

/// `?context=orders,points`, or the parameter several times.
std::set<std::string> words_of(const Request& request, std::string_view name)
{
    std::set<std::string> words;
    for (const auto& [key, value] : request.query) {
        if (key != name) continue;
        for (std::size_t at = 0; at <= value.size();) {
            const auto comma = std::min(value.find(',', at), value.size());
            if (comma > at) words.insert(value.substr(at, comma - at));
            at = comma + 1;
        }
    }
    return words;
}

Selection selection_of(const Request& request, const Layout& layout)
{
    std::vector<FieldError> errors;
    Selection selection{.contexts = words_of(request, "context"), .types = words_of(request, "type")};
    for (const auto& context : selection.contexts) {
        if (std::ranges::find(layout.contexts(), context) != layout.contexts().end()) continue;
        errors.push_back({"context", {"그런 컨텍스트가 없습니다", "there is no such context"}});
    }
    if (const auto* aggregate = request.parameter("aggregate")) {
        if (aggregate->empty() || aggregate->size() > longest_aggregate) {
            errors.push_back({"aggregate", {"1자에서 200자 사이여야 합니다", "must have 1 to 200 characters"}});
        }
        selection.aggregate = *aggregate;
    }
    if (const auto* correlation = request.parameter("correlation")) {
        selection.correlation_id = events::parse_uuid(*correlation);
        if (!selection.correlation_id) {
            errors.push_back({"correlation", {"UUID여야 합니다", "must be a UUID"}});
        }
    }
    if (const auto* refusals = request.parameter("refusals")) {
        selection.refusals = *refusals == "true";
        if (*refusals != "true" && *refusals != "false") {
            errors.push_back({"refusals", {"true 또는 false여야 합니다", "must be true or false"}});
        }
    }
    if (!errors.empty()) throw Problem(std::move(errors));
    return selection;
}

bool is_not_beyond(const Ring& ring, const Position& position, const Slots& wanted)
{
    for (std::size_t slot = 0; slot < wanted.size(); ++slot) {
        if (wanted[slot] && position[slot] > ring.head()[slot]) return false;
    }
    return true;
}

/// Who comes from another edge may have seen what this one is just about to see: then no reader is needed.
Awaitable<bool> is_in_ring(Feed& feed, const Position& position, const Slots& wanted)
{
    const auto deadline = std::chrono::steady_clock::now() + edges_differ;
    Timer timer(co_await boost::asio::this_coro::executor);
    while (reaches(feed.ring(), position, wanted)) {
        if (is_not_beyond(feed.ring(), position, wanted)) co_return true;
        if (std::chrono::steady_clock::now() > deadline) break;
        timer.expires_after(looks_again);
        co_await timer.async_wait(as_result);
    }
    co_return false;
}

/// Opens what the listener was promised, before the first word is said: until then there can be an error.
Awaitable<Response> opened(Exchange& x, From from, std::unique_ptr<View> view, std::string_view type)
{
    auto& feed = x.services.streams;
    Response response;
    response.content_type = type;
    // What a proxy gathers comes late.
    response.headers.emplace_back("X-Accel-Buffering", "no");
    auto listener = feed.listen();
    const bool ready = co_await feed.ready(longest_opening);
    if (!ready) throw Problem("COMMON_503").retry_after(jittered_retry_seconds());
    if (from.kind == From::Kind::now) {
        response.stream = std::make_shared<Stream>(feed, std::move(listener), std::move(view), Cursor(feed.ring()));
        co_return response;
    }
    const auto wanted = view->slots(feed.layout());
    bool in_ring = false;
    if (from.kind == From::Kind::position) in_ring = co_await is_in_ring(feed, from.position, wanted);
    if (in_ring) {
        Cursor cursor(feed.ring(), std::move(from.position), wanted);
        response.stream = std::make_shared<Stream>(feed, std::move(listener), std::move(view), std::move(cursor));
        co_return response;
    }
    auto turn = feed.take_turn();
    if (from.kind == From::Kind::beginning) from.position.assign(feed.layout().slots(), 0);
    try {
        co_await turn->begin_at(from.position, wanted);
    } catch (const NotInTheLog&) {
        refuse_position(from.field);
    }
    response.stream =
        std::make_shared<Stream>(feed, std::move(listener), std::move(view), std::move(from.position), std::move(turn));
    co_return response;
}

}  // namespace

/// For admins and analysts.
Awaitable<Response> all(Exchange& x)
{
    const auto& request = x.request;
    const auto& feed = x.services.streams;
    const bool lines = takes(request.accept, lines_type);
    if (!lines && !takes(request.accept, sse_type)) throw Problem("COMMON_406");
    auto selection = selection_of(request, feed.layout());
    auto from = from_of(request, feed.codec());
    std::unique_ptr<View> view;
    if (lines) {
        view = std::make_unique<EventsAsLines>(std::move(selection));
    } else {
        view = std::make_unique<EventsAsSse>(std::move(selection));
    }
    auto response = co_await opened(x, std::move(from), std::move(view), lines ? lines_type : sse_type);
    co_return response;
}

/// SH-RT-01. Some events of payments and claims name the order only: whose that is, the read model tells at the beginning
/// and the events from then on.
Awaitable<Response> of_user(Exchange& x)
{
    if (!takes(x.request.accept, sse_type)) throw Problem("COMMON_406");
    const auto user = x.id<events::UserId>("userId", "USER_001");
    auto from = from_of(x.request, x.services.streams.codec());
    // All of the log for one person's part of it: their past is asked of the read models.
    if (from.kind == From::Kind::beginning) refuse_position(from.field);
    co_await catch_up(x, orders_model);
    std::vector<postgres::Parameter> parameters;
    parameters.emplace_back(user);
    const auto rows = co_await x.services.queries.query(orders_of_user, std::move(parameters));
    std::unordered_set<events::Uuid> orders;
    for (std::size_t i = 0; i < rows.size(); ++i) orders.insert(rows.uuid(i, 0));
    auto view = std::make_unique<OwnEvents>(user, std::move(orders));
    auto response = co_await opened(x, std::move(from), std::move(view), sse_type);
    co_return response;
}

}  // namespace jangteo::edge::streams
