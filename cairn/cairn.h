// The whole public face: what a program needs to read, save, restore and verify checkpoints. The
// functions here are short forms for the local file system. Each has a longer form in the headers
// below, which takes a FileSystem. Training runs (ModelSaver, Resume, Trainer) are in the headers
// of train/. examples/ has a complete program for each section.
//
// No function throws or aborts: a function that can fail returns a Status or a Result. Its message
// is one line, and its reason() is one of a fixed list. A TensorDict is safe to use from several
// threads at once; other objects are not, unless their header says so.
#ifndef CAIRN_CAIRN_H_
#define CAIRN_CAIRN_H_

#include <concepts>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/compat/checkpoint_paths.h"
#include "cairn/compat/checkpoint_reader.h"
#include "cairn/compat/chkpt_vars.h"
#include "cairn/core/element.h"
#include "cairn/core/escape.h"
#include "cairn/core/export.h"
#include "cairn/core/small_float.h"
#include "cairn/data/file_sequence.h"
#include "cairn/data/prefetched.h"
#include "cairn/data/replayed.h"
#include "cairn/data/shuffled_indices.h"
#include "cairn/data/text_lines.h"
#include "cairn/io/memory_file_system.h"
#include "cairn/monitor/logger_dir.h"
#include "cairn/session/loaded_arrays.h"
#include "cairn/session/memory_session.h"
#include "cairn/session/memory_source.h"
#include "cairn/session/model_loader.h"
#include "cairn/session/session_init.h"
#include "cairn/state/run_directory.h"
#include "cairn/train/auto_resume.h"
#include "cairn/train/best_saver.h"
#include "cairn/train/function_callback.h"
#include "cairn/train/model_saver.h"
#include "cairn/train/monitors.h"
#include "cairn/train/periodic_trigger.h"
#include "cairn/train/resume.h"
#include "cairn/train/stop_signals.h"
#include "cairn/train/trainer.h"
#include "cairn/transform/combine_dicts.h"
#include "cairn/transform/edit_tensors.h"
#include "cairn/transform/name_rules.h"
#include "cairn/transform/prune_dict.h"
#include "cairn/transform/recipe_json.h"

namespace cairn {

// --- Open ---

// Opens the checkpoint that `path` names: a prefix ("run/model-100"), any of its files, or the
// directory of a run. Only metadata is read. Iterate over the dict to list its tensors. A mapped
// file must not be truncated while it is used; `{.access = Access::kRead}` reads into memory
// instead. Errors: kMissing (the hint shows what is there instead), kUnsupported, and every kind of
// DataLoss.
CAIRN_EXPORT Result<TensorDict> Open(std::string_view path, const OpenOptions& options = {});

// --- Read ---

// Reads all elements of a tensor, row-major, and compares its checksum. T is the C++ type of the
// dtype, uint8_t for bool, or std::byte for any dtype (core/element.h). Errors: kMissing (the hint
// has the nearest names), kMismatch (the tensor has another dtype), kNoMemory, kLimit (a packed
// value that is far larger than its stored bytes: Limits::max_expand), kCrc, and other errors of
// reading.
template <Element T>
Result<std::vector<T>> ReadTensor(const TensorDict& dict, std::string_view name,
                                  const TransferOptions& options = {});

// A vector, array or span that elements are read into. T is void, or the type of its elements.
template <typename Out, typename T>
concept OutputOf =
    BorrowedRange<Out> && WritableRange<Out> && Element<std::ranges::range_value_t<Out>> &&
    (std::is_void_v<T> || std::same_as<T, std::ranges::range_value_t<Out>>);

// Reads all elements into the caller's memory `out`, which must have exactly as many. After an
// error its contents are unspecified. Errors: also kArgument (`out` has another number of
// elements).
template <typename T = void, typename Out>
  requires OutputOf<Out, T>
Status ReadTensor(const TensorDict& dict, std::string_view name, Out&& out,
                  const TransferOptions& options = {});

// Reads all elements of a string tensor, row-major, and compares its checksum. They may hold any
// bytes. Errors: as ReadTensor.
CAIRN_EXPORT Result<std::vector<std::string>> ReadStrings(const TensorDict& dict,
                                                          std::string_view name);

// --- Convert ---

// The types that elements of other dtypes are converted to.
template <typename T>
concept RealElement = std::same_as<T, float> || std::same_as<T, double>;

// Reads a tensor of any real dtype and converts its elements, as `astype` of numpy and `to` of
// torch do. float32, float16, bfloat16, all kinds of float8, float6 and float4, bool, and integers
// of up to 16 bits convert to float without change; to double, so do float64 and integers of up to
// 32 bits. Other values are rounded to the nearest, halfway cases to even, and a float64 that is
// too large for float becomes infinity. NaN stays NaN. While it converts, it holds the stored
// elements in memory, too. Errors: as ReadTensor; kMismatch for complex numbers and strings.
template <RealElement T>
Result<std::vector<T>> ReadTensorAs(const TensorDict& dict, std::string_view name,
                                    const TransferOptions& options = {});

// Converts elements in memory in the same way, such as those of ReadTensor<std::byte> or of a
// TensorView<std::byte>. Errors: kArgument (the dtype is not real, or `elements` are not whole
// elements), kNoMemory.
template <RealElement T>
Result<std::vector<T>> DecodeFloats(DType dtype, Bytes elements);

// Converts numbers to elements of a floating-point dtype (every one but float8_e8m0fnu), ready for
// an Array: {DType::kBFloat16, bytes, {3, 2}}. Each is rounded once, to the nearest, halfway cases
// to even. A number that is too large becomes infinity, or NaN in a dtype without infinity, or the
// largest value in a dtype without either, as ml_dtypes does. NaN loses its payload, and becomes
// negative zero in a dtype without NaN. Float16, BFloat16 and the others in core/small_float.h
// convert single numbers. Errors: kArgument (another dtype), kNoMemory.
CAIRN_EXPORT Result<std::vector<std::byte>> EncodeFloats(DType dtype,
                                                         std::span<const float> values);
CAIRN_EXPORT Result<std::vector<std::byte>> EncodeFloats(DType dtype,
                                                         std::span<const double> values);

// --- View ---

// The elements of a tensor in the mapped file. It keeps the file open and mapped, even after the
// dict is destroyed; cheap to copy.
template <Element T>
class TensorView;

// Shows a tensor without copying it. The checksum is compared once, in this call, unless `verify`
// is false. Errors: as ReadTensor; kArgument where a view is impossible: the bytes are not aligned
// for T, the file is not mapped, or the stored bytes are not the value (compressed, in slices, of
// the other endianness). ReadTensor reads all of these.
template <Element T>
Result<TensorView<T>> ViewTensor(const TensorDict& dict, std::string_view name,
                                 const TransferOptions& options = {});

// --- Rename and select ---

// Rename (transform/name_rules.h) selects and renames the tensors of a dict by the rules that the
// options of `cairn convert` have, by any of the names of a tensor of a TF2 checkpoint. No value is
// read but the object graph, which follows. The result can be saved, or restored with DictRestore:
//
//   Rename(dict, {.exclude = {"**/Adam*"}, .rename = {"net/=body/"}, .substitute = {"s/_1$//"}})

// PruneDict (transform/prune_dict.h) keeps what the model needs, as tensorpack's dump-model-params
// does; DropTrainingState keeps everything but slots of optimizers and the like.

// --- Change and combine ---

// EditTensors (transform/recipe.h) casts, slices, pads, transposes, reshapes, joins and splits the
// tensors of a dict, each by a function of its own in transform/edit_tensors.h and
// transform/cast_tensors.h. MergeDicts, AverageDicts, AddDicts and SubtractDicts
// (transform/combine_dicts.h) make one dict of several. Nothing is read before the result is, in
// bounded memory:
//
//   EditTensors(dict, {.transpose = {"fc/W=1,0"}, .dtype = {"bfloat16"}})

// --- Restore ---

// Assigns to the variables of a session (a MemorySession of the program's own arrays) the values
// that the checkpoint has under their names. Every value is verified before the first is assigned,
// so damage leaves all variables as they were. The plan says what was done; show its `warnings`.
// SaverRestore::Plan returns the plan without applying it. `rules` (session/restore_rules.h) say
// what happens to names and values that do not agree; WhatFits() loads whatever fits. Errors: those
// of Open, RestorePlan::acceptable and Apply.
CAIRN_EXPORT Result<RestorePlan> Restore(Session& session, std::string_view path,
                                         const RestoreRules& rules = {},
                                         const TransferOptions& options = {});

// The loaders of tensorpack, each with Plan and Init (session/session_init.h): SaverRestore,
// SaverRestoreRelaxed, DictRestore, ChainInit, JustCurrentSession. GetModelLoader chooses one for a
// path, a dict, a list of these, or nothing, as SmartInit (session/model_loader.h) does:
//
//   CAIRN_ASSIGN_OR_RETURN(auto loader, GetModelLoader({"backbone.npz", "run/model-100"}));
//   CAIRN_ASSIGN_OR_RETURN(RestorePlan plan, loader->Init(session));
CAIRN_EXPORT Result<std::unique_ptr<SessionInit>> GetModelLoader(const ModelArgument& argument,
                                                                 bool ignore_mismatch = false);

// --- Load ---

// Loads all variables of a checkpoint at once, as numpy.load and torch.load do: a session that owns
// its arrays (session/loaded_arrays.h). LoadArrays also takes a dict, such as one that Rename made.
// Errors: those of Open and of LoadArrays.
//
//   CAIRN_ASSIGN_OR_RETURN(const auto model, LoadArrays("run/model-100"));
//   CAIRN_ASSIGN_OR_RETURN(std::span<float> weights, model->values<float>("fc/W"));
CAIRN_EXPORT Result<std::unique_ptr<LoadedArrays>> LoadArrays(std::string_view path,
                                                              const TransferOptions& options = {});

// --- Save ---

// Saves the tensors durably, in the format that the name tells (.npz, .npy, .safetensors), or as a
// TensorFlow V2 checkpoint under the prefix `path`. An existing checkpoint is replaced only if
// `if_exists` says so. With `{.alignment = 64}` ViewTensor can show every numeric tensor of a
// TensorFlow checkpoint. Errors: kExists, kArgument, those of the sources, kNoSpace, kIo; after an
// error there is no checkpoint under that name.
CAIRN_EXPORT Result<SaveReport> Save(std::string_view path, const TensorDict& dict,
                                     const SaveOptions& options = {});

// Saves arrays by name: SaveArrays("run/model-0", {{"fc/W", {w, {3, 2}}}, {"step", step}}). Errors:
// also kArgument (the dims and the size of an array differ).
CAIRN_EXPORT Result<SaveReport> SaveArrays(std::string_view path,
                                           const std::map<std::string, Array>& arrays,
                                           const SaveOptions& options = {});

// Saves all variables of a session that are not local.
CAIRN_EXPORT Result<SaveReport> SaveSession(std::string_view path, Session& session,
                                            const SaveOptions& options = {});

// --- Bytes instead of files ---

// A MemoryFileSystem (io/memory_file_system.h) holds files in memory: Put takes the bytes of a file
// and Get returns them. Each function above has a form that takes a FileSystem. The content tells
// the format of a checkpoint that is opened; the name tells that of one that is saved.
//
//   MemoryFileSystem memory;
//   CAIRN_RETURN_IF_ERROR(memory.Put("model.safetensors", bytes));   // copies them
//   CAIRN_ASSIGN_OR_RETURN(TensorDict dict, Open(memory, "model.safetensors"));
//   CAIRN_RETURN_IF_ERROR(Save(memory, "model.npz", dict).status());
//   CAIRN_ASSIGN_OR_RETURN(std::vector<std::byte> npz, memory.Get("model.npz"));

// --- Verify ---

// Reads everything and reports every defect. Errors: only where there is no checkpoint to verify.
CAIRN_EXPORT Result<VerifyReport> Verify(std::string_view path, const VerifyOptions& options = {});

}  // namespace cairn

#include "cairn/cairn_inl.h"

#endif  // CAIRN_CAIRN_H_
