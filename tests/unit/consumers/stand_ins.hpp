// The stand-ins of the outside world (tests/standins) as a process of its own.
#pragma once

#include "consumers/runtime/http_client.hpp"

#include <sys/types.h>
#include <boost/json/object.hpp>
#include <filesystem>
#include <string>

namespace jangteo::consumers::testing {

/// Calm when they start. They end with the thread that started them, whatever becomes of it.
class StandIns {
public:
    StandIns();
    StandIns(const StandIns&) = delete;
    StandIns& operator=(const StandIns&) = delete;
    ~StandIns();

    /// Of a gateway: `/toss`, `/inicis`.
    [[nodiscard]] std::string url(const std::string& path) const { return url_ + path; }
    /// Plays the buyer, makes trouble, shows the books: tests/standins/README.md. Throws `std::runtime_error`.
    boost::json::object control(const std::string& method, const std::string& path,
                                const boost::json::object& body = {});

private:
    std::filesystem::path folder_;
    pid_t pid_ = -1;
    std::string url_;
    HttpClient client_;
};

}  // namespace jangteo::consumers::testing
