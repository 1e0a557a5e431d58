#include "events/shipping.hpp"
#include "tests/e2e/checker/checker.hpp"

#include <algorithm>

namespace jangteo::e2e {

namespace {

using namespace events::shipping;

/// What was told of a shipment, in the order of the log.
struct News {
    ShipmentStatus status{};
    events::Timestamp occurred_at;
    friend bool operator==(const News&, const News&) = default;
};

struct Shipment {
    std::optional<ShipmentOpened> opened{};
    std::optional<events::Timestamp> delivered_at{};  ///< By the carrier's clock.
    std::vector<News> news{};
    events::Timestamp opened_at{};
    events::Timestamp updated_at{};

    /// From all that was told: the first end there was, or else the latest by the carrier's clock.
    [[nodiscard]] ShipmentStatus standing() const
    {
        const auto end = std::ranges::find_if(news, [](const News& one) {
            return one.status == ShipmentStatus::delivered || one.status == ShipmentStatus::returned;
        });
        if (end != news.end()) return end->status;
        News latest{ShipmentStatus::opened, {}};
        for (const auto& one : news) {
            if (latest.status == ShipmentStatus::opened || one.occurred_at >= latest.occurred_at) latest = one;
        }
        return latest.status;
    }
};

class Books {
public:
    Books(Findings& findings, Tables& tables) : findings_(findings), tracking_(tables["read_shipping.tracking"]) {}

    void see(const events::Record& record)
    {
        record_ = &record;
        if (record.envelope.type == events::rejected_type) return;
        std::visit(
            [&](const auto& event) {
                Shipment& shipment = shipments[event.shipment_id];
                shipment.updated_at = record.envelope.time;
                apply(shipment, event);
            },
            decode_event(record.envelope.type, record.value));
    }

    std::map<events::ShipmentId, Shipment> shipments;

private:
    void want(bool good, const char* what) { findings_.want(good, *record_, " ", record_->envelope.type, ": ", what); }

    void apply(Shipment& shipment, const ShipmentOpened& e)
    {
        want(!shipment.opened, "is opened again");
        shipment.opened = e;
        shipment.opened_at = record_->envelope.time;
        write(e, "opened", record_->envelope.time, {}, {});
    }
    void apply(Shipment& shipment, const TrackingRecorded& e)
    {
        tell(shipment, e, e.status);
        want(e.shipment_status == shipment.standing(), "stands elsewhere than what was told comes to");
    }
    void apply(Shipment& shipment, const ShipmentDelivered& e)
    {
        tell(shipment, e, ShipmentStatus::delivered);
        want(!shipment.delivered_at && shipment.standing() == ShipmentStatus::delivered,
             "is delivered after it had come to an end");
        shipment.delivered_at = e.occurred_at;
    }

    template <class Event>
    void tell(Shipment& shipment, const Event& e, ShipmentStatus status)
    {
        const News news{status, e.occurred_at};
        want(shipment.opened.has_value(), "is told of what was not opened");
        want(std::ranges::find(shipment.news, news) == shipment.news.end(), "tells the same again");
        shipment.news.push_back(news);
        write(e, std::string(to_text(status)), e.occurred_at, e.place, e.description);
    }

    template <class Event>
    void write(const Event& e, const std::string& status, events::Timestamp occurred_at,
               const std::optional<std::string>& place, const std::optional<std::string>& description)
    {
        tracking_[std::to_string(record_->partition) + "/" + std::to_string(record_->offset)] = {
            e.shipment_id.text(),
            e.order_id.text(),
            status,
            place.value_or(null_text),
            description.value_or(null_text),
            text_of(occurred_at),
            text_of(record_->envelope.time)};
    }

    Findings& findings_;
    Rows& tracking_;
    const events::Record* record_ = nullptr;
};

std::string lines_of(const ShipmentOpened& opened)
{
    std::string json = "[";
    for (const auto& line : opened.lines) {
        if (json.size() > 1) json += ',';
        json += to_json(line);
    }
    return json + "]";
}

}  // namespace

ShippingBooks keep_shipping(const Story& story, Findings& findings, Tables& tables)
{
    Books books(findings, tables);
    for (const auto& partition : story.accepted.at("shipping")) {
        for (const auto* record : partition) books.see(*record);
    }
    ShippingBooks kept;
    auto& rows = tables["read_shipping.shipments"];
    for (const auto& [id, shipment] : books.shipments) {
        if (!shipment.opened) continue;  // Only asked for, and refused.
        const auto& opened = *shipment.opened;
        kept.shipments[id] = {opened.order_id, opened.seller_id, opened.carrier, opened.tracking_number,
                              shipment.delivered_at.has_value()};
        rows[id.text()] = {opened.order_id.text(),
                           opened.user_id.text(),
                           opened.seller_id.text(),
                           opened.carrier,
                           opened.tracking_number,
                           lines_of(opened),
                           std::string(to_text(shipment.standing())),
                           shipment.delivered_at ? text_of(*shipment.delivered_at) : null_text,
                           text_of(shipment.opened_at),
                           text_of(shipment.updated_at)};
    }
    return kept;
}

}  // namespace jangteo::e2e
