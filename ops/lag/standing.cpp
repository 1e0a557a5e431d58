#include "ops/lag/standing.hpp"

#include "events/codec.hpp"
#include "ops/log/moment.hpp"

#include <algorithm>
#include <map>

namespace jangteo::ops::lag {

namespace {

std::string name_of(const kafka::TopicPartition& place)
{
    return place.topic + '[' + std::to_string(place.partition) + ']';
}

std::chrono::seconds age_of(const Lag& lag, events::Timestamp now)
{
    if (!lag.oldest) return std::chrono::seconds{0};
    return std::max(std::chrono::seconds{0}, std::chrono::floor<std::chrono::seconds>(now - *lag.oldest));
}

struct Reader {
    std::int64_t behind = 0;
    std::size_t partitions = 0;
    std::chrono::seconds oldest{0};
    std::map<std::string, std::size_t> owners;
};

std::string line_of(std::string_view role, const std::string& name, const Reader& reader)
{
    std::string line(role);
    constexpr std::size_t width = 13;
    line.resize(std::max(line.size() + 1, width), ' ');
    line += name + ": " + std::to_string(reader.behind) + " behind";
    if (reader.behind > 0) line += ", the oldest for " + log::text_of_age(reader.oldest);
    line += "; " + std::to_string(reader.partitions) + " partitions";
    for (const auto& [owner, count] : reader.owners) {
        line += ", " + std::to_string(count) + (owner.empty() ? " without an owner" : " of " + owner);
    }
    return line;
}

}  // namespace

Standing standing_of(std::string_view role, std::string_view does, std::span<const Lag> lags, events::Timestamp now,
                     std::chrono::seconds patience)
{
    Standing standing;
    std::map<std::string, Reader> readers;
    for (const auto& lag : lags) {
        auto& reader = readers[lag.reader];
        ++reader.partitions;
        ++reader.owners[lag.owner];
        reader.behind += lag.behind();
        const auto age = age_of(lag, now);
        reader.oldest = std::max(reader.oldest, age);
        if (lag.owner.empty() && lag.behind() > 0) {
            standing.attention.push_back("nobody " + std::string(does) + ' ' + name_of(lag.place) + " for " +
                                         lag.reader + ": " + std::to_string(lag.behind()) + " wait, the oldest for " +
                                         log::text_of_age(age));
        } else if (lag.behind() > 0 && age > patience) {
            standing.attention.push_back(name_of(lag.place) + " stands still for " + lag.reader + ": " +
                                         std::to_string(lag.behind()) + " wait, the oldest for " +
                                         log::text_of_age(age) + "; its owner is " + lag.owner);
        }
    }
    for (const auto& [name, reader] : readers) standing.lines.push_back(line_of(role, name, reader));
    return standing;
}

std::string json_of(std::string_view role, const Lag& lag, events::Timestamp now)
{
    std::string json = R"({"role":)";
    events::append_json(json, role);
    const auto member = [&json](std::string_view name, const auto& value) {
        json += ",\"";
        json += name;
        json += "\":";
        events::append_json(json, value);
    };
    member("reader", std::string_view(lag.reader));
    member("topic", std::string_view(lag.place.topic));
    member("partition", static_cast<std::int64_t>(lag.place.partition));
    member("owner", std::string_view(lag.owner));
    member("next", lag.next);
    member("end", lag.end);
    member("behind", lag.behind());
    member("ageSeconds", static_cast<std::int64_t>(age_of(lag, now).count()));
    return json + '}';
}

}  // namespace jangteo::ops::lag
