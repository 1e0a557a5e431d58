#include "ops/status/status.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <set>

namespace jangteo::ops::status {

namespace {

/// One line of Prometheus text: `name{label="value",…} 42`.
struct Sample {
    std::string_view name;
    std::map<std::string_view, std::string_view> labels;
    double value = 0;

    [[nodiscard]] std::string label(std::string_view which) const
    {
        const auto found = labels.find(which);
        return found == labels.end() ? std::string() : std::string(found->second);
    }
};

/// Our own labels have no escapes in them.
std::map<std::string_view, std::string_view> labels_in(std::string_view text)
{
    std::map<std::string_view, std::string_view> labels;
    while (!text.empty()) {
        const auto equals = text.find("=\"");
        if (equals == std::string_view::npos) break;
        const auto end = text.find('"', equals + 2);
        if (end == std::string_view::npos) break;
        labels[text.substr(0, equals)] = text.substr(equals + 2, end - equals - 2);
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return labels;
}

std::vector<Sample> samples_in(std::string_view text)
{
    std::vector<Sample> samples;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto space = line.rfind(' ');
        if (line.empty() || line.front() == '#' || space == std::string_view::npos) continue;
        Sample sample;
        const auto value = line.substr(space + 1);
        if (std::from_chars(value.data(), value.data() + value.size(), sample.value).ec != std::errc{}) continue;
        const auto head = line.substr(0, space);
        const auto brace = head.find('{');
        sample.name = head.substr(0, brace);
        if (brace != std::string_view::npos && head.ends_with('}')) {
            sample.labels = labels_in(head.substr(brace + 1, head.size() - brace - 2));
        }
        samples.push_back(std::move(sample));
    }
    return samples;
}

class Metrics {
public:
    explicit Metrics(std::string_view text) : samples_(samples_in(text)) {}

    /// Of all samples with this name and, if it is given, this label.
    [[nodiscard]] double sum(std::string_view name, std::string_view label = {}, std::string_view value = {}) const
    {
        double sum = 0;
        for (const auto& sample : samples_) sum += matches(sample, name, label, value) ? sample.value : 0;
        return sum;
    }
    [[nodiscard]] double most(std::string_view name, std::string_view label, std::string_view value) const
    {
        double most = 0;
        for (const auto& sample : samples_) {
            if (matches(sample, name, label, value)) most = std::max(most, sample.value);
        }
        return most;
    }
    [[nodiscard]] std::size_t count(std::string_view name) const
    {
        return static_cast<std::size_t>(std::ranges::count(samples_, name, &Sample::name));
    }
    [[nodiscard]] std::set<std::string> values(std::string_view name, std::string_view label) const
    {
        std::set<std::string> found;
        for (const auto& sample : samples_) {
            if (sample.name == name) found.insert(sample.label(label));
        }
        return found;
    }
    [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

private:
    static bool matches(const Sample& sample, std::string_view name, std::string_view label, std::string_view value)
    {
        return sample.name == name && (label.empty() || sample.label(label) == value);
    }

    const std::vector<Sample> samples_;
};

std::string whole(double number)
{
    return std::to_string(std::llround(number));
}

std::string seconds(double number)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", number);
    return text;
}

void owners(const Metrics& metrics, Summary& summary)
{
    const auto owned = metrics.count("jangteo_partition_running");
    const auto running = metrics.sum("jangteo_partition_running");
    summary.lines.push_back("producers    " + whole(running) + " of " + std::to_string(owned) +
                            " partitions decide here; " + whole(metrics.sum("jangteo_commands_accepted_total")) +
                            " commands accepted, " + whole(metrics.sum("jangteo_commands_rejected_total")) +
                            " refused");
    if (running < static_cast<double>(owned)) {
        summary.attention.push_back(whole(static_cast<double>(owned) - running) + " partitions are not decided yet");
    }
    const auto inboxes = metrics.count("jangteo_inbox_running");
    summary.lines.push_back("sagas        " + whole(metrics.sum("jangteo_inbox_running")) + " of " +
                            std::to_string(inboxes) + " inboxes read here; " +
                            whole(metrics.sum("jangteo_tasks_unconfirmed")) + " tasks on their way to RabbitMQ");
    const auto parked = metrics.sum("jangteo_saga_parked_total");
    if (parked > 0) summary.attention.push_back(whole(parked) + " inputs of sagas are parked");
    if (inboxes > 0 && metrics.sum("jangteo_task_publisher_connected") < 1) {
        summary.attention.emplace_back("the sagas do not reach RabbitMQ: tasks wait");
    }
    if (metrics.sum("jangteo_task_publisher_blocked") > 0) {
        summary.attention.emplace_back("RabbitMQ takes no tasks (its memory or disk is short)");
    }
}

void read_models(const Metrics& metrics, Summary& summary)
{
    for (const auto& model : metrics.values("jangteo_projection_lag_events", "projection")) {
        summary.lines.push_back("read model   " + model + ": " +
                                whole(metrics.sum("jangteo_projection_lag_events", "projection", model)) +
                                " events behind, the oldest for " +
                                seconds(metrics.most("jangteo_projection_lag_seconds", "projection", model)));
        const auto parked = metrics.sum("jangteo_projection_parked_aggregates", "projection", model);
        if (parked > 0) summary.attention.push_back(model + " has parked " + whole(parked) + " aggregates");
        if (metrics.sum("jangteo_projection_stopped", "projection", model) > 0) {
            summary.attention.push_back(model + " has stopped: too many aggregates are parked");
        }
        if (metrics.sum("jangteo_projection_waiting", "projection", model) > 0) {
            summary.attention.push_back(model + " waits for something outside");
        }
    }
}

void targets(const Metrics& metrics, const std::map<std::string, std::size_t>& quarantined, Summary& summary)
{
    for (const auto& target : metrics.values("jangteo_worker_connected", "target")) {
        const auto of = [&](std::string_view name) { return metrics.sum(name, "target", target); };
        std::string circuit = "unknown";
        for (const auto& sample : metrics.samples()) {
            const bool is_state = sample.name == "jangteo_circuit" && sample.label("target") == target;
            if (is_state && sample.value > 0) circuit = sample.label("state");
        }
        summary.lines.push_back("target       " + target + ": circuit " + circuit + "; " +
                                whole(of("jangteo_worker_done_total")) + " tasks done, " +
                                whole(of("jangteo_worker_in_hand")) + " in hand, " +
                                whole(of("jangteo_worker_put_off_total")) + " put off; " +
                                whole(of("jangteo_outbound_failures_total")) + " requests failed");
        if (circuit != "closed") summary.attention.push_back(target + " is left alone: its circuit is " + circuit);
        if (of("jangteo_worker_connected") < 1)
            summary.attention.push_back(target + ": its workers do not reach RabbitMQ");
    }
    for (const auto& [target, count] : quarantined) {
        if (count > 0) summary.attention.push_back(target + " has " + std::to_string(count) + " tasks in quarantine");
    }
}

}  // namespace

Summary summarize(std::string_view text, const std::map<std::string, std::size_t>& quarantined)
{
    const Metrics metrics(text);
    Summary summary;
    owners(metrics, summary);
    read_models(metrics, summary);
    targets(metrics, quarantined, summary);
    return summary;
}

}  // namespace jangteo::ops::status
