#include "cairn/engines/torch/torch_generator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <istream>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "cairn/engines/torch/catch_torch.h"

namespace cairn {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string HexOf(const at::Tensor& bytes) {
  std::string word;
  const uint8_t* const data = bytes.data_ptr<uint8_t>();
  for (int64_t i = 0; i < bytes.numel(); ++i) {
    word += kHexDigits[data[i] >> 4];
    word += kHexDigits[data[i] & 15];
  }
  return word;
}

std::optional<at::Tensor> BytesOfHex(std::string_view word) {
  if (word.size() % 2 != 0) return std::nullopt;
  at::Tensor bytes = at::empty({static_cast<int64_t>(word.size() / 2)}, at::kByte);
  uint8_t* const data = bytes.data_ptr<uint8_t>();
  for (size_t i = 0; i < word.size(); ++i) {
    const size_t digit = kHexDigits.find(word[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    data[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? digit << 4 : data[i / 2] | digit);
  }
  return bytes;
}

Result<std::string> SaveGenerator() {
  return CatchTorch([]() -> Result<std::string> {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard<std::mutex> lock(generator.mutex());
    return HexOf(generator.get_state());
  });
}

Status LoadGenerator(std::string_view word) {
  return CatchTorch([&]() -> Status {
    const std::optional<at::Tensor> bytes = BytesOfHex(word);
    if (!bytes) return Status(Reason::kFormat, "is not the state of a generator of libtorch");
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(*bytes);
    return {};
  });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const TorchGenerator& /*generator*/) {
  const Result<std::string> word = SaveGenerator();
  if (!word.ok()) {
    out.setstate(std::ios::failbit);
    return out;
  }
  return out << *word;
}

std::istream& operator>>(std::istream& in, TorchGenerator& /*generator*/) {
  std::string word;
  in >> word;
  const bool is_all = in && (in.eof() || (in >> std::ws).eof());
  if (!is_all || !LoadGenerator(word).ok()) in.setstate(std::ios::failbit);
  return in;
}

}  // namespace cairn
