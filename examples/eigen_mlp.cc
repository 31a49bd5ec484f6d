// Runs the network that train_mlp trained, with Eigen: eigen_mlp PATH
#include <Eigen/Core>
#include <iostream>

#include "cairn/cairn.h"
#include "cairn/session/eigen.h"
#include "mlp.h"  // the spirals

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct EigenLayer {
  Matrix w;
  Eigen::RowVectorXf b;
};

int main(int argc, char** argv) {
  if (argc != 2) return std::cerr << "usage: eigen_mlp PATH\n", 2;

  // A dimension of -1 is as large as it is in the checkpoint.
  EigenLayer layers[3];
  cairn::MemorySession session;
  for (int k = 0; k < 3; ++k) {
    const std::string name = "layer" + std::to_string(k + 1);
    for (const cairn::Status& added : {session.Add(name + "/W", layers[k].w, {-1, -1}),
                                       session.Add(name + "/b", layers[k].b, {1, -1})}) {
      if (!added.ok()) return std::cerr << added.message() << "\n", 1;
    }
  }
  const cairn::Result<cairn::RestorePlan> plan = cairn::Restore(session, argv[1]);
  if (!plan.ok()) return std::cerr << plan.status().message() << "\n", 1;

  const Spirals data;
  Matrix values(Spirals::kPoints, 2);
  for (int i = 0; i < Spirals::kPoints; ++i) values.row(i) << data.x[i][0], data.x[i][1];
  for (const EigenLayer& layer : layers) {
    values = ((values * layer.w).rowwise() + layer.b).eval();
    if (&layer != &layers[2]) values = values.array().tanh();
  }
  int right = 0;
  for (int i = 0; i < Spirals::kPoints; ++i) {
    int best = 0;
    values.row(i).maxCoeff(&best);
    right += best == data.label[i];
  }
  std::cout << right << " of " << Spirals::kPoints << " right\n";
}
