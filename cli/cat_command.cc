// cairn cat PATH NAME: the value of one tensor, as numpy prints it, as JSON or as a .npy file.
#include <unistd.h>

#include "cairn/core/bookkeeping.h"
#include "cairn/core/escape.h"
#include "cairn/core/list_names.h"
#include "cairn/transform/slice_tensor.h"
#include "cli/command.h"
#include "cli/open_checkpoint.h"
#include "cli/print/size_text.h"
#include "cli/print/tensor_printer.h"
#include "cli/tensor_selection.h"

namespace cairn::cli {
namespace {

struct CatOptions {
  std::string path;
  std::string name;
  std::string slice;
  TensorForm form;
  std::optional<uint64_t> max_expand;
};

// Returns the only tensor beside those that TensorFlow or Cairn keeps for itself.
Result<size_t> FindOnlyTensor(const TensorDict& dict, const std::string& path) {
  std::vector<size_t> found;
  for (size_t i = 0; i < dict.size(); ++i) {
    if (!IsBookkeepingEntry(dict.name(i))) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  return Status(Reason::kArgument,
                "NAME is missing, and there are " + Count(found.size(), "tensor"))
      .AtPath(path)
      .WithHint("see all names: cairn ls " + path);
}

// The keys of the tensors that a name means, by their short paths or full names in the object
// graph.
std::vector<std::string> KeysNamed(std::string_view name, const TensorDict& dict,
                                   const ObjectNames& names) {
  std::vector<std::string> keys;
  for (const auto& [key, other] : names) {
    if ((other.path == name || other.full_name == name) && dict.Find(key)) keys.push_back(key);
  }
  return keys;
}

// Finds a tensor by its key, its short path or its full name: as it is, or as `ls` shows it. A key
// comes first, since another name of another tensor may be equal to it. Errors: kMissing; kArgument
// (several tensors have that name).
Result<size_t> FindTensor(const TensorDict& dict, const CatOptions& options, Output& out) {
  const std::string& name = options.name;
  if (const auto found = dict.Find(name)) return *found;
  if (name.empty()) return FindOnlyTensor(dict, options.path);
  const std::string stored = Unescape(name).value_or(name);
  if (const auto found = dict.Find(stored)) return *found;
  const ObjectNames names = ReadNames(dict, out);
  std::vector<std::string> keys = KeysNamed(name, dict, names);
  if (keys.empty()) keys = KeysNamed(stored, dict, names);
  if (keys.size() == 1) {
    out.Note(Escape(name) + ": the tensor " + Quoted(keys[0]));
    return *dict.Find(keys[0]);
  }
  if (!keys.empty()) {
    return Status(Reason::kArgument, ListNames(Quoted(stored) + " is the name of " +
                                                   std::to_string(keys.size()) + " tensors:",
                                               keys))
        .AtPath(options.path)
        .WithHint("name one by its key");
  }
  return Status(Reason::kMissing, "no tensor " + Quoted(stored) + " in the checkpoint")
      .AtPath(options.path)
      .WithHint(HintOfNearest(dict, names, name, options.path));
}

class CatCommand final : public Command {
 public:
  std::string_view name() const override { return "cat"; }
  std::string_view summary() const override {
    return "Prints one tensor as numpy does; its checksum is compared first.";
  }
  std::string_view examples() const override {
    return "  cairn cat run/model-100 fc/W\n"
           "  cairn cat --npy run/model-100 fc/W > fc_w.npy\n";
  }
  std::vector<Option> options() override {
    return {
        {.names = "PATH", .target = &options_.path, .help = "the checkpoint"},
        {.names = "NAME",
         .target = &options_.name,
         .help = "of the tensor, of any kind that `ls --names` shows; one may be left out",
         .is_required = false,
         .is_tensor_name = true},
        {.names = "--slice",
         .target = &options_.slice,
         .help = "only this part, and reads no more: '0:10,:,3' as numpy has it",
         .value = "SLICE"},
        {.names = "--json", .target = &options_.form.json, .help = "all values, flat, row-major"},
        {.names = "--npy", .target = &options_.form.npy, .help = "a .npy file, for numpy"},
        {.names = "--precision",
         .target = &options_.form.precision,
         .help = "digits after the point, at most (8)",
         .value = "N"},
        {.names = "--edge",
         .target = &options_.form.edge,
         .help = "values at each end of an axis, where there are more than 1000 (3)",
         .value = "N",
         .least = 1},
        {.names = "--all", .target = &options_.form.all, .help = "all values, however many"},
        MaxExpandOption(options_.max_expand),
    };
  }

  ExitCode Run(const Context& context) override {
    const Status status = Print(context);
    if (!context.out.is_wanted()) return kDone;  // Finish says what is to be said
    return status.ok() ? kDone : context.out.Error(status);
  }

 private:
  Status Print(const Context& context) const {
    CAIRN_RETURN_IF_ERROR(CheckOptions());
    OpenOptions opening;
    if (options_.max_expand) opening.limits.max_expand = *options_.max_expand;
    CAIRN_ASSIGN_OR_RETURN(const auto checkpoint,
                           OpenCheckpoint(options_.path, context.out, opening));
    const TensorDict& dict = checkpoint.dict;
    CAIRN_ASSIGN_OR_RETURN(const size_t found, FindTensor(dict, options_, context.out));
    CAIRN_ASSIGN_OR_RETURN(auto source, dict.source(found).AtPath(options_.path));
    if (!options_.slice.empty()) {
      CAIRN_ASSIGN_OR_RETURN(SlicedTensor part, SliceTensor(std::move(source), options_.slice)
                                                    .InTensor(dict.name(found))
                                                    .AtPath(options_.path));
      source = std::move(part.source);
      if (!part.is_checked) {
        context.out.Note(options_.path +
                         ": a part is shown unchecked: a checksum is that of a whole tensor");
      }
    }
    NoteStoredType(dict.info(found), context.out);
    ProgressBar progress("cat " + options_.path, context.progress);
    return PrintTensor(dict.info(found), *source, options_.form, progress, context.out)
        .InTensor(dict.name(found))
        .AtPath(options_.path);
  }

  // Only --npy keeps every type that numpy alone has. Text is shown as text.
  void NoteStoredType(const TensorInfo& info, Output& out) const {
    if (info.stored_as.empty() || info.dtype == DType::kString || options_.form.npy) return;
    out.Note(Quoted(info.name) + " is stored as " + Escape(info.stored_as) + ", shown as " +
             std::string(Name(info.dtype)));
  }

  Status CheckOptions() const {
    if (options_.form.json && options_.form.npy)
      return Status(Reason::kArgument, "cat: --json and --npy exclude each other")
          .WithHint("leave one of them out");
    if (options_.form.npy && IsTerminal(STDOUT_FILENO))
      return Status(Reason::kArgument, "cat: --npy writes bytes that a terminal cannot show")
          .WithHint("send them into a file: > tensor.npy");
    return {};
  }

  CatOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeCatCommand() { return std::make_unique<CatCommand>(); }

}  // namespace cairn::cli
