#include "infra/kafka/settings.hpp"

#include <librdkafka/rdkafka.h>

namespace jangteo::kafka {

std::int32_t partition_of(std::string_view key, std::int32_t partitions)
{
    // librdkafka's own function, so that it cannot differ from what a publisher with `partitioner=murmur2` does. It
    // looks at neither the topic nor the opaque pointers.
    return rd_kafka_msg_partitioner_murmur2(nullptr, key.data(), key.size(), partitions, nullptr, nullptr);
}

}  // namespace jangteo::kafka
