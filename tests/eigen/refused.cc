// Each REFUSED_… is a mistake that the compiler must answer with a sentence that says what to do.
// CMakeLists.txt compiles them one by one.
#include <Eigen/Core>

#include "cairn/cairn.h"
#include "cairn/session/eigen_tensor.h"

void Mistakes() {
  cairn::MemorySession session;
  Eigen::MatrixXf matrix(3, 2);
  Eigen::Tensor<float, 2> tensor(3, 2);
  Eigen::VectorXf vector(3);
#if defined(REFUSED_ADD_COLUMN_MAJOR)
  (void)session.Add("w", matrix);
#elif defined(REFUSED_ADD_COLUMN_MAJOR_ROWS)
  (void)session.Add("w", matrix, {-1, 2});
#elif defined(REFUSED_ADD_COLUMN_MAJOR_MAP)
  (void)session.Add("w", Eigen::Map<Eigen::MatrixXf>(matrix.data(), 3, 2));
#elif defined(REFUSED_SAVE_COLUMN_MAJOR)
  (void)cairn::SaveArrays("w.npz", {{"w", matrix}});
#elif defined(REFUSED_SAVE_EXPRESSION)
  (void)cairn::SaveArrays("b.npz", {{"b", 2 * vector}});
#elif defined(REFUSED_ADD_COLUMN_MAJOR_TENSOR)
  (void)session.Add("w", tensor);
#else
  (void)session.Add("w", matrix.transpose());
  (void)session.Add("b", vector);
#endif
}
