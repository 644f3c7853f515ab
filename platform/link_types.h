// SPDX-License-Identifier: Apache-2.0
//
// The part of the table of models that joins dies, and dies with memory expanders.
#pragma once

#include "platform/model_type.h"

namespace cvp {

std::vector<ModelType> link_types();

}  // namespace cvp
