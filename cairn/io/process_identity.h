// Identifies a process in words that mean the same to other processes, on this host and others.
#ifndef CAIRN_IO_PROCESS_IDENTITY_H_
#define CAIRN_IO_PROCESS_IDENTITY_H_

#include <cstdint>
#include <string>

#include "cairn/core/export.h"

namespace cairn {

struct ProcessIdentity {
  std::string host;      // its name in the network
  std::string machine;   // /etc/machine-id: two machines may have one host name; "" = unknown
  std::string boot;      // the kernel's boot id: another one after each start of the machine
  int64_t process = 0;   // process id
  uint64_t started = 0;  // clock ticks from boot to the start of the process: ids are used again

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

// Asked anew each time, since a forked child is another process. Linux: reads /proc; what cannot be
// read is empty.
CAIRN_EXPORT ProcessIdentity ThisProcess();

CAIRN_EXPORT bool IsOnThisHost(const ProcessIdentity& identity);
// Whether a process of this host is running still. True where it cannot be told.
CAIRN_EXPORT bool IsRunning(const ProcessIdentity& identity);

}  // namespace cairn

#endif  // CAIRN_IO_PROCESS_IDENTITY_H_
