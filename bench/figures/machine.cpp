#include "bench/figures/machine.hpp"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>
#include <sys/utsname.h>
#include <boost/version.hpp>
#include <fstream>
#include <thread>

namespace jangteo::bench {

namespace {

std::string value_after_colon(const char* file, const std::string& name)
{
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind(name, 0) != 0) continue;
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;
        const auto begin = line.find_first_not_of(" \t", colon + 1);
        return begin == std::string::npos ? "" : line.substr(begin);
    }
    return "unknown";
}

std::string system_name()
{
    std::ifstream in("/etc/os-release");
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("PRETTY_NAME=\"", 0) == 0) return line.substr(13, line.size() - 14);
    }
    return "unknown";
}

}  // namespace

std::map<std::string, std::string> machine_description()
{
    utsname kernel{};
    uname(&kernel);
    double load = 0;
    std::ifstream("/proc/loadavg") >> load;
    const auto memory_kb = std::strtod(value_after_colon("/proc/meminfo", "MemTotal").c_str(), nullptr);
    return {{"processor", value_after_colon("/proc/cpuinfo", "model name")},
            {"cores", std::to_string(std::thread::hardware_concurrency())},
            {"memory", fmt::format("{:.0f} GB", memory_kb / 1024 / 1024)},
            {"system", system_name()},
            {"kernel", kernel.release},
            {"compiler", "g++ " __VERSION__},
#ifdef __OPTIMIZE__
            {"optimised", "yes"},
#else
            {"optimised", "no"},
#endif
            {"librdkafka", rd_kafka_version_str()},
            {"boost", fmt::format("{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000)},
            {"load_before", fmt::format("{:.2f}", load)}};
}

}  // namespace jangteo::bench
