#include "ops/audit/audit.hpp"

#include "events/readers_rule.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "ops/audit/judge.hpp"
#include "ops/audit/read_models.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jangteo::ops::audit {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 6> contexts{"claims", "inventory", "orders", "payments", "points", "settlement"};
constexpr std::size_t shown_at_most = 100;
constexpr std::size_t records_at_once = 10'000;
constexpr std::chrono::seconds longest_silence{60};

/// `1,234,567`
std::string grouped(std::int64_t number)
{
    const std::string digits = std::to_string(number < 0 ? -number : number);
    std::string text = number < 0 ? "-" : "";
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

struct Counted {
    Books now;        ///< To the end that the log had when the counting began.
    Books as_models;  ///< As far as the read models have read.
    std::int64_t records = 0;
};

Counted count(const kafka::Settings& kafka, const ReadModels& models)
{
    struct Partition {
        std::int64_t next = 0;
        std::int64_t end = 0;
        events::ReadersRule rule{};
    };
    kafka::Admin admin(kafka);
    kafka::PartitionReader reader(kafka);
    std::map<kafka::TopicPartition, Partition> partitions;
    for (const auto context : contexts) {
        const std::string topic = std::string(context) + ".events";
        for (const auto& [number, begin, end] : admin.offsets(topic)) {
            if (begin == end) continue;
            partitions[{topic, number}] = {begin, end};
            reader.start({topic, number}, begin);
        }
    }
    Counted counted;
    std::size_t open = partitions.size();
    auto heard = std::chrono::steady_clock::now();
    while (open > 0) {
        reader.poll(milliseconds{100}, records_at_once, [&](events::Record&& record) {
            const kafka::TopicPartition place{record.topic, record.partition};
            auto& partition = partitions.at(place);
            if (record.offset >= partition.end) return;
            heard = std::chrono::steady_clock::now();
            ++counted.records;
            if (record.offset + 1 == partition.end) --open;
            if (partition.rule.see(record.envelope) != events::ReadersRule::Verdict::accepted) return;
            counted.now.enter(record);
            const auto read = models.read_below.find(place);
            if (read != models.read_below.end() && record.offset < read->second) counted.as_models.enter(record);
        });
        if (std::chrono::steady_clock::now() - heard > longest_silence) {
            throw kafka::Error("the log cannot be read to its end", 0, false, true);
        }
    }
    return counted;
}

void write_sums(std::ostream& out, const Books& books)
{
    Stock stock;
    for (const auto& [id, one] : books.stock) {
        stock.on_hand += one.on_hand;
        stock.reserved += one.reserved;
    }
    std::int64_t points = 0;
    for (const auto& [id, balance] : books.points) points += balance;
    Money money;
    for (const auto& [id, one] : books.payments) {
        money.captured += one.captured;
        money.given_back += one.given_back;
        money.unwanted += one.unwanted;
        money.unwanted_given_back += one.unwanted_given_back;
    }
    const Settled sums = settled(books);
    std::map<std::string, std::size_t> orders;
    for (const auto& [id, order] : books.orders) {
        if (order.placed) ++orders[order.status];
    }
    out << "stock    " << grouped(stock.on_hand) << " units of " << grouped(std::ssize(books.stock)) << " products, "
        << grouped(stock.reserved) << " of them held for orders\n"
        << "points   " << grouped(points) << " P of " << grouped(std::ssize(books.points)) << " users\n"
        << "money    " << grouped(money.captured) << " won captured, " << grouped(money.given_back) << " given back; "
        << grouped(money.unwanted) << " captured though nobody wanted them, " << grouped(money.unwanted_given_back)
        << " of them given back; " << grouped(money.kept()) << " kept\n"
        << "sellers  " << grouped(sums.captured) << " won captured + " << grouped(sums.points)
        << " paid with points = " << grouped(sums.settled) << " to " << grouped(std::ssize(books.ledgers))
        << " sellers (" << grouped(sums.transferred) << " transferred) + " << grouped(sums.commission)
        << " commission + " << grouped(sums.shipping) << " shipping + " << grouped(sums.refunded) << " refunded + "
        << grouped(sums.open) << " open\n"
        << "orders  ";
    for (const auto& [status, number] : orders)
        out << ' ' << grouped(static_cast<std::int64_t>(number)) << ' ' << status;
    out << '\n';
    if (books.claims.empty()) return;
    std::map<std::string, std::int64_t> claims;
    for (const auto& [id, claim] : books.claims) ++claims[claim.halted ? "waiting for somebody" : claim.status];
    out << "claims  ";
    for (const auto& [status, number] : claims) out << ' ' << grouped(number) << ' ' << status;
    out << '\n';
}

}  // namespace

bool run(const Settings& settings, std::ostream& out)
{
    postgres::Session session(settings.postgres);
    const auto models = read_models(session);
    const auto counted = count(settings.kafka, models);
    const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto verdict = judge(counted.now, now + settings.clock_offset, settings.patience);
    auto wrong = differences(models, counted.as_models);
    wrong.insert(wrong.end(), verdict.wrong.begin(), verdict.wrong.end());
    if (models.parked > 0) wrong.push_back(std::to_string(models.parked) + " events are parked in the read models");

    write_sums(out, counted.now);
    for (std::size_t i = 0; i < wrong.size() && i < shown_at_most; ++i) out << "WRONG    " << wrong[i] << '\n';
    if (wrong.size() > shown_at_most) out << "WRONG    … and " << wrong.size() - shown_at_most << " more\n";
    std::int64_t kept = 0;
    for (const auto& [id, money] : counted.now.payments) kept += money.kept();
    out << "audit: " << (wrong.empty() ? "everything adds up" : grouped(std::ssize(wrong)) + " differences") << ": "
        << grouped(counted.records) << " records, " << grouped(std::ssize(models.orders)) << " orders, "
        << grouped(kept) << " won kept, " << grouped(static_cast<std::int64_t>(verdict.under_way))
        << " orders under way" << std::endl;
    return wrong.empty();
}

}  // namespace jangteo::ops::audit
