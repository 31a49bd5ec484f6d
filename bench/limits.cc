#include "bench/limits.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "cairn/io/file_system.h"
#include "cairn/transfer/arena.h"
#include "cairn/transfer/transfer.h"

namespace cairn::bench {
namespace {

// It is as fast as memory, whatever the vectors.
uint64_t SumOf(const uint64_t* words, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += words[i];
  return sum;
}

// Calls work(thread, begin, end) on equal parts of `nbytes`, cut at multiples of 4096.
template <typename Work>
void InParts(size_t nbytes, int threads, Work work) {
  const size_t part = (nbytes / threads + 4095) / 4096 * 4096;
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    const size_t begin = std::min(nbytes, i * part);
    running.emplace_back(work, i, begin, std::min(nbytes, begin + part));
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace

uint64_t SumWords(Bytes bytes, int threads) {
  std::vector<uint64_t> sums(threads);
  InParts(bytes.size(), threads, [&](int i, size_t begin, size_t end) {
    sums[i] = SumOf(reinterpret_cast<const uint64_t*>(bytes.data() + begin), (end - begin) / 8);
  });
  return std::reduce(sums.begin(), sums.end());
}

void CopyHalf(MutableBytes bytes, int threads) {
  const MutableBytes to = bytes.subspan(bytes.size() / 2);
  InParts(bytes.size() / 2, threads, [&](int /*i*/, size_t begin, size_t end) {
    std::memcpy(to.data() + begin, bytes.data() + begin, end - begin);
  });
}

Status WriteFiles(const std::string& path, uint64_t nbytes, int threads, size_t num_files) {
  constexpr size_t kPiece = size_t{2} << 20;
  const size_t num_chunks = (nbytes / num_files + kPiece - 1) / kPiece;  // of each file
  std::vector<std::unique_ptr<WritableFile>> files(num_files);
  for (size_t i = 0; i < num_files; ++i) {
    CAIRN_ASSIGN_OR_RETURN(files[i],
                           LocalFileSystem().CreateForWriting(path + "-" + std::to_string(i)));
    CAIRN_RETURN_IF_ERROR(files[i]->Allocate(num_chunks * kPiece));
  }
  std::atomic<size_t> next = 0;
  std::vector<Status> statuses(threads);
  std::vector<std::thread> running;
  for (Status& status : statuses) {
    running.emplace_back([&] {
      const std::vector<std::byte> chunk(kPiece, std::byte{1});
      for (size_t i = next++; i < num_files * num_chunks && status.ok(); i = next++)
        status = files[i % num_files]->WriteAt(i / num_files * kPiece, chunk);
    });
  }
  for (std::thread& thread : running) thread.join();
  for (const Status& status : statuses) CAIRN_RETURN_IF_ERROR(status);
  for (const auto& file : files) CAIRN_RETURN_IF_ERROR(file->Close());
  return {};
}

Status ReadFile(const std::string& path, int threads) {
  constexpr uint64_t kBlock = 256 << 10;
  CAIRN_ASSIGN_OR_RETURN(const auto file, LocalFileSystem().OpenForReading(path, Access::kRead));
  std::vector<Status> statuses(threads);
  InParts(file->size(), threads, [&](int i, size_t begin, size_t end) {
    std::vector<std::byte> buffer(kBlock);
    for (; begin < end && statuses[i].ok(); begin += kBlock) {
      const auto block = MutableBytes(buffer).first(std::min<size_t>(kBlock, end - begin));
      statuses[i] = file->ReadAt(begin, block);
    }
  });
  for (const Status& status : statuses) CAIRN_RETURN_IF_ERROR(status);
  return {};
}

Status Prewarm(uint64_t nbytes) {
  CAIRN_ASSIGN_OR_RETURN(const auto arena, Arena::Make(nbytes));
  for (size_t i = 0; i < nbytes; i += 4096) arena->bytes()[i] = std::byte{1};
  return {};
}

}  // namespace cairn::bench
