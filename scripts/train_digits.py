#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the digit classifier and writes it as a quantised ONNX model.

conv 3x3x16, ReLU, conv 3x3x32, ReLU, max pool 2x2, fully connected 10: 309 kMAC an image. Trained
in FP32 on rows 0..1296 with random shifts, then quantised: weights INT8 symmetric per channel,
activations INT8 per tensor. A ReLU costs no operator: its output has zero point -128, so that
saturation does it.
"""
import argparse
import sys

import digits
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = (1, 16, 32)
CLASSES = 10
SIDE = 8


def unfold(x):
    """[n, h, w, c] to the 3x3 patches [n * h * w, 9 * c], padded with zeros."""
    n, h, w, c = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    taps = [padded[:, ky:ky + h, kx:kx + w] for ky in range(3) for kx in range(3)]
    return np.concatenate(taps, axis=3).reshape(n * h * w, 9 * c)


def fold(patches, shape):
    """The transpose of unfold: sums gradients of patches into an image."""
    n, h, w, c = shape
    patches = patches.reshape(n, h, w, 9, c)
    padded = np.zeros((n, h + 2, w + 2, c), np.float32)
    for tap in range(9):
        ky, kx = divmod(tap, 3)
        padded[:, ky:ky + h, kx:kx + w] += patches[:, :, :, tap]
    return padded[:, 1:-1, 1:-1]


class Network:
    """Activations are [n, h, w, c]; convolution weights [9 * c_in, c_out]."""

    def __init__(self, rng):
        def he(rows, columns):
            return (rng.standard_normal((rows, columns)) * np.sqrt(2 / rows)).astype(np.float32)
        pooled = CHANNELS[2] * (SIDE // 2) ** 2
        self.parameters = [he(9 * CHANNELS[0], CHANNELS[1]), np.zeros(CHANNELS[1], np.float32),
                           he(9 * CHANNELS[1], CHANNELS[2]), np.zeros(CHANNELS[2], np.float32),
                           he(pooled, CLASSES)]

    def forward(self, x):
        w1, b1, w2, b2, w3 = self.parameters
        n = x.shape[0]
        p1 = unfold(x)
        a1 = np.maximum(p1 @ w1 + b1, 0)
        p2 = unfold(a1.reshape(n, SIDE, SIDE, -1))
        a2 = np.maximum(p2 @ w2 + b2, 0)
        windows = a2.reshape(n, SIDE // 2, 2, SIDE // 2, 2, -1).transpose(0, 1, 3, 5, 2, 4)
        windows = windows.reshape(n, SIDE // 2, SIDE // 2, -1, 4)
        pooled = windows.max(axis=4)
        return p1, a1, p2, a2, windows, pooled, pooled.reshape(n, -1) @ w3

    def gradients(self, x, labels, drop):
        w2, w3 = self.parameters[2], self.parameters[4]
        n = x.shape[0]
        p1, a1, p2, a2, windows, pooled, _ = self.forward(x)
        flat = pooled.reshape(n, -1) * drop
        scores = flat @ w3
        scores -= scores.max(axis=1, keepdims=True)
        grad = np.exp(scores)
        grad /= grad.sum(axis=1, keepdims=True)
        grad[np.arange(n), labels] -= 1
        grad /= n
        g3 = flat.T @ grad
        back = ((grad @ w3.T) * drop).reshape(pooled.shape)
        spread = np.zeros_like(windows)
        np.put_along_axis(spread, windows.argmax(axis=4)[..., None], back[..., None], axis=4)
        spread = spread.reshape(n, SIDE // 2, SIDE // 2, -1, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        back = spread.reshape(a2.shape) * (a2 > 0)
        g2, gb2 = p2.T @ back, back.sum(axis=0)
        back = fold(back @ w2.T, (n, SIDE, SIDE, CHANNELS[1])).reshape(a1.shape) * (a1 > 0)
        return [p1.T @ back, back.sum(axis=0), g2, gb2, g3]


def shifted(images, rng):
    """Each image moved by -1, 0 or 1 pixel both ways, zeros shifted in."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moves = rng.choice(3, size=(len(images), 2), p=(0.2, 0.6, 0.2))
    return np.stack([padded[i, dy:dy + SIDE, dx:dx + SIDE] for i, (dy, dx) in enumerate(moves)])


def train(images, labels, epochs, rng, log):
    network = Network(rng)
    first = [np.zeros_like(p) for p in network.parameters]
    second = [np.zeros_like(p) for p in network.parameters]
    batch, step = 64, 0
    steps = epochs * (len(images) // batch)
    for epoch in range(epochs):
        order = rng.permutation(len(images))
        for begin in range(0, len(order) - batch + 1, batch):
            chosen = order[begin:begin + batch]
            drop = (rng.random((batch, network.parameters[4].shape[0])) < 0.7) / np.float32(0.7)
            gradients = network.gradients(shifted(images[chosen], rng), labels[chosen],
                                          drop.astype(np.float32))
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
            step += 1
            for p, g, m, v in zip(network.parameters, gradients, first, second):  # Adam
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= rate * (m / (1 - 0.9 ** step)) / (np.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
                if p.ndim == 2:
                    p -= rate * 0.01 * p
        if log and epoch % 10 == 9:
            scores = network.forward(images)[-1]
            print(f"epoch {epoch + 1}: {np.mean(scores.argmax(axis=1) == labels):.4f} of the "
                  "training rows", flush=True)
    return network


def symmetric(weights):
    """INT8 per output column: (integers, scales)."""
    scales = (np.abs(weights).max(axis=0) / 127).astype(np.float32)
    return np.clip(np.rint(weights / scales), -127, 127).astype(np.int8), scales


def quantise(network, images):
    """Builds the ONNX model; the ranges of activations come from `images`."""
    _, a1, _, a2, _, _, scores = network.forward(images)
    w1, b1, w2, b2, w3 = network.parameters
    input_scale = np.float32(1 / 255)  # The network was trained on pixels / 16.
    scale1 = np.float32(np.percentile(a1.max(axis=1), 99.9) / 255)
    scale2 = np.float32(np.percentile(a2.max(axis=1), 99.9) / 255)
    score_scale = np.float32(np.abs(scores).max() / 127)
    constants = {
        "image_scale": np.float32(16 / 255), "score_scale": score_scale,
        "relu_zero": np.int8(-128), "zero": np.int8(0),
        "x_scale": input_scale, "conv1_scale": scale1, "conv2_scale": scale2}

    def weight(name, weights, bias, scale):
        integers, scales = symmetric(weights)
        constants[f"{name}_weight_scale"] = scales
        constants[f"{name}_weight_zero"] = np.zeros(len(scales), np.int8)
        if bias is not None:
            constants[f"{name}_bias"] = np.rint(bias / (scale * scales)).astype(np.int32)
        return integers

    integers = weight("conv1", w1, b1, input_scale)
    constants["conv1_weight"] = integers.reshape(3, 3, CHANNELS[0], -1).transpose(3, 2, 0, 1)
    integers = weight("conv2", w2, b2, scale1)
    constants["conv2_weight"] = integers.reshape(3, 3, CHANNELS[1], -1).transpose(3, 2, 0, 1)
    integers = weight("dense", w3, None, scale2)
    half = SIDE // 2
    constants["dense_weight"] = integers.reshape(half, half, CHANNELS[2], CLASSES).transpose(
        2, 0, 1, 3).reshape(-1, CLASSES)
    return constants


def build_model(constants):
    pads = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("QuantizeLinear", ["image", "image_scale", "relu_zero"], ["pixels"],
                         "quantise"),
        helper.make_node("QLinearConv", ["pixels", "x_scale", "relu_zero", "conv1_weight",
                                         "conv1_weight_scale", "conv1_weight_zero", "conv1_scale",
                                         "relu_zero", "conv1_bias"], ["conv1_out"], "conv1",
                         **pads),
        helper.make_node("QLinearConv", ["conv1_out", "conv1_scale", "relu_zero", "conv2_weight",
                                         "conv2_weight_scale", "conv2_weight_zero", "conv2_scale",
                                         "relu_zero", "conv2_bias"], ["conv2_out"], "conv2",
                         **pads),
        helper.make_node("MaxPool", ["conv2_out"], ["pool_out"], "pool", kernel_shape=[2, 2],
                         strides=[2, 2]),
        helper.make_node("Flatten", ["pool_out"], ["features"], "flatten", axis=1),
        helper.make_node("QLinearMatMul", ["features", "conv2_scale", "relu_zero", "dense_weight",
                                           "dense_weight_scale", "dense_weight_zero",
                                           "score_scale", "zero"], ["scores_q"], "dense"),
        helper.make_node("DequantizeLinear", ["scores_q", "score_scale", "zero"], ["scores"],
                         "dequantise")]
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, CLASSES])],
        [numpy_helper.from_array(np.ascontiguousarray(v), name)
         for name, v in constants.items()])
    model = helper.make_model(graph, producer_name="train_digits.py",
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    model.doc_string = "INT8 digit classifier. Input: pixels of 0..16; output: a score a digit."
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(
        description="Train the 8x8 digit classifier and write it as an INT8 ONNX model.",
        epilog="Example: scripts/train_digits.py --seed 1 --out /tmp/digits.onnx")
    parser.add_argument("--seed", type=int, default=1, help="of every random number (1)")
    parser.add_argument("--epochs", type=int, default=40, help="passes over the training rows (40)")
    parser.add_argument("--out", default=str(digits.DATA / "digits.onnx"),
                        help="the model to write (data/digits/digits.onnx)")
    parser.add_argument("--require", type=float, default=0.0, metavar="FRACTION",
                        help="exit with 1 when the accuracy on the test rows is below this")
    parser.add_argument("--quiet", action="store_true", help="print the last line only")
    options = parser.parse_args()

    images, labels = digits.load()
    rng = np.random.default_rng(options.seed)
    pixels = (images / 16).transpose(0, 2, 3, 1)[:-digits.TEST_ROWS]
    network = train(pixels, labels[:-digits.TEST_ROWS], options.epochs, rng, not options.quiet)
    model = build_model(quantise(network, pixels))
    accuracy = digits.accuracy(model, images[-digits.TEST_ROWS:], labels[-digits.TEST_ROWS:])
    print(f"accuracy on the {digits.TEST_ROWS} test rows, INT8: {accuracy:.4f}")
    try:
        onnx.save(model, options.out)
    except OSError as error:
        sys.exit(f"train_digits.py: cannot write {options.out}: {error.strerror}")
    return 1 if accuracy < options.require else 0


if __name__ == "__main__":
    sys.exit(main())
