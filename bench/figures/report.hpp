// Figures in pairs: ours and what it is measured against, round by round, in one run on one machine.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::bench {

/// What a ratio has to be.
struct Target {
    enum class Kind { at_least, at_most };
    Kind kind = Kind::at_least;
    double ratio = 0;
    double allowance = 0;  ///< `ours` may be this much more than ratio × base.
};

class Figure {
public:
    Figure(std::string unit, std::string what, std::optional<Target> target = {})
        : unit_(std::move(unit)), what_(std::move(what)), target_(target)
    {}

    void add(double ours, double base) { rounds_.push_back({ours, base}); }
    [[nodiscard]] bool empty() const { return rounds_.empty(); }
    [[nodiscard]] double ours() const;  ///< Median of the rounds.
    [[nodiscard]] double base() const;
    /// Of the medians. The rounds' own ratios say how far it wandered.
    [[nodiscard]] double ratio() const { return ours() / base(); }
    [[nodiscard]] bool met() const;

    struct Round {
        double ours;
        double base;
    };
    [[nodiscard]] const std::vector<Round>& rounds() const { return rounds_; }
    [[nodiscard]] const std::string& unit() const { return unit_; }
    [[nodiscard]] const std::string& what() const { return what_; }
    [[nodiscard]] const std::optional<Target>& target() const { return target_; }

private:
    std::string unit_;
    std::string what_;
    std::optional<Target> target_;
    std::vector<Round> rounds_;
};

/// One measurement without a counterpart, as median of its rounds.
struct Lone {
    std::string unit;
    std::vector<double> rounds;
};

struct Race {
    std::size_t runs = 0;
    std::size_t buyers = 0;
    std::size_t units = 0;
    std::vector<std::size_t> accepted;
    std::vector<std::map<std::string, std::size_t>> refused;
    std::size_t hung = 0;
    std::vector<double> seconds;
    /// Exactly the units were sold, everybody else was told that stock is short, and nobody was left waiting.
    [[nodiscard]] bool right() const;
};

struct Report {
    std::map<std::string, std::string> machine;
    std::map<std::string, Figure> figures;
    std::map<std::string, Lone> lone;
    Race race;
};

std::string to_text(const Report& report);
/// For each name {"ours","base","ratio","runs"} and more; the machine under "machine".
std::string to_json(const Report& report);

}  // namespace jangteo::bench
