#include "tests/e2e/checker/checker.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace jangteo::e2e {

namespace {

/// How a read model is read: its key as text, and its columns as text.
struct Reading {
    std::string table;
    const char* sql;
    std::vector<std::string> columns;
    std::set<std::string> json{};
    bool lots = false;  ///< Its JSON is a list of lots, whose order says nothing.
};

#define MICROSECONDS(column) "(extract(epoch from " column ") * 1000000)::bigint"

const std::vector<Reading>& readings()
{
    static const std::vector<Reading> all{
        {"read_orders.orders",
         "SELECT order_id, order_number, user_id, status, payment_status, product_amount, shipping_fee, points_used,"
         " total_amount, items, shipping_address, shipments, " MICROSECONDS(
             "purchase_confirmed_at") ", purchase_confirmed_by, reason, refusal_details, cancelled_by, positions,"
                                      " " MICROSECONDS("created_at") ", " MICROSECONDS(
                                          "updated_at") ", version FROM read_orders.orders",
         {"order_number",
          "user_id",
          "status",
          "payment_status",
          "product_amount",
          "shipping_fee",
          "points_used",
          "total_amount",
          "items",
          "shipping_address",
          "shipments",
          "purchase_confirmed_at",
          "purchase_confirmed_by",
          "reason",
          "refusal_details",
          "cancelled_by",
          "positions",
          "created_at",
          "updated_at",
          "version"},
         {"items", "shipping_address", "shipments", "refusal_details", "positions"}},
        {"read_claims.claims",
         "SELECT claim_id, order_id, user_id, seller_id, kind, status, lines, reason, image_urls, wanted_options,"
         " sellers_fault::text, rejection_reason, collection, received, exchange_given_up, replacement_ready::text,"
         " replacement, refund_amount, points_back, shipping_fee, trouble, trouble_message, positions,"
         " " MICROSECONDS("created_at") ", " MICROSECONDS("updated_at") " FROM read_claims.claims",
         {"order_id",     "user_id",           "seller_id",         "kind",          "status",           "lines",
          "reason",       "image_urls",        "wanted_options",    "sellers_fault", "rejection_reason", "collection",
          "received",     "exchange_given_up", "replacement_ready", "replacement",   "refund_amount",    "points_back",
          "shipping_fee", "trouble",           "trouble_message",   "positions",     "created_at",       "updated_at"},
         {"lines", "image_urls", "wanted_options", "collection", "received", "replacement", "positions"}},
        {"read_payments.payments",
         "SELECT payment_id, order_id, user_id, method, provider, amount, status, refunded_amount, unwanted_amount,"
         " unwanted_refunded_amount, gateway_key, receipt_url, trouble, positions,"
         " " MICROSECONDS("approved_at") ", account_bank, account, " MICROSECONDS(
             "due_at") ", secret_digest, " MICROSECONDS("created_at") ", " MICROSECONDS("updated_at") " FROM "
                                                                                                      "read_payments."
                                                                                                      "payments",
         {"order_id",        "user_id",         "method",
          "provider",        "amount",          "status",
          "refunded_amount", "unwanted_amount", "unwanted_refunded_amount",
          "gateway_key",     "receipt_url",     "trouble",
          "positions",       "approved_at",     "account_bank",
          "account",         "due_at",          "secret_digest",
          "created_at",      "updated_at"},
         {"positions"}},
        {"read_shipping.shipments",
         "SELECT shipment_id, order_id, user_id, seller_id, carrier, tracking_number, lines, status,"
         " " MICROSECONDS("delivered_at") ", " MICROSECONDS("created_at") ", " MICROSECONDS(
             "updated_at") " FROM read_shipping.shipments",
         {"order_id", "user_id", "seller_id", "carrier", "tracking_number", "lines", "status", "delivered_at",
          "created_at", "updated_at"},
         {"lines"}},
        {"read_shipping.tracking",
         "SELECT partition || '/' || \"offset\", shipment_id, order_id, status, place, description,"
         " " MICROSECONDS("occurred_at") ", " MICROSECONDS("recorded_at") " FROM read_shipping.tracking",
         {"shipment_id", "order_id", "status", "place", "description", "occurred_at", "recorded_at"}},
        {"read_settlement.settlements",
         "SELECT settlement_id, seller_id, run_id, period, " MICROSECONDS("since") ", " MICROSECONDS(
             "until") ", sales, commission, refunds, refunded_commission, amount, lines, adjusted_amount, status,"
                      " held_because, reference, " MICROSECONDS("paid_at") ", " MICROSECONDS(
                          "scheduled_at") ", " MICROSECONDS("updated_at") " FROM read_settlement.settlements",
         {"seller_id", "run_id", "period", "since", "until", "sales", "commission", "refunds", "refunded_commission",
          "amount", "lines", "adjusted_amount", "status", "held_because", "reference", "paid_at", "scheduled_at",
          "updated_at"}},
        {"read_settlement.lines",
         "SELECT partition || '/' || \"offset\", seller_id, order_id, order_number, kind, product_amount, commission,"
         " amount, points_share, shipping_share, items, refund_id, adjusts," MICROSECONDS(
             "booked_at") ", " MICROSECONDS("recorded_at") " FROM read_settlement.lines",
         {"seller_id", "order_id", "order_number", "kind", "product_amount", "commission", "amount", "points_share",
          "shipping_share", "items", "refund_id", "adjusts", "booked_at", "recorded_at"},
         {"items"}},
        {"read_settlement.postings",
         "SELECT partition || '/' || \"offset\" || '/' || account, seller_id, order_id, settlement_id, amount"
         " FROM read_settlement.postings",
         {"seller_id", "order_id", "settlement_id", "amount"}},
        {"read_settlement.runs",
         "SELECT run_id, period, " MICROSECONDS("until") ", status, sellers, settled, amount, " MICROSECONDS(
             "started_at") ", " MICROSECONDS("completed_at") " FROM read_settlement.runs",
         {"period", "until", "status", "sellers", "settled", "amount", "started_at", "completed_at"}},
        {"read_stock.stock",
         "SELECT product_id, name, unit_price, seller_id, on_hand, reserved, low_stock::text, low_stock_threshold,"
         " " MICROSECONDS("updated_at") " FROM read_stock.stock",
         {"name", "unit_price", "seller_id", "on_hand", "reserved", "low_stock", "low_stock_threshold", "updated_at"}},
        {"read_stock.movements",
         "SELECT partition || '/' || \"offset\", product_id, type, quantity, on_hand, reserved, order_id, reason,"
         " " MICROSECONDS("occurred_at") " FROM read_stock.movements",
         {"product_id", "type", "quantity", "on_hand", "reserved", "order_id", "reason", "occurred_at"}},
        {"read_points.accounts",
         "SELECT user_id, balance, total_earned, total_used, lots, " MICROSECONDS(
             "updated_at") " FROM read_points.accounts",
         {"balance", "total_earned", "total_used", "lots", "updated_at"},
         {"lots"},
         true},
        {"read_points.ledger",
         "SELECT partition || '/' || \"offset\" || '/' || line, entry_id, user_id, type, amount, source, description,"
         " order_id, related_entry_id, " MICROSECONDS("expires_at") ", balance, " MICROSECONDS(
             "created_at") " FROM read_points.ledger",
         {"entry_id", "user_id", "type", "amount", "source", "description", "order_id", "related_entry_id",
          "expires_at", "balance", "created_at"}},
        {"read_members.attendance",
         "SELECT user_id, last_day, consecutive_days, longest_streak, days, points, " MICROSECONDS(
             "updated_at") " FROM read_members.attendance",
         {"last_day", "consecutive_days", "longest_streak", "days", "points", "updated_at"}},
        {"read_members.checkins",
         "SELECT user_id || '/' || day, points, bonus::text, consecutive_days, " MICROSECONDS(
             "checked_in_at") " FROM read_members.checkins",
         {"points", "bonus", "consecutive_days", "checked_in_at"}},
        {"read_members.address_books",
         "SELECT user_id, addresses, " MICROSECONDS("updated_at") " FROM read_members.address_books",
         {"addresses", "updated_at"},
         {"addresses"}},
        {"read_members.wishlists",
         "SELECT user_id, products, " MICROSECONDS("updated_at") " FROM read_members.wishlists",
         {"products", "updated_at"},
         {"products"}},
        {"read_members.recently_viewed",
         "SELECT user_id, products, " MICROSECONDS("updated_at") " FROM read_members.recently_viewed",
         {"products", "updated_at"},
         {"products"}},
        {"read_members.notification_settings",
         "SELECT user_id, choices, " MICROSECONDS("updated_at") " FROM read_members.notification_settings",
         {"choices", "updated_at"},
         {"choices"}},
        {"read_inquiries.inquiries",
         "SELECT inquiry_id, user_id, category, title, images, product_id, secret::text, status, messages, replied_by,"
         " " MICROSECONDS("replied_at") ", " MICROSECONDS("created_at") ", " MICROSECONDS(
             "updated_at") " FROM read_inquiries.inquiries",
         {"user_id", "category", "title", "images", "product_id", "secret", "status", "messages", "replied_by",
          "replied_at", "created_at", "updated_at"},
         {"images", "messages"}},
        {"read_commands.outcomes",
         "SELECT command_id, type, value, fingerprint, context, partition || '/' || \"offset\","
         " " MICROSECONDS("occurred_at") " FROM read_commands.outcomes",
         {"type", "value", "fingerprint", "context", "place", "occurred_at"}},
        {"read_commands.refusals",
         "SELECT context || '/' || partition || '/' || \"offset\", correlation_id, command, code,"
         " " MICROSECONDS("occurred_at") " FROM read_commands.refusals",
         {"correlation_id", "command", "code", "occurred_at"}}};
    return all;
}

#undef MICROSECONDS

/// Lots in the order of their ids.
boost::json::value sorted(boost::json::value lots)
{
    const auto id = [](const boost::json::value& lot) { return lot.at("lotId").as_string(); };
    auto& list = lots.as_array();
    std::sort(list.begin(), list.end(), [&](const auto& a, const auto& b) { return id(a) < id(b); });
    return lots;
}

Rows read(const Reading& reading, postgres::Session& session)
{
    const auto found = session.query(reading.sql);
    Rows rows;
    for (std::size_t i = 0; i < found.size(); ++i) {
        Row& row = rows[std::string(found.text(i, 0))];
        for (std::size_t column = 1; column <= reading.columns.size(); ++column) {
            row.emplace_back(found.null(i, column) ? null_text : found.text(i, column));
        }
    }
    return rows;
}

bool same(const Reading& reading, std::size_t column, const std::string& one, const std::string& other)
{
    if (one == other) return true;
    if (one == null_text || other == null_text || !reading.json.contains(reading.columns[column])) return false;
    if (!reading.lots) return same_json(one, other);
    return sorted(boost::json::parse(one)) == sorted(boost::json::parse(other));
}

}  // namespace

void compare_rows(const std::string& table, const Rows& expected, const Rows& found, Findings& findings)
{
    const auto& reading = *std::ranges::find(readings(), table, &Reading::table);
    for (const auto& [key, row] : expected) {
        const auto other = found.find(key);
        if (other == found.end()) {
            findings.add(table + " has no row " + key);
            continue;
        }
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (same(reading, column, row[column], other->second[column])) continue;
            findings.add(table + " " + key + ": " + reading.columns[column] + " is " + other->second[column] +
                         " instead of " + row[column]);
        }
    }
    for (const auto& [key, row] : found) {
        if (!expected.contains(key)) findings.add(table + " has a row that the log does not come to: " + key);
    }
}

namespace {

void check_checkpoints(const Story& story, postgres::Session& session, Findings& findings)
{
    const auto rows = session.query(
        "SELECT projection, topic, partition, next_offset, writer, command_offset, sequence"
        " FROM projections.checkpoints WHERE strpos(projection, ':') = 0");  // Without tables beside the live ones.
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string topic(rows.text(i, 1));
        const auto partition = static_cast<std::size_t>(rows.integer(i, 2));
        const auto where = std::string(rows.text(i, 0)) + " in " + topic + "/" + std::to_string(partition);
        seen.insert(where);
        const auto log = story.log.find(topic);
        if (log == story.log.end()) continue;
        const auto end = static_cast<std::int64_t>(log->second.at(partition).size());
        findings.want(rows.integer(i, 3) == end, where, " has come to ", std::to_string(rows.integer(i, 3)), " of ",
                      std::to_string(end));
        const auto& rule = story.rules.at(topic.substr(0, topic.find('.'))).at(partition);
        findings.want(rows.uuid(i, 4) == rule.writer() && rows.integer(i, 5) == rule.last_command_offset() &&
                          rows.integer(i, 6) == rule.last_sequence(),
                      where, " has a checkpoint that the rule does not come to");
    }
    for (const auto& [model, read] : std::map<std::string, std::vector<std::string>>{{"orders", {"orders"}},
                                                                                     {"stock", {"inventory"}},
                                                                                     {"payments", {"payments"}},
                                                                                     {"points", {"points"}},
                                                                                     {"settlement", {"settlement"}},
                                                                                     {"shipping", {"shipping"}},
                                                                                     {"members", {"members"}},
                                                                                     {"inquiries", {"inquiries"}},
                                                                                     {"accounts", {"identity"}},
                                                                                     {"claims", {"claims"}},
                                                                                     {"commands", contexts}}) {
        for (const auto& context : read) {
            const auto& partitions = story.log.at(context + ".events");
            for (std::size_t p = 0; p < partitions.size(); ++p) {
                const auto where = model + " in " + context + ".events/" + std::to_string(p);
                findings.want(partitions[p].empty() || seen.contains(where), where, " has no checkpoint");
            }
        }
    }
    const auto parked = session.query(
        "SELECT projection, context, partition, \"offset\", reason FROM projections.parked"
        " WHERE strpos(projection, ':') = 0");
    for (std::size_t i = 0; i < parked.size(); ++i) {
        findings.add(std::string(parked.text(i, 0)) + " has parked " + std::string(parked.text(i, 1)) + "/" +
                     std::string(parked.text(i, 2)) + "@" + std::string(parked.text(i, 3)) + ": " +
                     std::string(parked.text(i, 4)));
    }
}

}  // namespace

bool same_json(const std::string& one, const std::string& other)
{
    return one == other || boost::json::parse(one) == boost::json::parse(other);
}

std::string text_of(events::Timestamp time)
{
    return std::to_string(time.time_since_epoch().count());
}

void check_tables(const Story& story, const Tables& expected, postgres::Session& session, Findings& findings)
{
    check_checkpoints(story, session, findings);
    for (const auto& reading : readings()) {
        const auto rows = expected.find(reading.table);
        compare_rows(reading.table, rows == expected.end() ? Rows{} : rows->second, read(reading, session), findings);
    }
    // A step that a saga could not take waits for an operator: nothing in these tests may come to that.
    const auto parked = session.query(
        "SELECT key, state::jsonb ->> 'parked_because' FROM write_side.snapshots"
        " WHERE space LIKE 'sagas/%' AND layer = 0 AND state::jsonb ->> 'parked_because' <> ''");
    for (std::size_t i = 0; i < parked.size(); ++i) {
        findings.add("the saga of order " + std::string(parked.text(i, 0)) +
                     " is parked: " + std::string(parked.text(i, 1)));
    }
}

Judged check_log(const Story& story, const std::unordered_map<events::Uuid, std::vector<events::Record>>& heard,
                 Findings& findings)
{
    Tables tables;
    check_outcomes(story, findings);
    check_answers(story, heard, findings);
    Surroundings around{keep_stock(story, findings, tables), keep_points(story, findings, tables),
                        keep_shipping(story, findings, tables), keep_payments(story, findings, tables),
                        keep_claims(story, findings, tables)};
    check_orders(story, around, findings, tables);
    keep_settlement(story, around.payments, findings, tables);
    keep_members(story, findings, tables);
    keep_inquiries(story, findings, tables);
    keep_commands(story, tables);
    return {std::move(tables), std::move(around.payments)};
}

}  // namespace jangteo::e2e
