// A topic of a test's own, and what is in it.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "tests/integration/infra/servers.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace jangteo::consumers::testing {

class Log {
public:
    Log() { kafka::Admin(settings).create_topics({{topic, 1}}); }

    /// Such as a worker tells.
    [[nodiscard]] events::Record command(const events::Uuid& id, std::string value = "{}") const
    {
        events::Record made;
        made.topic = topic;
        made.envelope.id = id;
        made.envelope.type = "jangteo.test.RecordIt";
        made.envelope.subject = "aggregate";
        made.value = std::move(value);
        return made;
    }
    [[nodiscard]] std::vector<events::Record> records() const
    {
        kafka::PartitionReader reader(settings);
        const auto end = static_cast<std::size_t>(reader.end_offset({topic, 0}));
        std::vector<events::Record> found;
        reader.start({topic, 0}, 0);
        while (found.size() < end) {
            const auto read = reader.poll(std::chrono::seconds{10}, end,
                                          [&](events::Record&& one) { found.push_back(std::move(one)); });
            if (read == 0) throw std::runtime_error("the log cannot be read to its end");
        }
        return found;
    }
    /// How often a command was told.
    [[nodiscard]] std::ptrdiff_t times(const events::Uuid& id) const
    {
        const auto all = records();
        return std::ranges::count_if(all, [&](const auto& record) { return record.envelope.id == id; });
    }

    const kafka::Settings settings = tests::kafka_server();
    const std::string topic = tests::name_of_its_own("consumers-test");
};

/// Nobody listens there. What librdkafka has to say about it is known.
inline kafka::Settings nowhere()
{
    return {"127.0.0.1:1", "consumers-test"};
}

}  // namespace jangteo::consumers::testing
