// SPDX-License-Identifier: Apache-2.0
#include "platform/report_style.h"

namespace cvp {

std::string_view report_css() {
  return R"(
:root { --back: #fbfcfd; --panel: #ffffff; --edge: #dfe4ea; --ink: #1c2430; --soft: #5b6675;
  --accent: #2f6fde; --good: #1d8a4d; --bad: #c8352b; --lane: #eef1f5; --heat: 47 111 222; }
@media (prefers-color-scheme: dark) { :root { --back: #12161c; --panel: #1a2029; --edge: #2c3542;
  --ink: #e6ebf2; --soft: #9aa6b5; --accent: #6ea4ff; --good: #4cc383; --bad: #ff7a6e;
  --lane: #222a35; --heat: 110 164 255; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
header h1 { margin: 0; font-size: 34px; letter-spacing: -0.02em; }
header p { margin: 2px 0 20px; color: var(--soft); }
h2 { font-size: 19px; margin: 0 0 10px; }
h3 { font-size: 14px; margin: 18px 0 6px; color: var(--soft); font-weight: 600; }
section { background: var(--panel); border: 1px solid var(--edge); border-radius: 14px;
  padding: 20px 22px; margin: 18px 0; }
.note { color: var(--soft); margin: -6px 0 12px; font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px; }
.card { background: var(--panel); border: 1px solid var(--edge); border-radius: 14px;
  padding: 14px 16px; display: flex; flex-direction: column; }
.card b { font-size: 23px; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: 12.5px; line-height: 1.35; }
.card.good b { color: var(--good); } .card.bad b { color: var(--bad); }
svg.diagram, svg.timeline { display: block; width: 100%; height: auto; margin: 0 auto; }
svg.diagram { max-width: 980px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th { text-align: right; color: var(--soft); font-weight: 600; padding: 6px 10px;
  border-bottom: 1px solid var(--edge); white-space: nowrap; }
td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--edge); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tbody tr:last-child td { border-bottom: 0; }
tr.bad td { color: var(--bad); font-weight: 600; }
.bar { display: inline-block; width: 72px; height: 8px; background: var(--lane); border-radius: 4px;
  overflow: hidden; vertical-align: middle; margin-right: 6px; }
.histogram { display: inline-flex; align-items: flex-end; gap: 1px; height: 28px; }
.histogram i { display: block; width: 5px; background: var(--accent); }
.bar i { display: block; height: 100%; background: var(--accent); }
.stack { display: inline-flex; width: 260px; height: 14px; border-radius: 4px; overflow: hidden;
  vertical-align: middle; background: var(--lane); }
.stack i { display: block; height: 100%; }
.heat { display: block; margin: -6px -10px; padding: 6px 10px;
  background: rgb(var(--heat) / var(--h)); }
.figures { display: grid; gap: 18px; }
figure { margin: 0; } figcaption { color: var(--soft); font-weight: 600; font-size: 13.5px; }
.legend { color: var(--soft); font-size: 12.5px; margin: 8px 0 0; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 5px 0 10px;
  vertical-align: -1px; }
.k1, .c0 { fill: #2f9e63; background: #2f9e63; } .k2, .c1 { fill: #8a63d2; background: #8a63d2; }
.k3, .c2 { fill: #d98a1f; background: #d98a1f; } .k4, .c3 { fill: #2f6fde; background: #2f6fde; }
.k5, .c4 { fill: #c2447f; background: #c2447f; } .c5 { background: #8c98a8; }
.timeline .lane { fill: var(--lane); } .timeline line { stroke: var(--edge); }
.timeline text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.timeline .track { text-anchor: end; fill: var(--ink); }
.log { margin: 0; max-height: 520px; overflow: auto; background: var(--back); border-radius: 10px;
  border: 1px solid var(--edge); padding: 14px 16px; font: 12px/1.5 ui-monospace, monospace; }
.log .t { color: var(--soft); user-select: none; }
@media print { section { break-inside: avoid; } .log { max-height: none; } }
)";
}

}  // namespace cvp
