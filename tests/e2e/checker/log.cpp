#include "tests/e2e/checker/log.hpp"

#include "infra/kafka/admin.hpp"

#include <stdexcept>

namespace jangteo::e2e {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t told_at_most = 40;

std::vector<std::string> topics()
{
    std::vector<std::string> all = inboxes;
    all.push_back(replies_topic);
    for (const auto& context : contexts) {
        all.push_back(context + ".commands");
        all.push_back(context + ".events");
    }
    return all;
}

}  // namespace

LogReader::LogReader(const kafka::Settings& settings) : settings_(settings), reader_(settings)
{
    kafka::Admin admin(settings_);
    for (const auto& topic : topics()) {
        const auto offsets = admin.offsets(topic);
        log_[topic].resize(offsets.size());
        for (const auto& [partition, begin, end] : offsets) {
            next_[{topic, partition}] = begin;
            reader_.start({topic, partition}, begin);
        }
    }
}

const Log& LogReader::read()
{
    kafka::Admin admin(settings_);
    std::map<kafka::TopicPartition, std::int64_t> ends;
    for (const auto& topic : topics()) {
        for (const auto& [partition, begin, end] : admin.offsets(topic)) ends[{topic, partition}] = end;
    }
    const auto behind = [&] {
        for (const auto& [partition, end] : ends) {
            if (next_[partition] < end) return true;
        }
        return false;
    };
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (behind()) {
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the log cannot be read to its end");
        reader_.poll(20ms, 10'000, [&](events::Record&& record) {
            next_[{record.topic, record.partition}] = record.offset + 1;
            log_[record.topic][static_cast<std::size_t>(record.partition)].push_back(std::move(record));
        });
    }
    return log_;
}

void Findings::add(std::string what)
{
    if (++count_ <= told_at_most) first_.push_back(std::move(what));
}

std::string Findings::text() const
{
    std::string text;
    for (const auto& what : first_) text += "  - " + what + "\n";
    if (count_ > first_.size()) text += "  … and " + std::to_string(count_ - first_.size()) + " more\n";
    return text;
}

Story::Story(const Log& the_log) : log(the_log)
{
    for (const auto& context : contexts) {
        const auto& partitions = log.at(context + ".events");
        accepted[context].resize(partitions.size());
        rules[context].resize(partitions.size());
        for (std::size_t p = 0; p < partitions.size(); ++p) {
            auto& rule = rules[context][p];
            for (const auto& record : partitions[p]) {
                switch (rule.see(record.envelope)) {
                    case events::ReadersRule::Verdict::marker: ++take_overs; break;
                    case events::ReadersRule::Verdict::dead: ++dead; break;
                    case events::ReadersRule::Verdict::accepted:
                        accepted[context][p].push_back(&record);
                        outcomes[record.envelope.causation_id].push_back(&record);
                        break;
                }
            }
        }
    }
}

std::string place_of(const events::Record& record)
{
    return record.topic + "/" + std::to_string(record.partition) + "@" + std::to_string(record.offset);
}

}  // namespace jangteo::e2e
