// An operator at the command line: runs a verb of the program under test and reads what it writes.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace jangteo::e2e {

struct Said {
    int status = -1;
    std::string text;
    std::chrono::milliseconds took{0};

    [[nodiscard]] bool has(std::string_view what) const { return text.find(what) != std::string::npos; }
    [[nodiscard]] std::vector<std::string> lines() const;
};

/// Runs `jangteo <arguments>` over the stack's servers to its end. Throws std::runtime_error when it does not end.
Said operate(const std::vector<std::string>& arguments);
/// The whole command, for a verb that goes on until it is told to stop.
std::vector<std::string> operator_command(const std::vector<std::string>& arguments);

}  // namespace jangteo::e2e
