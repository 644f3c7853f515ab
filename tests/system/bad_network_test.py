#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Networks and images that are wrong: one clear message each, exit code 2, no file made or changed."""

import random

import numpy
import onnx
import onnx.numpy_helper

import harness


class Networks(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.model = onnx.load(harness.DIGITS)

    def save(self, name="net.onnx"):
        onnx.save(self.model, self.dir / name)
        return name

    def network_refused(self, says, name=None):
        """By `compile` and by `infer` alike."""
        name = name or self.save()
        self.refused("compile", name, "-o", "net.npu", says=says)
        self.refused("infer", "duo", name, "--input", harness.IMAGES, "--output", "out", says=says)

    def test_truncated_at_many_lengths(self):
        whole = harness.DIGITS.read_bytes()
        for length in [1, 2, 7, 30, 300] + [len(whole) * n // 8 for n in range(1, 8)] + [len(whole) - 1]:
            with self.subTest(length):
                self.write("cut.onnx", whole[:length])
                self.refused("compile", "cut.onnx", "-o", "net.npu", says="cut.onnx: ")
        self.write("cut.onnx", whole[: len(whole) // 2])
        self.network_refused("cut.onnx: is no ONNX model: broken or truncated protobuf", "cut.onnx")

    def test_noise(self):
        rng = random.Random(2)
        for length in (1, 64, 5000):
            self.write("noise.onnx", rng.randbytes(length))
            self.refused("compile", "noise.onnx", says="noise.onnx: is no ONNX model")
        self.write("empty.onnx", b"")
        self.network_refused("empty.onnx: is no ONNX model", "empty.onnx")
        self.write("text.onnx", (harness.PACKAGES / "duo.toml").read_bytes())
        self.network_refused("text.onnx: is no ONNX model", "text.onnx")

    def test_unsupported_operator(self):
        node = next(node for node in self.model.graph.node if node.op_type == "MaxPool")
        node.op_type, node.name = "LpNormalization", "normalise"
        del node.attribute[:]
        self.network_refused(["net.onnx: node 'normalise': ", "LpNormalization"])

    def test_dynamic_shape(self):
        self.model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
        self.network_refused(["net.onnx: input 'image' has a dynamic or impossible dimension 2", "height",
                              "must be a number"])

    def test_unquantised(self):
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("Conv", ["x", "w"], ["y"], name="conv")], "plain",
            [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 1, 8, 8])],
            [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 1, 6, 6])],
            [onnx.numpy_helper.from_array(numpy.ones((1, 1, 3, 3), numpy.float32), "w")])
        self.model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
        self.network_refused("net.onnx: ")

    def test_weights_cut_short(self):
        weight = next(t for t in self.model.graph.initializer if t.name == "conv1_weight")
        weight.raw_data = weight.raw_data[:-1]
        self.network_refused(["net.onnx: ", "conv1_weight", "144"])

    def test_dangling_tensor(self):
        self.model.graph.node[1].input[0] = "nowhere"
        self.network_refused(["net.onnx: node '", "'nowhere'"])

    def test_too_big_for_the_scratchpad(self):
        says = ["node '", "does not fit the scratchpad", "bytes, there are 4096"]
        self.refused("compile", harness.DIGITS, "--scratchpad", "4KiB", "-o", "net.npu", says=says)
        self.refused("infer", "duo", harness.DIGITS, "--input", harness.IMAGES, "--output", "out",
                     "--set", "npu*.npu.scratchpad=4 KiB", says=says)

    def test_too_big_for_the_hbm(self):
        self.refused("compile", harness.DIGITS, "--hbm", "1KiB", "-o", "net.npu",
                     says=["does not fit the HBM", "there are 1024"])

    def test_missing_network(self):
        self.network_refused("no.onnx: cannot be read; expected an ONNX model", "no.onnx")

    def test_output_that_is_the_model(self):
        self.save()
        self.refused("compile", "net.onnx", "-o", "net.onnx",
                     says="net.onnx: --output is the model itself; expected another file")
        onnx.checker.check_model(onnx.load(self.dir / "net.onnx"))
        self.network_refused(".: cannot be read; expected an ONNX model", ".")

    def test_without_an_end(self):
        self.network_refused(["/dev/zero: cannot be read; expected an ONNX model", harness.A_DEVICE], "/dev/zero")
        self.network_refused(["/dev/stdin: ", harness.A_DEVICE], "/dev/stdin")
        self.network_refused([".: ", harness.A_DIRECTORY], ".")

    def test_too_large(self):
        with open(self.dir / "large.onnx", "wb") as file:
            file.truncate(2**31)
        self.network_refused("large.onnx: cannot be read; expected an ONNX model (it holds more than 2147483647",
                             "large.onnx")

    def test_operator_set(self):
        for version in (9, 14, 17):
            self.model.opset_import[0].version = version
            self.network_refused(f"net.onnx: imports operator set {version}; expected operator set 10 to 13")
        self.model.opset_import[0].domain = "com.microsoft"
        self.network_refused("net.onnx: imports no operator set of ONNX; expected")

    def test_foreign_domain(self):
        self.model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
        self.vp("compile", self.save())  # Nothing of it is used.
        node = next(node for node in self.model.graph.node if node.op_type == "MaxPool")
        node.name, node.domain = "pool", "com.microsoft"
        self.network_refused("net.onnx: node 'pool': operator com.microsoft.MaxPool is not supported")

    def test_attributes(self):
        node = next(node for node in self.model.graph.node if node.op_type == "MaxPool")
        node.name = "pool"
        for name, value, says in (("ceil_mode", 1, "must be 0"),
                                  ("ceil_mode", 0.5, "is FLOAT; expected INT"),
                                  ("auto_pad", "SAME", "is 'SAME'; expected NOTSET, SAME_UPPER, "),
                                  ("count_include_pad", 1, "is unknown in operator set 13; expected one of: auto_pad, ")):
            with self.subTest(name, value=value):
                node.attribute.append(onnx.helper.make_attribute(name, value))
                self.network_refused(f"net.onnx: node 'pool': attribute '{name}' {says}")
                node.attribute.pop()
        node.attribute.append(onnx.helper.make_attribute("storage_order", 0))
        self.vp("compile", self.save())


class Images(harness.SystemTest):
    def images_refused(self, name, says, *options):
        self.refused("infer", "duo", harness.DIGITS, "--input", name, "--output", "out", *options,
                     says=says)

    def test_missing(self):
        self.images_refused("no.csv", "no.csv: cannot be read; expected images as CSV")
        self.images_refused("no.npy", "no.npy: --input: cannot read the file")

    def test_wrong_shape(self):
        self.write("short.csv", "1,2,3\n")
        self.images_refused("short.csv", "short.csv:1: has 3 numbers; expected 64")
        self.write("late.csv", ",".join(["0"] * 65) + "\n1,2\n")
        self.images_refused("late.csv", "late.csv:2: has 2 numbers; expected")
        numpy.save(self.dir / "odd.npy", numpy.zeros((3, 65), numpy.float32))
        self.images_refused("odd.npy", "odd.npy: --input: holds 195 values; expected a multiple of the 64")

    def test_wrong_content(self):
        self.write("words.csv", "zero,one\n")
        self.images_refused("words.csv", "words.csv:1: expected a number")
        self.write("empty.csv", "")
        self.images_refused("empty.csv", "empty.csv: ")
        self.write("cut.csv.gz", harness.IMAGES.read_bytes()[:1000])
        self.images_refused("cut.csv.gz", "cut.csv.gz: is truncated or broken gzip data")
        numpy.save(self.dir / "whole.npy", numpy.zeros((3, 64), numpy.float32))
        self.write("cut.npy", (self.dir / "whole.npy").read_bytes()[:400])
        self.images_refused("cut.npy", "cut.npy: --input: is truncated; expected a .npy file")
        numpy.save(self.dir / "bytes.npy", numpy.zeros((3, 64), numpy.int8))
        self.images_refused("bytes.npy", "expected a .npy file (version 1.0) of float32")

    def test_expected_outputs(self):
        self.images_refused(harness.IMAGES, "no.npy: --expect: cannot read", "--expect", "no.npy")
        numpy.save(self.dir / "few.npy", numpy.zeros((3, 10), numpy.float32))
        self.images_refused(harness.IMAGES, "few.npy: --expect: holds 30 values; expected the 5000",
                            "--expect", "few.npy", "--images", 500)

    def test_no_npu(self):
        package = self.write("host.toml", '''schema = 1
package = "host"
dies = [ { name = "host", index = 0, file = "dies/host.toml" } ]
unconnected = ["host.d2d0", "host.d2d1", "host.cxl0"]
''')
        self.refused("infer", package, harness.DIGITS, "--input", harness.IMAGES, "--output", "out",
                     says="no die has an NPU with an HBM stack; expected one")

    def test_without_an_end(self):
        self.images_refused("/dev/zero", ["/dev/zero: cannot be read; expected images as CSV", harness.A_DEVICE])
        self.images_refused("/dev/stdin", ["/dev/stdin: ", harness.A_DEVICE])
        self.images_refused(".", [".: cannot be read; expected images as CSV", harness.A_DIRECTORY])
        (self.dir / "images.npy").mkdir()
        self.images_refused("images.npy", ["images.npy: --input: ", harness.A_DIRECTORY])
        self.images_refused(harness.IMAGES, ["/dev/zero: --expect: ", harness.A_DEVICE], "--expect", "/dev/zero")

    def test_more_than_there_are(self):
        self.images_refused(harness.IMAGES, ["--images: ", "digits.csv.gz holds 1797; expected"], "--images", 1798)
        numpy.save(self.dir / "three.npy", numpy.zeros((3, 64), numpy.float32))
        self.images_refused("three.npy", "--images: three.npy holds 3; expected", "--images", 4)

    def test_numbers_that_are_none(self):
        row = ["0"] * 64
        for value in ("nan", "inf", "-inf"):
            row[2] = value
            self.write("strange.csv", ",".join(["0"] * 64) + "\n" + ",".join(row) + "\n")
            self.images_refused("strange.csv", f"strange.csv:2: number 3 is {value}; expected a finite one")
            array = numpy.zeros((3, 64), numpy.float32)
            array[1, 2] = value
            numpy.save(self.dir / "strange.npy", array)
            self.images_refused("strange.npy", f"--input: value 2 of image 1 is {value}; expected a finite one")

    def test_labels(self):
        for label in ("10", "-1", "0.5", "300"):
            self.write("label.csv", "\n".join(",".join(["0"] * 64 + [each]) for each in ("9", label)))
            self.images_refused("label.csv", f"label.csv:2: its label is {label}; expected an integer of 0..9: "
                                             "the network has 10 classes")


if __name__ == "__main__":
    harness.main()
