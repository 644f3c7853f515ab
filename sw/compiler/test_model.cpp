// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/test_model.h"

#include <onnx/onnx_pb.h>

#include <random>

namespace cvp::test {
namespace {

using Type = TestModel::Type;
using Ints = TestModel::Ints;

onnx::TensorProto::DataType onnx_type(Type type) {
  switch (type) {
    case Type::kFloat:
      return onnx::TensorProto::FLOAT;
    case Type::kInt8:
      return onnx::TensorProto::INT8;
    case Type::kUint8:
      return onnx::TensorProto::UINT8;
    case Type::kInt32:
      return onnx::TensorProto::INT32;
    case Type::kInt64:
      return onnx::TensorProto::INT64;
    case Type::kFloat16:
      return onnx::TensorProto::FLOAT16;
  }
  return onnx::TensorProto::UNDEFINED;
}

void fill(onnx::ValueInfoProto& value, const std::string& name, Type type, const Ints& dims) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type(type));
  for (const std::int64_t dim : dims) {
    auto& d = *tensor.mutable_shape()->add_dim();
    if (dim < 0) {
      d.set_dim_param("N");
    } else {
      d.set_dim_value(dim);
    }
  }
}

}  // namespace

TestModel::TestModel() : model_(std::make_unique<onnx::ModelProto>()) {
  model_->set_ir_version(7);
  model_->add_opset_import()->set_version(13);
  model_->mutable_graph()->set_name("test");
}

TestModel::~TestModel() = default;
TestModel::TestModel(TestModel&&) noexcept = default;

TestModel& TestModel::input(const std::string& name, Type type, const Ints& dims) {
  fill(*model_->mutable_graph()->add_input(), name, type, dims);
  return *this;
}

TestModel& TestModel::output(const std::string& name, Type type, const Ints& dims) {
  fill(*model_->mutable_graph()->add_output(), name, type, dims);
  return *this;
}

TestModel& TestModel::constant(const std::string& name, Type type, const Ints& dims,
                               const Ints& values) {
  auto& tensor = *model_->mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx_type(type));
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  for (const std::int64_t value : values) {
    if (type == Type::kInt64) {
      tensor.add_int64_data(value);
    } else {
      tensor.add_int32_data(static_cast<std::int32_t>(value));
    }
  }
  return *this;
}

TestModel& TestModel::constant(const std::string& name, const std::vector<float>& values,
                               const Ints& dims) {
  auto& tensor = *model_->mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  if (dims.empty() && values.size() > 1) tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const float value : values) tensor.add_float_data(value);
  return *this;
}

TestModel& TestModel::node(const std::string& op, const Names& inputs, const std::string& output,
                           const Attributes& attributes, const std::string& domain) {
  auto& node = *model_->mutable_graph()->add_node();
  node.set_name("the_" + output);
  node.set_op_type(op);
  node.set_domain(domain);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  for (const auto& [name, values] : attributes) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(values.size() == 1 ? onnx::AttributeProto::INT : onnx::AttributeProto::INTS);
    if (values.size() == 1) {
      attribute.set_i(values[0]);
    } else {
      for (const std::int64_t value : values) attribute.add_ints(value);
    }
  }
  return *this;
}

std::string TestModel::bytes() const { return model_->SerializeAsString(); }

TestModel small_model() {
  TestModel model;
  Ints weights;
  for (int i = 0; i < 4 * 2 * 9; ++i) weights.push_back(i * 37 % 255 - 127);
  model.input("image", Type::kFloat, {-1, 2, 6, 6})
      .output("result", Type::kFloat, {-1, 4, 3, 3})
      .constant("x_scale", {0.5f})
      .constant("x_zero", Type::kInt8, {}, {-3})
      .constant("w", Type::kInt8, {4, 2, 3, 3}, weights)
      .constant("w_scale", {0.01f, 0.02f, 0.015f, 0.005f})
      .constant("w_zero", Type::kInt8, {4}, {0, 0, 0, 0})
      .constant("y_scale", {1.5f})
      .constant("y_zero", Type::kInt8, {}, {7})
      .constant("bias", Type::kInt32, {4}, {100, -2000, 30, 0})
      .node("QuantizeLinear", {"image", "x_scale", "x_zero"}, "x")
      .node("QLinearConv",
            {"x", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero", "bias"}, "y",
            {{"kernel_shape", {3, 3}}, {"pads", {1, 1, 1, 1}}})
      .node("MaxPool", {"y"}, "p", {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}})
      .node("DequantizeLinear", {"p", "y_scale", "y_zero"}, "result");
  return model;
}

namespace {

/// Grows a random chain; keeps the name, shape and quantisation of its last INT8 tensor.
class Grower {
 public:
  explicit Grower(unsigned seed) : random_(seed), qdq_(seed % 2 == 1) {}

  TestModel grow() {
    channels_ = pick(1, 5);
    height_ = pick(3, 11);
    width_ = pick(3, 11);
    model_.input("image", Type::kFloat, {1, channels_, height_, width_});
    new_quantisation(0.5f);
    const std::string x = fresh();
    model_.node("QuantizeLinear", {"image", scale_, zero_}, x);
    last_ = x;
    const int layers = pick(1, 4);
    for (int i = 0; i < layers; ++i) {
      switch (pick(0, 4)) {
        case 0:
          max_pool();
          break;
        case 1:
          if (qdq_) {
            add();
            break;
          }
          [[fallthrough]];
        default:
          convolution();
      }
    }
    if (qdq_ && pick(0, 3) == 0) average();
    if (pick(0, 2) != 0) dense();
    model_.node("DequantizeLinear", {last_, scale_, zero_}, "result");
    model_.output("result", Type::kFloat, {1, 1});
    return std::move(model_);
  }

 private:
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  float real(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random_);
  }
  std::string fresh() { return "t" + std::to_string(next_++); }

  void new_quantisation(float scale, bool symmetric = false) {
    scale_ = fresh();
    zero_ = fresh();
    scale_value_ = scale;
    zero_value_ = symmetric ? 0 : pick(-128, 100);
    model_.constant(scale_, {scale}).constant(zero_, Type::kInt8, {}, {zero_value_});
  }

  Ints integers(int count, int limit) {
    Ints values;
    for (int i = 0; i < count; ++i) values.push_back(pick(-limit, limit));
    return values;
  }

  /// Weights with per-channel scales and a bias: names of w, w_scale, w_zero, bias (INT32).
  struct Weights {
    std::string w, scale, zero, bias;
    std::vector<float> scales;
  };
  Weights weights(const Ints& dims, int outputs, int fan_in) {
    Weights names{fresh(), fresh(), fresh(), fresh(), {}};
    for (int o = 0; o < outputs; ++o) {
      names.scales.push_back(real(0.5f, 1.5f) / std::sqrt(static_cast<float>(fan_in)) / 64);
    }
    std::int64_t size = 1;
    for (const std::int64_t dim : dims) size *= dim;
    model_.constant(names.w, Type::kInt8, dims, integers(static_cast<int>(size), 127))
        .constant(names.scale, names.scales, {outputs})
        .constant(names.zero, Type::kInt8, {outputs}, Ints(outputs, 0))
        .constant(names.bias, Type::kInt32, {outputs}, integers(outputs, 3000));
    return names;
  }

  std::string dequantised() {
    const std::string name = fresh();
    model_.node("DequantizeLinear", {last_, scale_, zero_}, name);
    return name;
  }

  void quantise(const std::string& real_tensor, bool symmetric = false) {
    new_quantisation(scale_value_ * real(0.7f, 1.6f), symmetric);
    last_ = fresh();
    model_.node("QuantizeLinear", {real_tensor, scale_, zero_}, last_);
  }

  /// DequantizeLinear of weights and of the bias, with the scales of the accumulators.
  std::pair<std::string, std::string> dequantised(const Weights& w, int axis) {
    const std::string real_weights = fresh(), bias_scale = fresh(), real_bias = fresh();
    std::vector<float> scales;
    for (const float scale : w.scales) scales.push_back(scale * scale_value_);
    model_.constant(bias_scale, scales, {static_cast<std::int64_t>(scales.size())})
        .node("DequantizeLinear", {w.w, w.scale, w.zero}, real_weights, {{"axis", {axis}}})
        .node("DequantizeLinear", {w.bias, bias_scale}, real_bias, {{"axis", {0}}});
    return {real_weights, real_bias};
  }

  void convolution() {
    const int outputs = pick(1, 40), kh = pick(1, std::min(4, height_)),
              kw = pick(1, std::min(4, width_));
    const int dh = kh > 1 && (kh - 1) * 2 < height_ ? pick(1, 2) : 1;
    const int dw = kw > 1 && (kw - 1) * 2 < width_ ? pick(1, 2) : 1;
    const int sh = pick(1, 2), sw = pick(1, 2);
    const int top = pick(0, (kh - 1) * dh), left = pick(0, (kw - 1) * dw);
    const int bottom = pick(0, (kh - 1) * dh), right = pick(0, (kw - 1) * dw);
    const TestModel::Attributes window = {
        {"strides", {sh, sw}}, {"dilations", {dh, dw}}, {"pads", {top, left, bottom, right}}};
    const Weights w = weights({outputs, channels_, kh, kw}, outputs, channels_ * kh * kw);
    if (qdq_) {
      const std::string x = dequantised();
      const auto [real_weights, real_bias] = dequantised(w, 0);
      std::string y = fresh();
      model_.node("Conv", {x, real_weights, real_bias}, y, window);
      if (pick(0, 1) == 1) {
        const std::string relu = fresh();
        model_.node("Relu", {y}, relu);
        y = relu;
      }
      quantise(y, pick(0, 1) == 1);
    } else {
      const std::string x_scale = scale_, x_zero = zero_, y = fresh();
      new_quantisation(scale_value_ * real(0.7f, 1.6f));
      model_.node("QLinearConv",
                  {last_, x_scale, x_zero, w.w, w.scale, w.zero, scale_, zero_, w.bias}, y, window);
      last_ = y;
    }
    channels_ = outputs;
    height_ = (height_ + top + bottom - (kh - 1) * dh - 1) / sh + 1;
    width_ = (width_ + left + right - (kw - 1) * dw - 1) / sw + 1;
  }

  void max_pool() {
    const int kh = pick(1, std::min(3, height_)), kw = pick(1, std::min(3, width_));
    const int sh = pick(1, 3), sw = pick(1, 3);
    const int top = pick(0, kh - 1), left = pick(0, kw - 1);
    const TestModel::Attributes window = {
        {"kernel_shape", {kh, kw}}, {"strides", {sh, sw}}, {"pads", {top, left, 0, 0}}};
    const std::string y = fresh();
    if (qdq_) {
      const std::string x = dequantised(), pooled = fresh();
      model_.node("MaxPool", {x}, pooled, window)
          .node("QuantizeLinear", {pooled, scale_, zero_}, y);
    } else {
      model_.node("MaxPool", {last_}, y, window);
    }
    last_ = y;
    height_ = (height_ + top - kh) / sh + 1;
    width_ = (width_ + left - kw) / sw + 1;
  }

  /// A residual of two convolutions 1x1 of the same tensor.
  void add() {
    const std::string x = dequantised();
    const int outputs = pick(1, 20);
    const float x_scale = scale_value_;
    const std::string sum = fresh();
    std::string sides[2];
    for (std::string& side : sides) {
      scale_value_ = x_scale;
      const Weights w = weights({outputs, channels_, 1, 1}, outputs, channels_);
      const auto [real_weights, real_bias] = dequantised(w, 0);
      const std::string y = fresh();
      model_.node("Conv", {x, real_weights, real_bias}, y);
      quantise(y, true);
      side = dequantised();
    }
    model_.node("Add", {sides[0], sides[1]}, sum);
    quantise(sum, true);
    channels_ = outputs;
  }

  void average() {
    if (zero_value_ != 0) return;
    const std::string x = dequantised(), y = fresh();
    model_.node("GlobalAveragePool", {x}, y);
    quantise(y, true);
    height_ = width_ = 1;
  }

  void dense() {
    const int inputs = channels_ * height_ * width_, outputs = pick(1, 30);
    const std::string flat = fresh();
    model_.node("Flatten", {last_}, flat, {{"axis", {1}}});
    last_ = flat;
    if (qdq_) {
      const bool transposed = pick(0, 1) == 1;
      const std::string x = dequantised(), y = fresh();
      const Weights w =
          weights(transposed ? Ints{outputs, inputs} : Ints{inputs, outputs}, outputs, inputs);
      const auto [real_weights, real_bias] = dequantised(w, transposed ? 0 : 1);
      model_.node("Gemm", {x, real_weights, real_bias}, y, {{"transB", {transposed}}});
      quantise(y);
    } else {
      const Weights w = weights({inputs, outputs}, outputs, inputs);
      const std::string x_scale = scale_, x_zero = zero_, y = fresh();
      new_quantisation(scale_value_ * real(0.7f, 1.6f));
      model_.node("QLinearMatMul", {last_, x_scale, x_zero, w.w, w.scale, w.zero, scale_, zero_},
                  y);
      last_ = y;
    }
  }

  std::mt19937 random_;
  const bool qdq_;
  TestModel model_;
  int next_ = 0, channels_ = 1, height_ = 1, width_ = 1;
  std::string last_, scale_, zero_;
  float scale_value_ = 1;
  int zero_value_ = 0;
};

}  // namespace

TestModel random_model(unsigned seed) { return Grower(seed).grow(); }

std::string message(const std::string& bytes, const CompileOptions& options) {
  try {
    compile(parse_onnx(bytes, "m.onnx"), options);
    return "";
  } catch (const CompileError& error) {
    return error.what();
  }
}

}  // namespace cvp::test
