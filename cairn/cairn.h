// The whole public face: what a program needs to read, save, restore and verify checkpoints of the
// local file system. The functions here are short forms; each has a longer one, in the headers
// below, that is given its FileSystem. Training runs (ModelSaver, Resume, Trainer) are in the
// headers of train. examples/ has a complete program for each.
//
// Nothing throws or aborts: what can fail returns a Status or a Result, whose message is one line
// and whose reason() is one of a fixed list. Objects are not safe to use from several threads
// unless their header says so; a TensorDict is.
#ifndef CAIRN_CAIRN_H_
#define CAIRN_CAIRN_H_

#include <concepts>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/compat/checkpoint_paths.h"
#include "cairn/compat/checkpoint_reader.h"
#include "cairn/compat/chkpt_vars.h"
#include "cairn/core/escape.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/session_init.h"
#include "cairn/state/run_directory.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/resume.h"
#include "cairn/train/trainer.h"

namespace cairn {

// --- Open ---

// The tensors of the checkpoint that `path` names: a prefix ("run/model-100"), any of its files, a
// run's directory. Reads metadata only; `size()` and `info(i)` of the dict list it. A mapped file
// must not be cut while it is used; `{.access = Access::kRead}` copies instead.
// Errors: kMissing (with what there is instead), kUnsupported, DataLoss of every kind.
Result<TensorDict> Open(std::string_view path, const OpenOptions& options = {});

// --- Read ---

// What elements can be read as: the C++ type of the dtype, or std::byte for the bytes of any dtype
// with elements of a fixed size (the only way to float16, bfloat16, float8). bool is read as
// uint8_t, 0 or 1 in every sound checkpoint: in an unsound one, other bytes are no valid `bool`.
template <typename T>
concept Element =
    std::same_as<T, std::byte> || (requires { DTypeOf<T>(); } && !std::same_as<T, bool>);

// The elements of a tensor, row-major, checked.
// Errors: kMissing (with the nearest names), kMismatch (another dtype), kNoMemory, kCrc and what
// else reading meets.
template <Element T>
Result<std::vector<T>> ReadTensor(const TensorDict& dict, std::string_view name,
                                  const TransferOptions& options = {});

// The same into the caller's memory, of exactly as many elements. After an error its contents are
// unspecified. Errors: also kArgument (another number of elements).
template <Element T>
Status ReadTensor(const TensorDict& dict, std::string_view name, std::span<T> out,
                  const TransferOptions& options = {});

// The elements of a string tensor, row-major, checked; any bytes. Errors: as ReadTensor.
Result<std::vector<std::string>> ReadStrings(const TensorDict& dict, std::string_view name);

// --- View ---

// The elements of a tensor where they lie in the mapped file. Keeps the file open and mapped, also
// when the dict is gone; cheap to copy.
template <Element T>
class TensorView;

// Sees a tensor without copying it. Its checksum is compared once, here (`verify = false` leaves
// that out). Errors: as ReadTensor; kArgument where there is nothing to see: the bytes are not
// aligned for T, the file is not mapped, or the stored bytes are not the value (compressed, in
// slices, of the other endianness). ReadTensor reads all of these.
template <Element T>
Result<TensorView<T>> ViewTensor(const TensorDict& dict, std::string_view name,
                                 const TransferOptions& options = {});

// --- Restore ---

// Assigns to the variables of a session (a MemorySession of the program's own arrays) what the
// checkpoint has under their names, all or nothing: every value is verified before the first is
// assigned. The plan says what was done; its `warnings` are worth showing. SaverRestore::Plan
// shows it beforehand. Errors: those of Open, RestorePlan::acceptable and Apply.
Result<RestorePlan> Restore(Session& session, std::string_view path, const RestoreRules& rules = {},
                            const TransferOptions& options = {});

// --- Save ---

// Saves as what the name says (.npz, .npy, .safetensors), or a TensorFlow V2 checkpoint under the
// prefix `path`, durably; nothing that exists is replaced unless `if_exists` says so. With
// `{.alignment = 64}` every tensor of a TensorFlow checkpoint is fit for ViewTensor.
// Errors: kExists, kArgument, those of the sources, kNoSpace, kIo; after an error there is no
// checkpoint under that name.
Result<SaveReport> Save(std::string_view path, const TensorDict& dict,
                        const SaveOptions& options = {});

// The same for arrays by name: SaveArrays("run/model-0", {{"fc/W", {w, {3, 2}}}}).
// Errors: also kSize (shape and array differ).
Result<SaveReport> SaveArrays(std::string_view path, const std::map<std::string, Array>& arrays,
                              const SaveOptions& options = {});

// The same for all variables of a session that are not local.
Result<SaveReport> SaveSession(std::string_view path, Session& session,
                               const SaveOptions& options = {});

// --- Verify ---

// Reads everything and says all that is wrong. Errors: only where there is nothing to verify.
Result<VerifyReport> Verify(std::string_view path, const VerifyOptions& options = {});

}  // namespace cairn

#include "cairn/cairn_inl.h"

#endif  // CAIRN_CAIRN_H_
