// All variables of a checkpoint as a dict, and a dict as a checkpoint, under the rules that
// tensorpack's load_chkpt_vars and save_chkpt_vars have for names.
#ifndef CAIRN_COMPAT_CHKPT_VARS_H_
#define CAIRN_COMPAT_CHKPT_VARS_H_

#include "cairn/checkpoint/checkpoint.h"
#include "cairn/core/export.h"

namespace cairn {

// Every value, verified, in memory. From an npz file, names go without ":0"; where it holds "w" and
// "w:0", the one that lies after the other is taken. From all other checkpoints they are as they
// are there. Errors: those of Open and Materialize.
CAIRN_EXPORT Result<TensorDict> LoadChkptVars(FileSystem& fs, std::string_view path,
                                              const TransferOptions& options = {});

// Under a path that ends in ".npz" a compressed archive, names as given; else what the name says,
// names without ":0". Beside a TensorFlow checkpoint the state file names it alone. The reference
// renames what TensorFlow's graph cannot call so ("w" and "w:0", "Foo" and "foo") and refuses other
// names; here they are written as they are. Errors: kArgument (two tensors would have one name),
// kArgument (".npy", which holds one array), those of Save and WriteStateFile.
CAIRN_EXPORT Result<SaveReport> SaveChkptVars(FileSystem& fs, const std::string& path,
                                              const TensorDict& dict,
                                              const SaveOptions& options = {});

}  // namespace cairn

#endif  // CAIRN_COMPAT_CHKPT_VARS_H_
