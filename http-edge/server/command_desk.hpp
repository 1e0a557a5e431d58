// One command, one outcome, at the edge: sends a command once, attaches equal requests to the one that is under way, and
// answers repeats from memory or from read_commands.outcomes (design §2.6).
#pragma once

#include "events/record.hpp"
#include "http-edge/server/awaitable.hpp"
#include "http-edge/server/command_port.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::edge {

inline constexpr std::string_view still_running_type = "jangteo.StillRunning";
inline constexpr std::string_view key_reused_type = "jangteo.KeyReused";

/// What became of a command.
struct Answer {
    std::string type;   ///< Of an event, or `jangteo.CommandRejected`.
    std::string value;  ///< Its JSON.
    events::Position position;
    bool repeated = false;  ///< The outcome of an earlier sending of the same command.

    [[nodiscard]] bool rejected() const { return type == events::rejected_type; }
};

struct KnownOutcome {
    Answer answer;
    std::uint64_t fingerprint = 0;  ///< 0: not known.
};

struct Reply {
    enum class Kind {
        answered,
        running,      ///< Taken, but not settled within the wait.
        reused,       ///< The key has been used for another request.
        unavailable,  ///< Not taken, or nobody knows whether: asking again with the same key is safe.
    };
    Kind kind = Kind::unavailable;
    std::shared_ptr<const Answer> answer{};  ///< Of `answered`.
    bool replayed = false;                   ///< Of `answered`: somebody was given it before.
};

class CommandDesk {
public:
    struct Settings {
        std::size_t remembered = 65'536;
        std::size_t remembered_bytes = std::size_t{64} << 20;
        std::chrono::milliseconds sent_again_after{5'000};  ///< A repeat is harmless; an answer may have been lost.
        std::chrono::milliseconds outcome_poll{100};
        std::chrono::minutes forgotten_after{10};  ///< A command without an answer.
    };
    /// Asks read_commands.outcomes.
    using FindOutcome = std::function<Awaitable<std::optional<KnownOutcome>>(events::Uuid command)>;

    CommandDesk(boost::asio::io_context& io, CommandPort& port, FindOutcome find_outcome)
        : CommandDesk(io, port, std::move(find_outcome), Settings{})
    {}
    CommandDesk(boost::asio::io_context& io, CommandPort& port, FindOutcome find_outcome, Settings settings);
    CommandDesk(const CommandDesk&) = delete;
    CommandDesk& operator=(const CommandDesk&) = delete;
    ~CommandDesk();

    /// `command.envelope.id` names the command; `fingerprint` (0 without a key) tells its body from others.
    Awaitable<Reply> ask(events::Record command, std::chrono::milliseconds wait);
    /// What the read model of outcomes has. Throws what asking it throws.
    Awaitable<std::optional<KnownOutcome>> look_up(events::Uuid command) { return find_outcome_(command); }
    /// What is known here of a command that was asked before. Null when it is running, or unknown.
    [[nodiscard]] std::shared_ptr<const Answer> known(const events::Uuid& command) const;
    [[nodiscard]] bool running(const events::Uuid& command) const;
    [[nodiscard]] std::size_t in_flight() const { return flights_.size(); }

private:
    struct Flight {
        events::Record command;
        std::chrono::steady_clock::time_point began;
        std::chrono::steady_clock::time_point sent;
        enum class Delivery { pending, done, failed } delivery = Delivery::pending;
        std::shared_ptr<const Answer> answer{};
        bool reused = false;
        bool still_running = false;  ///< Its first outcome is not the answer: the answer is to be looked up.
        bool looking_up = false;
        bool told_running = false;  ///< Somebody was sent away with the address to ask again.
        std::vector<Timer*> waiting{};
    };
    struct Remembered {
        std::shared_ptr<const Answer> answer;
        std::uint64_t fingerprint = 0;
    };

    void on_answer(const events::Record& record);
    void on_delivery(const events::Uuid& command, bool ok);
    void settle(const std::shared_ptr<Flight>& flight, std::shared_ptr<const Answer> answer);
    void remember(const Flight& flight);
    void forget_old();
    static void wake(const Flight& flight);
    Awaitable<void> look_up(std::shared_ptr<Flight> flight);

    boost::asio::io_context& io_;
    CommandPort& port_;
    FindOutcome find_outcome_;
    const Settings settings_;
    boost::unordered_flat_map<events::Uuid, std::shared_ptr<Flight>, std::hash<events::Uuid>> flights_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, events::Uuid>> by_age_;
    boost::unordered_flat_map<events::Uuid, Remembered, std::hash<events::Uuid>> remembered_;
    std::deque<events::Uuid> remembered_by_age_;
    std::size_t remembered_bytes_ = 0;
};

}  // namespace jangteo::edge
