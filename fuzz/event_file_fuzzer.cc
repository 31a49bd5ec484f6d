// Any bytes as an event file, and as one event.
#include "cairn/monitor/event_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const cairn::Bytes bytes = std::as_bytes(std::span(data, size));
  cairn::EventReader reader(std::make_shared<cairn::MemoryFile>(bytes, "events"));
  for (auto event = reader.Next(); event.ok() && event->has_value(); event = reader.Next()) {
    if (reader.position() > size) __builtin_trap();
  }
  (void)cairn::ParseEvent(bytes);
  return 0;
}
