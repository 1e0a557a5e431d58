// What operators ask and do on the command line, beside the roles. Each verb has `--help` with an example and `--json`.
#pragma once

#include "main/config.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace CLI {
class App;
}

namespace jangteo {

class Operators {
public:
    /// Declares every verb. `this` has to outlive `app`.
    void declare(CLI::App& app);
    /// One of them was parsed. (`sagas` alone is a role.)
    [[nodiscard]] bool chosen() const { return static_cast<bool>(chosen_); }
    /// Runs the verb that was parsed. Returns the exit code: 0, 1 when it did not find or could not do what was asked, 2
    /// when it was asked in a way that cannot be understood. Throws what the servers' clients throw.
    int run(const Config& config, const std::stop_token& stop);

private:
    using Run = std::function<int(const Config&, const std::stop_token&)>;

    /// Makes `run` the one that `run` runs when the verb is parsed.
    void on(CLI::App& verb, Run run);
    void declare_log(CLI::App& app);
    void declare_sagas(CLI::App& app);
    void declare_quarantine(CLI::App& app);
    void declare_reconcile(CLI::App& app);
    void declare_export(CLI::App& app);

    Run chosen_;
};

}  // namespace jangteo
