// A process of the house for as long as it is measured.
#pragma once

#include "bench/load/http_connection.hpp"

#include <sys/types.h>
#include <chrono>
#include <string>
#include <vector>

namespace jangteo::bench {

class House {
public:
    /// Runs `binary role` with this process' environment and `settings` (`NAME=value`) on top; what it says goes to
    /// `log_file`. Throws std::system_error.
    House(const std::string& binary, const std::string& role, const std::vector<std::string>& settings,
          const std::string& log_file);
    /// Ends it: SIGTERM, and SIGKILL when it has not ended 30 s later.
    ~House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    /// Waits until `GET /ready` answers 200. Throws std::runtime_error when the process ends or time is up.
    void wait_until_ready(const Address& edge, std::chrono::seconds patience);
    /// Throws std::runtime_error when the process has ended.
    void expect_alive();
    [[nodiscard]] double memory_mb() const;
    /// Processor time that it has used so far, in all threads.
    [[nodiscard]] double processor_s() const;

private:
    pid_t process_ = -1;
    std::string what_;
    std::string log_file_;
};

}  // namespace jangteo::bench
