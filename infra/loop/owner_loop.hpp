// One thread that owns partitions: it learns which, reads them, appends, and has slow things done in the background.
// What the partitions mean is the handler's business: producers/runtime and sagas/runtime are both driven by this.
#pragma once

#include "events/record.hpp"
#include "infra/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace jangteo::loop {

struct Settings {
    kafka::Settings kafka;
    std::string group;  ///< Members of a group share the partitions of `topics`.
    std::vector<std::string> topics;
    std::vector<std::string> written;  ///< Topics that will be written; their metadata is fetched at the start.
    std::chrono::milliseconds session_timeout{3'000};
    std::chrono::milliseconds tick{20};
};

/// Says what a published record was, when its fate is known.
struct Sent {
    std::uint64_t owner = 0;  ///< Which of the handler's partitions.
    std::uint64_t epoch = 0;
    std::int64_t tag = 0;
    bool append = false;
};

/// Every call comes from the loop's thread, and none while another is under way.
class Handler {
public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;

    virtual void on_gained(const kafka::TopicPartition& partition) = 0;
    virtual void on_lost(const kafka::TopicPartition& partition) = 0;
    /// In offset order per partition, from the offset given to `read` on, until `stop`.
    virtual void on_record(events::Record record) = 0;
    /// Once for each published record. `offset` is -1 when it failed or nobody knows where it landed.
    virtual void on_sent(const Sent& sent, bool ok, std::int64_t offset) = 0;
    virtual void on_tick() = 0;
    /// The loop had to begin anew (a fatal error of a client): everything counts as lost, nothing more comes of what
    /// was under way.
    virtual void on_reset() = 0;
    /// May more records come? While not, nothing is read.
    [[nodiscard]] virtual bool hungry() const = 0;
};

class OwnerLoop {
public:
    OwnerLoop(Settings settings, Handler& handler);
    OwnerLoop(const OwnerLoop&) = delete;
    OwnerLoop& operator=(const OwnerLoop&) = delete;
    ~OwnerLoop();

    /// Owns what it is given until asked to stop; then leaves the group, so that others take over at once.
    void run(const std::stop_token& stop);

    // ---- For the handler, from the loop's thread.
    void publish(const events::Record& record, const Sent& sent);
    void read(const kafka::TopicPartition& partition, std::int64_t offset);
    void stop_reading(const kafka::TopicPartition& partition);
    /// Runs `work` on the background thread, in the order of the calls, again and again with growing delay until it
    /// does not throw; then runs what it returned on the loop's thread.
    using Work = std::function<std::function<void()>()>;
    void in_background(std::string what, Work work);
    /// The same for work that nothing waits for: mostly behind the other work of that thread.
    void in_background_when_idle(std::string what, Work work);
    /// The same on a thread of its own for reads of single records, which must not wait behind a database.
    void in_background_from_log(std::string what, Work work);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace jangteo::loop
