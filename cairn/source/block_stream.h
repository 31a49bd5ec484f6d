// A stream of values that are made in blocks.
#ifndef CAIRN_SOURCE_BLOCK_STREAM_H_
#define CAIRN_SOURCE_BLOCK_STREAM_H_

#include "cairn/core/tensor_source.h"

namespace cairn {

class BlockStream : public TensorStream {
 public:
  Result<Bytes> Next(MutableBytes scratch) final;

 protected:
  // Returns the next values, none at the checked end. They stay valid until the next call.
  virtual Result<Bytes> MakeBlock() = 0;

 private:
  Bytes rest_;  // of the last block
};

}  // namespace cairn

#endif  // CAIRN_SOURCE_BLOCK_STREAM_H_
