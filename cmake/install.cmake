# What `cmake --install` copies: component `development` is the library, `torch` is cairn::torch, and `program` is the program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The library and its public headers.
install(TARGETS cairn_library EXPORT cairn-targets COMPONENT development INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
file(STRINGS cairn/public_headers.txt headers REGEX "^cairn/")
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH directory)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${directory} COMPONENT development)
endforeach()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libcairn-dev COMPONENT development)

# The package of CMake. A static library tells its users to link what it needs, a shared one does so itself.
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/cairn)
set(CAIRN_LIBRARIES_OF_USERS ${CAIRN_LINKED_LIBRARIES})
if(BUILD_SHARED_LIBS)
  set(CAIRN_LIBRARIES_OF_USERS "")
endif()
configure_package_config_file(cmake/cairn-config.cmake.in cmake/cairn-config.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/cairn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT cairn-targets NAMESPACE cairn:: DESTINATION ${package_directory} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/cmake/cairn-config.cmake ${PROJECT_BINARY_DIR}/cmake/cairn-config-version.cmake
  DESTINATION ${package_directory} COMPONENT development)

# cairn::torch, which find_package(cairn COMPONENTS torch) finds.
if(CAIRN_WITH_TORCH)
  install(TARGETS cairn_torch EXPORT cairn-torch-targets COMPONENT torch INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  foreach(header IN ITEMS torch_generator.h torch_session.h)
    install(FILES cairn/engines/torch/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cairn/engines/torch COMPONENT torch)
  endforeach()
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libcairn-torch-dev COMPONENT torch)
  install(EXPORT cairn-torch-targets NAMESPACE cairn:: DESTINATION ${package_directory} COMPONENT torch)
  install(FILES cmake/libtorch.cmake RENAME cairn-libtorch.cmake DESTINATION ${package_directory} COMPONENT torch)
endif()

# The file of pkg-config. It names the libraries themselves: the file that re2 ships would add -std=c++11.
list(TRANSFORM CAIRN_LINKED_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE CAIRN_PRIVATE_LIBS)
list(JOIN CAIRN_PRIVATE_LIBS " " CAIRN_PRIVATE_LIBS)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE CAIRN_INCLUDE_FROM_PKGCONFIG)
configure_file(cmake/cairn.pc.in cmake/cairn.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/cairn.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(CAIRN_BUILD_CLI)
  set(generated ${PROJECT_BINARY_DIR}/share)
  install(TARGETS cairn_cli COMPONENT program)
  install(TARGETS cairn_tensorflow_worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/cairn COMPONENT program)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/cairn COMPONENT program)
  install(FILES ${generated}/cairn.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
  install(FILES ${generated}/completion.bash RENAME cairn
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
  install(FILES ${generated}/completion.fish RENAME cairn.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
  # Debian's zsh looks for the files of packages, which are under /usr, in a directory of its own.
  install(CODE "
    set(directory site-functions)
    if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
      set(directory vendor-completions)
    endif()
    file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${directory}\" TYPE FILE
      RENAME _cairn FILES \"${generated}/completion.zsh\")" COMPONENT program)
endif()
