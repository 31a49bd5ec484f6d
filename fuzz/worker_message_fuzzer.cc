// Any bytes as the fields of a message between this process and a worker.
#include "cairn/engines/tensorflow/message_fields.h"
#include "cairn/engines/tensorflow/worker_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  if (cairn::tensorflow::DecodeError(body).ok()) __builtin_trap();
  cairn::tensorflow::FieldReader fields(body);
  (void)fields.Number();
  (void)fields.Dims();
  (void)fields.Texts();
  (void)fields.Finish();
  const cairn::Bytes bytes = std::as_bytes(std::span(data, size));
  if (size > 0) (void)cairn::tensorflow::LoadStrings(bytes.subspan(1), data[0]);
  return 0;
}
