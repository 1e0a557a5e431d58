# Writes OUTPUT, a C++ file with the text of every FOLDER/NNNN_name.sql. Run by cmake -P at build time.
cmake_minimum_required(VERSION 3.25)
file(GLOB files "${FOLDER}/*.sql")
list(SORT files)
set(entries "")
set(numbers "")
foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
        message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql")
    endif()
    set(digits "${CMAKE_MATCH_1}")
    if(digits IN_LIST numbers)
        message(FATAL_ERROR "${file}: there is another migration ${digits}")
    endif()
    list(APPEND numbers "${digits}")
    math(EXPR number "1${digits} - 10000")
    file(SHA256 "${file}" checksum)
    file(READ "${file}" sql)
    string(APPEND entries "        {${number}, \"${name}\", \"${checksum}\", R\"migration(${sql})migration\"},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "// Made from infra/postgres/migrations by embed_migrations.cmake.
#include \"infra/postgres/migrations.hpp\"

namespace jangteo::postgres {

const std::vector<Migration>& migrations()
{
    static const std::vector<Migration> all{
${entries}    };
    return all;
}

}  // namespace jangteo::postgres
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}")
