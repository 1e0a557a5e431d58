#include "tests/e2e/house.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace jangteo::e2e {

using namespace std::chrono_literals;
using namespace events;

namespace {

kafka::Settings kafka_server()
{
    return {from_environment("JANGTEO_TEST_KAFKA"), "e2e", [](kafka::LogLevel level, std::string_view text) {
                if (level == kafka::LogLevel::error) {
                    std::fprintf(stderr, "kafka: %.*s\n", static_cast<int>(text.size()), text.data());
                }
            }};
}

std::string seconds(Clock::duration time)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
    return text;
}

std::uint64_t seed()
{
    const char* wanted = std::getenv("JANGTEO_E2E_SEED");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
}

}  // namespace

House::House()
{
    const auto value = seed();
    random.seed(value);
    say("seed " + std::to_string(value) + " (JANGTEO_E2E_SEED repeats it)");
}

House::~House() = default;

void House::TearDown()
{
    for (const auto& process : processes) {
        if (const auto trouble = process->trouble(); !trouble.empty()) ADD_FAILURE() << trouble;
        if (HasFailure()) std::printf("  the end of %s:\n%s", process->log().c_str(), process->last_lines(15).c_str());
    }
    processes.clear();
}

Process& House::start(const std::string& role, std::vector<std::string> settings)
{
    const std::string name = role + "-" + std::to_string(++started_);
    std::vector<std::string> command{from_environment("JANGTEO_TEST_BINARY"), role,
                                     "--kafka-brokers=" + from_environment("JANGTEO_TEST_KAFKA"),
                                     "--postgres=" + from_environment("JANGTEO_TEST_POSTGRES"),
                                     "--rabbitmq-url=" + from_environment("JANGTEO_TEST_RABBITMQ_URL")};
    std::move(settings.begin(), settings.end(), std::back_inserter(command));
    processes.push_back(std::make_unique<Process>(name, command, log_folder() + "/" + name + ".log"));
    return *processes.back();
}

void House::start_roles(std::vector<std::string> settings)
{
    for (const char* role : {"producers", "sagas", "projections"}) start(role, settings);
    new_product(0);
    say("the roles answer");
}

void House::stop_all()
{
    std::vector<std::jthread> threads;
    for (const auto& process : processes) threads.emplace_back([&process] { process->terminate(); });
}

Caller& House::caller()
{
    // The topics are there once a role has started.
    const auto until = Clock::now() + 60s;
    while (!caller_) {
        try {
            caller_ = std::make_unique<Caller>(kafka_server());
        } catch (const kafka::Error&) {
            if (Clock::now() > until) throw;
            std::this_thread::sleep_for(100ms);
        }
    }
    return *caller_;
}

House::Product House::new_product(std::int64_t stock, Won price)
{
    const Product product{{random_uuid()}, stock, price};
    const auto answer =
        caller().ask_and_hear(inventory::PutItem{product.id, stock, "상품 " + product.id.text().substr(0, 4), price,
                                                 SellerId{uuid_v5(url_namespace, "seller")}});
    if (answer.envelope.type != inventory::ItemPut::type) throw std::runtime_error("not put: " + answer.value);
    return product;
}

UserId House::new_member(const std::vector<std::int64_t>& lots)
{
    const UserId user{random_uuid()};
    for (const auto amount : lots) {
        points::EarnPoints earn;
        earn.user_id = user;
        earn.amount = {amount};
        earn.source = points::PointSource::event;
        earn.description = "선물";
        const auto answer = caller().ask_and_hear(earn);
        if (answer.envelope.type != points::PointsEarned::type) throw std::runtime_error("not earned: " + answer.value);
    }
    return user;
}

orders::PlaceOrder House::order_of(const UserId& user, const std::vector<std::pair<ProductId, std::int64_t>>& lines,
                                   Points points)
{
    orders::PlaceOrder order;
    order.order_id = {random_uuid()};
    order.user_id = user;
    for (const auto& [product, quantity] : lines) order.lines.push_back({product, quantity, {}});
    order.shipping_address = {"홍길동", "010-1234-5678", "04524", "서울특별시 중구 세종대로 110", "3층"};
    order.points_to_use = points;
    return order;
}

Uuid House::place(const orders::PlaceOrder& order)
{
    return caller().ask(order, order.order_id.value);
}

Record House::cancel_and_hear(const OrderId& order_id)
{
    orders::CancelOrder cancel;
    cancel.order_id = order_id;
    cancel.reason = "마음이 바뀌었어요";
    cancel.cause = orders::CancelCause::buyer;
    return caller().answer(caller().ask(cancel, order_id.value));
}

void House::check_everything(std::chrono::seconds patience)
{
    caller().hear_all(patience);
    if (!log_) log_ = std::make_unique<LogReader>(kafka_server());
    postgres::Session session({.conninfo = from_environment("JANGTEO_TEST_POSTGRES"), .application_name = "e2e"});
    const auto until = Clock::now() + patience;
    for (int tries = 1;; ++tries) {
        const auto began = Clock::now();
        const Log& log = log_->read();
        const auto read = Clock::now();
        const Story story(log);
        Findings findings;
        auto judged = check_log(story, caller().heard(), findings);
        const auto& expected = judged.tables;
        payments_ = std::move(judged.payments);
        try {
            check_tables(story, expected, session, findings);
        } catch (const postgres::Unavailable& error) {
            findings.add(error.what());
        }
        if (findings.none()) {
            std::size_t commands = 0;
            std::size_t rows = 0;
            for (const auto& context : contexts) {
                for (const auto& partition : log.at(context + ".commands")) commands += partition.size();
            }
            for (const auto& [table, found] : expected) rows += found.size();
            say("checked: " + std::to_string(commands) + " command records, " + std::to_string(story.outcomes.size()) +
                " outcomes, " + std::to_string(story.dead) + " dead records, " + std::to_string(story.take_overs) +
                " take-overs, " + std::to_string(expected.at("read_orders.orders").size()) + " orders, " +
                std::to_string(rows) + " rows (look " + std::to_string(tries) + ": read in " + seconds(read - began) +
                ", judged in " + seconds(Clock::now() - read) + ")");
            return;
        }
        if (Clock::now() > until) {
            ADD_FAILURE() << "not true at the end:\n" << findings.text();
            return;
        }
        std::this_thread::sleep_for(250ms);
    }
}

std::string House::clock() const
{
    const auto passed = std::chrono::duration<double>(Clock::now() - began_).count();
    char text[32];
    std::snprintf(text, sizeof text, "%6.2f s", passed);
    return text;
}

void House::say(const std::string& what) const
{
    std::printf("  %s  %s\n", clock().c_str(), what.c_str());
    std::fflush(stdout);
}

// ---- Shoppers -------------------------------------------------------------------------------------------------------

Shoppers::Shoppers(House& house, Settings settings) : house_(house), settings_(settings)
{
    for (std::size_t i = 0; i < settings_.products; ++i) {
        const auto stock = i % 4 == 3 ? settings_.stock / 10 : settings_.stock;
        products_.push_back(house_.new_product(stock, {1'000 + static_cast<std::int64_t>(i) * 2'500}).id);
    }
    for (std::size_t i = 0; i < settings_.members; ++i) members_.push_back(house_.new_member({900, 700, 1'100}));
}

void Shoppers::place_one()
{
    auto& random = house_.random;
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    std::vector<std::pair<ProductId, std::int64_t>> lines;
    const auto count = 1 + below(3);
    for (std::size_t i = 0; i < count; ++i) {
        lines.emplace_back(products_[below(products_.size())], 1 + static_cast<std::int64_t>(below(3)));
    }
    if (below(40) == 0) lines.emplace_back(ProductId{random_uuid()}, 1);  // Nobody sells it.
    Points points;
    if (below(3) == 0) points = {1 + static_cast<std::int64_t>(below(600))};
    const auto order = House::order_of(members_[below(members_.size())], lines, points);
    const auto id = house_.place(order);
    waiting_.emplace_back(id, order.order_id);
    ++placed_;
    if (below(12) == 0) {
        house_.caller().ask_again(id);
        ++repeated_;
    }
}

void Shoppers::look_at_answers()
{
    for (std::size_t i = 0; i < waiting_.size();) {
        const auto* answer = house_.caller().settled(waiting_[i].first);
        if (answer == nullptr) {
            ++i;
            continue;
        }
        ++answered_;
        const auto& type = answer->envelope.type;
        if (type == orders::OrderAccepted::type) {
            ++ends_["accepted"];
            if (house_.random() % 6 == 0) {
                orders::CancelOrder cancel;
                cancel.order_id = waiting_[i].second;
                cancel.reason = "마음이 바뀌었어요";
                cancel.cause = orders::CancelCause::buyer;
                const auto id = house_.caller().ask(cancel, cancel.order_id.value);
                if (house_.random() % 4 == 0) house_.caller().ask_again(id);
                ++cancelled_;
            }
        } else if (type == orders::OrderRefused::type) {
            orders::OrderRefused refused;
            orders::from_json(answer->value, refused);
            ++ends_[refused.code];
        } else {
            ++ends_[type];
        }
        waiting_[i] = waiting_.back();
        waiting_.pop_back();
    }
}

void Shoppers::step()
{
    const auto now = Clock::now();
    if (placed_ < settings_.most && waiting_.size() < settings_.waiting && now >= next_) {
        place_one();
        next_ = now + settings_.pause;
    }
    house_.caller().pump(2ms);
    look_at_answers();
}

void Shoppers::go_on(std::chrono::milliseconds time)
{
    const auto until = Clock::now() + time;
    while (Clock::now() < until) step();
}

void Shoppers::finish(std::chrono::milliseconds timeout)
{
    settings_.most = placed_;
    go_on_until([&] { return waiting_.empty(); }, timeout, "the answers to all orders");
    house_.caller().hear_all(timeout);
    house_.say(summary());
}

std::string Shoppers::summary() const
{
    std::string text = std::to_string(placed_) + " orders:";
    for (const auto& [end, count] : ends_) text += " " + std::to_string(count) + " " + end + ",";
    return text + " " + std::to_string(cancelled_) + " cancelled, " + std::to_string(repeated_) + " asked twice";
}

}  // namespace jangteo::e2e
