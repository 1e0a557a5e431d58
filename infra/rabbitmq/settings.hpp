// What every connection to RabbitMQ shares: where the broker is, how trouble is told.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jangteo::rabbitmq {

struct Settings {
    /// `amqp://user:password@host:port/vhost`, each part percent-encoded: the vhost `/` is `%2F`. No TLS.
    std::string url;
    std::string name{};  ///< Shown by the broker's tools as the connection's name.
    /// Told when a connection is lost, and why (`trouble`), and when there is one again. Called from the threads of this
    /// folder: it must be thread-safe and must not call back.
    std::function<void(std::string_view text, bool trouble)> log{};
};

/// Trouble with the broker. The same call may succeed later.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace jangteo::rabbitmq
