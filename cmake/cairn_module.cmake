# cairn_module(NAME [FLAT] [DEPENDS lib...] [PRIVATE lib...] [TEST_DEPENDS lib...]): one target for each folder. Takes every .cc in
# and below the folder (FLAT: not below it); x_test.cc files become the test program NAME_test.
function(cairn_module name)
  cmake_parse_arguments(ARG "FLAT" "" "DEPENDS;PRIVATE;TEST_DEPENDS" ${ARGN})
  if(ARG_FLAT)
    file(GLOB sources CONFIGURE_DEPENDS *.cc)
  else()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(cairn_${name} ${sources})
  add_library(cairn::${name} ALIAS cairn_${name})
  cairn_options(cairn_${name})
  cairn_precompile(cairn_${name} library)
  target_include_directories(cairn_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(cairn_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})

  if(tests AND CAIRN_BUILD_TESTS)
    cairn_test(${name}_test SOURCES ${tests} DEPENDS cairn_${name} ${ARG_DEPENDS} ${ARG_PRIVATE} ${ARG_TEST_DEPENDS})
  endif()
endfunction()

# cairn_test(NAME SOURCES file... [DEPENDS lib...]): a GoogleTest program.
function(cairn_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/cairn OUTPUT_VARIABLE room)
  if(CAIRN_UNIT_TESTS AND NOT room IN_LIST CAIRN_UNIT_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  cairn_options(${name})
  # Tests are compiled far more often than they are slow: what they test is optimised, they are not.
  target_compile_options(${name} PRIVATE -O0)
  # Tests of one module use the same short names.
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  cairn_precompile(${name} tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 600)
endfunction()

# Warnings are errors in our own code; symbols are hidden unless said otherwise.
function(cairn_options target)
  # GCC 12 sees overlaps and overflows in std::string where there are none (its bugs 105651 and 105329).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow> -Werror)
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# cairn_precompile(TARGET library|tests): gives a target the headers that nearly every file of its kind includes, parsed once for
# all targets. Without CAIRN_PRECOMPILE it does nothing: each file includes what it needs.
function(cairn_precompile target kind)
  if(NOT CAIRN_PRECOMPILE)
    return()
  endif()
  set(shared cairn_precompiled_${kind})
  if(NOT TARGET ${shared})
    file(WRITE ${PROJECT_BINARY_DIR}/${shared}.cc "")
    add_library(${shared} OBJECT ${PROJECT_BINARY_DIR}/${shared}.cc)
    cairn_options(${shared})
    target_include_directories(${shared} PRIVATE ${PROJECT_SOURCE_DIR})
    target_precompile_headers(${shared} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled_${kind}.h)
    if("${kind}" STREQUAL "tests")
      target_compile_options(${shared} PRIVATE -O0)
      target_link_libraries(${shared} PRIVATE GTest::gmock)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()
