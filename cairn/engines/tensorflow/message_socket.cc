#include "cairn/engines/tensorflow/message_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "cairn/core/bytes.h"
#include "cairn/io/posix_error.h"

namespace cairn::tensorflow {
namespace {

struct MessageHeader {
  uint32_t kind;
  uint32_t has_memory;
  uint64_t nbytes;
};
static_assert(sizeof(MessageHeader) == 16);

// Bytes that are received at once: a length that a message gives does not decide what is allocated.
constexpr uint64_t kPieceNbytes = 1 << 20;

// Room for one descriptor beside a message. What comes with more is closed.
union ControlRoom {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr aligned;
};

Status SocketError(const char* call) {
  if (errno == EPIPE || errno == ECONNRESET)
    return Status(Reason::kGone, "the other process has closed the connection");
  return Status(Reason::kIo, std::string(call) + ": " + std::strerror(errno));
}

Status MalformedMessage(const std::string& what) {
  return Status(Reason::kEngine, "a message between processes is malformed: " + what);
}

void AttachDescriptor(msghdr& message, ControlRoom& room, int fd) {
  std::memset(&room, 0, sizeof room);
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(control), &fd, sizeof fd);
}

// Sends all of `bytes`; a descriptor other than -1 goes with the first of them.
Status SendBytes(int socket, Bytes bytes, int fd, const WaitForSocket& wait) {
  while (!bytes.empty()) {
    iovec piece = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    ControlRoom room;
    if (fd >= 0) AttachDescriptor(message, room, fd);
    const ssize_t count =
        posix::Retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return SocketError("sendmsg");
    if (count < 0) {
      CAIRN_RETURN_IF_ERROR(wait(POLLOUT));
      continue;
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
    fd = -1;
  }
  return {};
}

void TakeDescriptors(msghdr& message, std::vector<posix::FileDescriptor>& descriptors) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
}

// Fills `bytes`, and adds the descriptors that come with them.
Status ReceiveBytes(int socket, MutableBytes bytes, std::vector<posix::FileDescriptor>& descriptors,
                    const WaitForSocket& wait) {
  while (!bytes.empty()) {
    iovec piece = {bytes.data(), bytes.size()};
    ControlRoom room;
    msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = room.bytes;
    message.msg_controllen = sizeof room.bytes;
    const ssize_t count =
        posix::Retry([&] { return ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return SocketError("recvmsg");
    if (count < 0) {
      CAIRN_RETURN_IF_ERROR(wait(POLLIN));
      continue;
    }
    TakeDescriptors(message, descriptors);
    if (count == 0) return Status(Reason::kGone, "the other process has closed the connection");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

bool IsKind(uint32_t kind) {
  return (kind >= static_cast<uint32_t>(MessageKind::kStart) &&
          kind <= static_cast<uint32_t>(MessageKind::kRun)) ||
         kind == static_cast<uint32_t>(MessageKind::kDone) ||
         kind == static_cast<uint32_t>(MessageKind::kFailed);
}

Status CheckHeader(const MessageHeader& header, size_t num_descriptors) {
  if (!IsKind(header.kind)) return MalformedMessage("kind " + std::to_string(header.kind));
  if (header.nbytes > kMaxMessageNbytes)
    return MalformedMessage(std::to_string(header.nbytes) + " bytes");
  if (header.has_memory > 1 || header.has_memory != num_descriptors)
    return MalformedMessage(std::to_string(num_descriptors) + " descriptors");
  return {};
}

}  // namespace

Status SendMessage(int socket, MessageKind kind, const std::string& body, int memory,
                   const WaitForSocket& wait) {
  if (body.size() > kMaxMessageNbytes) {
    return Status(Reason::kLimit, "a message of " + std::to_string(body.size()) +
                                      " bytes between processes is too long, at most " +
                                      std::to_string(kMaxMessageNbytes));
  }
  const MessageHeader header = {
      .kind = static_cast<uint32_t>(kind), .has_memory = memory >= 0, .nbytes = body.size()};
  CAIRN_RETURN_IF_ERROR(SendBytes(socket, std::as_bytes(std::span(&header, 1)), memory, wait));
  return SendBytes(socket, AsBytes(body), -1, wait);
}

Result<Message> ReceiveMessage(int socket, const WaitForSocket& wait) {
  MessageHeader header = {};
  std::vector<posix::FileDescriptor> descriptors;
  CAIRN_RETURN_IF_ERROR(
      ReceiveBytes(socket, std::as_writable_bytes(std::span(&header, 1)), descriptors, wait));
  CAIRN_RETURN_IF_ERROR(CheckHeader(header, descriptors.size()));

  std::string body;
  while (body.size() < header.nbytes) {
    const size_t start = body.size();
    body.resize(start + std::min(kPieceNbytes, header.nbytes - start));
    const auto piece = std::as_writable_bytes(std::span(body).subspan(start));
    CAIRN_RETURN_IF_ERROR(ReceiveBytes(socket, piece, descriptors, wait));
  }
  CAIRN_RETURN_IF_ERROR(CheckHeader(header, descriptors.size()));
  const int memory = descriptors.empty() ? -1 : descriptors.front().release();
  return Message{static_cast<MessageKind>(header.kind), std::move(body),
                 posix::FileDescriptor(memory)};
}

}  // namespace cairn::tensorflow
