# `cpack -G DEB` in the build directory makes these packages: cairn, the program; libcairn-dev, the library; and libcairn-torch-dev,
# which is cairn::torch, where that was built.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cairn)
set(CPACK_PACKAGE_VENDOR "The Cairn authors")
set(CPACK_PACKAGE_CONTACT "The Cairn authors <cairn@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME cairn)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "The program lists, prints, verifies, converts and repairs checkpoints of TensorFlow, npz and safetensors.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libcairn-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libre2-dev, libsnappy-dev, zlib1g-dev")
if(CAIRN_USE_ISAL)
  string(APPEND CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ", libisal-dev")
endif()
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "The C++20 library: headers, archive, and files for CMake and pkg-config.")

if(CAIRN_WITH_TORCH)
  list(APPEND CPACK_COMPONENTS_ALL torch)
endif()
set(CPACK_DEBIAN_TORCH_PACKAGE_NAME libcairn-torch-dev)
set(CPACK_DEBIAN_TORCH_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_TORCH_PACKAGE_DEPENDS "libcairn-dev (= ${PROJECT_VERSION}), libtorch-dev")
set(CPACK_COMPONENT_TORCH_DESCRIPTION "Modules of libtorch and their optimizers as sessions of Cairn: headers and archive.")

include(CPack)
