# The libraries Cairn stands on; ARCHITECTURE.md gives the reason for each. Static where Debian has them: the program starts
# faster and moves as one file.
find_package(Threads REQUIRED)

# cairn_library(NAME HEADER): an imported target for a library that ships no CMake or pkg-config file of its own.
function(cairn_library name header)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  find_library(${name}_LIBRARY NAMES lib${name}.a ${name} REQUIRED)
  add_library(cairn_${name} INTERFACE)
  target_include_directories(cairn_${name} SYSTEM INTERFACE ${${name}_INCLUDE})
  target_link_libraries(cairn_${name} INTERFACE ${${name}_LIBRARY})
endfunction()

cairn_library(snappy snappy.h)
cairn_library(z zlib.h)
cairn_library(fmt fmt/format.h)
cairn_library(re2 re2/re2.h)

find_path(ISAL_INCLUDE isa-l/crc.h)
find_library(ISAL_LIBRARY NAMES libisal.a isal)
# Gives a target ISA-L, where there is one, and says so to its code.
function(cairn_use_isal target)
  if(ISAL_LIBRARY AND ISAL_INCLUDE)
    target_compile_definitions(${target} PRIVATE CAIRN_HAVE_ISAL)
    target_include_directories(${target} SYSTEM PRIVATE ${ISAL_INCLUDE})
    target_link_libraries(${target} PRIVATE ${ISAL_LIBRARY})
  endif()
endfunction()

find_path(PROTOZERO_INCLUDE protozero/pbf_reader.hpp REQUIRED)
add_library(cairn_protozero INTERFACE)
target_include_directories(cairn_protozero SYSTEM INTERFACE ${PROTOZERO_INCLUDE})

# Its headers alone: see inspect/block_kernels.cc.
find_path(HWY_INCLUDE hwy/highway.h REQUIRED)
add_library(cairn_hwy INTERFACE)
target_include_directories(cairn_hwy SYSTEM INTERFACE ${HWY_INCLUDE})

find_path(NLOHMANN_JSON_INCLUDE nlohmann/json.hpp REQUIRED)
add_library(cairn_nlohmann_json INTERFACE)
target_include_directories(cairn_nlohmann_json SYSTEM INTERFACE ${NLOHMANN_JSON_INCLUDE})

if(CAIRN_BUILD_CLI)
  find_package(CLI11 REQUIRED)
endif()
if(CAIRN_BUILD_TESTS)
  find_package(GTest REQUIRED)
  cairn_library(nettle nettle/sha2.h)
  cairn_library(rapidcheck rapidcheck.h)
  cairn_library(leveldb leveldb/table.h)  # a second opinion on SSTables
  target_link_libraries(cairn_leveldb INTERFACE cairn_snappy Threads::Threads)
endif()
