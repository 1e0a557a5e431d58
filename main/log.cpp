#include "main/log.hpp"

#include "events/codec.hpp"
#include "events/time.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <stdexcept>

namespace jangteo {

namespace {

spdlog::level::level_enum level_of(kafka::LogLevel level)
{
    switch (level) {
        case kafka::LogLevel::debug: return spdlog::level::debug;
        case kafka::LogLevel::info: return spdlog::level::info;
        case kafka::LogLevel::warning: return spdlog::level::warn;
        case kafka::LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view text_of(kafka::LogLevel level)
{
    switch (level) {
        case kafka::LogLevel::debug: return "debug";
        case kafka::LogLevel::info: return "info";
        case kafka::LogLevel::warning: return "warn";
        case kafka::LogLevel::error: return "error";
    }
    return "info";
}

}  // namespace

void open_log(const std::string& file, const std::string& level, const std::string& service)
{
    std::string begin = R"({"service":)";
    events::append_json(begin, std::string_view(service));
    try {
        auto logger = file.empty() ? spdlog::stderr_logger_mt("jangteo") : spdlog::basic_logger_mt("jangteo", file);
        logger->set_pattern(begin + ",%v", spdlog::pattern_time_type::utc);
        logger->set_level(spdlog::level::from_str(level));
        logger->flush_on(spdlog::level::info);
        spdlog::set_default_logger(std::move(logger));
    } catch (const spdlog::spdlog_ex& error) {
        throw std::runtime_error("the log cannot be opened: " + std::string(error.what()));
    }
}

void log(kafka::LogLevel level, std::string_view text)
{
    if (!spdlog::should_log(level_of(level))) return;
    const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::string line =
        R"("time":")" + events::to_iso8601(now) + R"(","level":")" + std::string(text_of(level)) + R"(","message":)";
    events::append_json(line, text);
    line += '}';
    spdlog::log(level_of(level), "{}", line);
}

}  // namespace jangteo
