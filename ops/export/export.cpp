#include "ops/export/export.hpp"

#include "infra/kafka/admin.hpp"
#include "infra/kafka/partition_reader.hpp"
#include "infra/kafka/rule_at.hpp"
#include "ops/log/replay.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace jangteo::ops::exporting {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Tables = std::vector<Table>;

/// Somebody reads as fast as he can, a partition at a time.
const kafka::PartitionReaderOptions reading{
    .fetch_wait = 100ms, .queued_records = 50'000, .queued_kilobytes = 16'384, .fetch_bytes = 4 << 20};
constexpr std::int64_t records_at_once = 4'096;
constexpr auto longest_silence = 60s;

std::string topic_of(const std::string& context)
{
    return context + ".events";
}

std::string place_of(const events::Record& record)
{
    return record.topic + "[" + std::to_string(record.partition) + "]@" + std::to_string(record.offset);
}

bool is_chosen(const Table& table, const Selection& selection)
{
    if (!selection.contexts.empty() && !selection.contexts.contains(table.context)) return false;
    return selection.types.empty() || selection.types.contains(table.type) ||
           selection.types.contains(std::string(log::short_type(table.type)));
}

/// Throws std::invalid_argument for a selection of what there is not.
Tables checked_tables(const Selection& selection)
{
    const auto contexts = log::all_contexts();
    auto tables = tables_of(events::schema_files(), contexts);
    for (const auto& context : selection.contexts) {
        if (std::ranges::find(contexts, context) != contexts.end()) continue;
        std::string names;
        for (const auto& name : contexts) names += (names.empty() ? "" : ", ") + name;
        throw std::invalid_argument("there is no context '" + context + "'; there are " + names);
    }
    for (const auto& type : selection.types) {
        const auto named = [&type](const Table& table) {
            return table.type == type || log::short_type(table.type) == type;
        };
        if (std::ranges::none_of(tables, named)) throw std::invalid_argument("there is no event '" + type + "'");
    }
    return tables;
}

/// `found`: what the folder says.
Plan make_plan(const Settings& settings, const std::optional<Manifest>& found)
{
    kafka::Admin admin(settings.kafka);
    kafka::RecordFetcher fetcher(settings.kafka);
    Plan made;
    made.goes_on = found && !found->reached.empty();
    const auto& begins = found ? found->begins : settings.from;
    for (const auto& context : log::all_contexts()) {
        if (!settings.selection.contexts.empty() && !settings.selection.contexts.contains(context)) continue;
        const auto topic = topic_of(context);
        const auto from = begins ? admin.offsets_at(topic, *begins) : std::vector<std::int64_t>{};
        const auto until = settings.until ? admin.offsets_at(topic, *settings.until) : std::vector<std::int64_t>{};
        for (const auto& [number, begin, end] : admin.offsets(topic)) {
            const auto index = static_cast<std::size_t>(number);
            Portion portion{.place = {topic, number}, .end = settings.until ? std::min(end, until[index]) : end};
            const auto known = found ? found->reached.find(portion.place) : decltype(found->reached.end()){};
            if (found && known != found->reached.end()) {
                portion.reached = known->second;
                portion.read_from = portion.reached.next;
                if (portion.reached.next > end) {
                    throw Refused("it has more of " + topic + "[" + std::to_string(number) + "] than the log: it is " +
                                  "an export of another log");
                }
            } else {
                portion.reached.next = begins ? from[index] : begin;
                if (portion.reached.next < portion.end) {
                    const auto beginning = kafka::rule_at(fetcher, portion.place, begin, portion.reached.next);
                    portion.read_from = beginning.read_from;
                    portion.reached.rule = beginning.rule;
                }
            }
            if (portion.reached.next >= portion.end) continue;
            made.records += portion.end - portion.reached.next;
            made.portions.push_back(std::move(portion));
        }
    }
    // So that no thread is left alone with a long one.
    std::ranges::sort(made.portions, std::greater{},
                      [](const Portion& portion) { return portion.end - portion.reached.next; });
    return made;
}

/// One run: the threads share it.
class Export {
public:
    Export(const Settings& settings, const std::stop_token& stop, Tables tables)
        : settings_(settings),
          stop_(stop),
          tables_(std::move(tables)),
          folder_(settings.to, settings.selection, settings.from),
          plan_(make_plan(settings, folder_.manifest()))
    {
        for (const auto& table : tables_) by_place_[{topic_of(table.context), table.type}] = &table;
    }

    Summary run()
    {
        const auto began = Clock::now();
        std::exception_ptr trouble;
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < settings_.threads; ++i) {
                threads.emplace_back([&] {
                    try {
                        work();
                    } catch (...) {
                        failed_ = true;
                        const std::lock_guard lock(mutex_);
                        if (!trouble) trouble = std::current_exception();
                    }
                });
            }
        }
        if (trouble) std::rethrow_exception(trouble);
        summary_.all_events = folder_.manifest().events;
        summary_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
        summary_.whole = !stop_.stop_requested();
        return std::move(summary_);
    }

private:
    struct Written {
        const Table* table;
        std::string aside{};
        std::unique_ptr<TableFile> file{};
        std::int64_t events = 0;
    };
    /// What is between two states of one partition's export.
    struct Step {
        std::int64_t first = 0;
        std::map<std::string, Written, std::less<>> files{};  ///< By type.
    };

    void work()
    {
        for (;;) {
            const auto mine = next_++;
            if (mine >= plan_.portions.size() || stops()) return;
            write(plan_.portions[mine]);
        }
    }

    [[nodiscard]] bool stops() const { return failed_ || stop_.stop_requested(); }

    void write(const Portion& portion)
    {
        kafka::PartitionReader reader(settings_.kafka, reading);
        reader.start(portion.place, portion.read_from);
        auto reached = portion.reached;
        Step step{.first = reached.next};
        auto heard = Clock::now();
        while (reached.next < portion.end && !stops()) {
            const auto open = settings_.records_of_a_step - (reached.next - step.first);
            const auto most = static_cast<std::size_t>(std::min(open, records_at_once));
            const auto before = reached.next;
            reader.poll(100ms, most, [&](events::Record&& record) {
                heard = Clock::now();
                if (record.offset >= portion.end) return;
                const bool living = reached.rule.see(record.envelope) == events::ReadersRule::Verdict::accepted;
                if (record.offset < portion.reached.next) return;
                reached.next = record.offset + 1;
                if (living) add(step, record);
            });
            if (Clock::now() - heard > longest_silence) {
                throw kafka::Error("the log cannot be read to its end", 0, false, true);
            }
            hold_no_more_than_allowed(step);
            tell(reached.next - before);
            if (reached.next - step.first >= settings_.records_of_a_step) {
                take(portion.place, reached, std::exchange(step, Step{.first = reached.next}));
            }
        }
        // Told to stop, it takes what it has read. After a failure elsewhere the next run reads it again.
        if (reached.next > step.first && !failed_) take(portion.place, reached, std::move(step));
    }

    void add(Step& step, const events::Record& record)
    {
        auto found = step.files.find(record.envelope.type);
        if (found == step.files.end()) {
            const auto table = by_place_.find({record.topic, record.envelope.type});
            if (table == by_place_.end()) {
                throw Refused("nothing is known of " + record.envelope.type + " at " + place_of(record) +
                              ": it was written by a newer program; export with that one");
            }
            found = step.files.emplace(record.envelope.type, Written{.table = table->second}).first;
        }
        auto& [table, aside, file, events] = found->second;
        if (!is_chosen(*table, settings_.selection)) return;
        if (!file) {
            aside = table->context + "." + std::string(log::short_type(table->type)) + "." +
                    std::to_string(record.partition) + "-" + std::to_string(step.first);
            file = make_file(settings_.selection.format, *table, folder_.aside(aside));
        }
        try {
            file->add(record);
        } catch (const NotOfItsSchema& problem) {
            throw Refused(record.envelope.type + " at " + place_of(record) + ": " + problem.what() +
                          ". If a newer program has written it, export with that one");
        }
        ++events;
    }

    void hold_no_more_than_allowed(Step& step) const
    {
        std::size_t held = 0;
        for (const auto& [type, written] : step.files) held += written.file ? written.file->held() : 0;
        if (held <= settings_.memory_limit / settings_.threads) return;
        for (auto& [type, written] : step.files) {
            if (written.file) written.file->let_go();
        }
    }

    void take(const kafka::TopicPartition& place, const Reached& reached, Step step)
    {
        std::vector<Promised> promised;
        std::int64_t bytes = 0;
        std::int64_t events = 0;
        for (auto& [type, written] : step.files) {
            if (!written.file) continue;
            bytes += written.file->finish();
            events += written.events;
            promised.push_back({written.aside, file_name(*written.table, place.partition, step.first, reached.next - 1,
                                                         settings_.selection.format)});
        }
        folder_.take(place, reached, promised, events);
        const std::lock_guard lock(mutex_);
        summary_.files += std::ssize(promised);
        summary_.bytes += bytes;
        for (const auto& [type, written] : step.files) {
            if (written.events > 0) summary_.events[written.table->folder] += written.events;
        }
    }

    void tell(std::int64_t more)
    {
        if (!settings_.tell) return;
        const std::lock_guard lock(mutex_);
        read_ += more;
        settings_.tell(read_, plan_.records);
    }

    const Settings& settings_;
    const std::stop_token& stop_;
    const Tables tables_;
    std::map<std::pair<std::string, std::string>, const Table*> by_place_{};  ///< By topic and type.
    Folder folder_;
    const Plan plan_;  ///< Made when nobody else can change the folder.
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> failed_ = false;
    std::mutex mutex_;
    std::int64_t read_ = 0;
    Summary summary_;
};

}  // namespace

Plan plan(const Settings& settings)
{
    checked_tables(settings.selection);
    const auto found = Folder::look(settings.to);
    if (found) check_same(*found, settings.selection);
    return make_plan(settings, found);
}

Summary run(const Settings& settings, const std::stop_token& stop)
{
    return Export(settings, stop, checked_tables(settings.selection)).run();
}

}  // namespace jangteo::ops::exporting
