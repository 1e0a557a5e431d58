// What is personal on its way in and out: sealed with the person's key before a command leaves the edge, opened for those
// who may see it (docs/decisions/0014). Keys that are used often stay in memory; those that are not are fetched, many at a
// time, by a thread of its own.
#pragma once

#include "http-edge/server/awaitable.hpp"
#include "infra/kafka/settings.hpp"
#include "infra/personal/person_keys.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jangteo::edge {

struct PeopleSettings {
    std::size_t remembered = 65'536;   ///< Keys in memory.
    std::size_t most_waiting = 4'096;  ///< Beyond, COMMON_503.
    std::chrono::seconds sweep{30};    ///< Between looks for keys of erased persons that are still there.
};

class People {
public:
    People(boost::asio::io_context& io, postgres::Settings postgres, personal::Masters masters, kafka::Log log,
           PeopleSettings settings = {});
    People(const People&) = delete;
    People& operator=(const People&) = delete;
    ~People();

    /// The person's key, made when there is none. Empty: the person was erased. Throws Problem COMMON_503 when the
    /// database does not answer.
    Awaitable<std::optional<crypto::Key>> key_of(events::UserId user);
    /// Takes the key away, here and for ever. Throws Problem COMMON_503 when the database does not answer.
    Awaitable<void> erase(events::UserId user);

    /// Somebody else took the key away: it is used no more.
    void forget(const events::UserId& user);
    /// As a row of personal.keys has it.
    [[nodiscard]] crypto::Key unwrapped(const events::UserId& user, std::string_view wrapped) const;
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Empty when it cannot be opened: with that, an erased person's data is as good as not there.
std::string opened_or_empty(const std::optional<crypto::Key>& key, std::string_view sealed, std::string_view bound_to);

}  // namespace jangteo::edge
