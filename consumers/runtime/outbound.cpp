#include "consumers/runtime/outbound.hpp"

#include <cassert>
#include <condition_variable>
#include <random>
#include <utility>

namespace jangteo::consumers {

using namespace std::chrono_literals;

namespace {

/// Interrupted by the stop at once.
bool pause_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any nothing;
    std::unique_lock lock(mutex);
    nothing.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

double draw_evenly()
{
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::generate_canonical<double, 32>(random);
}

std::string in_seconds(CircuitBreaker::Time::duration time)
{
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

Surroundings Surroundings::real(std::stop_token stop)
{
    return {.now = [] { return std::chrono::steady_clock::now(); },
            .pause = [stop = std::move(stop)](auto time) { return pause_unless_stopped(time, stop); },
            .draw = draw_evenly};
}

/// What became of one request.
struct Outbound::Try {
    enum class Outcome { settled, not_sent, too_many_requests, server_error, no_answer };

    Outcome outcome = Outcome::settled;
    HttpResponse response{};  ///< Of `settled`, `too_many_requests` and `server_error`.
    std::string trouble{};    ///< Of all but `settled`.

    static Try of(HttpResponse response)
    {
        const auto outcome = response.status == 429   ? Outcome::too_many_requests
                             : response.status >= 500 ? Outcome::server_error
                                                      : Outcome::settled;
        auto trouble = outcome == Outcome::settled ? std::string() : "status " + std::to_string(response.status);
        return {outcome, std::move(response), std::move(trouble)};
    }
    [[nodiscard]] bool failed() const { return outcome != Outcome::settled; }
    [[nodiscard]] bool in_doubt() const { return outcome == Outcome::server_error || outcome == Outcome::no_answer; }
    /// `doubt`: why an earlier try may have been done, or nothing.
    HttpResponse for_the_caller(const std::string& doubt)
    {
        if (!doubt.empty() && failed() && !in_doubt()) throw NoAnswer(trouble + "; before that: " + doubt);
        if (outcome == Outcome::no_answer) throw NoAnswer(trouble);
        if (outcome == Outcome::not_sent) throw NotSent(trouble);
        return std::move(response);
    }
};

Outbound::Outbound(OutboundPolicy policy, Surroundings surroundings)
    : policy_(std::move(policy)), surroundings_(std::move(surroundings)), breaker_(policy_.breaker)
{
    assert(policy_.retries >= 0 && policy_.retries <= 10);
    assert(policy_.first_delay >= 0ms);
    counts_.target = policy_.target;
}

HttpResponse Outbound::call(HttpClient& client, const HttpRequest& request, Repeatable repeatable)
{
    const auto connection = repeatable == Repeatable::yes ? Connection::kept : Connection::fresh;
    return call([&] { return client.call(request, policy_.limits, connection); }, repeatable);
}

HttpResponse Outbound::call(const Once& once, Repeatable repeatable)
{
    std::string doubt;
    std::optional pass = enter();
    for (int retry = 1;; ++retry) {
        auto tried = attempt(once, *pass);
        if (!tried.failed()) return std::move(tried.response);
        pass = enter_again(tried, retry, repeatable);
        if (!pass) return tried.for_the_caller(doubt);
        if (tried.in_doubt()) doubt = tried.trouble;
    }
}

CircuitBreaker::Pass Outbound::enter()
{
    const std::lock_guard lock(mutex_);
    const auto now = surroundings_.now();
    if (const auto pass = breaker_.admit(now)) {
        ++counts_.calls;
        return *pass;
    }
    ++counts_.refused;
    const auto since = breaker_.opened_at();
    const auto next_try = breaker_.next_try(now);
    const auto when = next_try > now ? "will be tried in " + in_seconds(next_try - now) : "is being tried";
    throw CircuitOpen(policy_.target + ": circuit open for " + in_seconds(now - since) + ", " + when +
                          "; last trouble: " + counts_.trouble,
                      since, next_try);
}

std::optional<CircuitBreaker::Pass> Outbound::enter_again(const Try& last, int retry, Repeatable repeatable)
{
    if (retry > policy_.retries) return std::nullopt;
    if (last.outcome != Try::Outcome::not_sent && repeatable == Repeatable::no) return std::nullopt;
    const auto asked_for = last.response.retry_after.value_or(0s);
    if (asked_for > policy_.longest_retry_after) return std::nullopt;
    if (!circuit_closed()) return std::nullopt;  // It will not have closed after so short a pause.

    const std::chrono::duration<double, std::milli> longest = policy_.first_delay * (1 << (retry - 1));
    const auto random_part = std::chrono::duration_cast<std::chrono::milliseconds>(longest * surroundings_.draw());
    if (!surroundings_.pause(asked_for + random_part)) return std::nullopt;

    const std::lock_guard lock(mutex_);
    const auto pass = breaker_.admit(surroundings_.now());
    if (pass) ++counts_.retries;
    return pass;
}

Outbound::Try Outbound::attempt(const Once& once, CircuitBreaker::Pass pass)
{
    Try tried;
    try {
        tried = Try::of(once());
    } catch (const NotSent& error) {
        tried = {Try::Outcome::not_sent, {}, error.what()};
    } catch (const NoAnswer& error) {
        tried = {Try::Outcome::no_answer, {}, error.what()};
    } catch (...) {
        const std::lock_guard lock(mutex_);
        breaker_.withdrawn(pass);
        throw;
    }
    const std::lock_guard lock(mutex_);
    if (tried.failed()) {
        ++counts_.failures;
        counts_.trouble = tried.trouble;
        breaker_.failed(pass, surroundings_.now());
    } else {
        breaker_.succeeded(pass);
    }
    return tried;
}

bool Outbound::circuit_closed() const
{
    const std::lock_guard lock(mutex_);
    return breaker_.state() == CircuitBreaker::State::closed;
}

Outbound::Status Outbound::status() const
{
    const std::lock_guard lock(mutex_);
    Status status = counts_;
    status.circuit = breaker_.state();
    status.consecutive_failures = breaker_.consecutive_failures();
    status.times_opened = breaker_.times_opened();
    return status;
}

}  // namespace jangteo::consumers
