#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the digit classifier in numpy: its accuracy, and every layer's output for the C++ tests."""
import argparse
import struct
import sys

import digits
import onnx


def write_layers(path, layers):
    """Count; then for each tensor: name and count of values, little-endian, and the INT8 values."""
    with open(path, "wb") as file:
        file.write(struct.pack("<I", len(layers)))
        for name, values in layers:
            encoded = name.encode()
            file.write(struct.pack("<I", len(encoded)) + encoded)
            file.write(struct.pack("<I", values.size) + values.astype("int8").tobytes())


def main():
    parser = argparse.ArgumentParser(
        description="Run the digit classifier on the 500 test rows with plain integer numpy.",
        epilog="Example: scripts/check_digits.py --require 0.95")
    parser.add_argument("--model", default=str(digits.DATA / "digits.onnx"), help="the ONNX model")
    parser.add_argument("--layers", metavar="FILE", help="write every INT8 tensor to FILE")
    parser.add_argument("--require", type=float, default=0.0, metavar="FRACTION",
                        help="exit with 1 when the accuracy is below this")
    options = parser.parse_args()
    model = onnx.load(options.model)
    onnx.checker.check_model(model, full_check=True)
    images, labels = digits.load()
    images, labels = images[-digits.TEST_ROWS:], labels[-digits.TEST_ROWS:]
    if options.layers:
        write_layers(options.layers, digits.run_layers(model, images))
    accuracy = digits.accuracy(model, images, labels)
    print(f"accuracy on the {digits.TEST_ROWS} test rows, INT8: {accuracy:.4f}")
    return 1 if accuracy < options.require else 0


if __name__ == "__main__":
    sys.exit(main())
