// What travels through the log: a CloudEvent in Kafka's binary mode. The headers are the envelope, the value is JSON.
#pragma once

#include "events/ids.hpp"
#include "events/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace jangteo::events {

/// Where an answer goes: a topic and partition that somebody reads, and the name by which that somebody knows the
/// question. It travels with a process, so the step that settles the question answers it (design §2).
struct ReturnAddress {
    std::string topic;            ///< Empty: nobody waits.
    std::int32_t partition = -1;  ///< -1: by the key, as for every other record.
    std::string instance;         ///< The edge process that waits; empty for a saga's inbox.
    Uuid request_id{};            ///< The id of the command that asked.

    [[nodiscard]] bool empty() const { return topic.empty(); }
    /// `topic/partition/instance/request_id`
    [[nodiscard]] std::string text() const;
    static ReturnAddress parse(std::string_view text);
    friend bool operator==(const ReturnAddress&, const ReturnAddress&) = default;
};

/// The furthest offset seen of each events partition: what a reader has to have applied to see its own writes.
/// Text form `orders:3:1234,inventory:0:17`, as in the header `X-Position`.
class Position {
public:
    void advance(const std::string& context, std::int32_t partition, std::int64_t offset);
    void merge(const Position& other);
    [[nodiscard]] bool empty() const { return offsets_.empty(); }
    [[nodiscard]] std::string text() const;
    /// Empty for text of another form: a position is a hint, never a reason to fail.
    static Position parse(std::string_view text);
    [[nodiscard]] const std::map<std::pair<std::string, std::int32_t>, std::int64_t>& offsets() const
    {
        return offsets_;
    }
    friend bool operator==(const Position&, const Position&) = default;

private:
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets_;
};

struct Envelope {
    Uuid id{};                      ///< ce_id: the command's, the event's or the reply's own id.
    std::string type;               ///< ce_type: `jangteo.inventory.StockHeld`
    std::string source;             ///< ce_source: `/jangteo/inventory`
    std::string subject;            ///< ce_subject: the aggregate's id; also the record's key.
    Timestamp time{};               ///< ce_time: of a command, the clock of the edge; an event has its command's.
    std::string schema;             ///< ce_dataschema: `/schemas/inventory/StockHeld.event.v1.json`
    Uuid correlation_id{};          ///< correlationid: the process (for an order: the order's id).
    Uuid causation_id{};            ///< causationid: the id of what caused this.
    std::string traceparent;        ///< W3C trace context, passed on as it came.
    std::string actor;              ///< actor: who asked: `user:<uuid>`, `admin:<uuid>`, `saga:order_fulfilment`.
    ReturnAddress reply_to;         ///< replyto: who hears the outcome, whatever it is.
    ReturnAddress settles;          ///< settles: the caller whose question is settled if the outcome is an event.
    Position position;              ///< position: what had been written when this was sent.
    std::uint64_t fingerprint = 0;  ///< fingerprint: of an edge command's body; the same id must mean the same body.

    // Event records only (design §2.4).
    Uuid writer{};                     ///< writer: the take-over that appended this.
    std::int64_t sequence = 0;         ///< seq: 0 for the marker, then 1, 2, 3 …
    std::int64_t command_offset = -1;  ///< command_offset: which command this is the outcome of.
    std::int64_t answered_below = 0;   ///< answered: every command below this offset has had its answer.

    friend bool operator==(const Envelope&, const Envelope&) = default;
};

struct Record {
    std::string topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string key;  ///< Decides the partition; empty means the envelope's subject.
    Envelope envelope;
    std::string value;
};

inline constexpr std::string_view taken_over_type = "jangteo.TakenOver";
inline constexpr std::string_view rejected_type = "jangteo.CommandRejected";

/// Details of a refusal, shown to the caller as `error.details`.
using Details = std::map<std::string, std::variant<std::int64_t, std::string>>;

/// A business "no": a value, never an exception.
struct Rejection {
    std::string code;  ///< From the catalogue of requirements §1.3, for instance `PROD_002`.
    Details details;
    friend bool operator==(const Rejection&, const Rejection&) = default;
};

/// The value of a `jangteo.CommandRejected` record: `{"command":"jangteo.inventory.HoldStock","code":…,"details":{…}}`.
std::string rejection_to_json(const Rejection& rejection, std::string_view command_type);
Rejection rejection_from_json(std::string_view json);  ///< Throws DecodeError.
/// The type of the command that was refused. Throws DecodeError.
std::string rejected_command(std::string_view json);
std::string details_to_json(const Details& details);

}  // namespace jangteo::events
