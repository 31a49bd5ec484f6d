# Makes the target cairn::libtorch where libtorch is found. Its own package of CMake asks for more than a program needs. The build of
# Cairn includes this file, and so does the installed package that find_package(cairn COMPONENTS torch) reads.
find_path(CAIRN_LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h)
mark_as_advanced(CAIRN_LIBTORCH_INCLUDE_DIR)
set(cairn_libtorch_parts ${CAIRN_LIBTORCH_INCLUDE_DIR})
foreach(name IN ITEMS torch torch_cpu c10)
  find_library(CAIRN_LIB${name}_LIBRARY ${name})
  mark_as_advanced(CAIRN_LIB${name}_LIBRARY)
  list(APPEND cairn_libtorch_parts ${CAIRN_LIB${name}_LIBRARY})
endforeach()
if(NOT cairn_libtorch_parts MATCHES NOTFOUND AND NOT TARGET cairn::libtorch)
  add_library(cairn::libtorch INTERFACE IMPORTED GLOBAL)
  target_include_directories(cairn::libtorch INTERFACE
    ${CAIRN_LIBTORCH_INCLUDE_DIR} ${CAIRN_LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include)
  target_link_libraries(cairn::libtorch INTERFACE ${CAIRN_LIBtorch_LIBRARY} ${CAIRN_LIBtorch_cpu_LIBRARY} ${CAIRN_LIBc10_LIBRARY})
endif()
