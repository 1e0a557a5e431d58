// A process that is a member of a group and writes what it gains and loses, so that a test can stop and kill it.
//   infra_member BROKERS GROUP TOPIC
#include "infra/kafka/membership.hpp"

#include <cstdio>

int main(int count, char** arguments)
{
    using namespace std::chrono_literals;
    if (count != 4) return 2;
    try {
        jangteo::kafka::Membership membership({arguments[1], "member"}, arguments[2], {arguments[3]});
        while (true) {
            const auto change = membership.poll(100ms);
            if (!change) continue;
            for (const auto& partition : change->lost) std::printf("lost %d\n", partition.partition);
            for (const auto& partition : change->gained) std::printf("gained %d\n", partition.partition);
            std::fflush(stdout);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
