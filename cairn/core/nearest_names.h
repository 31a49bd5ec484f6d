// "Did you mean": the names most like one that was not found.
#ifndef CAIRN_CORE_NEAREST_NAMES_H_
#define CAIRN_CORE_NEAREST_NAMES_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// Returns at most three of the `count` names that `name_at` returns, nearest first, by edit
// distance without regard to the case of ASCII letters; none that differs in more than a third of
// its length. A name whose last parts are like `wanted` is near, too, as is one in which `wanted`
// ends after a slash. Looks at no more than 100,000 names, and at fewer where they are long.
std::vector<std::string> NearestNames(std::string_view wanted, size_t count,
                                      const std::function<std::string_view(size_t)>& name_at);

// Returns how far two names are apart, by the same measure; nothing if they are not near. It takes
// time in proportion to the product of their lengths.
std::optional<size_t> NameDistance(std::string_view a, std::string_view b);

// "did you mean 'fc/W' or 'fc/b'?", or "" without a near name.
std::string DidYouMean(const std::vector<std::string>& names);

}  // namespace cairn

#endif  // CAIRN_CORE_NEAREST_NAMES_H_
