// The whole house for one test: roles in processes of their own over the stack's servers, somebody who asks, and the
// check of everything when it has come to rest. Tests share one log and use products and members of their own.
#pragma once

#include "events/inventory.hpp"
#include "events/orders.hpp"
#include "events/points.hpp"
#include "tests/e2e/caller.hpp"
#include "tests/e2e/checker/checker.hpp"
#include "tests/e2e/process.hpp"

#include <gtest/gtest.h>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace jangteo::e2e {

using Clock = std::chrono::steady_clock;

class House : public testing::Test {
public:
    House();
    ~House() override;
    void TearDown() override;

    /// Starts a role (`producers`, `sagas`, `projections`, `edge`, `all`) as a process of its own.
    Process& start(const std::string& role, std::vector<std::string> settings = {});
    /// One process each of producers, sagas and projections; waits until they answer.
    void start_roles(std::vector<std::string> settings = {});
    /// SIGTERM to all at once; all must end in order.
    void stop_all();
    Caller& caller();

    // ---- What there is in the shop

    struct Product {
        events::ProductId id;
        std::int64_t stock = 0;
        events::Won price;
    };
    Product new_product(std::int64_t stock, events::Won price = {1'000});
    /// Each lot is an earning of its own; the first is the oldest.
    events::UserId new_member(const std::vector<std::int64_t>& lots = {});
    static events::orders::PlaceOrder order_of(const events::UserId& user,
                                               const std::vector<std::pair<events::ProductId, std::int64_t>>& lines,
                                               events::Points points = {});
    /// PlaceOrder with the order's id as correlation, as an edge sends it.
    events::Uuid place(const events::orders::PlaceOrder& order);
    events::Record place_and_hear(const events::orders::PlaceOrder& order) { return caller().answer(place(order)); }
    events::Record cancel_and_hear(const events::OrderId& order_id);

    // ---- The check

    /// Waits until everything has come to rest and checks all there is: log, answers, read models. Fails the test with
    /// what is wrong.
    void check_everything(std::chrono::seconds patience = std::chrono::seconds{60});
    /// The money by the log, as the last check saw it: of all tests that share the log.
    [[nodiscard]] const PaymentBooks& payments() const { return payments_; }

    /// Since the test began.
    [[nodiscard]] std::string clock() const;
    void say(const std::string& what) const;

    std::vector<std::unique_ptr<Process>> processes;
    std::mt19937_64 random;

private:
    Clock::time_point began_ = Clock::now();
    std::unique_ptr<Caller> caller_;
    std::unique_ptr<LogReader> log_;
    PaymentBooks payments_;
    int started_ = 0;
};

/// People who order all the time: some products run out, some points do not suffice, some change their mind, some ask
/// twice. In the house's own thread: whoever waits for something lets them go on.
class Shoppers {
public:
    struct Settings {
        std::size_t products = 12;
        std::int64_t stock = 400;  ///< Of most products; every fourth has a tenth of it.
        std::size_t members = 10;
        std::size_t waiting = 24;             ///< Orders under way at once, at most.
        std::chrono::milliseconds pause{40};  ///< Between two orders, at least.
        std::size_t most = 1'000;
    };

    Shoppers(House& house, Settings settings);

    /// Orders go on for so long.
    void go_on(std::chrono::milliseconds time);
    /// Orders go on until `done`. Throws std::runtime_error after `limit`.
    template <class Done>
    void go_on_until(Done&& done, std::chrono::milliseconds limit, const std::string& what)
    {
        const auto until = Clock::now() + limit;
        while (!done()) {
            if (Clock::now() > until) throw std::runtime_error("waited too long for " + what);
            step();
        }
    }
    /// No more orders; hears all answers.
    void finish(std::chrono::milliseconds timeout = std::chrono::seconds{60});

    [[nodiscard]] std::size_t placed() const { return placed_; }
    [[nodiscard]] std::size_t answered() const { return answered_; }
    [[nodiscard]] std::string summary() const;

private:
    void step();
    void place_one();
    void look_at_answers();

    House& house_;
    Settings settings_;
    std::vector<events::ProductId> products_;
    std::vector<events::UserId> members_;
    std::vector<std::pair<events::Uuid, events::OrderId>> waiting_;
    Clock::time_point next_{};
    std::size_t placed_ = 0;
    std::size_t answered_ = 0;
    std::size_t cancelled_ = 0;
    std::size_t repeated_ = 0;
    std::map<std::string, std::size_t> ends_;
};

}  // namespace jangteo::e2e
