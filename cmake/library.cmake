# cairn::cairn, the library that other projects link: the objects of all rooms in one file, and the public headers alone.
get_property(rooms GLOBAL PROPERTY CAIRN_ROOMS)
list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)

add_library(cairn_library ${objects})
add_library(cairn::cairn ALIAS cairn_library)
add_dependencies(cairn_library ${rooms})
# Before 1.0 a new minor version may change the interface.
set_target_properties(cairn_library PROPERTIES OUTPUT_NAME cairn EXPORT_NAME cairn LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(cairn_library PUBLIC cxx_std_20)
list(TRANSFORM CAIRN_LINKED_LIBRARIES PREPEND "cairn::" OUTPUT_VARIABLE linked)
target_link_libraries(cairn_library PRIVATE ${linked} Threads::Threads)
if(BUILD_SHARED_LIBS)
  # A library that exists only as an archive is linked in, and must not become part of our interface.
  target_link_options(cairn_library PRIVATE -Wl,--exclude-libs,ALL -Wl,--no-undefined)
endif()

# A project that adds Cairn as a directory sees the public headers through links in the build directory.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS public_headers.txt)
file(STRINGS public_headers.txt CAIRN_PUBLIC_HEADERS REGEX "^cairn/")
set(include ${PROJECT_BINARY_DIR}/include)
file(REMOVE_RECURSE ${include})
foreach(header IN LISTS CAIRN_PUBLIC_HEADERS)
  cmake_path(GET header PARENT_PATH directory)
  file(MAKE_DIRECTORY ${include}/${directory})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${header} ${include}/${header} SYMBOLIC)
endforeach()
target_include_directories(cairn_library INTERFACE $<BUILD_INTERFACE:${include}>)
