#include "cairn/engines/tensorflow/session_config.h"

#include <protozero/pbf_writer.hpp>

namespace cairn::tensorflow {
namespace {

// The fields of ConfigProto, and of its map from the kinds of devices to their numbers.
constexpr uint32_t kDeviceCount = 1;
constexpr uint32_t kIntraOpThreads = 2;
constexpr uint32_t kInterOpThreads = 5;
constexpr uint32_t kAllowSoftPlacement = 7;
constexpr uint32_t kKey = 1;
constexpr uint32_t kValue = 2;

}  // namespace

std::string SessionConfig(const TensorFlowOptions& options) {
  std::string message;
  protozero::pbf_writer config(message);
  {
    protozero::pbf_writer device(config, kDeviceCount);
    device.add_string(kKey, "GPU");
    device.add_int32(kValue, 0);
  }
  if (options.num_intra_op_threads > 0)
    config.add_int32(kIntraOpThreads, options.num_intra_op_threads);
  if (options.num_inter_op_threads > 0)
    config.add_int32(kInterOpThreads, options.num_inter_op_threads);
  config.add_bool(kAllowSoftPlacement, true);
  return message;
}

}  // namespace cairn::tensorflow
