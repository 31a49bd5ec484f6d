# The libraries that Cairn stands on; ARCHITECTURE.md has the reason for each.
find_package(Threads REQUIRED)

# cairn_find_library(NAME HEADER): makes the imported target cairn::NAME of a library that ships no CMake file of its own.
function(cairn_find_library name header)
  cairn_find_headers(${name} ${header})
  string(TOUPPER CAIRN_${name}_LIBRARY library)
  if(CAIRN_STATIC_DEPENDENCIES)
    find_library(${library} NAMES lib${name}.a ${name} REQUIRED)
  else()
    find_library(${library} NAMES ${name} REQUIRED)
  endif()
  mark_as_advanced(${library})
  if(NOT CAIRN_BUILD_PYTHON)
    target_link_libraries(cairn::${name} INTERFACE ${${library}})
    return()
  endif()
  # Modules of Python are linked with the shared library: Debian's archives are not all made for that.
  find_library(${library}_SHARED NAMES ${name} REQUIRED)
  mark_as_advanced(${library}_SHARED)
  target_link_libraries(cairn::${name} INTERFACE
    $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>,${${library}_SHARED},${${library}}>)
endfunction()

# cairn_find_headers(NAME HEADER): makes the imported target cairn::NAME of a library that is headers alone.
function(cairn_find_headers name header)
  string(TOUPPER CAIRN_${name}_INCLUDE_DIR directory)
  find_path(${directory} ${header} REQUIRED)
  mark_as_advanced(${directory})
  add_library(cairn::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(cairn::${name} INTERFACE ${${directory}})
endfunction()

# What libcairn is linked with; the package of CMake and the file of pkg-config name the same.
set(CAIRN_LINKED_LIBRARIES re2 snappy z)
cairn_find_library(re2 re2/re2.h)
cairn_find_library(snappy snappy.h)
cairn_find_library(z zlib.h)
if(CAIRN_USE_ISAL)
  cairn_find_library(isal isa-l/crc.h)
  list(APPEND CAIRN_LINKED_LIBRARIES isal)
endif()

# cairn_use_isal(TARGET): links a target with ISA-L, and tells its code so, unless CAIRN_USE_ISAL is off.
function(cairn_use_isal target)
  if(CAIRN_USE_ISAL)
    target_compile_definitions(${target} PRIVATE CAIRN_HAVE_ISAL)
    target_link_libraries(${target} PRIVATE cairn::isal)
  endif()
endfunction()

cairn_find_headers(protozero protozero/pbf_reader.hpp)
cairn_find_headers(hwy hwy/highway.h)  # its headers alone: see inspect/block_kernels.cc
cairn_find_headers(nlohmann_json nlohmann/json.hpp)

# libtorch, for cairn::torch alone. The headers of libtorch 1.13, which Debian 12 has, are no C++20 for clang 19: with other compilers
# than g++ it is used only where that is asked for.
include(${PROJECT_SOURCE_DIR}/cmake/libtorch.cmake)
if(TARGET cairn::libtorch AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(cairn_found_torch ON)
else()
  set(cairn_found_torch OFF)
endif()
option(CAIRN_WITH_TORCH "Build cairn::torch, the library for programs that use libtorch" ${cairn_found_torch})
if(CAIRN_WITH_TORCH AND NOT TARGET cairn::libtorch)
  message(FATAL_ERROR "CAIRN_WITH_TORCH is on, and libtorch is not found; set CAIRN_LIBTORCH_INCLUDE_DIR if it is at an unusual place.")
endif()

if(CAIRN_BUILD_CLI)
  find_package(CLI11 REQUIRED)
endif()
if(CAIRN_BUILD_TESTS)
  find_package(GTest REQUIRED)
  cairn_find_library(nettle nettle/sha2.h)
  cairn_find_library(rapidcheck rapidcheck.h)
  cairn_find_library(leveldb leveldb/table.h)  # a second opinion on SSTables
  target_link_libraries(cairn::leveldb INTERFACE cairn::snappy Threads::Threads)
endif()
if(CAIRN_BUILD_TESTS OR CAIRN_BUILD_EXAMPLES)
  find_package(Eigen3 3.4 QUIET NO_MODULE)  # what needs it is left out where it is absent
endif()
