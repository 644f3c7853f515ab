// SPDX-License-Identifier: Apache-2.0
//
// The part of the table of models that firmware and operating systems expect around harts.
#pragma once

#include "platform/model_type.h"

namespace cvp {

std::vector<ModelType> host_device_types();

}  // namespace cvp
