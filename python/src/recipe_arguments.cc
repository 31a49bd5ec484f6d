#include "python/src/recipe_arguments.h"

#include "python/src/names.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// A member of a recipe that is a list of texts, by its key.
struct TextMember {
  const char* key;
  std::vector<std::string>& (*of)(Recipe&);
};

constexpr TextMember kTextMembers[] = {
    {"select", [](Recipe& recipe) -> auto& { return recipe.names.select; }},
    {"exclude", [](Recipe& recipe) -> auto& { return recipe.names.exclude; }},
    {"rename_map", [](Recipe& recipe) -> auto& { return recipe.names.rename_map; }},
    {"rename", [](Recipe& recipe) -> auto& { return recipe.names.rename; }},
    {"sub", [](Recipe& recipe) -> auto& { return recipe.names.substitute; }},
    {"concat", [](Recipe& recipe) -> auto& { return recipe.concat; }},
    {"split", [](Recipe& recipe) -> auto& { return recipe.split; }},
    {"slice", [](Recipe& recipe) -> auto& { return recipe.slice; }},
    {"pad", [](Recipe& recipe) -> auto& { return recipe.pad; }},
    {"transpose", [](Recipe& recipe) -> auto& { return recipe.transpose; }},
    {"reshape", [](Recipe& recipe) -> auto& { return recipe.reshape; }},
    {"dtype", [](Recipe& recipe) -> auto& { return recipe.dtype; }},
};

constexpr const char* kStyles[] = {"key", "path", "full"};

NameStyle StyleOf(const std::string& name) {
  if (name == "path") return NameStyle::kPath;
  return name == "full" ? NameStyle::kFull : NameStyle::kKey;
}

bool SetTexts(const std::string& key, nb::handle value, Recipe& recipe) {
  for (const TextMember& member : kTextMembers) {
    if (key != member.key) continue;
    member.of(recipe) = TextsOf(value);
    return true;
  }
  return false;
}

void SetRows(nb::handle value, Recipe& recipe) {
  for (const nb::handle item : value)
    recipe.rows.push_back({BytesOfName(item[0]), TextsOf(item[1]), TextsOf(item[2])});
}

void SetSets(nb::handle value, Recipe& recipe) {
  for (const nb::handle item : value)
    recipe.set.push_back({BytesOfName(item[0]), BytesOfPath(item[1])});
}

}  // namespace

std::vector<std::string> TextsOf(nb::handle list) {
  std::vector<std::string> texts;
  for (const nb::handle item : list) texts.push_back(BytesOfName(item));
  return texts;
}

nb::list ListOfNames(const std::vector<std::string>& texts) {
  nb::list names;
  for (const std::string& text : texts) names.append(NameOf(text));
  return names;
}

Recipe RecipeOf(const nb::dict& changes) {
  Recipe recipe;
  for (const auto& [key_object, value] : changes) {
    const std::string key = BytesOfName(key_object);
    if (SetTexts(key, value, recipe)) continue;
    if (key == "regex") {
      recipe.names.syntax = nb::cast<bool>(value) ? PatternSyntax::kRegex : PatternSyntax::kGlob;
    } else if (key == "names") {
      recipe.names.names = StyleOf(BytesOfName(value));
    } else if (key == "rows") {
      SetRows(value, recipe);
    } else if (key == "set") {
      SetSets(value, recipe);
    } else {
      throw nb::key_error(key.c_str());
    }
  }
  return recipe;
}

nb::dict DictOfRecipe(const Recipe& given) {
  Recipe recipe = given;
  nb::dict changes;
  for (const TextMember& member : kTextMembers) {
    if (!member.of(recipe).empty()) changes[member.key] = ListOfNames(member.of(recipe));
  }
  if (recipe.names.syntax == PatternSyntax::kRegex) changes["regex"] = true;
  if (recipe.names.names != NameStyle::kKey)
    changes["names"] = kStyles[static_cast<size_t>(recipe.names.names)];
  nb::list rows;
  for (const RowsText& row : recipe.rows)
    rows.append(nb::make_tuple(NameOf(row.pattern), ListOfNames(row.old_words),
                               ListOfNames(row.new_words)));
  if (nb::len(rows) > 0) changes["rows"] = rows;
  nb::list sets;
  for (const SetText& set : recipe.set)
    sets.append(nb::make_tuple(NameOf(set.name), NameOf(set.path)));
  if (nb::len(sets) > 0) changes["set"] = sets;
  return changes;
}

}  // namespace cairn::python
