// "Did you mean": the names most like one that was not found.
#ifndef CAIRN_CORE_NEAREST_NAMES_H_
#define CAIRN_CORE_NEAREST_NAMES_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// At most three of the `count` names that `name_at` gives, nearest first, by edit distance; none
// that differs in more than a third of its length. A name that ends in `/wanted` or that `wanted`
// ends in counts as near. Looks at no more than 100,000, fewer
// where they are long.
std::vector<std::string> NearestNames(std::string_view wanted, size_t count,
                                      const std::function<std::string_view(size_t)>& name_at);

// "did you mean 'fc/W' or 'fc/b'?", or "" without a near name.
std::string DidYouMean(const std::vector<std::string>& names);

}  // namespace cairn

#endif  // CAIRN_CORE_NEAREST_NAMES_H_
