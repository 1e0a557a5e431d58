#include "infra/kafka/wire.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <map>

namespace jangteo::kafka {
namespace {

using events::Envelope;

class Kept final : public HeaderSink {
public:
    void add(std::string_view name, std::string_view value) override
    {
        EXPECT_TRUE(headers.emplace(name, value).second) << name << " twice";
    }
    std::map<std::string, std::string> headers;
};

std::map<std::string, std::string> written(const Envelope& envelope)
{
    Kept kept;
    write_headers(envelope, kept);
    return kept.headers;
}

Envelope read(const std::map<std::string, std::string>& headers)
{
    Envelope envelope;
    for (const auto& [name, value] : headers) read_header(name, value, envelope);
    return envelope;
}

Envelope full()
{
    Envelope envelope;
    envelope.id = *events::parse_uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479");
    envelope.type = "jangteo.inventory.StockHeld";
    envelope.source = "/jangteo/inventory";
    envelope.subject = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
    envelope.time = *events::parse_iso8601("2026-01-18T14:30:00.123456Z");
    envelope.schema = "/schemas/inventory/StockHeld.event.v1.json";
    envelope.correlation_id = *events::parse_uuid("00000000-0000-0000-0000-000000000001");
    envelope.causation_id = *events::parse_uuid("00000000-0000-0000-0000-000000000002");
    envelope.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    envelope.actor = "user:2f0f9b0e-8d1d-4cfb-9e3e-0e9c7a1d7c11";
    envelope.reply_to = {"order_fulfilment.inbox", -1, "", *events::parse_uuid("00000000-0000-0000-0000-000000000003")};
    envelope.settles = {"edge.replies", 3, "edge-1", *events::parse_uuid("00000000-0000-0000-0000-000000000004")};
    envelope.position.advance("orders", 3, 1'234);
    envelope.position.advance("inventory", 0, 17);
    envelope.fingerprint = 0xfedcba9876543210ULL;
    envelope.writer = *events::parse_uuid("00000000-0000-0000-0000-000000000005");
    envelope.sequence = 42;
    envelope.command_offset = 0;  // The first command of a partition: not the same as none.
    envelope.answered_below = 40;
    return envelope;
}

TEST(Wire, carries_every_field_of_the_envelope)
{
    EXPECT_EQ(read(written(full())), full());
}

TEST(Wire, is_a_cloud_event_in_kafkas_binary_mode)
{
    const auto headers = written(full());
    EXPECT_EQ(headers.at("ce_specversion"), "1.0");
    EXPECT_EQ(headers.at("content-type"), "application/json");
    EXPECT_EQ(headers.at("ce_id"), "f47ac10b-58cc-4372-a567-0e02b2c3d479");
    EXPECT_EQ(headers.at("ce_type"), "jangteo.inventory.StockHeld");
    EXPECT_EQ(headers.at("ce_source"), "/jangteo/inventory");
    EXPECT_EQ(headers.at("ce_subject"), "7d444840-9dc0-11d1-b245-5ffdce74fad2");
    EXPECT_EQ(headers.at("ce_time"), "2026-01-18T14:30:00.123456Z");
    EXPECT_EQ(headers.at("ce_dataschema"), "/schemas/inventory/StockHeld.event.v1.json");
    EXPECT_EQ(headers.at("replyto"), full().reply_to.text());
    EXPECT_EQ(headers.at("settles"), full().settles.text());
    EXPECT_EQ(headers.at("position"), "inventory:0:17,orders:3:1234");
    EXPECT_LE(headers.size(), most_headers);
}

TEST(Wire, does_not_write_what_is_empty)
{
    EXPECT_TRUE(written(Envelope{}).empty());
    EXPECT_EQ(read(written(Envelope{})), Envelope{});
}

TEST(Wire, says_that_it_is_a_cloud_event_when_it_has_a_source)
{
    Envelope event;
    event.source = "/jangteo/orders";
    EXPECT_EQ(written(event),
              (std::map<std::string, std::string>{
                  {"ce_specversion", "1.0"}, {"content-type", "application/json"}, {"ce_source", "/jangteo/orders"}}));
}

TEST(Wire, a_record_of_somebody_else_gives_an_empty_envelope)
{
    EXPECT_EQ(read({{"content-type", "text/plain"}, {"x-trace", "1"}, {"", ""}, {"ce_idx", "1"}, {"CE_ID", "1"}}),
              Envelope{});
}

TEST(Wire, what_cannot_be_read_stays_empty)
{
    const std::string nul("\0\0", 2);
    for (const std::string& rubbish :
         {std::string(), std::string("x"), std::string("-"), std::string("99999999999999999999999"), std::string("1 "),
          std::string("f47ac10b-58cc-4372-a567-0e02b2c3d47"), std::string("\xff\xfe"), std::string(100'000, '/'),
          nul}) {
        Envelope envelope;
        for (const auto* name : {"ce_id", "ce_time", "correlationid", "causationid", "replyto", "settles", "position",
                                 "fingerprint", "writer", "seq", "command_offset", "answered"}) {
            read_header(name, rubbish, envelope);
        }
        EXPECT_EQ(envelope, Envelope{}) << rubbish.substr(0, 40);
    }
}

RC_GTEST_PROP(Wire, never_falls_over_what_anybody_appends, ())
{
    static constexpr const char* names[] = {"ce_id",       "ce_type",     "ce_time", "ce_subject", "replyto",
                                            "settles",     "position",    "seq",     "writer",     "command_offset",
                                            "fingerprint", "traceparent", "answered"};
    Envelope envelope;
    for (const auto* name : names) read_header(name, *rc::gen::arbitrary<std::string>(), envelope);
    // Whatever has been read can be written and read again.
    RC_ASSERT(read(written(envelope)) == envelope);
}

RC_GTEST_PROP(Wire, carries_any_numbers,
              (std::int64_t sequence, std::int64_t command_offset, std::uint64_t fingerprint))
{
    Envelope envelope;
    envelope.sequence = sequence;
    envelope.command_offset = command_offset;
    envelope.fingerprint = fingerprint;
    RC_ASSERT(read(written(envelope)) == envelope);
}

}  // namespace
}  // namespace jangteo::kafka
