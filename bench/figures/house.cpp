#include "bench/figures/house.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

extern char** environ;

namespace jangteo::bench {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds longest_drain{30};

bool is_ready(const Address& edge)
{
    namespace asio = boost::asio;
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    boost::system::error_code error;
    asio::connect(socket, asio::ip::tcp::resolver(context).resolve(edge.host, edge.port, error), error);
    if (error) return false;
    const std::string request = "GET /ready HTTP/1.1\r\nHost: " + edge.host + "\r\nConnection: close\r\n\r\n";
    asio::write(socket, asio::buffer(request), error);
    asio::streambuf answer;
    asio::read_until(socket, answer, "\r\n", error);
    if (error) return false;
    std::istream lines(&answer);
    std::string version;
    unsigned status = 0;
    lines >> version >> status;
    return status == 200;
}

}  // namespace

House::House(const std::string& binary, const std::string& role, const std::vector<std::string>& settings,
             const std::string& log_file)
    : what_(binary + " " + role), log_file_(log_file)
{
    std::vector<std::string> variables = settings;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string inherited(*variable);
        const auto name = inherited.substr(0, inherited.find('=') + 1);
        const auto is_set = std::any_of(settings.begin(), settings.end(),
                                        [&](const std::string& setting) { return setting.rfind(name, 0) == 0; });
        if (!is_set) variables.push_back(inherited);
    }
    std::vector<char*> environment;
    for (auto& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string program = binary;
    std::string argument = role;
    char* const arguments[] = {program.data(), argument.data(), nullptr};

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    const int error = posix_spawn(&process_, binary.c_str(), &files, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::system_error(error, std::generic_category(), "starting " + what_);
}

House::~House()
{
    if (process_ <= 0) return;
    kill(process_, SIGTERM);
    const auto until = steady_clock::now() + longest_drain;
    while (waitpid(process_, nullptr, WNOHANG) == 0) {
        if (steady_clock::now() > until) {
            kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            return;
        }
        std::this_thread::sleep_for(milliseconds(20));
    }
}

void House::wait_until_ready(const Address& edge, std::chrono::seconds patience)
{
    const auto until = steady_clock::now() + patience;
    while (!is_ready(edge)) {
        expect_alive();
        if (steady_clock::now() > until) {
            throw std::runtime_error(what_ + " was not ready in time; its log is " + log_file_);
        }
        std::this_thread::sleep_for(milliseconds(50));
    }
}

void House::expect_alive()
{
    if (waitpid(process_, nullptr, WNOHANG) == process_) {
        process_ = -1;
        throw std::runtime_error(what_ + " has ended by itself; its log is " + log_file_);
    }
}

double House::memory_mb() const
{
    std::ifstream in("/proc/" + std::to_string(process_) + "/status");
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("VmRSS:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
}

double House::processor_s() const
{
    std::ifstream in("/proc/" + std::to_string(process_) + "/stat");
    std::string line;
    std::getline(in, line);
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field behind it.
    std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace jangteo::bench
