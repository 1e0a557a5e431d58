#include "projections/runtime/worker.hpp"

#include "events/seeded_bugs.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace jangteo::projections {

namespace {

using namespace std::chrono_literals;

constexpr auto idle_wait = 200ms;
constexpr auto deletion_interval = 60s;
constexpr auto look_interval = 1s;
constexpr std::size_t deleted_at_once = 5'000;
constexpr int deletions_in_a_row = 20;
/// Nobody waits for this reader's end offsets, so an idle one may ask seldom; and what waits in it while a partition is
/// read from its beginning is bounded: there may be two dozen of them.
const kafka::PartitionReaderOptions reading{
    .fetch_wait = 100ms, .queued_records = 20'000, .queued_kilobytes = 4'096, .fetch_bytes = 1'048'576};
/// A poll that brings so many is catching up: there is no use in waiting for more.
constexpr std::size_t many_at_once = 2'000;

postgres::Settings settings_of(const Config& config, std::string_view name)
{
    postgres::Settings settings;
    settings.conninfo = config.postgres;
    settings.application_name = "jangteo projection " + std::string(name);
    // Rows and checkpoint are lost together, if they are, and then applied again.
    settings.synchronous_commit = false;
    return settings;
}

kafka::TopicPartition topic_partition(const Place& place)
{
    return {events_topic(place.context), place.partition};
}

std::chrono::milliseconds since(events::Timestamp time)
{
    const auto age = std::chrono::system_clock::now() - time;
    return std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(age));
}

}  // namespace

Worker::Worker(const ReadModel& model, const Config& config)
    : model_(model),
      config_(config),
      session_(settings_of(config, model.name())),
      store_(model),
      projector_(model, config.rows_in_memory, config.parking),
      reader_(config.kafka, reading),
      most_records_(config.batch_records),
      retry_(config.first_retry)
{
    status_.projection = model.name();
    status_.version = model.version();
}

void Worker::own(std::set<Place> places)
{
    {
        const std::lock_guard lock(mutex_);
        wanted_ = std::move(places);
        wanted_changed_ = true;
    }
    changed_.notify_all();
    reader_.wake();
}

void Worker::run(std::stop_token stop)
{
    const std::stop_callback wake(stop, [this] { reader_.wake(); });
    while (!stop.stop_requested()) {
        try {
            work(stop);
        } catch (const WrongVersion& error) {
            // The other read models go on. A rebuild, or its rollback, may bring the tables of this program.
            wait_for_tables(error.what(), stop);
        } catch (const postgres::StatementError& error) {
            if (error.is_about_data() && !records_.empty()) {
                refuse(error.what());
            } else {
                trouble(error.what(), stop);
            }
        } catch (const std::exception& error) {
            // PostgreSQL or Kafka away, a gap in what was read, a test's doing: all have one cure.
            trouble(error.what(), stop);
        }
    }
}

void Worker::work(const std::stop_token& stop)
{
    if (!prepared_) {
        store_.prepare(session_);
        prepared_ = true;
    }
    look_for_interventions_sometimes();
    take_over_and_give_up();
    if (read(stop)) {
        apply();
        retry_ = config_.first_retry;
        const std::lock_guard lock(mutex_);
        status_.trouble.clear();
    }
    delete_old_sometimes();
}

// --- What this process owns ---

void Worker::take_over_and_give_up()
{
    std::set<Place> wanted;
    {
        const std::lock_guard lock(mutex_);
        wanted = wanted_;
        wanted_changed_ = false;
    }
    for (auto place = held_.begin(); place != held_.end();) {
        if (wanted.contains(*place)) {
            ++place;
            continue;
        }
        reader_.stop(topic_partition(*place));
        projector_.close(*place);
        place = held_.erase(place);
    }
    std::vector<Place> gained;
    std::ranges::set_difference(wanted, held_, std::back_inserter(gained));
    if (!gained.empty()) {
        for (auto& [place, stored] : store_.open(session_, gained)) {
            projector_.open(place, stored.progress, std::move(stored.parked));
            held_.insert(place);
            if (!projector_.stopped(place)) reader_.start(topic_partition(place), stored.progress.next_offset);
        }
    }

    const std::lock_guard lock(mutex_);
    std::erase_if(shown_, [&](const auto& entry) { return !held_.contains(entry.first); });
    for (const auto& place : gained) {
        auto& shown = shown_[place];
        shown.status.place = place;
        shown.status.next_offset = projector_.progress(place).next_offset;
        shown.status.parked_aggregates = projector_.parked_aggregates(place);
        shown.status.stopped = projector_.stopped(place);
        shown.pending.reset();
    }
}

/// Forgets all that is not in PostgreSQL; `take_over_and_give_up` then begins from the checkpoints.
void Worker::begin_anew()
{
    for (const auto& place : held_) reader_.stop(topic_partition(place));
    projector_.close_all();
    store_.forget();
    prepared_ = false;  // The tables may be others by now.
    held_.clear();
    records_.clear();
}

// --- A batch ---

/// False: nothing has come.
bool Worker::read(const std::stop_token& stop)
{
    records_.clear();
    std::size_t bytes = 0;
    const auto take = [&](events::Record&& record) {
        bytes += record.value.size();
        records_.push_back(std::move(record));
    };
    const auto full = [&] { return records_.size() >= most_records_ || bytes >= config_.batch_bytes; };
    // A poll brings no more than this, so that a batch of large records stays near its limit.
    const auto next_poll = [&] { return std::min<std::size_t>(many_at_once, most_records_ - records_.size()); };

    if (held_.empty()) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, idle_wait, [this] { return wanted_changed_; });
        return false;
    }
    auto came = reader_.poll(idle_wait, next_poll(), take);
    if (came == 0) return false;
    if (came < many_at_once && most_records_ == config_.batch_records) {
        const auto rest = rest_until_ - Clock::now();
        if (rest > 0ms) std::this_thread::sleep_for(rest);
    }
    while (!full() && came != 0 && !stop.stop_requested()) came = reader_.poll(0ms, next_poll(), take);
    return true;
}

void Worker::apply()
{
    const auto start = Clock::now();
    std::map<Place, Progress> expected;
    {
        const std::lock_guard lock(mutex_);
        const events::Record* previous = nullptr;
        for (const auto& record : records_) {
            if (previous != nullptr && previous->partition == record.partition && previous->topic == record.topic) {
                continue;
            }
            previous = &record;
            const Place place{std::string(context_of(record.topic)), record.partition};
            if (!projector_.opened(place) || projector_.stopped(place)) continue;
            if (expected.emplace(place, projector_.progress(place)).second) {
                shown_[place].pending = record.envelope.time;
            }
        }
    }
    if (expected.empty()) return;

    Batch batch;
    bool ours = true;
    // May run twice; a batch that was folded and not settled is then forgotten.
    session_.transact([&](postgres::Transaction& transaction) {
        ours = store_.lock(transaction, expected);
        if (!ours) return;
        step(Step::locked);
        PostgresStore::Source source(store_, transaction);
        batch = projector_.fold(records_, source);
        step(Step::folded);
        if (!batch.empty()) store_.write(transaction, batch);
        step(Step::written);
    });
    step(Step::committed);
    if (seeded("checkpoint outside the transaction") && !batch.empty()) {
        session_.transact([&](postgres::Transaction& transaction) { store_.write_checkpoints(transaction, batch); });
    }
    if (!ours) {
        log(kafka::LogLevel::info, "another owner has gone on; beginning anew from the checkpoints");
        begin_anew();
        return;
    }
    projector_.settle(batch);
    most_records_ = std::min(config_.batch_records, most_records_ * 2);

    const auto took = Clock::now() - start;
    rest_until_ = Clock::now() + std::min<Clock::duration>(config_.longest_rest, took * config_.rest_factor);
    show(batch, took);
    for (const auto& parked : batch.parked) {
        if (!parked.first) continue;
        log(kafka::LogLevel::warning, "parked " + parked.aggregate + " at " + events_topic(parked.place.context) + "[" +
                                          std::to_string(parked.place.partition) + "] offset " +
                                          std::to_string(parked.offset) + ": " + parked.reason);
    }
    for (const auto& moved : batch.moved) {
        if (projector_.stopped(moved.place)) {
            reader_.stop(topic_partition(moved.place));
            log(kafka::LogLevel::error, "stopped at " + events_topic(moved.place.context) + "[" +
                                            std::to_string(moved.place.partition) +
                                            "]: too many aggregates are parked");
        }
        if (config_.applied) {
            config_.applied({model_.name(), moved.place.context, moved.place.partition, moved.after.next_offset});
        }
    }
}

void Worker::show(const Batch& batch, Clock::duration took)
{
    const std::lock_guard lock(mutex_);
    ++status_.batches;
    status_.events += batch.events;
    status_.dead += batch.dead;
    status_.rows += batch.rows();
    status_.parked += batch.parked.size();
    status_.busy += std::chrono::duration_cast<std::chrono::microseconds>(took);
    for (const auto& moved : batch.moved) {
        auto& shown = shown_[moved.place];
        shown.status.next_offset = moved.after.next_offset;
        shown.status.parked_aggregates = projector_.parked_aggregates(moved.place);
        shown.status.stopped = projector_.stopped(moved.place);
        shown.pending.reset();
        shown.behind.reset();
    }
}

// --- Trouble ---

/// The store refuses what a record brings. Which one is found by halving the batch; the last one left is parked.
void Worker::refuse(const std::string& reason)
{
    if (records_.size() == 1) {
        const auto& record = records_.front();
        const Place place{std::string(context_of(record.topic)), record.partition};
        projector_.refuse(place, record.offset, reason);
    } else {
        most_records_ = std::max<std::size_t>(1, records_.size() / 2);
    }
    begin_anew();
    const std::lock_guard lock(mutex_);
    ++status_.troubles;
}

void Worker::wait_for_tables(const std::string& what, const std::stop_token& stop)
{
    begin_anew();
    std::unique_lock lock(mutex_);
    if (status_.trouble != what) log(kafka::LogLevel::error, what);
    status_.trouble = what;
    changed_.wait_for(lock, stop, config_.last_retry, [] { return false; });
}

void Worker::trouble(const std::string& what, const std::stop_token& stop)
{
    log(kafka::LogLevel::warning, what + "; trying again in " + std::to_string(retry_.count()) + " ms");
    begin_anew();
    std::unique_lock lock(mutex_);
    ++status_.troubles;
    status_.trouble = what;
    changed_.wait_for(lock, stop, retry_, [] { return false; });
    retry_ = std::min(config_.last_retry, retry_ * 2);
}

/// An operator has applied what was parked: a partition that had stopped goes on, and rows in memory are old.
void Worker::look_for_interventions_sometimes()
{
    if (Clock::now() < next_look_ || held_.empty()) return;
    next_look_ = Clock::now() + look_interval;
    const auto found = store_.interventions(session_);
    const bool some = std::ranges::any_of(held_, [&](const Place& place) {
        const auto one = found.find(place);
        return one != found.end() && one->second != projector_.progress(place).interventions;
    });
    if (!some) return;
    log(kafka::LogLevel::info, "an operator has changed what is parked; beginning anew from the checkpoints");
    begin_anew();
}

void Worker::delete_old_sometimes()
{
    if (Clock::now() < next_deletion_ || held_.empty()) return;
    next_deletion_ = Clock::now() + deletion_interval;
    for (int i = 0; i < deletions_in_a_row; ++i) {
        if (store_.delete_old(session_, deleted_at_once) < deleted_at_once) return;
    }
}

// --- What others see ---

void Worker::see_ends(const std::map<Place, std::int64_t>& ends)
{
    const std::lock_guard lock(mutex_);
    for (auto& [place, shown] : shown_) {
        const auto end = ends.find(place);
        if (end == ends.end()) continue;
        shown.status.end_offset = end->second;
        if (shown.status.lag() == 0)
            shown.behind.reset();
        else if (!shown.behind)
            shown.behind = Clock::now();
    }
}

Status Worker::status() const
{
    const std::lock_guard lock(mutex_);
    auto status = status_;
    for (const auto& [place, shown] : shown_) {
        auto& partition = status.partitions.emplace_back(shown.status);
        if (shown.pending) partition.age = since(*shown.pending);
        if (shown.behind) {
            const auto behind = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *shown.behind);
            partition.age = std::max(partition.age, behind);
        }
    }
    return status;
}

void Worker::step(Step step) const
{
    if (config_.on_step) config_.on_step(model_.name(), step);
}

void Worker::log(kafka::LogLevel level, const std::string& text) const
{
    if (config_.log) config_.log(level, "projection " + std::string(model_.name()) + ": " + text);
}

}  // namespace jangteo::projections
