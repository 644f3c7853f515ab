// SPDX-License-Identifier: Apache-2.0
//
// One column of the MAC array: the dot product of a row of A with a column of B, added to a
// running sum. Combinational; INT8 x INT8, sums wrap at 32 bits. A dot product simulates several
// times faster than a grid of registered cells, which is why the array is built of these.
module mac_column #(
  parameter int unsigned Rows = 16
) (
  input  logic [Rows-1:0][7:0] row_i,
  input  logic [Rows-1:0][7:0] weights_i,
  input  logic [31:0]          acc_i,
  output logic [31:0]          sum_o
);
  always_comb begin : dot_product
    sum_o = acc_i;
    for (int unsigned r = 0; r < Rows; r++) begin
      sum_o = sum_o + 32'(16'(signed'(row_i[r])) * 16'(signed'(weights_i[r])));
    end
`ifdef MAC_ARRAY_BUG_BIT
    // Planted for the tests of the comparison: the most negative product loses its top bit.
    if (row_i[0] == 8'h80 && weights_i[0] == 8'h80) sum_o = sum_o ^ 32'h0000_4000;
`endif
  end
endmodule
