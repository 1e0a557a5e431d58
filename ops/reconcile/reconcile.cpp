#include "ops/reconcile/reconcile.hpp"

#include "infra/kafka/publisher.hpp"
#include "ops/actions.hpp"
#include "ops/reconcile/our_log.hpp"

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

namespace jangteo::ops::reconcile {

namespace {

namespace json = boost::json;
using consumers::payments::Entry;
using consumers::payments::Transaction;
using events::payments::Command;
using std::chrono::milliseconds;

constexpr milliseconds acknowledgement_timeout{10'000};
constexpr milliseconds look_interval{300};
constexpr std::chrono::seconds decided_within{30};

events::Timestamp now(const Settings& settings)
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + settings.clock_offset;
}

std::string_view name_of(Difference what)
{
    return boost::describe::enum_to_string(what, "");
}

/// What one gateway has of the payments that were looked at.
struct Shown {
    events::payments::Provider provider{};
    std::vector<Entry> entries{};
    std::vector<std::pair<events::PaymentId, std::string>> missing{};  ///< Ours that it has not, and under which name.
    std::size_t agreed = 0;                                            ///< By the list alone.
};

using Lists = std::vector<std::optional<std::vector<Transaction>>>;

OurBooks read_ours(const Settings& settings, const Lists& lists)
{
    Wanted wanted{.since = settings.from, .begun_before = settings.to};
    for (const auto& list : lists) {
        if (!list) continue;
        for (const auto& one : *list) {
            if (const auto id = events::parse_uuid(one.payment)) wanted.also.insert(events::PaymentId{*id});
        }
    }
    return read_log(settings.kafka, settings.postgres, wanted);
}

/// Asks for every payment that the list has and that is not known to agree, and for those of ours that it has not.
Shown look_at(const Gateway& gateway, const std::optional<std::vector<Transaction>>& list, const OurBooks& ours)
{
    Shown shown{.provider = gateway.provider};
    std::map<std::string, std::vector<Transaction>> listed;
    std::set<std::string> payments;
    if (list) {
        for (const auto& one : *list) {
            listed[one.payment_key].push_back(one);
            payments.insert(one.payment);
        }
    }
    for (const auto& [key, transactions] : listed) {
        const auto id = events::parse_uuid(transactions.front().payment);
        const auto* payment = id ? ours.payment(events::PaymentId{*id}) : nullptr;
        const auto* capture = payment == nullptr ? nullptr : payment->capture(key);
        if (capture != nullptr && agrees(*capture, transactions)) {
            ++shown.agreed;
        } else if (auto entry = gateway.books.entry(key)) {
            shown.entries.push_back(std::move(*entry));
        }
    }
    for (const auto& [id, payment] : ours.payments) {
        if (payment.provider != gateway.provider) continue;
        const auto take = [&, &id = id](std::optional<Entry> entry, const std::string& key) {
            if (entry) return shown.entries.push_back(std::move(*entry));
            shown.missing.emplace_back(id, key);
        };
        for (const auto& capture : payment.captures) {
            if (!listed.contains(capture.key)) take(gateway.books.entry(capture.key), capture.key);
        }
        // What nothing was captured for would be in a list, unless nobody has come to an end with it.
        const bool in_question = !list || payment.asked;
        if (payment.captures.empty() && in_question && !payments.contains(id.text())) {
            take(gateway.books.entry_of(id), {});
        }
    }
    return shown;
}

struct Found {
    events::payments::Provider provider{};
    Finding finding;
};
struct Result {
    std::vector<Found> findings{};
    std::size_t compared = 0;
    std::size_t under_way = 0;
};

Result compare_all(const Settings& settings, const std::vector<Shown>& all, const OurBooks& ours)
{
    Result result;
    const Patience patience{now(settings), settings.patience};
    for (const auto& shown : all) {
        const auto take = [&](Compared compared) {
            ++result.compared;
            result.under_way += compared.under_way ? 1 : 0;
            for (auto& finding : compared.findings) result.findings.push_back({shown.provider, std::move(finding)});
        };
        result.compared += shown.agreed;
        for (const auto& entry : shown.entries) {
            const auto id = events::parse_uuid(entry.payment);
            const auto* payment = id ? ours.payment(events::PaymentId{*id}) : nullptr;
            // An id that was prepared for another gateway is not this one's business: it knows nothing of it.
            take(compare(payment != nullptr && payment->provider == shown.provider ? payment : nullptr, entry,
                         patience));
        }
        for (const auto& [id, key] : shown.missing) {
            if (const auto* payment = ours.payment(id)) take(not_there(*payment, key, patience));
        }
    }
    return result;
}

// ---- Telling --------------------------------------------------------------------------------------------------------

std::string line_of(const Found& found, const char* step)
{
    const auto& [provider, finding] = found;
    json::object line{{"step", step},
                      {"gateway", to_text(provider)},
                      {"difference", name_of(finding.what)},
                      {"paymentId", finding.payment},
                      {"gatewayKey", finding.key},
                      {"here", finding.here.value},
                      {"there", finding.there.value},
                      {"why", finding.why}};
    line["orderId"] = finding.order_id ? json::value(finding.order_id->text()) : json::value(nullptr);
    line["repair"] = finding.repair ? json::value(type_of(*finding.repair)) : json::value(nullptr);
    return json::serialize(line);
}

void tell(const Settings& settings, const std::vector<Found>& findings, const char* step, std::ostream& out)
{
    for (const auto& found : findings) {
        if (settings.json) {
            out << line_of(found, step) << '\n';
            continue;
        }
        const auto& [provider, finding] = found;
        out << name_of(finding.what) << "  " << to_text(provider) << " payment " << finding.payment;
        if (finding.order_id) out << " of order " << finding.order_id->text();
        out << ": " << finding.here.value << " won here, " << finding.there.value << " there\n    "
            << (finding.repair ? "can be repaired: " : "not repaired: ") << finding.why << '\n';
    }
}

void tell_sum(const Settings& settings, const Result& result, std::size_t repaired, std::ostream& out)
{
    const bool good = result.findings.empty();
    if (settings.json) {
        out << json::serialize(json::object{{"step", "sum"},
                                            {"from", events::to_iso8601(settings.from)},
                                            {"to", events::to_iso8601(settings.to)},
                                            {"compared", result.compared},
                                            {"differences", result.findings.size()},
                                            {"underWay", result.under_way},
                                            {"repaired", repaired}})
            << std::endl;
        return;
    }
    out << "reconcile: " << events::to_iso8601(settings.from) << " to " << events::to_iso8601(settings.to) << ": "
        << result.compared << " payments compared, " << result.under_way << " under way, " << repaired
        << " differences repaired, " << (good ? "nothing differs" : std::to_string(result.findings.size()) + " left")
        << std::endl;
}

// ---- Repairing ------------------------------------------------------------------------------------------------------

events::Record record_of(const Found& found, const Settings& settings)
{
    const Command& command = *found.finding.repair;
    events::Record record;
    record.topic = "payments.commands";
    record.value = to_json(command);
    auto& says = record.envelope;
    says.id = events::random_uuid();
    says.type = type_of(command);
    says.source = "/jangteo/operators";
    says.subject = subject_of(command);
    says.time = now(settings);
    says.schema = schema_of(command);
    says.correlation_id = found.finding.order_id->value;
    says.causation_id = says.id;
    says.actor = settings.who;
    return record;
}

/// Written down before it is sent: what was asked for is known even if this process dies in between.
void send(const Settings& settings, const std::vector<Found>& repairs)
{
    postgres::Session session(settings.postgres);
    session.transact([&](postgres::Transaction& transaction) {
        for (const auto& found : repairs) {
            write_down(transaction, {.who = settings.who,
                                     .what = "reconcile",
                                     .target = "payment " + found.finding.payment,
                                     .reason = settings.reason,
                                     .details = line_of(found, "repair")});
        }
    });
    bool delivered = true;
    kafka::Publisher publisher(settings.kafka, {.message_timeout = acknowledgement_timeout},
                               [&delivered](std::uint64_t, bool good, std::int64_t) { delivered = delivered && good; });
    for (std::size_t i = 0; i < repairs.size(); ++i) {
        const auto record = record_of(repairs[i], settings);
        while (!publisher.publish(record, i)) publisher.poll(look_interval);
    }
    if (!publisher.flush(acknowledgement_timeout) || !delivered) {
        throw kafka::Error("the log may not have taken every repair: run it again, a repeat changes nothing", 0, false,
                           true);
    }
}

std::vector<Found> repairable(const Result& result)
{
    std::vector<Found> found;
    std::ranges::copy_if(result.findings, std::back_inserter(found),
                         [](const Found& one) { return one.finding.repair.has_value(); });
    return found;
}

}  // namespace

bool run(const Settings& settings, const std::vector<Gateway>& gateways, std::ostream& out)
{
    Lists lists;
    for (const auto& gateway : gateways) lists.push_back(gateway.books.transactions(settings.from, settings.to));
    auto ours = read_ours(settings, lists);
    std::vector<Shown> shown;
    for (std::size_t i = 0; i < gateways.size(); ++i) shown.push_back(look_at(gateways[i], lists[i], ours));
    // Once more: a refund that they have and we have asked for meanwhile must be known to be ours.
    ours = read_ours(settings, lists);
    auto result = compare_all(settings, shown, ours);
    tell(settings, result.findings, "found", out);

    const auto repairs = repairable(result);
    if (repairs.empty() || !settings.repair) {
        tell_sum(settings, result, 0, out);
        if (!repairs.empty() && !settings.json) {
            out << "reconcile: nothing was changed; --repair sends " << repairs.size()
                << " commands to the payments of their orders" << std::endl;
        }
        return result.findings.empty();
    }
    if (!settings.json) {
        out << "reconcile: " << repairs.size() << " commands are sent to the payments of their orders" << std::endl;
    }
    send(settings, repairs);
    const auto until = std::chrono::steady_clock::now() + decided_within;
    do {
        std::this_thread::sleep_for(look_interval);
        result = compare_all(settings, shown, read_ours(settings, lists));
    } while (!repairable(result).empty() && std::chrono::steady_clock::now() < until);
    tell(settings, result.findings, "left", out);
    tell_sum(settings, result, repairs.size() - repairable(result).size(), out);
    return result.findings.empty();
}

}  // namespace jangteo::ops::reconcile
