// Says what a checkpoint of several files needs to be copied under another name.
#ifndef CAIRN_FORMATS_COPY_PLAN_H_
#define CAIRN_FORMATS_COPY_PLAN_H_

#include <string>
#include <vector>

namespace cairn {

// A format makes the plan from the two names and the files that lie there; it changes nothing. The
// new data files have names that the old index does not use, so that the rename of the new index is
// the only step that anybody sees.
struct CopyPlan {
  struct File {
    std::string from;
    std::string to;
  };
  std::vector<File> files;            // the data; nothing lies under the new names but `unnamed`
  std::string commit_path;            // the index, placed after the data
  std::string commit_content;         // its bytes
  bool replaces = false;              // whether an index has that name already
  std::vector<std::string> unnamed;   // files that a crash left and no index names
  std::vector<std::string> replaced;  // data files that nobody needs after the commit
  std::vector<std::string> notes;     // for people
};

}  // namespace cairn

#endif  // CAIRN_FORMATS_COPY_PLAN_H_
