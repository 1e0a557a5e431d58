#include "infra/kafka/settings.hpp"

#include <gtest/gtest.h>

namespace jangteo::kafka {
namespace {

// The hashes are what `org.apache.kafka.common.utils.Utils.murmur2` of Kafka 4.1.1 gives; the first six also stand in
// Kafka's own UtilsTest.
struct Known {
    std::string_view key;
    std::int32_t hash;
};

constexpr Known known[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
    {"", 275646681},
    {"f47ac10b-58cc-4372-a567-0e02b2c3d479", 1964707646},
    {"7d444840-9dc0-11d1-b245-5ffdce74fad2", 976502051},
    {"장터", 1145023700},
};

TEST(PartitionOf, is_the_java_clients)
{
    for (const auto& [key, hash] : known) {
        for (const std::int32_t partitions : {1, 7, 8, 64, 1'000}) {
            EXPECT_EQ(partition_of(key, partitions), (hash & 0x7fffffff) % partitions) << key << " of " << partitions;
        }
    }
}

}  // namespace
}  // namespace jangteo::kafka
