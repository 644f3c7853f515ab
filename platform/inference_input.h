// SPDX-License-Identifier: Apache-2.0
//
// What an inference is given, read, compiled and checked before anything runs.
#pragma once

#include <string>

#include "platform/inference.h"

namespace cvp {

struct InferenceInput {
  std::string model;      ///< ONNX file.
  std::string images;     ///< .csv, .csv.gz or .npy file.
  std::size_t count = 0;  ///< The last so many images; 0: all.
  std::uint32_t batch = 25;
  bool keep_layers = true;
};

/// The network compiled for what all NPUs of the package can do, and the images. Throws
/// ConfigurationFailed; an error's key is the option that is wrong, such as `--images`.
Inference read_inference(const InferenceInput& input, const Package& package);

}  // namespace cvp
