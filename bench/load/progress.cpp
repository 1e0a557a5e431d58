#include "bench/load/progress.hpp"

#include <fmt/core.h>
#include <unistd.h>
#include <cstdio>
#include <utility>

namespace jangteo::bench {

namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::milliseconds terminal_interval{100};
constexpr std::chrono::milliseconds log_interval{5'000};

std::string minutes_and_seconds(double seconds)
{
    const auto whole = static_cast<long>(seconds + 0.5);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string what, std::size_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) == 1),
      write_at_(start_ + (terminal_ ? Clock::duration::zero() : Clock::duration(log_interval)))
{}

void Progress::advance()
{
    ++done_;
    if (Clock::now() < write_at_) return;
    write(false);
    write_at_ = Clock::now() + (terminal_ ? terminal_interval : log_interval);
}

void Progress::finish()
{
    write(true);
}

void Progress::write(bool last)
{
    const auto text = line(what_, done_, total_, Clock::now() - start_);
    if (terminal_) {
        std::fprintf(stderr, "\r%s\x1b[K%s", text.c_str(), last ? "\n" : "");
    } else {
        std::fprintf(stderr, "%s\n", text.c_str());
    }
    std::fflush(stderr);
}

std::string Progress::line(const std::string& what, std::size_t done, std::size_t total, Clock::duration elapsed)
{
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    const std::size_t filled = total == 0 ? bar_width : done * bar_width / total;
    const std::size_t percent = total == 0 ? 100 : done * 100 / total;
    std::string time_left;
    if (done >= total) {
        time_left = "in " + minutes_and_seconds(seconds);
    } else if (rate > 0) {
        time_left = minutes_and_seconds(static_cast<double>(total - done) / rate) + " left";
    }
    return fmt::format("{:<8} [{}{}] {}/{}  {} %  {}/s  {}", what, std::string(filled, '#'),
                       std::string(bar_width - filled, '-'), with_thousands(done), with_thousands(total), percent,
                       with_thousands(static_cast<std::size_t>(rate)), time_left);
}

std::string with_thousands(std::size_t number)
{
    std::string text = std::to_string(number);
    for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3) {
        text.insert(static_cast<std::size_t>(place), ",");
    }
    return text;
}

}  // namespace jangteo::bench
