#include "tests/e2e/operators.hpp"

#include "tests/e2e/process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace jangteo::e2e {

using namespace std::chrono_literals;

std::vector<std::string> Said::lines() const
{
    std::vector<std::string> found;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
}

std::vector<std::string> operator_command(const std::vector<std::string>& arguments)
{
    std::vector<std::string> command{from_environment("JANGTEO_TEST_BINARY"),
                                     "--kafka-brokers=" + from_environment("JANGTEO_TEST_KAFKA"),
                                     "--postgres=" + from_environment("JANGTEO_TEST_POSTGRES"),
                                     "--rabbitmq-url=" + from_environment("JANGTEO_TEST_RABBITMQ_URL")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

Said operate(const std::vector<std::string>& arguments)
{
    const auto began = std::chrono::steady_clock::now();
    Process process("operator", operator_command(arguments), log_folder() + "/operator.log");
    const auto until = began + 60s;
    while (process.runs()) {
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the operator's verb does not end");
        std::this_thread::sleep_for(5ms);
    }
    Said said;
    said.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    said.status = process.exit_status().value_or(-1);
    std::ifstream file(process.log());
    said.text.assign(std::istreambuf_iterator<char>(file), {});
    return said;
}

}  // namespace jangteo::e2e
