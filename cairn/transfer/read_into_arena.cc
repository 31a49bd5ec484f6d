#include "cairn/transfer/read_into_arena.h"

#include "cairn/core/checked_math.h"
#include "cairn/transfer/read_all.h"

namespace cairn {
namespace {

constexpr uint64_t kArenaAlignment = 64;  // of a cache line, and of the widest vectors

// Where a value lies in an arena.
struct Room {
  uint64_t offset = 0;
  uint64_t nbytes = 0;
};

// Returns the room after `end`. Errors: kOverflow, kDType.
Result<Room> RoomAfter(uint64_t end, const TensorSource& source) {
  Room room;
  CAIRN_ASSIGN_OR_RETURN(room.nbytes, Nbytes(source.dtype(), source.shape().num_elements()));
  const auto aligned = CheckedAdd(end, kArenaAlignment - 1);
  room.offset = aligned.value_or(UINT64_MAX) / kArenaAlignment * kArenaAlignment;
  if (!aligned || !CheckedAdd(room.offset, room.nbytes)) {
    return Status(Reason::kOverflow, "the tensors have 2^64 bytes or more");
  }
  return room;
}

}  // namespace

uint64_t NbytesInArena(const TensorSource& source) {
  return (source.nbytes() + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

Result<ArenaValues> ReadIntoArena(std::span<const std::shared_ptr<const TensorSource>> sources,
                                  std::span<const std::string_view> names,
                                  const TransferOptions& options, std::shared_ptr<Arena> reused) {
  std::vector<Room> rooms;
  uint64_t end = 0;
  for (size_t i = 0; i < sources.size(); ++i) {
    CAIRN_RETURN_IF_ERROR(sources[i]->CheckCanBeHeld().InTensor(names[i]));
    CAIRN_ASSIGN_OR_RETURN(const Room room, RoomAfter(end, *sources[i]));
    rooms.push_back(room);
    end = room.offset + room.nbytes;
  }
  ArenaValues result;
  if (reused && reused->bytes().size() >= end) {
    result.arena = std::move(reused);
  } else {
    reused.reset();  // the old memory is given back before new memory is taken
    CAIRN_ASSIGN_OR_RETURN(result.arena, Arena::Make(end));
  }
  std::vector<ReadJob> jobs;
  for (size_t i = 0; i < sources.size(); ++i) {
    result.values.push_back(result.arena->bytes().subspan(rooms[i].offset, rooms[i].nbytes));
    jobs.push_back({sources[i], result.values.back()});
  }
  CAIRN_ASSIGN_OR_RETURN(result.sums, ReadAllAndSum(jobs, options, names));
  return result;
}

}  // namespace cairn
