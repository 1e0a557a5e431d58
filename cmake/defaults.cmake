# What every target of the house is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Kind of build" FORCE)
endif()

# Assertions stay on in every kind of build: the impossible stops the process (docs: style §4).
# -g1 keeps lines for back traces at a fraction of the size and time of -g.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

set(JANGTEO_SANITIZE "" CACHE STRING "Sanitizers, for instance address,undefined or thread")

add_library(jangteo_defaults INTERFACE)
target_compile_features(jangteo_defaults INTERFACE cxx_std_20)
target_include_directories(jangteo_defaults INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(jangteo_defaults INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -Werror)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ccache can only work with a precompiled header that the preprocessor has named.
  target_compile_options(jangteo_defaults INTERFACE -fpch-preprocess)
  # With -O2, g++ 12 takes the text of an empty std::optional for uninitialised. The warning is on in every other kind.
  target_compile_options(jangteo_defaults INTERFACE $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
endif()

if(JANGTEO_SANITIZE)
  target_compile_options(jangteo_defaults INTERFACE
    "-fsanitize=${JANGTEO_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(jangteo_defaults INTERFACE "-fsanitize=${JANGTEO_SANITIZE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The added checks confuse the analysis behind these warnings; they are on in every other preset.
    target_compile_options(jangteo_defaults INTERFACE
      -Wno-maybe-uninitialized -Wno-null-dereference -Wno-stringop-overflow -Wno-array-bounds)
    if(JANGTEO_SANITIZE MATCHES "thread")
      # std::atomic_thread_fence is not followed by TSan; Asio uses it only where locks are used as well.
      target_compile_options(jangteo_defaults INTERFACE -Wno-tsan)
    endif()
  endif()
endif()

find_program(JANGTEO_MOLD mold)
if(JANGTEO_MOLD)
  target_link_options(jangteo_defaults INTERFACE -fuse-ld=mold)
endif()

find_program(JANGTEO_CCACHE ccache)
if(JANGTEO_CCACHE)
  # Precompiled headers need these allowances (ccache manual, "Precompiled headers"); paths below the source folder are
  # made relative, so that a second checkout and a second build folder share what was compiled before.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env
    "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}"
    "CCACHE_NOHASHDIR=1"
    "${JANGTEO_CCACHE}")
endif()

# Tests are listed when ctest starts, not while building, and a busy machine gets the time it needs for that.
set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)
function(gtest_discover_tests target)
  _gtest_discover_tests(${target} DISCOVERY_TIMEOUT 120 ${ARGN})
endfunction()

# One header for all, compiled once per build folder.
function(jangteo_apply_defaults)
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled.cpp" "// Carries the precompiled header of cmake/precompiled.hpp.\n")
  add_library(jangteo_precompiled OBJECT "${CMAKE_BINARY_DIR}/precompiled.cpp")
  target_link_libraries(jangteo_precompiled PRIVATE jangteo_defaults)
  target_precompile_headers(jangteo_precompiled PRIVATE "${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp")

  jangteo_targets_below("${CMAKE_SOURCE_DIR}" targets)
  foreach(target IN LISTS targets)
    get_target_property(kind ${target} TYPE)
    if(target STREQUAL "jangteo_precompiled" OR NOT kind MATCHES "^(EXECUTABLE|STATIC_LIBRARY|OBJECT_LIBRARY)$")
      continue()
    endif()
    get_target_property(linked ${target} LINK_LIBRARIES)
    if(NOT "jangteo_defaults" IN_LIST linked)
      target_link_libraries(${target} PRIVATE jangteo_defaults)
    endif()
    target_precompile_headers(${target} REUSE_FROM jangteo_precompiled)
  endforeach()
endfunction()

function(jangteo_targets_below folder result)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
  foreach(subfolder IN LISTS folders)
    jangteo_targets_below("${subfolder}" below)
    list(APPEND targets ${below})
  endforeach()
  set(${result} ${targets} PARENT_SCOPE)
endfunction()
