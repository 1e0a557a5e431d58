// Which access tokens are worth nothing although nobody could tell from the token: their session has ended, or their person
// is shut out. Kept by every edge for itself (revocation_watch.hpp says from where), so no request asks a database. Small: a
// token lives an hour, so what is longer ago than that is forgotten.
#pragma once

#include "events/ids.hpp"
#include "events/record.hpp"
#include "http-edge/server/http.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <unordered_map>

namespace jangteo::edge {

/// Used by one thread.
class Revocations {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// `remembered`: how long tokens live, and something for clocks that differ.
    explicit Revocations(std::chrono::seconds remembered) : remembered_(remembered) {}

    /// Throws Problem AUTH_003 for a token of a session that has ended or of a person who was erased, USER_003 for one of
    /// a person who is suspended (SH-AUTH-10).
    void check(const Caller& caller) const;

    void end(const events::SessionId& session, Time now);
    void suspend(const events::UserId& user, Time now) { shut_out_[user] = {now, false}; }
    void let_in(const events::UserId& user);
    void erase(const events::UserId& user, Time now) { shut_out_[user] = {now, true}; }

    /// What an event of identity means for tokens. Throws events::DecodeError. `erased` hears whose key is used no more.
    void apply(const events::Record& event, Time now, const std::function<void(const events::UserId&)>& erased);

    void forget_old(Time now);
    [[nodiscard]] std::size_t size() const { return ended_.size() + shut_out_.size(); }

private:
    struct ShutOut {
        Time since;
        bool erased;
    };
    const std::chrono::seconds remembered_;
    Time swept_{};
    std::unordered_map<events::SessionId, Time> ended_;
    std::unordered_map<events::UserId, ShutOut> shut_out_;
};

}  // namespace jangteo::edge
