// How a target outside is called (EXT-RULE-01): time limits, few retries with growing delays, a circuit breaker.
#pragma once

#include "consumers/runtime/circuit_breaker.hpp"
#include "consumers/runtime/http_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>

namespace jangteo::consumers {

struct OutboundPolicy {
    std::string target;  ///< For instance `payments.toss`.
    TimeLimits limits{};
    int retries = 3;
    /// Retry n waits a random part of `first_delay` · 2^(n-1): many callers that failed together come back apart.
    std::chrono::milliseconds first_delay{200};
    /// A target that wants to be left alone for longer gets no retry; the answer goes to the caller, who has more time.
    std::chrono::seconds longest_retry_after{5};
    BreakerSettings breaker{};
};

/// Whether it is harmless when the other side does it twice.
enum class Repeatable {
    no,
    yes,  ///< A query, or the call carries an idempotency key.
};

/// No call was made: the target has failed too often.
class CircuitOpen : public std::runtime_error {
public:
    using Time = CircuitBreaker::Time;
    CircuitOpen(const std::string& what, Time since, Time next_try)
        : std::runtime_error(what), since_(since), next_try_(next_try)
    {}
    [[nodiscard]] Time since() const { return since_; }
    /// At the earliest.
    [[nodiscard]] Time next_try() const { return next_try_; }

private:
    Time since_;
    Time next_try_;
};

/// What is never the same twice, so that tests can say what it is. Called from all threads that call.
struct Surroundings {
    std::function<CircuitBreaker::Time()> now;
    /// False: told to stop before the time was over.
    std::function<bool(std::chrono::milliseconds)> pause;
    std::function<double()> draw;  ///< At least 0, below 1.

    static Surroundings real(std::stop_token stop);
};

struct OutboundStatus {
    std::string target;
    CircuitBreaker::State circuit = CircuitBreaker::State::closed;
    int consecutive_failures = 0;
    std::uint64_t calls = 0;     ///< Without those that met an open circuit.
    std::uint64_t refused = 0;   ///< Those.
    std::uint64_t retries = 0;   ///< `calls` + `retries` requests were tried,
    std::uint64_t failures = 0;  ///< and so many of them failed.
    std::uint64_t times_opened = 0;
    std::string trouble;  ///< The last one, which may have passed long ago.
};

/// One target, for all threads that call it. Thread-safe.
class Outbound {
public:
    using Status = OutboundStatus;

    Outbound(OutboundPolicy policy, Surroundings surroundings);
    Outbound(const Outbound&) = delete;
    Outbound& operator=(const Outbound&) = delete;

    /// Failures are `NotSent`, `NoAnswer`, 5xx and 429; every other answer is the caller's business and a success of the
    /// target. `NotSent` is tried again in any case, the others if `repeatable`; nothing is, once the circuit is open or
    /// the program stops. Then the last failure is what the caller gets:
    /// - 5xx, or `NoAnswer`: it may have been done, perhaps by an earlier try;
    /// - 429, or `NotSent`: it has not been done by any try. (After a try in doubt, these become `NoAnswer`.)
    /// Throws `CircuitOpen` before the first try only. Takes at most `retries` + 1 times `limits.total`, and the delays;
    /// after a stop, the try under way. What is not `repeatable` is sent on a connection of its own.
    HttpResponse call(HttpClient& client, const HttpRequest& request, Repeatable repeatable);

    /// The same for any way to make the request once.
    using Once = std::function<HttpResponse()>;
    HttpResponse call(const Once& once, Repeatable repeatable);

    [[nodiscard]] Status status() const;

private:
    struct Try;

    CircuitBreaker::Pass enter();
    std::optional<CircuitBreaker::Pass> enter_again(const Try& last, int retry, Repeatable repeatable);
    Try attempt(const Once& once, CircuitBreaker::Pass pass);
    [[nodiscard]] bool circuit_closed() const;

    const OutboundPolicy policy_;
    const Surroundings surroundings_;
    mutable std::mutex mutex_;
    CircuitBreaker breaker_;  ///< Guarded by `mutex_`, as `counts_`.
    Status counts_;           ///< Without what the breaker knows.
};

}  // namespace jangteo::consumers
