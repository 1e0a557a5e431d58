// Where a figure was measured: without it no figure means anything.
#pragma once

#include <map>
#include <string>

namespace jangteo::bench {

/// Processor, cores, memory, kernel, compiler and libraries.
std::map<std::string, std::string> machine_description();

}  // namespace jangteo::bench
