// What a metrics collector and whoever watches over processes ask of one that has no edge: GET /health, /ready and
// /metrics, as at the edge. For the inner network: nobody has to say who he is.
#pragma once

#include "http-edge/server/server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jangteo {

class OperationsServer {
public:
    /// Called on the server's own thread.
    struct Answers {
        std::function<std::string()> metrics;
        std::function<std::vector<edge::Readiness>()> readiness;
    };

    /// Serves from here on; port 0 is any that is free. Throws std::system_error when the port is taken.
    OperationsServer(const std::string& address, std::uint16_t port, Answers answers);
    OperationsServer(const OperationsServer&) = delete;
    OperationsServer& operator=(const OperationsServer&) = delete;
    ~OperationsServer();

    [[nodiscard]] std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo
