// Hinders the calls of a program that change or read the disk, counted over all of its threads, as
// strace cannot count them: LD_PRELOAD=libcairn_fault.so CAIRN_FAULT=pwrite64:3:28 PROGRAM
//
//   CAIRN_FAULT  CALL:N:WHAT. The N-th such call of the process, or with N+ every one from there
//   on;
//                CALL "any" counts all of them. WHAT is an errno, or KILL: the process dies before
//                the call is made.
//   CAIRN_CALLS  A file that gets the name of each call, a line each, in their order.
//   CAIRN_SHORT  Reads and writes transfer at most so many bytes.
//   CAIRN_CLOCK  Seconds that are added to the clock: "0,-1e9,4e9" in turn, one for each look at
//   it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

struct Fault {
  std::string call;
  long nth = 0;
  bool is_sticky = false;
  bool kills = false;
  int error = 0;
  std::atomic<long> count = 0;

  Fault() {
    const std::vector<std::string> parts = Split(Variable("CAIRN_FAULT"), ':');
    if (parts.size() != 3) return;
    call = parts[0];
    nth = std::atol(parts[1].c_str());
    is_sticky = parts[1].ends_with('+');
    kills = parts[2] == "KILL";
    error = std::atoi(parts[2].c_str());
  }

  // Whether the call is to fail, with errno set.
  bool Hits(std::string_view name) {
    if (call != "any" && call != name) return false;
    const long n = ++count;
    if (is_sticky ? n < nth : n != nth) return false;
    if (kills) ::kill(::getpid(), SIGKILL);
    errno = error;
    return true;
  }
};

// The calls are made by system calls of their own, so that none of them is counted.
void LogCall(std::string_view name) {
  static const std::string path = Variable("CAIRN_CALLS");
  if (path.empty()) return;
  static const long fd = ::syscall(SYS_openat, AT_FDCWD, path.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const std::string line = std::string(name) + "\n";
  ::syscall(SYS_write, fd, line.data(), line.size());
}

bool IsHindered(std::string_view name) {
  static Fault fault;
  LogCall(name);
  return fault.Hits(name);
}

size_t Shortened(size_t nbytes) {
  static const long most = std::atol(Variable("CAIRN_SHORT").c_str());
  return most > 0 ? std::min(nbytes, static_cast<size_t>(most)) : nbytes;
}

}  // namespace

// The function of the C library, which this one stands before.
#define NEXT(name) \
  static const auto next = reinterpret_cast<decltype(&name)>(::dlsym(RTLD_NEXT, #name))

#define HINDER(result, name, system_call, parameters, arguments)  \
  __attribute__((visibility("default"))) result name parameters { \
    NEXT(name);                                                   \
    if (IsHindered(#system_call)) return -1;                      \
    return next arguments;                                        \
  }

extern "C" {

HINDER(int, fsync, fsync, (int fd), (fd))
HINDER(int, fdatasync, fdatasync, (int fd), (fd))
HINDER(int, fallocate, fallocate, (int fd, int mode, off_t offset, off_t size),
       (fd, mode, offset, size))
HINDER(int, ftruncate, ftruncate, (int fd, off_t size), (fd, size))
HINDER(int, renameat, renameat, (int from, const char* a, int to, const char* b), (from, a, to, b))
HINDER(int, renameat2, renameat2, (int from, const char* a, int to, const char* b, unsigned flags),
       (from, a, to, b, flags))
HINDER(int, linkat, linkat, (int from, const char* a, int to, const char* b, int flags),
       (from, a, to, b, flags))
HINDER(int, unlinkat, unlinkat, (int directory, const char* path, int flags),
       (directory, path, flags))
HINDER(int, mkdirat, mkdirat, (int directory, const char* path, mode_t mode),
       (directory, path, mode))
HINDER(int, fstat, fstat, (int fd, struct stat* info), (fd, info))
HINDER(int, fstatat, newfstatat, (int directory, const char* path, struct stat* info, int flags),
       (directory, path, info, flags))
HINDER(ssize_t, pread, pread64, (int fd, void* out, size_t nbytes, off_t offset),
       (fd, out, Shortened(nbytes), offset))
HINDER(ssize_t, pwrite, pwrite64, (int fd, const void* bytes, size_t nbytes, off_t offset),
       (fd, bytes, Shortened(nbytes), offset))

__attribute__((visibility("default"))) int openat(int directory, const char* path, int flags, ...) {
  NEXT(openat);
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return IsHindered("openat") ? -1 : next(directory, path, flags, mode);
}

// A close that fails has closed the descriptor all the same.
__attribute__((visibility("default"))) int close(int fd) {
  NEXT(close);
  if (!IsHindered("close")) return next(fd);
  const int error = errno;
  next(fd);
  errno = error;
  return -1;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec* time) {
  static const std::vector<std::string> jumps = Split(Variable("CAIRN_CLOCK"), ',');
  static std::atomic<size_t> looks = 0;
  NEXT(clock_gettime);
  const int result = next(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME)
    time->tv_sec += static_cast<time_t>(std::atof(jumps[looks++ % jumps.size()].c_str()));
  return result;
}

}  // extern "C"
