#include "bench/load/answers.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace jangteo::bench {

bool is_success(const Answer& answer)
{
    return answer.status >= 200 && answer.status < 300;
}

std::string code_of(const Answer& answer)
{
    const auto json = parsed(answer.body);
    const auto error = json.is_object() ? json.find("error") : json.end();
    if (json.is_object() && error != json.end() && error->is_object() && error->contains("code") &&
        (*error)["code"].is_string()) {
        return (*error)["code"].get<std::string>();
    }
    return fmt::format("HTTP {}", answer.status);
}

std::string described(const std::string& what, const Answer& answer)
{
    if (answer.status == 0) {
        return fmt::format("{}: {} (after {} tries)", what, answer.trouble, answer.attempts);
    }
    return fmt::format("{}: {} {} (after {} tries)", what, answer.status, answer.body.substr(0, 300), answer.attempts);
}

nlohmann::json parsed(const std::string& body)
{
    return nlohmann::json::parse(body, nullptr, false);
}

nlohmann::json data_of(const Answer& answer)
{
    const auto json = parsed(answer.body);
    return is_success(answer) && json.is_object() ? json.value("data", nlohmann::json()) : nlohmann::json();
}

}  // namespace jangteo::bench
