// Texts for people that come up while a new checkpoint is planned.
#ifndef CAIRN_MAKING_REMARK_H_
#define CAIRN_MAKING_REMARK_H_

#include <string>
#include <vector>

namespace cairn {

struct Remark {
  bool is_warning = false;  // something cannot be read; otherwise it says what was chosen
  std::string text;
};

using Remarks = std::vector<Remark>;

}  // namespace cairn

#endif  // CAIRN_MAKING_REMARK_H_
