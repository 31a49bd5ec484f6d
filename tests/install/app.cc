// A program of another project: saves a checkpoint, opens it, and prints what it holds.
#include <cstdio>
#include <vector>

#include "cairn/cairn.h"
#include "cairn/version.h"

namespace {

cairn::Status Run(const char* path) {
  const std::vector<float> weights = {1, 2, 3, 4, 5, 6};
  CAIRN_RETURN_IF_ERROR(cairn::SaveArrays(path, {{"fc/W", {weights, {3, 2}}}}).status());

  CAIRN_ASSIGN_OR_RETURN(const cairn::TensorDict dict, cairn::Open(path));
  CAIRN_ASSIGN_OR_RETURN(const std::vector<float> values, cairn::ReadTensor<float>(dict, "fc/W"));
  std::printf("cairn %s: %zu tensor, %zu values, the last is %g\n", CAIRN_VERSION_STRING,
              dict.size(), values.size(), values.back());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const cairn::Status status = Run(argc > 1 ? argv[1] : "weights");
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
