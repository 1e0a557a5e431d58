// The connection as a stream writes to it: chunks, a caller who may go at any moment, and the end of the edge.
#pragma once

#include "http-edge/server/connection.hpp"
#include "http-edge/server/limits.hpp"
#include "http-edge/server/streaming.hpp"

#include <functional>
#include <memory>

namespace jangteo::edge {

class LivingAnswer : public StreamOut {
public:
    /// `check` throws Problem. All outlive this.
    LivingAnswer(boost::asio::io_context& io, Connection& connection, const Limits& limits, bool chunked, bool draining,
                 std::function<void()> check);
    LivingAnswer(const LivingAnswer&) = delete;
    LivingAnswer& operator=(const LivingAnswer&) = delete;
    ~LivingAnswer() override;

    Awaitable<bool> write(std::string_view text) override;
    Awaitable<void> wait_until(std::chrono::steady_clock::time_point time) override;
    void wake() override;
    [[nodiscard]] bool gone() const override;
    [[nodiscard]] bool stalled() const override { return connection_.timed_out; }
    [[nodiscard]] bool draining() const override { return draining_; }
    void check_caller() override { check_(); }

    void drain();
    /// Says that the answer is complete, so that nobody takes it for one that was torn off.
    Awaitable<void> finish();

private:
    struct Caller;
    static Awaitable<void> watch(std::shared_ptr<Caller> caller);
    Awaitable<bool> send();

    Connection& connection_;
    const Limits& limits_;
    const bool chunked_;
    bool draining_;
    std::function<void()> check_;
    std::shared_ptr<Caller> caller_;
};

}  // namespace jangteo::edge
