// A process that runs the stock projection, so that a test can stop and kill it.
//   projections_process BROKERS POSTGRES CONTEXT GROUP [STEP COUNT]
// With a step (0 locked … 3 committed) it dies when it comes there for the COUNTth time, as by kill -9.
#include "projections/runtime/runner.hpp"
#include "tests/integration/projections/elsewhere.hpp"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments)
{
    using namespace jangteo;
    if (count != 5 && count != 7) return 2;
    const projections::Elsewhere stock(projections::stock::model(), arguments[3]);
    projections::Config config;
    config.kafka = {arguments[1], "projections_process"};
    config.postgres = arguments[2];
    config.group = arguments[4];
    config.read_models = {&stock};
    config.log = [](kafka::LogLevel, std::string_view text) {
        std::fprintf(stderr, "process %d: %.*s\n", getpid(), static_cast<int>(text.size()), text.data());
    };
    int left = 0;
    if (count == 7) {
        const auto deadly = static_cast<projections::Step>(std::atoi(arguments[5]));
        left = std::atoi(arguments[6]);
        config.on_step = [&left, deadly](std::string_view, projections::Step step) {
            if (step == deadly && --left == 0) _exit(9);
        };
    }
    projections::Runner runner(config);
    runner.run(std::stop_source().get_token());
}
