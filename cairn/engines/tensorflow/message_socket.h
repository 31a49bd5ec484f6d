// Messages between this process and a worker, over a pair of connected sockets.
//
//   kind:u32  has_memory:u32  nbytes:u64  body[nbytes]         little-endian
//
// A descriptor of shared memory goes with the first byte where has_memory is 1.
#ifndef CAIRN_ENGINES_TENSORFLOW_MESSAGE_SOCKET_H_
#define CAIRN_ENGINES_TENSORFLOW_MESSAGE_SOCKET_H_

#include <cstdint>
#include <functional>
#include <string>

#include "cairn/core/status.h"
#include "cairn/io/posix_file.h"

namespace cairn::tensorflow {

// The kinds of requests and answers. worker_protocol.h has the fields of each.
enum class MessageKind : uint32_t {
  kStart = 1,
  kKnownOps = 2,
  kImport = 3,
  kNewTensor = 4,
  kNewStrings = 5,
  kRelease = 6,
  kRun = 7,
  kDone = 100,
  kFailed = 101,
};

struct Message {
  MessageKind kind;
  std::string body;
  posix::FileDescriptor memory{-1};
};

// Longer messages are neither sent nor received. Tensors and graphs are not in messages.
inline constexpr uint64_t kMaxMessageNbytes = uint64_t{64} << 20;

// Waits until the socket can be read (POLLIN) or written (POLLOUT). An error ends the call that
// waits.
using WaitForSocket = std::function<Status(short events)>;

// `memory` is sent along unless it is -1. Errors: kLimit (the message is too long, and nothing was
// sent), kGone (the other process has closed its end), kIo, what `wait` returns.
Status SendMessage(int socket, MessageKind kind, const std::string& body, int memory,
                   const WaitForSocket& wait);

// Errors: kGone (the other process has closed its end), kEngine (what it sends is malformed), kIo,
// what `wait` returns.
Result<Message> ReceiveMessage(int socket, const WaitForSocket& wait);

}  // namespace cairn::tensorflow

#endif  // CAIRN_ENGINES_TENSORFLOW_MESSAGE_SOCKET_H_
