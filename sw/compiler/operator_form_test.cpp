// SPDX-License-Identifier: Apache-2.0
//
// Operator sets, attributes and inputs of nodes: what ONNX does not define is refused, and what it
// defines is known. The other side of the comparison is the table in ONNX's own library.
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <catch2/catch.hpp>
#include <set>

#include "sw/compiler/test_model.h"

using namespace cvp;
using cvp::test::message;
using cvp::test::small_model;
using cvp::test::TestModel;
using Type = TestModel::Type;
using Attribute = onnx::AttributeProto;

namespace {

constexpr const char* kOperators[] = {
    "QuantizeLinear", "DequantizeLinear", "QLinearConv",       "QLinearMatMul", "Conv",
    "Gemm",           "MatMul",           "MaxPool",           "Add",           "Relu",
    "Clip",           "Reshape",          "GlobalAveragePool", "Flatten"};

/// One node with `inputs` inputs; its attributes are the caller's.
TestModel one_node(const std::string& op, int opset, int inputs) {
  TestModel model;
  model.input("x", Type::kFloat, {1, 1, 4, 4}).output("y", Type::kFloat, {1, 1, 4, 4});
  model.node(op, TestModel::Names(static_cast<std::size_t>(inputs), "x"), "y");
  model.proto().mutable_opset_import(0)->set_version(opset);
  return model;
}

Attribute& add_attribute(TestModel& model, int node, const std::string& name,
                         Attribute::AttributeType type) {
  Attribute& attribute = *model.proto().mutable_graph()->mutable_node(node)->add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

/// Node 1 of the small model is its QLinearConv, node 2 its MaxPool.
std::string with_attribute(int node, const std::string& name,
                           const std::vector<std::int64_t>& values) {
  TestModel model = small_model();
  auto& attributes = *model.proto().mutable_graph()->mutable_node(node)->mutable_attribute();
  for (int n = 0; n < attributes.size(); ++n) {
    if (attributes.Get(n).name() == name) attributes.DeleteSubrange(n, 1);
  }
  Attribute& attribute = add_attribute(model, node, name, Attribute::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
  return message(model.bytes());
}

std::string with_number(int node, const std::string& name, std::int64_t value) {
  TestModel model = small_model();
  add_attribute(model, node, name, Attribute::INT).set_i(value);
  return message(model.bytes());
}

/// An attribute of every type on an operator: refused unless ONNX defines it so.
void check_attribute(const char* op, int opset, const std::string& name) {
  const auto& defined = onnx::OpSchemaRegistry::Schema(op, opset)->attributes();
  const auto rule = defined.find(name);
  const std::string who = "m.onnx: node 'the_y': attribute '" + name + "' is ";
  const std::string unknown = who + "unknown in operator set " + std::to_string(opset) + "; ";
  for (const auto type :
       {Attribute::INT, Attribute::FLOAT, Attribute::STRING, Attribute::INTS, Attribute::FLOATS}) {
    TestModel model = one_node(op, opset, 1);
    add_attribute(model, 0, name, type);
    const std::string text = message(model.bytes());
    INFO(op << " of operator set " << opset << ": " << text);
    CHECK(text.starts_with(unknown) == (rule == defined.end()));
    if (rule == defined.end()) continue;
    const std::string other = who + Attribute::AttributeType_Name(type) + "; expected " +
                              Attribute::AttributeType_Name(rule->second.type);
    CHECK((text == other) == (type != rule->second.type));
  }
}

}  // namespace

TEST_CASE("Attributes are known as ONNX defines them", "[operator-form]") {
  std::set<std::string> names = {"nonsense"};
  for (const char* op : kOperators) {
    for (const int opset : {10, 11, 12, 13, 14}) {
      for (const auto& rule : onnx::OpSchemaRegistry::Schema(op, opset)->attributes()) {
        names.insert(rule.first);
      }
    }
  }
  REQUIRE(names.count("allowzero") == 1);  // Of operator set 14.
  for (const char* op : kOperators) {
    for (const int opset : {10, 11, 12, 13}) {
      if (std::string(op) == "Clip" && opset == 10) continue;  // Refused as a whole.
      for (const std::string& name : names) check_attribute(op, opset, name);
    }
  }
}

TEST_CASE("Nodes have no more inputs than ONNX defines", "[operator-form]") {
  for (const char* op : kOperators) {
    const int most = onnx::OpSchemaRegistry::Schema(op, 13)->max_input();
    const std::string expected = "m.onnx: node 'the_y': has " + std::to_string(most + 1) +
                                 " inputs; expected at most " + std::to_string(most) + " of " + op +
                                 " of operator set 13";
    CHECK(message(one_node(op, 13, most + 1).bytes()) == expected);
    CHECK(message(one_node(op, 13, most).bytes()).find("expected at most") == std::string::npos);
  }
}

TEST_CASE("An unknown attribute is refused with those that are known", "[operator-form]") {
  CHECK(with_number(1, "gruop", 1) ==
        "m.onnx: node 'the_y': attribute 'gruop' is unknown in operator set 13; expected one of: "
        "auto_pad, dilations, "
        "group, kernel_shape, pads, strides");
  CHECK(message([] {
          TestModel model = one_node("Relu", 13, 1);
          add_attribute(model, 0, "alpha", Attribute::FLOAT);
          return model.bytes();
        }()) ==
        "m.onnx: node 'the_y': attribute 'alpha' is unknown in operator set 13; expected none");
}

TEST_CASE("Attributes that have no effect are accepted", "[operator-form]") {
  CHECK(with_number(1, "group", 1) == "");
  CHECK(with_attribute(1, "dilations", {1, 1}) == "");
  CHECK(with_attribute(1, "strides", {1, 1}) == "");
  CHECK(with_number(2, "ceil_mode", 0) == "");
  CHECK(with_number(2, "storage_order", 0) == "");
  CHECK(with_number(2, "storage_order", 1) == "");  // Of the indices, a second output.
  CHECK(with_number(0, "axis", 1) == "");           // Of scales a channel; there is one.
  TestModel model = small_model();
  add_attribute(model, 2, "auto_pad", Attribute::STRING).set_s("NOTSET");
  add_attribute(model, 2, "pads", Attribute::INTS);
  CHECK(message(model.bytes()) == "");
}

TEST_CASE("Attributes with an effect that the NPU lacks are named", "[operator-form]") {
  const std::string conv = "m.onnx: node 'the_y': attribute ",
                    pool = "m.onnx: node 'the_p': attribute ";
  CHECK(with_number(1, "group", 2) == conv + "'group' must be 1");
  CHECK(with_number(2, "ceil_mode", 1) == pool + "'ceil_mode' must be 0");
  CHECK(with_attribute(2, "dilations", {2, 1}) == pool + "'dilations' must be 1");
  CHECK(with_attribute(2, "kernel_shape", {2}) == pool + "'kernel_shape' must be two numbers");
  // One more than 2^32: no number may lose its upper half.
  CHECK(with_attribute(2, "kernel_shape", {4294967297, 1}) ==
        "m.onnx: node 'the_p': its kernel is empty or too large");
  CHECK(with_attribute(1, "strides", {0, 1}) ==
        conv + "'strides' must be two numbers of at least 1");
  CHECK(with_attribute(1, "pads", {1, 1}) == conv + "'pads' must be four numbers");
}

TEST_CASE("Padding is given once", "[operator-form]") {
  for (const char* mode : {"VALID", "SAME_UPPER", "SAME_LOWER"}) {
    TestModel model = small_model();
    add_attribute(model, 1, "auto_pad", Attribute::STRING).set_s(mode);
    CHECK(message(model.bytes()) ==
          "m.onnx: node 'the_y': attribute 'pads' is given beside auto_pad; expected one of them");
  }
  TestModel model = small_model();
  add_attribute(model, 2, "auto_pad", Attribute::STRING).set_s("SAME");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_p': attribute 'auto_pad' is 'SAME'; expected NOTSET, SAME_UPPER, "
        "SAME_LOWER or VALID");
}

TEST_CASE("An axis counts from either end", "[operator-form]") {
  const auto flatten = [](std::int64_t axis) {
    TestModel model;
    model.input("x", Type::kInt8, {1, 2, 3, 3})
        .output("y", Type::kInt8, {1, 18})
        .node("Flatten", {"x"}, "y", {{"axis", {axis}}});
    return message(model.bytes());
  };
  const std::string empty = "m.onnx: computes nothing: the output is the input";
  CHECK(flatten(1) == empty);
  CHECK(flatten(-3) == empty);
  CHECK(flatten(2) ==
        "m.onnx: node 'the_y': attribute 'axis' must be 1, so that images stay apart");
  CHECK(flatten(4) == "m.onnx: node 'the_y': attribute 'axis' is 4; expected -4 to 3");
  CHECK(flatten(4294967297) ==
        "m.onnx: node 'the_y': attribute 'axis' is 4294967297; expected -4 to 3");
}

TEST_CASE("An attribute holds what its type says, once", "[operator-form]") {
  const std::string who = "m.onnx: node 'the_y': attribute 'group' ";
  TestModel model = small_model();
  Attribute& group = add_attribute(model, 1, "group", Attribute::INT);
  group.set_i(1);
  SECTION("another value") {
    group.set_s("1");
    CHECK(message(model.bytes()) == who + "holds STRING; expected its type, INT");
  }
  SECTION("another type") {
    group.set_type(Attribute::FLOAT);
    CHECK(message(model.bytes()) == who + "holds INT; expected its type, FLOAT");
  }
  SECTION("no type, as in the first version of the format") {
    group.clear_type();
    CHECK(message(model.bytes()) == "");
  }
  SECTION("no value: zero") {
    group.clear_i();
    CHECK(message(model.bytes()) == who + "must be 1");
  }
  SECTION("twice") {
    add_attribute(model, 1, "group", Attribute::INT).set_i(1);
    CHECK(message(model.bytes()) == who + "is given twice; expected it once");
  }
  SECTION("a reference") {
    group.set_ref_attr_name("groups");
    CHECK(message(model.bytes()) == who + "refers to one of a function; expected a value");
  }
}

TEST_CASE("A Constant holds a tensor", "[operator-form]") {
  const std::string expected = "; expected 'value' of type TENSOR and no other";
  TestModel model = one_node("Constant", 13, 0);
  CHECK(message(model.bytes()) == "m.onnx: node 'the_y': has no attribute" + expected);
  add_attribute(model, 0, "value", Attribute::INT).set_i(1);
  CHECK(message(model.bytes()) == "m.onnx: node 'the_y': attribute 'value' is INT" + expected);
  TestModel other = one_node("Constant", 13, 0);
  add_attribute(other, 0, "value_float", Attribute::FLOAT).set_f(1);
  CHECK(message(other.bytes()) ==
        "m.onnx: node 'the_y': attribute 'value_float' is FLOAT" + expected);
}

TEST_CASE("Operator sets 10 to 13 are known", "[operator-form]") {
  const std::string expected = "; expected operator set 10 to 13 of ONNX";
  TestModel model = small_model();
  auto& imports = *model.proto().mutable_opset_import();
  for (const int version : {10, 11, 12, 13}) {
    imports.Mutable(0)->set_version(version);
    CHECK(message(model.bytes()) == "");
  }
  for (const int version : {-1, 0, 9, 14, 21}) {
    imports.Mutable(0)->set_version(version);
    CHECK(message(model.bytes()) ==
          "m.onnx: imports operator set " + std::to_string(version) + expected);
  }
  imports.Mutable(0)->set_domain("com.example");
  CHECK(message(model.bytes()) == "m.onnx: imports no operator set of ONNX" + expected);
  imports.Clear();
  CHECK(message(model.bytes()) == "m.onnx: imports no operator set of ONNX" + expected);
}

TEST_CASE("Other domains may be imported, but not used", "[operator-form]") {
  TestModel model = small_model();
  auto& other = *model.proto().add_opset_import();
  other.set_domain("com.example");
  other.set_version(1);
  CHECK(message(model.bytes()) == "");
  auto& pool = *model.proto().mutable_graph()->mutable_node(2);
  pool.set_domain("com.example");
  CHECK(message(model.bytes()) ==
        "m.onnx: node 'the_p': operator com.example.MaxPool is not supported by the NPU");
  pool.set_domain("ai.onnx");  // Another name of ONNX's own.
  CHECK(message(model.bytes()) == "");
  other.set_domain("ai.onnx");
  CHECK(message(model.bytes()) ==
        "m.onnx: imports the operator sets of ONNX twice; expected one of them");
}

TEST_CASE("Clip with its limits as attributes is refused", "[operator-form]") {
  CHECK(message(one_node("Clip", 10, 1).bytes()) ==
        "m.onnx: node 'the_y': Clip of operator set 10 is not supported; expected operator set 11 "
        "or later");
}
