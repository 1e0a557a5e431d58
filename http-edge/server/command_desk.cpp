#include "http-edge/server/command_desk.hpp"

#include <algorithm>
#include <utility>

namespace jangteo::edge {

using std::chrono::steady_clock;

CommandDesk::CommandDesk(boost::asio::io_context& io, CommandPort& port, FindOutcome find_outcome, Settings settings)
    : io_(io), port_(port), find_outcome_(std::move(find_outcome)), settings_(settings)
{
    port_.on_answer = [this](const events::Record& record) { on_answer(record); };
    port_.on_delivery = [this](const events::Uuid& command, bool ok) { on_delivery(command, ok); };
}

CommandDesk::~CommandDesk()
{
    port_.on_answer = {};
    port_.on_delivery = {};
}

Awaitable<Reply> CommandDesk::ask(events::Record command, std::chrono::milliseconds wait)
{
    const auto now = steady_clock::now();
    const auto id = command.envelope.id;
    const auto fingerprint = command.envelope.fingerprint;
    forget_old();

    if (const auto found = remembered_.find(id); found != remembered_.end()) {
        if (found->second.fingerprint != fingerprint) co_return Reply{Reply::Kind::reused};
        co_return Reply{Reply::Kind::answered, found->second.answer, true};
    }

    std::shared_ptr<Flight> flight;
    bool attached = false;
    if (const auto found = flights_.find(id); found != flights_.end()) {
        flight = found->second;
        attached = true;
        if (flight->command.envelope.fingerprint != fingerprint) co_return Reply{Reply::Kind::reused};
        if (now - flight->sent > settings_.sent_again_after && port_.send(flight->command)) flight->sent = now;
    } else {
        if (!port_.send(command)) co_return Reply{Reply::Kind::unavailable};
        flight = std::make_shared<Flight>();
        flight->command = std::move(command);
        flight->began = flight->sent = now;
        flights_.emplace(id, flight);
        by_age_.emplace_back(now, id);
    }

    // Who does not wait at all is told where to ask, however fast the outcome comes.
    const bool only_send = wait == std::chrono::milliseconds(0);
    if (only_send) flight->told_running = true;
    const auto deadline = now + wait;
    Timer timer(io_.get_executor());
    flight->waiting.push_back(&timer);
    for (;;) {
        if (flight->answer || flight->reused || flight->delivery == Flight::Delivery::failed) break;
        // A command is only said to be running when the log has it.
        const bool late = steady_clock::now() >= deadline;
        if (late && flight->delivery == Flight::Delivery::done) break;
        auto next = late ? Timer::time_point::max() : deadline;
        if (flight->still_running && !late) {
            if (!flight->looking_up) {
                co_await look_up(flight);
                if (flight->answer || flight->reused) break;
            }
            next = std::min(deadline, steady_clock::now() + settings_.outcome_poll);
        }
        timer.expires_at(next);
        co_await timer.async_wait(as_result);
    }
    std::erase(flight->waiting, &timer);

    if (flight->answer && only_send && !attached) co_return Reply{Reply::Kind::running};
    if (flight->answer) co_return Reply{Reply::Kind::answered, flight->answer, attached || flight->answer->repeated};
    if (flight->reused) co_return Reply{Reply::Kind::reused};
    if (flight->delivery == Flight::Delivery::failed) co_return Reply{Reply::Kind::unavailable};
    flight->told_running = true;
    co_return Reply{Reply::Kind::running};
}

/// One at a time for a command, however many wait for it.
Awaitable<void> CommandDesk::look_up(std::shared_ptr<Flight> flight)
{
    flight->looking_up = true;
    std::optional<KnownOutcome> outcome;
    try {
        outcome = co_await find_outcome_(flight->command.envelope.id);
    } catch (const std::exception&) {
        // PostgreSQL is away: the wait goes on, and ends with 202 if it has to.
    }
    flight->looking_up = false;
    if (!outcome || flight->answer) co_return;
    const auto fingerprint = flight->command.envelope.fingerprint;
    if (outcome->fingerprint != 0 && fingerprint != 0 && outcome->fingerprint != fingerprint) {
        flight->reused = true;
        flights_.erase(flight->command.envelope.id);
        wake(*flight);
        co_return;
    }
    outcome->answer.repeated = true;
    settle(flight, std::make_shared<const Answer>(std::move(outcome->answer)));
}

void CommandDesk::on_answer(const events::Record& record)
{
    const auto id = record.envelope.reply_to.request_id;
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;  // Answered already, or asked by a former life of this edge.
    const auto flight = found->second;
    flight->delivery = Flight::Delivery::done;
    if (record.envelope.type == still_running_type) {
        flight->still_running = true;
        return wake(*flight);
    }
    if (record.envelope.type == key_reused_type) {
        flight->reused = true;
        flights_.erase(found);
        return wake(*flight);
    }
    auto answer = std::make_shared<Answer>();
    answer->type = record.envelope.type;
    answer->value = record.value;
    answer->position = record.envelope.position;
    // An outcome carries the time of the command that it was decided for. Another time is another sending's.
    const bool direct = record.envelope.causation_id == id;
    answer->repeated = direct && record.envelope.time != flight->command.envelope.time;
    settle(flight, std::move(answer));
}

void CommandDesk::on_delivery(const events::Uuid& command, bool ok)
{
    const auto found = flights_.find(command);
    if (found == flights_.end()) return;
    const auto flight = found->second;
    if (ok) {
        flight->delivery = Flight::Delivery::done;
    } else if (flight->delivery == Flight::Delivery::pending) {
        flight->delivery = Flight::Delivery::failed;
        flights_.erase(found);  // The next request of this key sends it anew.
    }
    // Those within their wait look again and wait on; it costs little, and one who waits for this hears of it.
    if (!ok || std::ranges::any_of(flight->waiting,
                                   [](const Timer* timer) { return timer->expiry() == Timer::time_point::max(); })) {
        wake(*flight);
    }
}

void CommandDesk::settle(const std::shared_ptr<Flight>& flight, std::shared_ptr<const Answer> answer)
{
    flight->answer = std::move(answer);
    if (flight->command.envelope.fingerprint != 0 || flight->told_running) remember(*flight);
    flights_.erase(flight->command.envelope.id);
    wake(*flight);
}

void CommandDesk::remember(const Flight& flight)
{
    const auto& id = flight.command.envelope.id;
    const auto [at, added] =
        remembered_.try_emplace(id, Remembered{flight.answer, flight.command.envelope.fingerprint});
    if (!added) return;
    remembered_by_age_.push_back(id);
    remembered_bytes_ += flight.answer->value.size();
    while (remembered_by_age_.size() > settings_.remembered ||
           (remembered_bytes_ > settings_.remembered_bytes && remembered_by_age_.size() > 1)) {
        const auto oldest = remembered_.find(remembered_by_age_.front());
        remembered_bytes_ -= oldest->second.answer->value.size();
        remembered_.erase(oldest);
        remembered_by_age_.pop_front();
    }
}

void CommandDesk::forget_old()
{
    // One command that is never answered must not keep the names of all that came after it.
    if (by_age_.size() > 2 * flights_.size() + 4'096) {
        std::erase_if(by_age_, [&](const auto& entry) { return !flights_.contains(entry.second); });
    }
    const auto before = steady_clock::now() - settings_.forgotten_after;
    while (!by_age_.empty()) {
        const auto& [began, id] = by_age_.front();
        const auto found = flights_.find(id);
        const bool gone = found == flights_.end() || found->second->began != began;
        if (!gone && (began > before || !found->second->waiting.empty())) return;
        if (!gone) flights_.erase(found);
        by_age_.pop_front();
    }
}

void CommandDesk::wake(const Flight& flight)
{
    for (auto* timer : flight.waiting) timer->cancel();
}

std::shared_ptr<const Answer> CommandDesk::known(const events::Uuid& command) const
{
    const auto found = remembered_.find(command);
    return found == remembered_.end() ? nullptr : found->second.answer;
}

bool CommandDesk::running(const events::Uuid& command) const
{
    return flights_.contains(command);
}

}  // namespace jangteo::edge
