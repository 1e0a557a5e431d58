#include "tests/unit/consumers/stand_ins.hpp"

#include "events/ids.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace jangteo::consumers::testing {

namespace {

/// Until its end or the end of the other side.
std::string read_line(int descriptor)
{
    std::string line;
    char next = 0;
    while (::read(descriptor, &next, 1) == 1 && next != '\n') line += next;
    return line;
}

}  // namespace

StandIns::StandIns()
    : folder_(std::filesystem::temp_directory_path() / ("stand-ins-" + events::to_string(events::random_uuid())))
{
    const std::string folder = folder_.string();
    const std::array arguments{JANGTEO_PYTHON,
                               "-B",
                               JANGTEO_STAND_INS,
                               "--port",
                               "0",
                               "--folder",
                               folder.c_str(),
                               static_cast<const char*>(nullptr)};
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        // Only what is allowed between fork and exec of a program with threads.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(126);
        ::dup2(ends[1], STDOUT_FILENO);
        ::execv(arguments.front(), const_cast<char* const*>(arguments.data()));
        ::_exit(127);
    }
    ::close(ends[1]);
    const auto line = read_line(ends[0]);  // `listening on 127.0.0.1:PORT`, or nothing when they could not start.
    ::close(ends[0]);
    url_ = "http://127.0.0.1:" + line.substr(line.rfind(':') + 1);
    control("GET", "/health");
}

StandIns::~StandIns()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::error_code nobody_minds;
    std::filesystem::remove_all(folder_, nobody_minds);
}

boost::json::object StandIns::control(const std::string& method, const std::string& path,
                                      const boost::json::object& body)
{
    const std::string text = method == "GET" ? std::string() : boost::json::serialize(body);
    const auto answer = client_.call({method, url_ + "/control" + path, {}, text}, {});
    if (answer.status != 200) throw std::runtime_error("/control" + path + ": " + answer.body);
    return boost::json::parse(answer.body).as_object();
}

}  // namespace jangteo::consumers::testing
