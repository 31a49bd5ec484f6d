#include "cairn/testing/sample_bytes.h"

#include <cstdint>

namespace cairn {

std::string SampleText(size_t nbytes) {
  std::string text;
  while (text.size() < nbytes) text += "layer" + std::to_string(text.size()) + "/kernel ";
  text.resize(nbytes);
  return text;
}

std::string SampleNoise(size_t nbytes) {
  std::string noise(nbytes, '\0');
  uint32_t state = 7;
  for (char& byte : noise) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return noise;
}

}  // namespace cairn
