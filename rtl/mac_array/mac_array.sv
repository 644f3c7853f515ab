// SPDX-License-Identifier: Apache-2.0
//
// MAC array: C[m x n] = acc[m x n] + A[m x k] * B[k x n] for one tile with k <= Rows, n <= Cols.
//
// Three streams with valid/ready handshakes; a transfer happens in a cycle where both are high, and
// a valid that was raised stays, with its data, until then.
//   weight  one row of B a cycle into the spare bank; `last` with row k-1. Rows k.. become zero.
//   row     one row of A a cycle with the sums it is added to; `last` with row m-1.
//   result  one row of C a cycle, in order, two cycles after its row of A.
//
// Two weight banks: while one multiplies, the next tile's weights go into the other. The banks swap
// at the end of a cycle in which the spare one is full and the active one has no tile, or takes the
// last row of its tile; the next tile's first row can follow in the very next cycle.
module mac_array #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  weight_valid_i,
  output logic                  weight_ready_o,
  input  logic [Cols-1:0][7:0]  weight_i,
  input  logic                  weight_last_i,

  input  logic                  row_valid_i,
  output logic                  row_ready_o,
  input  logic [Rows-1:0][7:0]  row_i,
  input  logic [Cols-1:0][31:0] acc_i,
  input  logic                  row_last_i,

  output logic                  result_valid_o,
  input  logic                  result_ready_i,
  output logic [Cols-1:0][31:0] result_o,
  output logic                  result_last_o
);
  localparam int unsigned CountWidth = (Rows > 1) ? $clog2(Rows) : 1;

  /////////////////////
  // Weight banks    //
  /////////////////////

  logic                  active_q;        // The bank that multiplies.
  logic                  active_valid_q;  // It holds the weights of a tile with rows to come.
  logic                  spare_full_q;    // The other bank holds a complete tile.
  logic [CountWidth-1:0] weight_count_q;  // Rows of B in the spare bank.

  // [bank][column][row of B]: a column reads its weights as one word.
  logic [Rows-1:0][7:0]  weights_q [2][Cols];

  logic weight_fire, row_fire, swap, operand_uses_spare, result_ready;

  // A row that waits in stage 1 may still need the weights of the bank that is to be refilled.
  assign weight_ready_o = ~spare_full_q & (~operand_uses_spare | result_ready);
  assign weight_fire    = weight_valid_i & weight_ready_o;
  assign swap           = spare_full_q & (~active_valid_q | (row_fire & row_last_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin : bank_control
    if (!rst_ni) begin
      active_q       <= 1'b0;
      active_valid_q <= 1'b0;
      spare_full_q   <= 1'b0;
      weight_count_q <= '0;
    end else begin
      if (swap) begin
        active_q       <= ~active_q;
        active_valid_q <= 1'b1;
        spare_full_q   <= 1'b0;
      end else begin
        if (row_fire && row_last_i) active_valid_q <= 1'b0;
        if (weight_fire && weight_last_i) spare_full_q <= 1'b1;
      end
      if (weight_fire) weight_count_q <= weight_last_i ? '0 : weight_count_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin : bank_write
    if (weight_fire) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        if (weight_count_q == '0) begin
          weights_q[~active_q][c] <= (8 * Rows)'(weight_i[c]);
        end else begin
          weights_q[~active_q][c][weight_count_q] <= weight_i[c];
        end
      end
    end
  end

  /////////////////////
  // Row pipeline    //
  /////////////////////

  // Stage 1 holds a row of A, its sums and the weights' bank; stage 2 holds a row of C.
  logic                  operand_valid_q, operand_last_q, operand_bank_q;
  logic [Rows-1:0][7:0]  operand_row_q;
  logic [Cols-1:0][31:0] operand_acc_q;
  logic                  result_valid_q, result_last_q;
  logic [Cols-1:0][31:0] result_q, sum;
  logic                  operand_ready;

  assign result_ready  = ~result_valid_q | result_ready_i;
  assign operand_ready = ~operand_valid_q | result_ready;
  assign operand_uses_spare = operand_valid_q & (operand_bank_q != active_q);
`ifdef MAC_ARRAY_BUG_CYCLE
  // Planted for the tests of the comparison: a row after a stalled result comes one cycle late.
  logic stalled_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin : planted_bug
    if (!rst_ni) stalled_q <= 1'b0;
    else stalled_q <= result_valid_q & ~result_ready_i;
  end
  assign row_ready_o   = active_valid_q & operand_ready & ~stalled_q;
`else
  assign row_ready_o   = active_valid_q & operand_ready;
`endif
  assign row_fire      = row_valid_i & row_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin : pipeline_control
    if (!rst_ni) begin
      operand_valid_q <= 1'b0;
      result_valid_q  <= 1'b0;
    end else begin
      if (operand_ready) operand_valid_q <= row_fire;
      if (result_ready) result_valid_q <= operand_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin : pipeline_data
    if (row_fire) begin
      operand_row_q  <= row_i;
      operand_acc_q  <= acc_i;
      operand_last_q <= row_last_i;
      operand_bank_q <= active_q;
    end
    if (operand_valid_q && result_ready) begin
      result_q      <= sum;
      result_last_q <= operand_last_q;
    end
  end

  for (genvar c = 0; c < Cols; c++) begin : gen_columns
    mac_column #(
      .Rows(Rows)
    ) u_column (
      .row_i    (operand_row_q),
      .weights_i(weights_q[operand_bank_q][c]),
      .acc_i    (operand_acc_q[c]),
      .sum_o    (sum[c])
    );
  end

  assign result_valid_o = result_valid_q;
  assign result_o       = result_q;
  assign result_last_o  = result_last_q;

  /////////////////////
  // Assertions      //
  /////////////////////

  // `disable iff` is a synchronous use of the reset, by design.
  // verilator lint_off SYNCASYNCNET

  // What the surroundings promise.
  WeightStable_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    weight_valid_i && !weight_ready_o |=> weight_valid_i && $stable({weight_i, weight_last_i}));
  WeightFits_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    weight_fire && weight_count_q == CountWidth'(Rows - 1) |-> weight_last_i);
  RowStable_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    row_valid_i && !row_ready_o |=> row_valid_i && $stable({row_i, acc_i, row_last_i}));

  // What the array promises.
  ResultStable_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    result_valid_o && !result_ready_i |=> result_valid_o && $stable({result_o, result_last_o}));
  RowNeedsWeights_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    row_fire |-> active_valid_q);
  BankInUseIsKept_A: assert property (@(posedge clk_i) disable iff (!rst_ni)
    operand_uses_spare && weight_fire |-> result_ready);
  // verilator lint_on SYNCASYNCNET
endmodule
