# SPDX-License-Identifier: Apache-2.0
# How every room is built: one library per folder, one interface target for flags, one target per third-party library.

option(MILLPOND_TESTS "Build tests, benchmarks and the simulator" ON)
option(MILLPOND_WERROR "Treat warnings as errors" ON)
set(MILLPOND_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, for example address,undefined")
option(MILLPOND_FUZZ "Build millpond-fuzz instead of the tests of the fuzz targets (clang only)" OFF)
set(MILLPOND_ONLY "" CACHE STRING "Rooms to add, by target name (empty: all)")
# project() has already put an empty value into the cache when the build type was given on the command line.
if(NOT CMAKE_CXX_FLAGS_DEV)
  set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "Flags of the build type Dev: quick to build, quick enough to run" FORCE)
endif()

# Not -O3: g++ 12 then warns of strings and optionals that are as they should be.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "" FORCE)
endif()

find_program(MILLPOND_CCACHE ccache)
if(MILLPOND_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Checkouts and build folders differ in their path only; without this ccache would compile every file once for each.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    ${MILLPOND_CCACHE})
endif()

# Libraries that Debian 12 has too old live in a private prefix, which packaging/deps builds and names.
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/packaging/deps --prefix
  OUTPUT_VARIABLE MILLPOND_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE prefix_result)
# A build folder remembers where it found them, and would go on with the last prefix when there is a newer one.
if(NOT "${MILLPOND_PREFIX}" STREQUAL "${MILLPOND_PREFIX_BEFORE}")
  unset(imgui_DIR CACHE)
  unset(Catch2_DIR CACHE)
  set(MILLPOND_PREFIX_BEFORE "${MILLPOND_PREFIX}" CACHE INTERNAL "")
endif()
if(prefix_result EQUAL 0 AND MILLPOND_PREFIX)
  list(APPEND CMAKE_PREFIX_PATH ${MILLPOND_PREFIX})
endif()

list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(millpond_flags INTERFACE)
target_include_directories(millpond_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(millpond_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -ffp-contract=off
  $<$<BOOL:${MILLPOND_WERROR}>:-Werror>)
if(MILLPOND_SANITIZE)
  # GCC 12 takes what the sanitizers add to a variant for a read before a write; the other presets keep the warning.
  target_compile_options(millpond_flags INTERFACE -fsanitize=${MILLPOND_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(millpond_flags INTERFACE -fsanitize=${MILLPOND_SANITIZE})
endif()

# millpond_room(sync/base): adds the folder, whose last path parts name the target.
function(millpond_room path)
  string(REGEX REPLACE "^[a-z]+/(.*)$" "\\1" name ${path})  # whole match: CMake would apply a bare ^ again
  string(REPLACE "/" "_" name ${name})
  if(MILLPOND_ONLY AND NOT name IN_LIST MILLPOND_ONLY)
    return()
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/${path}/CMakeLists.txt)
    add_subdirectory(${path})
  endif()
endfunction()

# millpond_library(base SOURCES a.cpp USES crypto LIBS SDL2::SDL2): rooms are linked PUBLIC because their headers show
# each other's types; third-party libraries stay PRIVATE so that no other room can include them by accident.
function(millpond_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LIBS" ${ARGN})
  if(arg_SOURCES)
    add_library(millpond_${name} STATIC ${arg_SOURCES})
    set(kind PUBLIC)
    target_link_libraries(millpond_${name} PRIVATE ${arg_LIBS})
  else()
    add_library(millpond_${name} INTERFACE)
    set(kind INTERFACE)
  endif()
  add_library(millpond::${name} ALIAS millpond_${name})
  target_link_libraries(millpond_${name} ${kind} millpond_flags)
  foreach(room IN LISTS arg_USES)
    target_link_libraries(millpond_${name} ${kind} millpond::${room})
  endforeach()
endfunction()

# millpond_program(millpond-hub SOURCES main.cpp USES hub_server LIBS ...)
function(millpond_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE millpond_flags ${arg_LIBS})
  foreach(room IN LISTS arg_USES)
    target_link_libraries(${name} PRIVATE millpond::${room})
  endforeach()
endfunction()
