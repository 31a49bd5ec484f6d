#include "cairn/checkpoint/formats.h"

#include <algorithm>
#include <array>

#include "cairn/formats/npz/npz.h"
#include "cairn/formats/safetensors/safetensors.h"
#include "cairn/formats/tf_bundle/tf_bundle.h"
#include "cairn/formats/tf_v1/tf_v1.h"

namespace cairn {
namespace {

constexpr std::array kFormats = {tf_bundle::kFormat, tf_v1::kFormat, npz::kNpzFormat,
                                 npz::kNpyFormat, safetensors::kFormat};

bool HasExtensionOf(const Format& format, std::string_view name) {
  return std::ranges::any_of(format.extensions,
                             [&](std::string_view extension) { return name.ends_with(extension); });
}

// Something that only some formats can do.
struct Ability {
  std::string_view what;
  bool (*has)(const Format&, const SaveOptions&);
  bool (*is_asked)(const SaveOptions&);
};

constexpr std::array kAbilities = {
    Ability{"compress values",
            [](const Format& format, const SaveOptions&) { return format.can_compress; },
            [](const SaveOptions& options) { return options.compress; }},
    Ability{"share the bytes of other files",
            [](const Format& format, const SaveOptions&) { return format.can_share; },
            [](const SaveOptions& options) { return options.share.has_value(); }},
    Ability{"put tensors into several files",
            [](const Format& format, const SaveOptions&) { return format.can_shard; },
            [](const SaveOptions& options) { return options.max_shard_nbytes > 0; }},
    Ability{"keep string tensors in its metadata",
            [](const Format& format, const SaveOptions&) { return format.can_keep_strings; },
            [](const SaveOptions& options) { return options.strings == StringTensors::kMetadata; }},
    Ability{"align tensors so",
            [](const Format& format, const SaveOptions& options) {
              return options.alignment <= format.max_alignment;
            },
            [](const SaveOptions& options) { return options.alignment > 1; }},
};

// "tf-v2 and safetensors".
std::string FormatsWith(const Ability& ability, const SaveOptions& options) {
  std::string names;
  for (const Format& format : kFormats) {
    if (format.save_name.empty() || !ability.has(format, options)) continue;
    names.append(names.empty() ? "" : " and ").append(format.name);
  }
  return names;
}

}  // namespace

std::span<const Format> Formats() { return kFormats; }

const Format& FormatOfNew(std::string_view path) {
  const auto found = std::ranges::find_if(
      kFormats, [&](const Format& format) { return HasExtensionOf(format, path); });
  return found == kFormats.end() ? kFormats.front() : *found;
}

bool HasFormatExtension(std::string_view name) {
  return std::ranges::any_of(kFormats,
                             [&](const Format& format) { return HasExtensionOf(format, name); });
}

Status CheckOptions(const Format& format, const SaveOptions& options) {
  for (const Ability& ability : kAbilities) {
    if (ability.has(format, options) || !ability.is_asked(options)) continue;
    return Status(Reason::kArgument, std::string(format.name) + " cannot " +
                                         std::string(ability.what) + ", but " +
                                         FormatsWith(ability, options) + " can");
  }
  if (options.read_back && options.compress)
    return Status(Reason::kArgument, "compressed values cannot be read back before the commit");
  if (options.compression_level < 0 || options.compression_level > 9)
    return Status(Reason::kArgument,
                  "there is no compression level " + std::to_string(options.compression_level))
        .WithHint("levels are 1 (fast) to 9 (small), and 0 (by trial)");
  return {};
}

}  // namespace cairn
