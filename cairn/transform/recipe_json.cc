#include "cairn/transform/recipe_json.h"

#include <array>
#include <utility>

#include "cairn/codec/json.h"
#include "cairn/core/escape.h"

namespace cairn {
namespace {

constexpr uint64_t kVersion = 1;
constexpr std::string_view kRegex = "regex";
constexpr std::string_view kGlob = "glob";

constexpr std::pair<NameStyle, std::string_view> kNameStyles[] = {
    {NameStyle::kKey, "key"}, {NameStyle::kPath, "path"}, {NameStyle::kFull, "full"}};

// A member that is a list of texts.
struct ListMember {
  std::string_view key;
  std::vector<std::string>* list;
};
// A member that is one text.
struct TextMember {
  std::string_view key;
  std::string* text;
};

std::array<ListMember, 13> ListsOf(Recipe& recipe) {
  return {{{"options", &recipe.options},
           {"sources", &recipe.sources},
           {"select", &recipe.names.select},
           {"exclude", &recipe.names.exclude},
           {"rename_map", &recipe.names.rename_map},
           {"rename", &recipe.names.rename},
           {"sub", &recipe.names.substitute},
           {"concat", &recipe.concat},
           {"split", &recipe.split},
           {"slice", &recipe.slice},
           {"pad", &recipe.pad},
           {"transpose", &recipe.transpose},
           {"reshape", &recipe.reshape}}};
}
// Written after the rows and what is set.
ListMember LastListOf(Recipe& recipe) { return {"dtype", &recipe.dtype}; }

std::array<TextMember, 4> TextsOf(Recipe& recipe) {
  return {{{"to", &recipe.to},
           {"level", &recipe.level},
           {"max_shard_size", &recipe.max_shard_size},
           {"strings", &recipe.strings}}};
}

std::string TextOf(std::string_view text) {
  return JsonString(IsUtf8(text) ? std::string(text) : Escape(text));
}

std::string ListOf(const std::vector<std::string>& list) {
  std::string json = "[";
  for (const std::string& text : list) json += (json.size() > 1 ? ", " : "") + TextOf(text);
  return json + "]";
}

// Takes the members of a recipe, whatever their order.
class RecipeReader final : public JsonEvents {
 public:
  Result<Recipe> Finish() && {
    if (!error_.ok()) return error_;
    if (!has_version_) return Status(Reason::kFormat, "no \"schema_version\"");
    return std::move(recipe_);
  }

  bool OnNull() override { return Wrong("null"); }
  bool OnBoolean() override { return Wrong("a boolean"); }
  bool OnFloat(double) override { return Wrong("a fraction"); }
  bool OnInteger(int64_t) override { return Wrong("a negative number"); }
  bool OnUnsigned(uint64_t value) override {
    if (depth_ != 1 || member_ != "schema_version") return Wrong("a number");
    has_version_ = true;
    if (value == kVersion) return true;
    return Fail(Reason::kVersion,
                "is of version " + std::to_string(value) + ", only 1 is understood");
  }

  bool OnString(std::string& value) override {
    std::string* const text = depth_ == 1 ? FindText() : depth_ == 3 ? FindField() : nullptr;
    if (text != nullptr) {
      *text = std::move(value);
      return true;
    }
    if (depth_ == 1 && member_ == "syntax" && (value == kGlob || value == kRegex)) {
      recipe_.names.syntax = value == kRegex ? PatternSyntax::kRegex : PatternSyntax::kGlob;
      return true;
    }
    if (depth_ == 1 && member_ == "names") return TakeNameStyle(value);
    if (list_ == nullptr) return Wrong("a string");
    list_->push_back(std::move(value));
    return true;
  }

  bool OnStartObject() override {
    if (depth_ == 0) return Enter();
    if (depth_ != 2 || list_ != nullptr) return Wrong("an object");
    if (member_ == "rows") recipe_.rows.emplace_back();
    if (member_ == "set") recipe_.set.emplace_back();
    return Enter();
  }
  bool OnStartArray() override {
    if (depth_ == 1) {
      list_ = FindList();
      if (list_ == nullptr && member_ != "rows" && member_ != "set") return Wrong("an array");
    } else if (depth_ == 3) {
      list_ = FindWords();
      if (list_ == nullptr) return Wrong("an array");
    } else {
      return Wrong("an array");
    }
    return Enter();
  }
  bool OnEndObject() override { return Leave(); }
  bool OnEndArray() override {
    list_ = nullptr;
    return Leave();
  }

  bool OnKey(std::string& name) override {
    (depth_ == 1 ? member_ : field_) = name;
    if (depth_ != 1 || IsKnown()) return true;
    return Fail(Reason::kUnsupported, "has a member " + Quoted(name) + ", which is not known");
  }

 private:
  bool Fail(Reason reason, std::string message) {
    error_ = Status(reason, "the recipe " + std::move(message));
    return false;
  }
  bool Wrong(const std::string& what) {
    return Fail(Reason::kFormat, "has " + what + (member_.empty() ? "" : " in " + Quoted(member_)) +
                                     ", which does not belong there");
  }

  bool TakeNameStyle(std::string_view value) {
    for (const auto& [style, name] : kNameStyles) {
      if (name != value) continue;
      recipe_.names.names = style;
      return true;
    }
    return Wrong("a string");
  }

  bool IsKnown() {
    return member_ == "schema_version" || member_ == "syntax" || member_ == "names" ||
           member_ == "rows" || member_ == "set" || FindList() != nullptr || FindText() != nullptr;
  }
  std::vector<std::string>* FindList() {
    for (const ListMember& member : ListsOf(recipe_)) {
      if (member.key == member_) return member.list;
    }
    return LastListOf(recipe_).key == member_ ? LastListOf(recipe_).list : nullptr;
  }
  std::string* FindText() {
    if (member_ == "verb") return &recipe_.verb;
    for (const TextMember& member : TextsOf(recipe_)) {
      if (member.key == member_) return member.text;
    }
    return nullptr;
  }
  std::string* FindField() {
    if (member_ == "rows" && field_ == "pattern") return &recipe_.rows.back().pattern;
    if (member_ == "set" && field_ == "name") return &recipe_.set.back().name;
    return member_ == "set" && field_ == "path" ? &recipe_.set.back().path : nullptr;
  }
  std::vector<std::string>* FindWords() {
    if (member_ != "rows") return nullptr;
    if (field_ == "old") return &recipe_.rows.back().old_words;
    return field_ == "new" ? &recipe_.rows.back().new_words : nullptr;
  }

  bool Enter() {
    ++depth_;
    return true;
  }
  bool Leave() {
    --depth_;
    return true;
  }

  Recipe recipe_;
  Status error_;
  bool has_version_ = false;
  size_t depth_ = 0;
  std::string member_;                        // the last key of the recipe
  std::string field_;                         // the last key of an object in it
  std::vector<std::string>* list_ = nullptr;  // that is being filled
};

}  // namespace

std::string EncodeRecipe(const Recipe& recipe) {
  Recipe members = recipe;
  const bool is_regex = recipe.names.syntax == PatternSyntax::kRegex;
  std::string json = "{\n  \"schema_version\": " + std::to_string(kVersion) +
                     ",\n  \"syntax\": " + JsonString(is_regex ? kRegex : kGlob);
  const auto add = [&](std::string_view key, const std::string& value) {
    json.append(",\n  \"").append(key).append("\": ").append(value);
  };
  if (!recipe.verb.empty()) add("verb", TextOf(recipe.verb));
  for (const auto& [style, name] : kNameStyles) {
    if (style == recipe.names.names && style != NameStyle::kKey) add("names", TextOf(name));
  }
  for (const ListMember& member : ListsOf(members)) {
    if (!member.list->empty()) add(member.key, ListOf(*member.list));
  }
  std::string rows;
  for (const RowsText& row : recipe.rows)
    rows += (rows.empty() ? "" : ", ") + ("{\"pattern\": " + TextOf(row.pattern)) +
            ", \"old\": " + ListOf(row.old_words) + ", \"new\": " + ListOf(row.new_words) + "}";
  if (!rows.empty()) add("rows", "[" + rows + "]");
  std::string set;
  for (const SetText& of : recipe.set)
    set += (set.empty() ? "" : ", ") + ("{\"name\": " + TextOf(of.name)) +
           ", \"path\": " + TextOf(of.path) + "}";
  if (!set.empty()) add("set", "[" + set + "]");
  if (!recipe.dtype.empty()) add("dtype", ListOf(recipe.dtype));
  for (const TextMember& member : TextsOf(members)) {
    if (!member.text->empty()) add(member.key, TextOf(*member.text));
  }
  return json + "\n}\n";
}

Result<Recipe> ParseRecipe(std::string_view json) {
  RecipeReader reader;
  CAIRN_RETURN_IF_ERROR(ParseJson(json, reader));
  return std::move(reader).Finish();
}

}  // namespace cairn
