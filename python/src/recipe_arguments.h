// Changes to tensors as Python gives them.
#ifndef CAIRN_PYTHON_RECIPE_ARGUMENTS_H_
#define CAIRN_PYTHON_RECIPE_ARGUMENTS_H_

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "cairn/transform/recipe.h"

namespace cairn::python {

// Returns the texts of a list of `str` or `bytes`.
std::vector<std::string> TextsOf(nanobind::handle list);

// Returns texts as a list of `str`.
nanobind::list ListOfNames(const std::vector<std::string>& texts);

// Makes a recipe of a dict whose keys are members of a recipe file (transform/recipe_json.h), with
// lists of texts. "regex" and "names" stand for the syntax and the style of names; "rows" is a list
// of (pattern, old words, new words), "set" a list of (name, path). Raises KeyError for another
// key.
Recipe RecipeOf(const nanobind::dict& changes);

// Returns a recipe as such a dict.
nanobind::dict DictOfRecipe(const Recipe& recipe);

}  // namespace cairn::python

#endif  // CAIRN_PYTHON_RECIPE_ARGUMENTS_H_
