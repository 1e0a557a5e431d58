// read_commands: what became of commands. Outcomes answer a repeat that comes after the partition has forgotten its
// first (design §2.6); refusals belong to an order's story.
#pragma once

#include "events/orders.hpp"
#include "events/payments.hpp"
#include "events/settlement.hpp"
#include "projections/runtime/rows.hpp"

#include <algorithm>
#include <array>

namespace jangteo::projections::commands {

/// The answer to a caller at an edge, as it was sent.
struct Outcome {
    static constexpr std::string_view table = "outcomes";

    events::Uuid command_id{};  ///< By which the caller asks.
    std::string type;           ///< `jangteo.orders.OrderAccepted`, `jangteo.CommandRejected`
    std::string value;          ///< The event's JSON.
    std::string position;       ///< As in `X-Position`: what the caller has to see next.
    std::int64_t fingerprint = 0;
    std::string context;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    events::Timestamp occurred_at{};
};
BOOST_DESCRIBE_STRUCT(Outcome, (),
                      (command_id, type, value, position, fingerprint, context, partition, offset, occurred_at))

struct Refusal {
    static constexpr std::string_view table = "refusals";

    std::string context;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    events::Uuid correlation_id{};
    std::string command;  ///< The command's type: `jangteo.inventory.HoldStock`
    std::string code;
    events::Timestamp occurred_at{};
};
BOOST_DESCRIBE_STRUCT(Refusal, (), (context, partition, offset, correlation_id, command, code, occurred_at))

struct Projection {
    static constexpr std::string_view name = "commands";
    static constexpr int version = 1;
    static constexpr std::array<std::string_view, 10> reads = {"claims",     "identity", "inquiries", "inventory",
                                                               "members",    "orders",   "payments",  "points",
                                                               "settlement", "shipping"};

    using Rows = projections::Rows<
        FirstKept<Outcome, Key<&Outcome::command_id>, Index<&Outcome::occurred_at>, KeptFor<&Outcome::occurred_at, 24>>,
        Appended<Refusal, Key<&Refusal::context, &Refusal::partition, &Refusal::offset>,
                 Index<&Refusal::correlation_id>>>;

    /// Every record of these contexts, whatever it says.
    static void apply(Rows& rows, const events::Record& record, const Meta& m)
    {
        if (const auto id = answered(m.envelope); !id.is_nil()) rows.append(outcome(id, record, m));
        if (m.envelope.type == events::rejected_type) {
            rows.append(Refusal{std::string(m.context), m.partition, m.offset, m.envelope.correlation_id,
                                events::rejected_command(record.value), events::rejection_from_json(record.value).code,
                                m.time});
        }
    }

private:
    /// These begin a process that answers its caller when it is settled.
    static constexpr std::array<std::string_view, 5> beginnings{
        events::orders::OrderPlaced::type, events::orders::ClaimRequested::type,
        events::payments::ConfirmationRequested::type, events::payments::RefundRequested::type,
        events::settlement::SettlementRunStarted::type};

    /// The command of an edge that this answers, or nil. An event settles the question that its process began with.
    static events::Uuid answered(const events::Envelope& envelope)
    {
        if (std::ranges::find(beginnings, envelope.type) != beginnings.end()) return {};
        if (envelope.type != events::rejected_type && !envelope.settles.instance.empty()) {
            return envelope.settles.request_id;
        }
        return envelope.reply_to.instance.empty() ? events::Uuid{} : envelope.reply_to.request_id;
    }

    static Outcome outcome(const events::Uuid& id, const events::Record& record, const Meta& m)
    {
        auto position = m.envelope.position;
        position.advance(std::string(m.context), m.partition, m.offset);
        return {id,
                m.envelope.type,
                record.value,
                position.text(),
                static_cast<std::int64_t>(m.envelope.fingerprint),
                std::string(m.context),
                m.partition,
                m.offset,
                m.time};
    }
};

}  // namespace jangteo::projections::commands
