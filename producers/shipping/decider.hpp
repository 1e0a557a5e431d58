// One shipment: what one seller sends of one order (DOA-ORD-14), and what its carrier tells of it (DOA-SHP-01). Carriers
// come late, repeat themselves and mix the order up. Whatever is new is kept as history; the shipment itself stands where
// the latest news by the carrier's clock has it, and nothing moves it from an end: delivered to its buyer, or returned to
// its seller.
#pragma once

#include "events/shipping.hpp"
#include "producers/runtime/decider.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jangteo::producers::shipping {

using namespace events::shipping;  // The messages of this context, and nothing else, are spoken of here.
using events::OrderId;
using events::Rejection;
using events::SellerId;
using events::ShipmentId;
using events::Timestamp;
using events::UserId;

/// By how much a carrier's clock may be ahead. News from further on would keep what comes after it from counting.
inline constexpr std::chrono::minutes clock_slack{10};
/// News of one shipment that are kept; honest ones have a few dozen. Its end is heard even beyond.
inline constexpr std::size_t most_news = 200;

/// What a carrier has told, as far as a repeat is known by it.
struct News {
    ShipmentStatus status{};
    Timestamp occurred_at{};
    friend bool operator==(const News&, const News&) = default;
};
BOOST_DESCRIBE_STRUCT(News, (), (status, occurred_at))

struct Decider {
    using Command = events::shipping::Command;
    using Event = events::shipping::Event;

    struct State {
        bool open = false;  ///< There is such a shipment.
        OrderId order_id;
        UserId user_id;
        SellerId seller_id;
        News latest;             ///< Where it stands, and since when.
        std::vector<News> news;  ///< All of them, as they came.

        friend bool operator==(const State&, const State&) = default;
        BOOST_DESCRIBE_CLASS(State, (), (open, order_id, user_id, seller_id, latest, news), (), ())
    };

    // --- Decisions ---

    static Decision<Event> decide(const OpenShipment& c, const State& s, const Meta&)
    {
        if (s.open) return Already{};
        return ShipmentOpened{c.shipment_id, c.order_id, c.user_id, c.seller_id, c.carrier, c.tracking_number, c.lines};
    }

    static Decision<Event> decide(const RecordTracking& c, const State& s, const Meta& m)
    {
        if (!s.open) return unknown(c.shipment_id);
        if (c.status == ShipmentStatus::opened) return not_for_carriers(c);
        if (c.occurred_at > m.time + clock_slack) return in_the_future(c.occurred_at);
        if (is_known(c, s)) return Already{};
        if (s.news.size() >= most_news && (ended(s) || !is_end(c.status))) return too_much_news(s.news.size());
        if (c.status == ShipmentStatus::delivered && !ended(s)) {
            return ShipmentDelivered{c.shipment_id, s.order_id,    s.user_id,    s.seller_id,
                                     c.place,       c.description, c.occurred_at};
        }
        return TrackingRecorded{c.shipment_id, s.order_id,    s.user_id,     s.seller_id,         c.status,
                                c.place,       c.description, c.occurred_at, standing_after(c, s)};
    }

    // --- What has happened ---

    static void evolve(State& s, const ShipmentOpened& e, const Meta&)
    {
        s.open = true;
        s.order_id = e.order_id;
        s.user_id = e.user_id;
        s.seller_id = e.seller_id;
    }
    static void evolve(State& s, const TrackingRecorded& e, const Meta&)
    {
        s.news.push_back({e.status, e.occurred_at});
        if (e.status == e.shipment_status) s.latest = {e.status, std::max(s.latest.occurred_at, e.occurred_at)};
    }
    static void evolve(State& s, const ShipmentDelivered& e, const Meta&)
    {
        s.latest = {ShipmentStatus::delivered, e.occurred_at};
        s.news.push_back(s.latest);
    }

private:
    // --- The rules ---

    static bool is_end(ShipmentStatus status)
    {
        return status == ShipmentStatus::delivered || status == ShipmentStatus::returned;
    }
    static bool ended(const State& s) { return is_end(s.latest.status); }

    static bool is_known(const RecordTracking& c, const State& s)
    {
        return std::ranges::find(s.news, News{c.status, c.occurred_at}) != s.news.end();
    }

    /// An end counts whenever it is heard of; other news count unless something later is known.
    static ShipmentStatus standing_after(const RecordTracking& c, const State& s)
    {
        if (ended(s)) return s.latest.status;
        const bool late = s.latest.status != ShipmentStatus::opened && c.occurred_at < s.latest.occurred_at;
        return late && !is_end(c.status) ? s.latest.status : c.status;
    }

    // --- Refusals ---

    static Rejection unknown(const ShipmentId& id) { return {"COMMON_404", {{"shipmentId", id.text()}}}; }

    static Rejection not_for_carriers(const RecordTracking& c)
    {
        return {"COMMON_400", {{"status", std::string(to_text(c.status))}}};
    }

    static Rejection in_the_future(Timestamp occurred_at)
    {
        return {"COMMON_400", {{"occurredAt", events::to_iso8601(occurred_at)}}};
    }

    static Rejection too_much_news(std::size_t news)
    {
        return {"COMMON_400",
                {{"news", static_cast<std::int64_t>(news)}, {"maximum", static_cast<std::int64_t>(most_news)}}};
    }
};
static_assert(IsDecider<Decider>);

}  // namespace jangteo::producers::shipping
