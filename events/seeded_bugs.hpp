// Bugs on purpose, for the tests of the tests: a suite that does not notice them proves nothing. They exist only in the
// objects that tests/seeded_bugs builds for itself; everywhere else `seeded` is false at compile time.
#pragma once

#include <string_view>

namespace jangteo {

#ifdef JANGTEO_SEEDED_BUGS
/// Is this the bug that JANGTEO_SEEDED_BUG in the environment asks for?
bool seeded(std::string_view bug);
#else
constexpr bool seeded(std::string_view)
{
    return false;
}
#endif

}  // namespace jangteo
