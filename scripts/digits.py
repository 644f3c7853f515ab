# SPDX-License-Identifier: Apache-2.0
"""The digits and a plain integer executor of their classifier, for scripts and tests.

The executor follows the ONNX definitions of the four operators it knows, in int64 and numpy. It
shares nothing with the C++ reference and the compiler, so that the three can check one another.
"""
import gzip
import pathlib

import numpy as np

TEST_ROWS = 500
DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "digits"


def load(path=DATA / "digits.csv.gz"):
    """Returns (images [n, 1, 8, 8] float32 of 0..16, labels [n])."""
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.int64)
    return table[:, :64].reshape(-1, 1, 8, 8).astype(np.float32), table[:, 64]


def saturate(values, zero_point):
    return np.clip(np.rint(values).astype(np.int64) + int(zero_point), -128, 127)


def requantise(acc, scale, zero_point, axis):
    """FP32 multiply, round half to even, saturate; `scale` runs along `axis`."""
    shape = [1] * acc.ndim
    shape[axis] = -1
    scale = np.asarray(scale, np.float32).reshape(shape)
    return saturate(acc.astype(np.float32) * scale, zero_point)


def convolve(x, w, zero_point, pads):
    """x [n, c, h, w], w [m, c, kh, kw], stride 1; padding is the zero point."""
    x = x - int(zero_point)
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    kh, kw = w.shape[2:]
    height, width = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    out = np.zeros((x.shape[0], w.shape[0], height, width), np.int64)
    for ky in range(kh):
        for kx in range(kw):
            patch = x[:, :, ky:ky + height, kx:kx + width]
            out += np.einsum("nchw,mc->nmhw", patch, w[:, :, ky, kx], optimize=True)
    return out


def max_pool(x, kernel, stride):
    height = (x.shape[2] - kernel[0]) // stride[0] + 1
    width = (x.shape[3] - kernel[1]) // stride[1] + 1
    taps = [x[:, :, ky:ky + height * stride[0]:stride[0], kx:kx + width * stride[1]:stride[1]]
            [:, :, :height, :width] for ky in range(kernel[0]) for kx in range(kernel[1])]
    return np.max(taps, axis=0)


def run_layers(model, images):
    """Returns [(name, int array [n, ...])] of every INT8 tensor, in the order of the graph."""
    from onnx import helper, numpy_helper
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    values[model.graph.input[0].name] = images
    layers = []
    for node in model.graph.node:
        args = [values[name] for name in node.input]
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "QuantizeLinear":
            result = saturate(args[0] / args[1], args[2])
        elif node.op_type == "QLinearConv":
            x, sx, zx, w, sw, _, sy, zy, bias = args
            acc = convolve(x, w.astype(np.int64), zx, attributes["pads"])
            acc += bias.astype(np.int64).reshape(1, -1, 1, 1)
            result = requantise(acc, np.float32(sx) * sw / np.float32(sy), zy, 1)
        elif node.op_type == "QLinearMatMul":
            a, sa, za, b, sb, _, sy, zy = args
            acc = (a - int(za)) @ b.astype(np.int64)
            result = requantise(acc, np.float32(sa) * sb / np.float32(sy), zy, 1)
        elif node.op_type == "MaxPool":
            result = max_pool(args[0], attributes["kernel_shape"], attributes["strides"])
        elif node.op_type == "Flatten":
            result = args[0].reshape(args[0].shape[0], -1)
        elif node.op_type == "DequantizeLinear":
            continue
        else:
            raise ValueError(f"{node.name}: operator {node.op_type} is unknown")
        values[node.output[0]] = result
        layers.append((node.output[0], result))
    return layers


def accuracy(model, images, labels):
    scores = run_layers(model, images)[-1][1]
    return float(np.mean(np.argmax(scores, axis=1) == labels))
