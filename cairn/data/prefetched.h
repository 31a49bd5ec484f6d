// Data that are read ahead, while the training works on what came before.
#ifndef CAIRN_DATA_PREFETCHED_H_
#define CAIRN_DATA_PREFETCHED_H_

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "cairn/core/export.h"
#include "cairn/data/data_source.h"

namespace cairn {

// Elements, errors and the end come in the order of the source, and the position is that after the
// element that was handed out last, wherever the source is: a run that is resumed gets every
// element that it had not seen, whether it had been read ahead or not.
//
// A thread reads from the first Next on, at most `max_ahead` elements that nobody took yet. It has
// the source for itself until Seek or the destructor ends it; both wait for the one element that
// it is reading. After an error or the end it stops, and the next call of Next asks the source
// again. Where the machine has no thread left, Next reads by itself.
template <typename T>
class Prefetched final : public DataSource<T> {
 public:
  // Borrows `source`, which must outlive this object. `max_ahead` is at least 1.
  Prefetched(DataSource<T>& source, size_t max_ahead)
      : source_(source), max_ahead_(std::max<size_t>(max_ahead, 1)), position_(source.Position()) {}
  // The source is left where its reading ended.
  ~Prefetched() override { EndReading(); }
  Prefetched(const Prefetched&) = delete;
  Prefetched& operator=(const Prefetched&) = delete;

  Result<std::optional<T>> Next() override;
  // Position and errors are those of the source.
  std::string Position() const override { return position_; }
  // Drops what was read ahead. Errors: those of the source, which is then put back to where this
  // object was, so that no element is lost.
  Status Seek(std::string_view position) override;

 private:
  struct Read {
    Result<std::optional<T>> element;
    std::string position;  // of the source, after it

    bool ends_reading() const { return !element.ok() || !*element; }
  };

  Read ReadOne() {
    Result<std::optional<T>> element = source_.Next();
    return {std::move(element), source_.Position()};
  }
  bool BeginReading();
  void ReadAhead();
  void EndReading();

  DataSource<T>& source_;
  const size_t max_ahead_;
  std::string position_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Read> ahead_;
  bool must_end_ = false;
  std::thread reader_;
};

template <typename T>
Result<std::optional<T>> Prefetched<T>::Next() {
  if (!BeginReading()) {
    Read read = ReadOne();
    position_ = std::move(read.position);
    return std::move(read.element);
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ahead_.empty(); });
  Read read = std::move(ahead_.front());
  ahead_.pop_front();
  lock.unlock();
  changed_.notify_all();
  if (read.ends_reading()) EndReading();
  position_ = std::move(read.position);
  return std::move(read.element);
}

template <typename T>
Status Prefetched<T>::Seek(std::string_view position) {
  EndReading();
  Status status = source_.Seek(position);
  // Where this fails as well, the source says so at its next element.
  if (!status.ok()) (void)source_.Seek(position_);
  if (status.ok()) position_ = source_.Position();
  return status;
}

// Returns whether there is a thread that reads.
template <typename T>
bool Prefetched<T>::BeginReading() {
  if (reader_.joinable()) return true;
  try {
    reader_ = std::thread([this] { ReadAhead(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

template <typename T>
void Prefetched<T>::ReadAhead() {
  for (bool is_end = false; !is_end;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return must_end_ || ahead_.size() < max_ahead_; });
    if (must_end_) return;
    lock.unlock();
    Read read = ReadOne();
    is_end = read.ends_reading();
    lock.lock();
    ahead_.push_back(std::move(read));
    lock.unlock();
    changed_.notify_all();
  }
}

template <typename T>
void Prefetched<T>::EndReading() {
  if (!reader_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    must_end_ = true;
  }
  changed_.notify_all();
  reader_.join();
  must_end_ = false;
  ahead_.clear();
}

}  // namespace cairn

#endif  // CAIRN_DATA_PREFETCHED_H_
