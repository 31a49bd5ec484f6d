#include "cairn/engines/tensorflow/worker/limit_memory.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace cairn::tensorflow {

Status LimitMemory(uint64_t nbytes) {
  if (nbytes == 0) return {};
  const rlimit limit = {.rlim_cur = nbytes, .rlim_max = nbytes};
  if (::setrlimit(RLIMIT_DATA, &limit) == 0) return {};
  return Status(Reason::kEngine,
                std::string("the memory of the worker cannot be limited: ") + std::strerror(errno));
}

}  // namespace cairn::tensorflow
