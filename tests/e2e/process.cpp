#include "tests/e2e/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace jangteo::e2e {

using namespace std::chrono_literals;

std::string from_environment(const char* name)
{
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        throw std::runtime_error(std::string(name) + " is not set: run this by ./dev test, which starts the servers");
    }
    return value;
}

std::string log_folder()
{
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto folder = std::filesystem::path("e2e-logs") / (test != nullptr ? test->name() : "none");
    std::filesystem::create_directories(folder);
    return folder.string();
}

namespace {

/// What every process of ours has to be told and no test is about. Whoever starts the tests may say something else.
void set_usual_environment()
{
    const auto usual = [](const char* name, const char* value) { ::setenv(name, value, 0); };
    // Tests ask more in a second than a person does in a minute; the one about limits sets its own.
    usual("JANGTEO_RATE_LIMIT_ANONYMOUS", "0");
    usual("JANGTEO_RATE_LIMIT_MEMBER", "0");
    usual("JANGTEO_RATE_LIMIT_LOGIN", "0");
    usual("JANGTEO_EMAIL_KEY", "a key of addresses for tests that is long enough");
    usual("JANGTEO_PERSONAL_DATA_KEY", "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
}

}  // namespace

Process::Process(std::string name, std::vector<std::string> command, std::string log)
    : name_(std::move(name)), log_(std::move(log))
{
    const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out < 0) throw std::system_error(errno, std::generic_category(), log_);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    set_usual_environment();

    pid_ = ::fork();
    if (pid_ == 0) {
        // Only what is allowed between fork and exec of a program with threads.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(126);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }
    const int error = errno;
    ::close(out);
    if (pid_ < 0) throw std::system_error(error, std::generic_category(), "fork");
}

Process::~Process()
{
    if (!ended_) kill();
}

void Process::reap(bool wait)
{
    if (ended_) return;
    int status = 0;
    pid_t found = -1;
    do {
        found = ::waitpid(pid_, &status, wait ? 0 : WNOHANG);
    } while (found < 0 && errno == EINTR);
    if (found != pid_) return;
    ended_ = true;
    status_ = status;
}

bool Process::runs()
{
    reap(false);
    return !ended_;
}

void Process::kill()
{
    if (!runs()) return;
    wish_ = Wish::die;
    ::kill(pid_, SIGKILL);
    reap(true);
}

void Process::terminate(std::chrono::milliseconds patience)
{
    if (!runs()) return;
    wish_ = Wish::end;
    ::kill(pid_, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (runs()) {
        if (std::chrono::steady_clock::now() > until) {
            had_to_be_killed_ = true;
            ::kill(pid_, SIGKILL);
            reap(true);
            return;
        }
        std::this_thread::sleep_for(10ms);
    }
}

void Process::pause()
{
    ::kill(pid_, SIGSTOP);
}

void Process::resume()
{
    ::kill(pid_, SIGCONT);
}

std::string Process::trouble()
{
    reap(false);
    if (had_to_be_killed_) return name_ + " did not end when it was asked to";
    if (ended_ && wish_ == Wish::run) {
        return name_ + " ended by itself, " +
               (WIFSIGNALED(status_) ? "by signal " + std::to_string(WTERMSIG(status_))
                                     : "with status " + std::to_string(WEXITSTATUS(status_)));
    }
    if (ended_ && wish_ == Wish::end && !(WIFEXITED(status_) && WEXITSTATUS(status_) == 0)) {
        return name_ + " ended with status " + std::to_string(status_);
    }
    std::ifstream lines(log_);
    for (std::string line; std::getline(lines, line);) {
        for (const char* sign :
             {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "Assertion `", "terminate called"}) {
            if (line.find(sign) != std::string::npos) return name_ + ": " + line;
        }
    }
    return {};
}

std::optional<int> Process::exit_status()
{
    if (runs() || !WIFEXITED(status_)) return std::nullopt;
    return WEXITSTATUS(status_);
}

std::string Process::last_lines(std::size_t count) const
{
    std::ifstream lines(log_);
    std::deque<std::string> last;
    for (std::string line; std::getline(lines, line);) {
        last.push_back(std::move(line));
        if (last.size() > count) last.pop_front();
    }
    std::string text;
    for (const auto& line : last) text += "    " + line + "\n";
    return text;
}

namespace {

std::vector<std::string> stack_command(const std::string& command, const std::string& service)
{
    return {"/bin/bash", from_environment("JANGTEO_TEST_STACK"), command, from_environment("JANGTEO_TEST_STACK_NAME"),
            service};
}

}  // namespace

ServerCommand::ServerCommand(const std::string& command, const std::string& service)
    : what_(command + " " + service),
      process_(what_, stack_command(command, service), log_folder() + "/stack-" + command + "-" + service + ".log")
{}

bool ServerCommand::done()
{
    if (process_.runs()) return false;
    if (process_.exit_status() != 0) throw std::runtime_error(what_ + " has failed:\n" + process_.last_lines(20));
    return true;
}

void ServerCommand::wait()
{
    while (!done()) std::this_thread::sleep_for(20ms);
}

UpAgain::~UpAgain()
{
    try {
        ServerCommand("up", service_).wait();
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
    }
}

}  // namespace jangteo::e2e
