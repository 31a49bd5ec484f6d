// Makes bytes for tests to compress: some that repeat themselves, and some that do not.
#ifndef CAIRN_TESTING_SAMPLE_BYTES_H_
#define CAIRN_TESTING_SAMPLE_BYTES_H_

#include <cstddef>
#include <string>

namespace cairn {

// "layer0/kernel layer14/kernel …"
std::string SampleText(size_t nbytes);
// The same for the same size.
std::string SampleNoise(size_t nbytes);

}  // namespace cairn

#endif  // CAIRN_TESTING_SAMPLE_BYTES_H_
