#include "python/src/python_buffer.h"

#include "cairn/source/extent_source.h"
#include "cairn/source/string_source.h"

namespace cairn::python {
namespace {

namespace nb = nanobind;

// The bytes of an object of Python, seen as a file.
class BufferFile final : public RandomAccessFile {
 public:
  // `object` must have the buffer protocol. The caller holds the GIL.
  static std::shared_ptr<const BufferFile> Open(nb::handle object) {
    Py_buffer buffer;
    if (PyObject_GetBuffer(object.ptr(), &buffer, PyBUF_SIMPLE) != 0) throw nb::python_error();
    return std::shared_ptr<const BufferFile>(new BufferFile(buffer));
  }
  BufferFile(const BufferFile&) = delete;
  BufferFile& operator=(const BufferFile&) = delete;
  ~BufferFile() override {
    const nb::gil_scoped_acquire acquire;
    PyBuffer_Release(&buffer_);
  }

  Status ReadAt(uint64_t offset, MutableBytes out) const override {
    return file_.ReadAt(offset, out);
  }
  uint64_t size() const override { return file_.size(); }
  const std::string& path() const override { return file_.path(); }
  Bytes mapped() const override { return file_.mapped(); }

 private:
  explicit BufferFile(const Py_buffer& buffer)
      : buffer_(buffer),
        file_({static_cast<const std::byte*>(buffer.buf), static_cast<size_t>(buffer.len)},
              "memory") {}

  Py_buffer buffer_;
  MemoryFile file_;
};

// The caller gave dims and values: what is wrong with them is the caller's mistake.
Status AsMistake(const Status& error) {
  return Status(Reason::kArgument, std::string(error.message()));
}

Result<Shape> ShapeOf(std::span<const int64_t> dims) {
  Result<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return AsMistake(shape.status());
  return shape;
}

}  // namespace

Result<std::shared_ptr<const TensorSource>> SourceOfBuffer(nb::handle object, DType dtype,
                                                           std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(Shape shape, ShapeOf(dims));
  std::shared_ptr<const BufferFile> file = BufferFile::Open(object);
  const uint64_t nbytes = file->size();
  auto source =
      ExtentSource::Make(dtype, std::move(shape), {std::move(file), 0, nbytes, std::nullopt});
  if (!source.ok()) return AsMistake(source.status());
  return std::shared_ptr<const TensorSource>(*std::move(source));
}

Result<std::shared_ptr<const TensorSource>> SourceOfStrings(const nb::list& elements,
                                                            std::span<const int64_t> dims) {
  CAIRN_ASSIGN_OR_RETURN(Shape shape, ShapeOf(dims));
  if (shape.num_elements() != elements.size())
    return Status(Reason::kArgument, "the shape " + ToString(dims) + " has " +
                                         std::to_string(shape.num_elements()) + " elements, not " +
                                         std::to_string(elements.size()));
  StringTensor strings;
  for (const nb::handle element : elements) {
    const auto bytes = nb::cast<nb::bytes>(element);
    strings.Add({bytes.c_str(), bytes.size()});
  }
  return MakeStringSource(DType::kString, std::move(shape), std::move(strings));
}

}  // namespace cairn::python
