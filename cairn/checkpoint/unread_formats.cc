#include "cairn/checkpoint/unread_formats.h"

// Files of formats that are not read yet, told by their first and last bytes.
#include <algorithm>
#include <array>

#include "cairn/codec/zip/zip_head.h"
#include "cairn/io/read_head.h"

namespace cairn {
namespace {

using namespace std::string_view_literals;

constexpr uint64_t kPeekNbytes = 4096;

struct Peek {
  std::string head;  // at most kPeekNbytes
  std::string tail;  // as many bytes at the end of the file
};

Result<Peek> PeekAt(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const auto file, fs.OpenForReading(path, Access::kRead));
  Peek peek;
  CAIRN_ASSIGN_OR_RETURN(peek.head, ReadHead(*file, kPeekNbytes));
  peek.tail.resize(std::min(file->size(), kPeekNbytes));
  CAIRN_RETURN_IF_ERROR(
      file->ReadAt(file->size() - peek.tail.size(), std::as_writable_bytes(std::span(peek.tail))));
  return peek;
}

uint8_t ByteAt(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : uint8_t{0};
}

bool IsEmpty(const Peek& peek) { return peek.head.empty(); }

bool IsLfsPointer(const Peek& peek) {
  return peek.head.starts_with("version https://git-lfs.github.com/spec/");
}

// A download may save the page of a server under the name of the file that it did not find.
bool IsWebPage(const Peek& peek) {
  std::string start = peek.head.substr(0, 64);
  std::ranges::transform(start, start.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (start.starts_with(kByteOrderMark)) start.erase(0, kByteOrderMark.size());
  start.erase(0, std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  return std::ranges::any_of(std::array{"<!doctype html"sv, "<html"sv, "<?xml"sv},
                             [&](std::string_view tag) { return start.starts_with(tag); });
}

bool IsTable(const Peek& peek) { return peek.tail.ends_with("\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv); }

bool IsKeras(const Peek& peek) {
  const auto member = FirstZipMember(peek.head);
  return member == "metadata.json" || member == "config.json" || member == "model.weights.h5";
}

bool IsTorchZip(const Peek& peek) {
  const auto member = FirstZipMember(peek.head);
  return member && (member->ends_with("/data.pkl") || member->find("/data/") != member->npos ||
                    member->ends_with("/byteorder") || member->ends_with("/.format_version"));
}

bool IsZip(const Peek& peek) { return FirstZipMember(peek.head).has_value(); }

// The signature stands at 0 or, after a user block, at a power of two from 512 on.
bool IsHdf5(const Peek& peek) {
  for (const size_t at : {0, 512, 1024, 2048}) {
    if (at < peek.head.size() && peek.head.compare(at, 8, "\x89HDF\r\n\x1a\n") == 0) return true;
  }
  return false;
}

// Protocols 2 to 5 have a number; text of protocol 0 begins with a dict, a list or a class.
bool IsPickle(const Peek& peek) {
  if (peek.head.size() > 2 && peek.head[0] == '\x80') return peek.head[1] >= 2 && peek.head[1] <= 5;
  return peek.tail.ends_with('.') &&
         std::ranges::any_of(std::array{"(dp"sv, "(lp"sv, "ccopy_reg"sv, "cnumpy"sv},
                             [&](std::string_view start) { return peek.head.starts_with(start); });
}

// Before torch.save wrote zip archives, it wrote a pickle of this number, then other pickles.
bool IsTorchPickle(const Peek& peek) {
  return peek.head.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv);
}

// paddle.save pickles a dict whose last key has this name; Paddle's own files begin with the
// version and levels of a LoDTensor, all zero, and the size of a small message, which has a dtype.
bool IsPaddle(const Peek& peek) {
  if (IsPickle(peek)) return peek.tail.find("StructuredToParameterName@@") != peek.tail.npos;
  constexpr size_t kNumZeros = 16;
  return peek.head.size() > kNumZeros + 5 && peek.head.find_first_not_of('\0') == kNumZeros &&
         ByteAt(peek.head, kNumZeros) <= 64 &&
         peek.head.compare(kNumZeros + 1, 3, "\0\0\0"sv) == 0 &&
         ByteAt(peek.head, kNumZeros + 4) == 0x08;
}

bool IsGguf(const Peek& peek) {
  return peek.head.starts_with("GGUF") || peek.head.starts_with("ggjt") ||
         peek.head.starts_with("tjgg") || peek.head.starts_with("lmgg");
}

// ModelProto begins with ir_version, and goes on with a string, the graph or the opsets.
bool IsOnnx(const Peek& peek) {
  constexpr std::string_view kTags = "\x12\x1a\x22\x32\x3a\x42";
  return ByteAt(peek.head, 0) == 0x08 && ByteAt(peek.head, 1) >= 3 && ByteAt(peek.head, 1) <= 30 &&
         peek.head.size() > 2 && kTags.find(peek.head[2]) != kTags.npos;
}

// Checkpoint {value = 1 {tag = 1 string, tensor = 2 {dims = 1, tensor_type = 2 string, …}}…}.
bool IsMindSpore(const Peek& peek) {
  if (ByteAt(peek.head, 0) != 0x0a) return false;
  size_t at = 1;
  while (ByteAt(peek.head, at) >= 0x80) ++at;
  ++at;
  if (ByteAt(peek.head, at) != 0x0a) return false;
  const size_t tensor = at + 2 + ByteAt(peek.head, at + 1);
  if (ByteAt(peek.head, tensor) != 0x12) return false;
  constexpr size_t kMostOfDims = 64;
  const std::string start = peek.head.substr(tensor, kMostOfDims);
  return std::ranges::any_of(
      std::array{"\x12\x07\x46loat32"sv, "\x12\x07\x46loat16"sv, "\x12\x07\x46loat64"sv,
                 "\x12\x08\x42\x46loat16"sv, "\x12\x05Int32"sv, "\x12\x05Int64"sv, "\x12\x04Int8"sv,
                 "\x12\x05UInt8"sv, "\x12\x04\x42ool"sv},
      [&](std::string_view type) { return start.find(type) != start.npos; });
}

// flax and t5x write their trees as a map whose first key is a text.
bool IsMessagePack(const Peek& peek) {
  const uint8_t first = ByteAt(peek.head, 0);
  const bool is_small_map = first > 0x80 && first < 0x90;
  if (!is_small_map && first != 0xde && first != 0xdf) return false;
  const size_t key = is_small_map ? 1 : (first == 0xde ? 3 : 5);
  const uint8_t kind = ByteAt(peek.head, key);
  const bool is_short_text = kind > 0xa0 && kind < 0xc0;
  if (!is_short_text && kind != 0xd9) return false;
  const size_t nbytes = is_short_text ? kind - 0xa0 : ByteAt(peek.head, key + 1);
  const std::string text = peek.head.substr(key + (is_short_text ? 1 : 2), nbytes);
  return text.size() == nbytes &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool IsTar(const Peek& peek) {
  constexpr size_t kMagicAt = 257;
  return peek.head.size() > kMagicAt && peek.head.compare(kMagicAt, 5, "ustar") == 0;
}

bool IsGzip(const Peek& peek) { return peek.head.starts_with("\x1f\x8b\x08"sv); }

struct KnownFormat {
  UnreadFormat format;
  bool (*is_match)(const Peek&);
  std::string_view extension = {};
};

constexpr std::string_view kTorchHint =
    "Load it with PyTorch, and save its tensors with safetensors.torch.save_file.";
constexpr std::string_view kUnpackHint = "Unpack it, and name a file that was in it.";

// The first that matches.
constexpr std::array kKnownFormats = {
    KnownFormat{{kIsEmpty, "Copy or download the file again."}, IsEmpty},
    KnownFormat{{"is a Git LFS pointer, not the checkpoint itself",
                 "Run `git lfs pull` in its repository."},
                IsLfsPointer},
    KnownFormat{{"is a web page, not a checkpoint: a download saved what the server answered",
                 "Download the file again, and look at the page for what went wrong."},
                IsWebPage},
    KnownFormat{{kIsTable, ""}, IsTable},
    KnownFormat{
        {"is a Keras file, which is not supported",
         "Load it with Keras, and save the weights with tf.train.Checkpoint or numpy.savez."},
        IsKeras,
        ".keras"},
    KnownFormat{{"is a PyTorch file, which is not supported", kTorchHint}, IsTorchZip, ".pt"},
    KnownFormat{{"is a PyTorch file, which is not supported", kTorchHint}, IsTorchPickle, ".pth"},
    KnownFormat{{"is a zip archive, which is not supported", kUnpackHint}, IsZip},
    KnownFormat{{"is a tar archive, which is not supported", kUnpackHint}, IsTar},
    KnownFormat{{"is a gzip file, which is not supported", kUnpackHint}, IsGzip},
    KnownFormat{{"is an HDF5 file, which is not supported",
                 "Read it with h5py, and save the arrays with numpy.savez."},
                IsHdf5,
                ".h5"},
    KnownFormat{{"is a Paddle file, which is not supported",
                 "Load it with paddle.load, and save the arrays with numpy.savez."},
                IsPaddle,
                ".pdparams"},
    KnownFormat{{"is a pickle, which is never read because it can run programs",
                 "Load it with Python if you trust it, and save the arrays with numpy.savez."},
                IsPickle,
                ".pkl"},
    KnownFormat{
        {"is a GGUF file, which is not supported", "Use the safetensors files of the same model."},
        IsGguf,
        ".gguf"},
    KnownFormat{{"is an ONNX file, which is not supported",
                 "Read its initializers with the package onnx, and save them with numpy.savez."},
                IsOnnx,
                ".onnx"},
    KnownFormat{{"is a MindSpore checkpoint, which is not supported",
                 "Load it with mindspore.load_checkpoint, and save the arrays with numpy.savez."},
                IsMindSpore},
    KnownFormat{{"is a MessagePack file, as flax and t5x write, which is not supported",
                 "Read it with flax.serialization.msgpack_restore, and save the arrays with "
                 "numpy.savez."},
                IsMessagePack,
                ".msgpack"},
};

}  // namespace

Result<std::optional<UnreadFormat>> FindUnreadFormat(FileSystem& fs, const std::string& path) {
  CAIRN_ASSIGN_OR_RETURN(const Peek peek, PeekAt(fs, path));
  const auto found = std::ranges::find_if(
      kKnownFormats, [&](const KnownFormat& known) { return known.is_match(peek); });
  if (found == kKnownFormats.end()) return std::optional<UnreadFormat>();
  return std::optional(found->format);
}

bool HasUnreadExtension(std::string_view name) {
  return std::ranges::any_of(kKnownFormats, [&](const KnownFormat& known) {
    return !known.extension.empty() && name.ends_with(known.extension);
  });
}

}  // namespace cairn
