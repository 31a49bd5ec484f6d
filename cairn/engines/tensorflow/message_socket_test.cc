#include "cairn/engines/tensorflow/message_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <thread>

#include "cairn/core/bytes.h"

namespace cairn::tensorflow {
namespace {

using testing::HasSubstr;

Status WaitForSocketOf(int socket, short events) {
  pollfd waiting = {.fd = socket, .events = events, .revents = 0};
  return ::poll(&waiting, 1, 10'000) == 1 ? Status() : Status(Reason::kCancelled, "too slow");
}

class MessageSocketTest : public testing::Test {
 protected:
  MessageSocketTest() {
    int sockets[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    ours_ = sockets[0];
    theirs_ = sockets[1];
  }
  ~MessageSocketTest() override {
    CloseTheirs();
    ::close(ours_);
  }
  void CloseTheirs() {
    if (theirs_ >= 0) ::close(theirs_);
    theirs_ = -1;
  }
  Status Send(MessageKind kind, const std::string& body, int memory = -1) {
    return SendMessage(ours_, kind, body, memory,
                       [&](short events) { return WaitForSocketOf(ours_, events); });
  }
  Result<Message> Receive() {
    return ReceiveMessage(theirs_, [&](short events) { return WaitForSocketOf(theirs_, events); });
  }
  // Sends bytes as they are, with these descriptors.
  void SendRaw(Bytes bytes, const std::vector<int>& fds = {}) {
    std::array<char, 256> control = {};
    iovec piece = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message = {};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
      std::memcpy(CMSG_DATA(head), fds.data(), fds.size() * sizeof(int));
    }
    ASSERT_EQ(::sendmsg(ours_, &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void SendHead(uint32_t kind, uint32_t has_memory, uint64_t nbytes,
                const std::vector<int>& fds = {}) {
    std::array<std::byte, 16> head;
    StoreLittleEndian(head.data(), kind);
    StoreLittleEndian(head.data() + 4, has_memory);
    StoreLittleEndian(head.data() + 8, nbytes);
    SendRaw(head, fds);
  }

  int ours_ = -1;
  int theirs_ = -1;
};

size_t NumDescriptors() {
  size_t count = 0;
  for (int fd = 0; fd < 200; ++fd) count += ::fcntl(fd, F_GETFD) != -1;
  return count;
}

TEST_F(MessageSocketTest, AMessageComesAsItWasSent) {
  ASSERT_TRUE(Send(MessageKind::kRun, std::string("a\0b", 3)).ok());
  ASSERT_TRUE(Send(MessageKind::kDone, "").ok());
  const auto first = Receive();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->kind, MessageKind::kRun);
  EXPECT_EQ(first->body, std::string("a\0b", 3));
  EXPECT_EQ(first->memory.get(), -1);
  EXPECT_EQ(Receive()->kind, MessageKind::kDone);
}

TEST_F(MessageSocketTest, ADescriptorComesAlong) {
  const posix::FileDescriptor memory(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::write(memory.get(), "text", 4), 4);
  ASSERT_TRUE(Send(MessageKind::kImport, "body", memory.get()).ok());
  const auto message = Receive();
  ASSERT_TRUE(message.ok()) << message.status();
  std::array<char, 4> text;
  ASSERT_EQ(::pread(message->memory.get(), text.data(), 4, 0), 4);
  EXPECT_EQ(std::string_view(text.data(), 4), "text");
  EXPECT_EQ(::fcntl(message->memory.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(MessageSocketTest, AMessageLongerThanTheSocketsBufferComes) {
  std::string body(30 << 20, 'x');
  body.back() = 'y';
  std::thread sender([&] { EXPECT_TRUE(Send(MessageKind::kRun, body).ok()); });
  const auto message = Receive();
  sender.join();
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->body, body);
}

TEST_F(MessageSocketTest, AMessageThatIsTooLongIsNotSent) {
  const Status status = Send(MessageKind::kRun, std::string(kMaxMessageNbytes + 1, 'x'));
  EXPECT_EQ(status.reason(), Reason::kLimit);
  ASSERT_TRUE(Send(MessageKind::kRun, "short").ok());
  EXPECT_EQ(Receive()->body, "short");
}

TEST_F(MessageSocketTest, AClosedConnectionRaisesNoSignal) {
  CloseTheirs();
  EXPECT_EQ(Send(MessageKind::kRun, "x").reason(), Reason::kGone);
}

TEST_F(MessageSocketTest, AnEndInTheMiddleIsAnEnd) {
  SendHead(7, 0, 100);
  ::shutdown(ours_, SHUT_WR);
  EXPECT_EQ(Receive().status().reason(), Reason::kGone);
}

TEST_F(MessageSocketTest, WhatIsNotAMessageIsRefused) {
  const size_t before = NumDescriptors();
  const std::vector<int> one = {0};
  const std::vector<int> two = {0, 0};
  const std::vector<int> three = {0, 0, 0};
  const struct {
    const char* why;
    uint32_t kind;
    uint32_t has_memory;
    uint64_t nbytes;
    const std::vector<int>& fds;
    const char* message;
  } rows[] = {
      {"kind 0", 0, 0, 0, {}, "kind 0"},
      {"a kind between requests and answers", 8, 0, 0, {}, "kind 8"},
      {"the largest kind", UINT32_MAX, 0, 0, {}, "kind 4294967295"},
      {"one byte too many", 7, 0, kMaxMessageNbytes + 1, {}, "67108865 bytes"},
      {"all bytes that there are", 7, 0, UINT64_MAX, {}, "18446744073709551615 bytes"},
      {"memory that does not come", 7, 1, 0, {}, "0 descriptors"},
      {"memory that was not announced", 7, 0, 0, one, "1 descriptors"},
      {"memory twice", 7, 1, 0, two, "2 descriptors"},
      {"memory twice, as it was announced", 7, 2, 0, two, "2 descriptors"},
      {"more memory than there is room for", 7, 1, 0, three, "2 descriptors"},
  };
  for (const auto& row : rows) {
    SendHead(row.kind, row.has_memory, row.nbytes, row.fds);
    const Status status = Receive().status();
    EXPECT_EQ(status.reason(), Reason::kEngine) << row.why;
    EXPECT_THAT(status.message(), HasSubstr(row.message)) << row.why;
  }
  EXPECT_EQ(NumDescriptors(), before);
}

TEST_F(MessageSocketTest, WhatTheWaitSaysEndsTheCall) {
  const auto message =
      ReceiveMessage(theirs_, [](short) { return Status(Reason::kCancelled, "enough"); });
  EXPECT_EQ(message.status().reason(), Reason::kCancelled);
}

}  // namespace
}  // namespace cairn::tensorflow
