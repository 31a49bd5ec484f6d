// The headers that nearly every test includes; see cairn_precompile in cairn_module.cmake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "precompiled_library.h"
