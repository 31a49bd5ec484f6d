# cairn_module(NAME [FLAT] [DEPENDS lib...] [PRIVATE lib...] [TEST_DEPENDS lib...]): one target for each folder. Takes every .cc in
# and below the folder (FLAT: not below it); x_test.cc files become the test program NAME_test. The target is static and never
# installed: the program and the tests, which use internal symbols, link it, and the library is made of its objects.
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

  add_library(cairn_${name} STATIC ${sources})
  set_target_properties(cairn_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_target_properties(cairn_${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY CAIRN_ROOMS cairn_${name})
  add_library(cairn::${name} ALIAS cairn_${name})
  cairn_options(cairn_${name})
  cairn_precompile(cairn_${name} library)
  target_include_directories(cairn_${name} PUBLIC ${PROJECT_SOURCE_DIR})
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
  target_compile_options(${name} PRIVATE ${CAIRN_TEST_FLAGS})
  # Tests of one module use the same short names.
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  cairn_precompile(${name} tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 600)
endfunction()

# cairn_options(TARGET): how every target of ours is compiled. Symbols are hidden unless CAIRN_EXPORT marks them. Projects that
# add Cairn as a directory do not get our warnings; that warnings are errors is the choice of our presets.
function(cairn_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # Calls inside the library are bound when it is linked, so that exported functions can be inlined.
  target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  # GCC 12 sees overlaps and overflows in std::string where there are none (its bugs 105651 and 105329).
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow>)
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
    if("${kind}" STREQUAL "library")
      set_target_properties(${shared} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    else()
      target_compile_options(${shared} PRIVATE ${CAIRN_TEST_FLAGS})
      target_link_libraries(${shared} PRIVATE GTest::gmock)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()
