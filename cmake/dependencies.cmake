# Everything comes from Debian 12's own packages; `./dev` knows their names. Link with:
#   Boost::headers Boost::system Boost::url   Asio, Beast, Describe, UUID; URL
#   PkgConfig::rdkafka                        librdkafka (C)
#   PkgConfig::pqxx                           libpqxx
#   PkgConfig::xcrypt                         libxcrypt (crypt.h)
#   PkgConfig::zstd                           libzstd
#   rabbitmq::rabbitmq                        rabbitmq-c
#   CURL::libcurl                             libcurl
#   nlohmann_json::nlohmann_json  spdlog::spdlog  fmt::fmt  CLI11::CLI11  OpenSSL::Crypto  OpenSSL::SSL  ZLIB::ZLIB
#   GTest::gtest_main  benchmark::benchmark  rapidcheck  rapidcheck_gtest   (tests and benchmarks)
set(THREADS_PREFER_PTHREAD_FLAG OFF)
find_package(Threads REQUIRED)
find_package(Boost 1.81.0 EXACT CONFIG REQUIRED COMPONENTS system url)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(CLI11 2 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(rabbitmq-c 0.11 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(GTest 1.12 REQUIRED)
find_package(benchmark 1.7 REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

find_package(PkgConfig REQUIRED)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka>=2.0.2)
pkg_check_modules(xcrypt REQUIRED IMPORTED_TARGET libxcrypt>=4.4)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx>=6.4)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.5)

# For programs: the allocator of this library instead of the C library's. A sanitizer brings its own.
add_library(jangteo_allocator INTERFACE)
if(NOT JANGTEO_SANITIZE)
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc>=5.3)
  # Nothing of it is named in the code, so the linker would leave it out.
  target_link_options(jangteo_allocator INTERFACE -Wl,--no-as-needed)
  target_link_libraries(jangteo_allocator INTERFACE PkgConfig::jemalloc)
endif()
