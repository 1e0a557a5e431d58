// `jangteo rebuild` and `jangteo diff`.
#pragma once

#include "main/config.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace jangteo {

struct RebuildOptions {
    std::string projection;
    std::string as_of;
    std::string drop;
    bool rollback = false;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
    bool anew = false;
    bool accept_parked = false;
    bool accept_differences = false;
    std::size_t threads = 2;
};

struct DiffOptions {
    std::string one;
    std::string other;
    std::size_t shown = 5;
};

void declare_rebuild(CLI::App& app, RebuildOptions& options);
void declare_diff(CLI::App& app, DiffOptions& options);

/// The exit code: 0 done, 1 not done (the text says why and what to do), 2 not understood.
int rebuild(const Config& config, const RebuildOptions& options, std::ostream& out);
/// 0 no difference, 1 some, 2 not understood.
int diff(const Config& config, const DiffOptions& options, std::ostream& out);

}  // namespace jangteo
