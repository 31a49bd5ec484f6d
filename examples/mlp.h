// A small network and something for it to learn. Nothing here knows of checkpoints.
#ifndef CAIRN_EXAMPLES_MLP_H_
#define CAIRN_EXAMPLES_MLP_H_

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

using Floats = std::vector<float>;

// Weights with what an optimizer (SGD with momentum) keeps beside them.
struct Parameter {
  std::string name;
  int rows, columns;
  Floats value = Floats(rows * columns), momentum = value, gradient = value;

  void Update(float rate, int batch_size) {
    for (size_t i = 0; i < value.size(); ++i) {
      const float mean = std::exchange(gradient[i], 0.0f) / static_cast<float>(batch_size);
      momentum[i] = 0.9f * momentum[i] + mean;
      value[i] -= rate * momentum[i];
    }
  }
};

struct Layer {
  Parameter w, b;

  Layer(const std::string& name, int in, int out, std::mt19937& random)
      : w{name + "/W", in, out}, b{name + "/b", 1, out} {
    std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(in)));
    for (float& weight : w.value) weight = normal(random);
  }
  Floats Forward(const Floats& x) const {
    Floats y = b.value;
    for (size_t i = 0; i < w.value.size(); ++i) y[i % y.size()] += x[i / y.size()] * w.value[i];
    return y;
  }
  // Collects gradients; gives that of x.
  Floats Backward(const Floats& x, const Floats& dy) {
    Floats dx(x.size());
    for (size_t j = 0; j < dy.size(); ++j) b.gradient[j] += dy[j];
    for (size_t i = 0; i < w.value.size(); ++i) {
      w.gradient[i] += x[i / dy.size()] * dy[i % dy.size()];
      dx[i / dy.size()] += w.value[i] * dy[i % dy.size()];
    }
    return dx;
  }
};

// Two hidden layers of tanh, then softmax; trained on cross-entropy.
struct Mlp {
  std::vector<Layer> layers;

  Mlp(int in, int hidden, int out, std::mt19937& random)
      : layers{{"layer1", in, hidden, random},
               {"layer2", hidden, hidden, random},
               {"layer3", hidden, out, random}} {}

  std::vector<Parameter*> parameters() {
    std::vector<Parameter*> all;
    for (Layer& layer : layers) all.insert(all.end(), {&layer.w, &layer.b});
    return all;
  }
  // The input, the values of both hidden layers, and the probabilities of the classes.
  std::vector<Floats> Forward(const Floats& x) const {
    std::vector<Floats> values = {x};
    for (const Layer& layer : layers) {
      values.push_back(layer.Forward(values.back()));
      if (&layer == &layers.back()) break;
      for (float& value : values.back()) value = std::tanh(value);
    }
    Floats& p = values.back();
    const float top = *std::ranges::max_element(p);
    for (float& value : p) value = std::exp(value - top);
    const float sum = std::accumulate(p.begin(), p.end(), 0.0f);
    for (float& value : p) value /= sum;
    return values;
  }
  void Learn(const Floats& x, int label) {
    const std::vector<Floats> values = Forward(x);
    Floats d = values.back();
    d[label] -= 1;
    for (size_t k = layers.size(); k-- > 0;) {
      d = layers[k].Backward(values[k], d);
      for (size_t i = 0; k > 0 && i < d.size(); ++i) d[i] *= 1 - values[k][i] * values[k][i];
    }
  }
};

// Points on three spirals, 200 each.
struct Spirals {
  static constexpr int kPoints = 600, kClasses = 3;
  std::vector<Floats> x;
  std::vector<int> label;

  Spirals() {
    for (int i = 0; i < kPoints; ++i) {
      const float radius = static_cast<float>(i) / kPoints;
      const float angle = 5 * radius + 2.0944f * static_cast<float>(i % kClasses);
      x.push_back({radius * std::cos(angle), radius * std::sin(angle)});
      label.push_back(i % kClasses);
    }
  }
};

struct Score {
  float loss = 0;  // mean
  int right = 0;   // points classified so
};

inline Score Evaluate(const Mlp& mlp, const Spirals& data) {
  Score score;
  for (int i = 0; i < Spirals::kPoints; ++i) {
    const Floats p = mlp.Forward(data.x[i]).back();
    score.loss -= std::log(p[data.label[i]]) / Spirals::kPoints;
    score.right += std::ranges::max_element(p) - p.begin() == data.label[i];
  }
  return score;
}

#endif  // CAIRN_EXAMPLES_MLP_H_
