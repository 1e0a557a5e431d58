// A process that rebuilds the stock projection and dies at a step, as by kill -9.
//   rebuild_process BROKERS POSTGRES CONTEXT STEP
#include "projections/rebuild/rebuild.hpp"
#include "tests/integration/projections/elsewhere.hpp"

#include <unistd.h>
#include <cstdlib>

int main(int count, char** arguments)
{
    using namespace jangteo;
    if (count != 5) return 2;
    const projections::Elsewhere stock(projections::stock::model(), arguments[3]);
    projections::rebuild::Settings settings;
    settings.kafka = {arguments[1], "rebuild_process"};
    settings.postgres = arguments[2];
    settings.model = &stock;
    settings.accept_differences = true;
    settings.on_step = [deadly = static_cast<projections::rebuild::Step>(std::atoi(arguments[4]))](auto step) {
        if (step == deadly) _exit(9);
    };
    projections::rebuild::build(settings);
}
