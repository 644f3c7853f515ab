// SPDX-License-Identifier: Apache-2.0
#include "sw/compiler/onnx_graph.h"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "models/core/input_file.h"

namespace cvp {
namespace {

constexpr std::int64_t kMaxElements = 1ll << 28;
constexpr std::int64_t kMinOpset = 10;  // Since then the quantised operators exist.
constexpr std::int64_t kMaxOpset = 13;  // Later ones may mean something else by the same names.

std::optional<ElementType> element_type(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return ElementType::kFloat32;
    case onnx::TensorProto::INT8:
      return ElementType::kInt8;
    case onnx::TensorProto::UINT8:
      return ElementType::kUint8;
    case onnx::TensorProto::INT32:
      return ElementType::kInt32;
    case onnx::TensorProto::INT64:
      return ElementType::kInt64;
    default:
      return std::nullopt;
  }
}

std::size_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::kInt8:
    case ElementType::kUint8:
      return 1;
    case ElementType::kInt64:
      return 8;
    default:
      return 4;
  }
}

std::string type_name(int type) {
  return onnx::TensorProto::DataType_IsValid(type)
             ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type))
             : "number " + std::to_string(type);
}

/// ONNX's own operators have no domain, or this one.
bool is_onnx(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

template <class T>
void append_raw(const std::string& raw, std::vector<std::int64_t>& out) {
  for (std::size_t i = 0; i + sizeof(T) <= raw.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + i, sizeof(T));
    out.push_back(value);
  }
}

class Reader {
 public:
  explicit Reader(const std::string& file) { graph_.file = file; }

  OnnxGraph read(const onnx::ModelProto& model) {
    if (!model.has_graph() || model.graph().node_size() == 0) {
      fail("", "is no ONNX model: it has no graph with nodes in it");
    }
    read_opset(model);
    const onnx::GraphProto& graph = model.graph();
    graph_.name = graph.name().empty() ? "network" : graph.name();
    if (graph.sparse_initializer_size() > 0) {
      fail("", "has sparse initialisers; dense ones are supported only");
    }
    for (const auto& tensor : graph.initializer()) {
      define(tensor.name(), "");
      graph_.constants.emplace(tensor.name(), read_tensor(tensor, ""));
    }
    for (const auto& value : graph.input()) {
      if (graph_.constants.count(value.name()) == 0) {
        define(value.name(), "");
        graph_.inputs.push_back(read_value(value, "input"));
      }
    }
    for (int i = 0; i < graph.node_size(); ++i) read_node(graph.node(i), i);
    for (const auto& value : graph.output()) {
      if (defined_.count(value.name()) == 0) {
        fail("", "output '" + value.name() + "' is produced by no node");
      }
      graph_.outputs.push_back(read_value(value, "output"));
    }
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& node, const std::string& what) const {
    throw CompileError(graph_.file, node, what);
  }

  void define(const std::string& name, const std::string& node) {
    if (name.empty()) fail(node, "a tensor has no name");
    if (!defined_.insert(name).second) fail(node, "tensor '" + name + "' is defined twice");
  }

  void read_opset(const onnx::ModelProto& model) {
    // Other domains may be imported as exporters like to do; a node of one is refused by name.
    std::optional<std::int64_t> version;
    for (const auto& import : model.opset_import()) {
      if (!is_onnx(import.domain())) continue;
      if (version) fail("", "imports the operator sets of ONNX twice; expected one of them");
      version = import.version();
    }
    const std::string expected = "; expected operator set " + std::to_string(kMinOpset) + " to " +
                                 std::to_string(kMaxOpset) + " of ONNX";
    if (!version) fail("", "imports no operator set of ONNX" + expected);
    graph_.opset = *version;
    if (graph_.opset < kMinOpset || graph_.opset > kMaxOpset) {
      fail("", "imports operator set " + std::to_string(graph_.opset) + expected);
    }
  }

  OnnxTensor read_tensor(const onnx::TensorProto& proto, const std::string& node) const {
    const std::string who = "initialiser '" + proto.name() + "' ";
    const auto type = element_type(proto.data_type());
    if (!type) fail(node, who + "has the unsupported type " + type_name(proto.data_type()));
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
      fail(node, who + "lies in another file; save the model with its data inside");
    }
    OnnxTensor tensor;
    tensor.type = *type;
    std::int64_t elements = 1;
    for (const std::int64_t dim : proto.dims()) {
      if (dim < 0 || (dim > 0 && elements > kMaxElements / dim)) {
        fail(node, who + "has an impossible dimension of " + std::to_string(dim));
      }
      elements *= dim;
      tensor.dims.push_back(dim);
    }
    read_elements(proto, tensor);
    const std::size_t raw_bytes = static_cast<std::size_t>(elements) * element_bytes(*type);
    if (tensor.size() != static_cast<std::size_t>(elements) ||
        (!proto.raw_data().empty() && proto.raw_data().size() != raw_bytes)) {
      fail(node, who + "holds " + std::to_string(tensor.size()) + " values where its shape has " +
                     std::to_string(elements));
    }
    return tensor;
  }

  static void read_elements(const onnx::TensorProto& proto, OnnxTensor& tensor) {
    const std::string& raw = proto.raw_data();
    if (tensor.type == ElementType::kFloat32) {
      tensor.floats.assign(proto.float_data().begin(), proto.float_data().end());
      if (!raw.empty()) {
        tensor.floats.resize(raw.size() / sizeof(float));
        std::memcpy(tensor.floats.data(), raw.data(), tensor.floats.size() * sizeof(float));
      }
      return;
    }
    if (raw.empty() && tensor.type == ElementType::kInt64) {
      tensor.integers.assign(proto.int64_data().begin(), proto.int64_data().end());
    } else if (raw.empty()) {
      for (const std::int32_t value : proto.int32_data()) {
        tensor.integers.push_back(
            tensor.type == ElementType::kInt8    ? static_cast<std::int8_t>(value)
            : tensor.type == ElementType::kUint8 ? static_cast<std::uint8_t>(value)
                                                 : value);
      }
    } else {
      switch (tensor.type) {
        case ElementType::kInt8:
          return append_raw<std::int8_t>(raw, tensor.integers);
        case ElementType::kUint8:
          return append_raw<std::uint8_t>(raw, tensor.integers);
        case ElementType::kInt32:
          return append_raw<std::int32_t>(raw, tensor.integers);
        default:
          return append_raw<std::int64_t>(raw, tensor.integers);
      }
    }
  }

  OnnxValue read_value(const onnx::ValueInfoProto& proto, const std::string& kind) const {
    const std::string who = kind + " '" + proto.name() + "' ";
    if (!proto.type().has_tensor_type()) fail("", who + "is no tensor");
    const auto& tensor = proto.type().tensor_type();
    const auto type = element_type(tensor.elem_type());
    if (!type) fail("", who + "has the unsupported type " + type_name(tensor.elem_type()));
    OnnxValue value{proto.name(), *type, {}};
    for (int d = 0; d < tensor.shape().dim_size(); ++d) {
      const auto& dim = tensor.shape().dim(d);
      if (dim.has_dim_value() && dim.dim_value() > 0 && dim.dim_value() <= kMaxElements) {
        value.dims.push_back(dim.dim_value());
      } else if (d == 0 && !dim.has_dim_value()) {
        value.dims.push_back(1);
      } else {
        fail("", who + "has a dynamic or impossible dimension " + std::to_string(d) +
                     (dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')") +
                     "; every one but the batch must be a number");
      }
    }
    return value;
  }

  void read_node(const onnx::NodeProto& proto, int index) {
    OnnxNode node;
    node.op = is_onnx(proto.domain()) ? proto.op_type() : proto.domain() + "." + proto.op_type();
    node.name = proto.name().empty() ? node.op + "#" + std::to_string(index) : proto.name();
    if (proto.output_size() == 0 || proto.output(0).empty()) fail(node.name, "has no output");
    for (const std::string& input : proto.input()) {
      if (!input.empty() && defined_.count(input) == 0) {
        fail(node.name, "input '" + input +
                            "' is neither an input of the graph, nor an initialiser, nor the "
                            "output of an earlier node");
      }
      node.inputs.push_back(input);
    }
    for (const std::string& output : proto.output()) {
      if (!output.empty()) define(output, node.name);
      node.outputs.push_back(output);
    }
    for (const auto& attribute : proto.attribute()) {
      if (!node.attributes.emplace(attribute.name(), read_attribute(attribute, node.name)).second) {
        fail(node.name, "attribute '" + attribute.name() + "' is given twice; expected it once");
      }
    }
    if (node.op == "Constant") return read_constant(proto, node);
    graph_.nodes.push_back(std::move(node));
  }

  void read_constant(const onnx::NodeProto& proto, const OnnxNode& node) {
    const std::string expected = "; expected 'value' of type TENSOR and no other";
    if (node.attributes.empty()) fail(node.name, "has no attribute" + expected);
    const auto strange = std::find_if(
        node.attributes.begin(), node.attributes.end(),
        [](const auto& each) { return each.first != "value" || each.second.type != "TENSOR"; });
    if (strange != node.attributes.end()) {
      fail(node.name, "attribute '" + strange->first + "' is " + strange->second.type + expected);
    }
    graph_.constants.emplace(node.outputs[0], read_tensor(proto.attribute(0).t(), node.name));
  }

  OnnxAttribute read_attribute(const onnx::AttributeProto& proto, const std::string& node) const {
    using Proto = onnx::AttributeProto;
    const std::string who = "attribute '" + proto.name() + "' ";
    if (!proto.ref_attr_name().empty()) {
      fail(node, who + "refers to one of a function; expected a value");
    }
    const std::pair<bool, Proto::AttributeType> held[] = {
        {proto.has_f(), Proto::FLOAT},
        {proto.has_i(), Proto::INT},
        {proto.has_s(), Proto::STRING},
        {proto.has_t(), Proto::TENSOR},
        {proto.has_g(), Proto::GRAPH},
        {proto.has_sparse_tensor(), Proto::SPARSE_TENSOR},
        {proto.floats_size() > 0, Proto::FLOATS},
        {proto.ints_size() > 0, Proto::INTS},
        {proto.strings_size() > 0, Proto::STRINGS},
        {proto.tensors_size() > 0, Proto::TENSORS},
        {proto.graphs_size() > 0, Proto::GRAPHS}};
    // Files of the first IR version do not say the type. Zero and empty lists need not be there.
    Proto::AttributeType type = proto.type();
    for (const auto& [is_there, its_type] : held) {
      if (!is_there) continue;
      if (type == Proto::UNDEFINED) type = its_type;
      if (type == its_type) continue;
      fail(node, who + "holds " + Proto::AttributeType_Name(its_type) + "; expected its type, " +
                     Proto::AttributeType_Name(type));
    }
    OnnxAttribute attribute;
    attribute.type = Proto::AttributeType_Name(type);
    if (type == Proto::INT) attribute.integer = proto.i();
    if (type == Proto::FLOAT) attribute.number = proto.f();
    attribute.integers.assign(proto.ints().begin(), proto.ints().end());
    attribute.text = proto.s();
    return attribute;
  }

  OnnxGraph graph_;
  std::set<std::string> defined_;
};

}  // namespace

const char* to_string(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return "FLOAT";
    case ElementType::kInt8:
      return "INT8";
    case ElementType::kUint8:
      return "UINT8";
    case ElementType::kInt32:
      return "INT32";
    case ElementType::kInt64:
      return "INT64";
  }
  return "?";
}

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.integer.value_or(otherwise);
}

std::vector<std::int64_t> OnnxNode::integers(const std::string& attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? std::vector<std::int64_t>{} : found->second.integers;
}

std::string OnnxNode::input(std::size_t index) const {
  return index < inputs.size() ? inputs[index] : std::string();
}

const OnnxTensor* OnnxGraph::constant(const std::string& tensor) const {
  const auto found = constants.find(tensor);
  return found == constants.end() ? nullptr : &found->second;
}

void OnnxGraph::fail(const OnnxNode& node, const std::string& what) const {
  throw CompileError(file, node.name, what);
}

OnnxGraph parse_onnx(const std::string& bytes, const std::string& file) {
  onnx::ModelProto model;
  // Protobuf would print its own message to standard error as well.
  google::protobuf::LogSilencer silencer;
  if (bytes.empty() || !model.ParseFromString(bytes)) {
    throw CompileError(file, "", "is no ONNX model: broken or truncated protobuf");
  }
  return Reader(file).read(model);
}

OnnxGraph read_onnx_file(const std::string& file) {
  const InputFile input = read_input_file(file, "cannot be read; expected an ONNX model");
  if (!input.problem.empty()) throw CompileError(file, "", input.problem);
  return parse_onnx(input.bytes, file);
}

}  // namespace cvp
