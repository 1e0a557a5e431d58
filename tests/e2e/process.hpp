// Our program as a process of its own, and the servers of the stack beside it. Everything that is started here ends with
// the test, whatever becomes of it.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace jangteo::e2e {

/// A child process that the kernel kills when the thread that started it ends.
class Process {
public:
    /// Standard output and error go to `log`, a file that is written anew.
    Process(std::string name, std::vector<std::string> command, std::string log);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] bool runs();
    /// SIGKILL.
    void kill();
    /// SIGTERM, and SIGKILL when it does not end in time.
    void terminate(std::chrono::milliseconds patience = std::chrono::seconds{20});
    void pause();   ///< SIGSTOP
    void resume();  ///< SIGCONT

    /// What is wrong with how it ended or with what it wrote: an end that nobody asked for, a refusal to end, a report
    /// of a sanitizer, a failed assertion. Empty: nothing.
    [[nodiscard]] std::string trouble();
    /// With which it ended by itself.
    [[nodiscard]] std::optional<int> exit_status();
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& log() const { return log_; }
    [[nodiscard]] std::string last_lines(std::size_t count) const;

private:
    void reap(bool wait);

    std::string name_;
    std::string log_;
    pid_t pid_ = -1;
    bool ended_ = false;
    int status_ = 0;
    enum class Wish { run, end, die } wish_ = Wish::run;
    bool had_to_be_killed_ = false;
};

/// `up`, `stop` or `kill` for one server of the stack that this test uses; returns at once.
class ServerCommand {
public:
    ServerCommand(const std::string& command, const std::string& service);
    /// Throws std::runtime_error when the command has failed.
    [[nodiscard]] bool done();
    void wait();

private:
    std::string what_;
    Process process_;
};

/// A server that is up again whatever the test comes to.
class UpAgain {
public:
    explicit UpAgain(std::string service) : service_(std::move(service)) {}
    UpAgain(const UpAgain&) = delete;
    UpAgain& operator=(const UpAgain&) = delete;
    ~UpAgain();

private:
    std::string service_;
};

/// A value that `./dev test` sets. A test that needs a server fails without it.
std::string from_environment(const char* name);
/// Where logs of this test go.
std::string log_folder();

}  // namespace jangteo::e2e
