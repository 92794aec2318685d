/** @file Style sheet of reports: light and dark, for screens and paper. It loads nothing. */

/** Colours of series on `[light, dark]` backgrounds, distinguishable for colour-blind readers (Okabe and Ito). */
const SERIES: readonly (readonly [string, string])[] = [
  ["#0072b2", "#56b4e9"],
  ["#d55e00", "#ff9248"],
  ["#00805c", "#2fc99a"],
  ["#b0578d", "#e59bc6"],
  ["#8a6d00", "#e6c34a"],
  ["#5b5bd6", "#a5a5ff"],
  ["#707070", "#b0b0b0"],
];
const colours = (which: 0 | 1) => SERIES.map((pair, i) => `--series-${i}: ${pair[which]};`).join(" ");

/** Colour of the i-th series, for `fill` and `stroke`. */
export const seriesColour = (i: number): string => `var(--series-${i % SERIES.length})`;

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d1f23; --soft: #5c626b; --line: #d9dce1; --tint: #f4f5f7; --mark: #e2f0e6; --link: #0b5cad;
  ${colours(0)}
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #e8eaed; --soft: #a4abb6; --line: #383d45; --tint: #20242a; --mark: #1f3a2a; --link: #7db8f5;
    ${colours(1)}
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .5rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
p, li { max-width: 78ch; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: 1rem 0 0; list-style: none; font-size: .92rem; }
.lead { font-size: 1.08rem; }
.note { background: var(--tint); border-left: 4px solid var(--series-1); padding: .6rem .9rem; margin: 1rem 0; max-width: 82ch; }
.note p { margin: .2rem 0; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, .view:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; margin: .8rem 0; }
caption, figcaption { text-align: left; color: var(--soft); font-size: .92rem; padding: .3rem 0; max-width: 90ch; }
/* As wide as the page, not as the table that scrolls under it. */
caption div { position: sticky; left: 0; width: max-content; max-width: min(90ch, calc(100vw - 2.5rem)); }
th, td { padding: .32rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: baseline; }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; white-space: nowrap; }
th.group { text-align: center; border-bottom: 1px solid var(--line); }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody th { font-weight: 600; position: sticky; left: 0; background: var(--paper); }
td.best { background: var(--mark); font-weight: 600; }
tr.set-apart th, tr.set-apart td { color: var(--soft); font-weight: 400; border-bottom-width: 2px; }
.error { color: var(--soft); font-size: .85em; }
figure { margin: 1.1rem 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 0 1.6rem; max-width: 1140px; }
.plot { max-width: 620px; }
.plot svg { width: 100%; height: auto; display: block; overflow: visible; }
@media (max-width: 600px) { .plot svg[viewBox] { font-size: 16px !important; } .plot svg[viewBox] * { font-size: inherit; } }
.plot h3 { margin: 0; font-size: 1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; padding: 0; margin: .2rem 0; list-style: none; font-size: .88rem; }
.legend svg { vertical-align: middle; margin-right: .4rem; display: inline; width: 26px; height: 10px; }
.pictures { border: 1px solid var(--line); border-radius: 6px; padding: .7rem; }
.tools { display: none; gap: .4rem; align-items: center; font-size: .88rem; color: var(--soft); margin-bottom: .5rem; flex-wrap: wrap; }
.tools.ready { display: flex; }
button { font: inherit; color: var(--ink); background: var(--tint); border: 1px solid var(--line); border-radius: 5px; padding: .15rem .6rem; cursor: pointer; }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--least, 170px)), 1fr)); gap: .7rem; }
.full-size .row { grid-template-columns: repeat(auto-fill, min(100%, var(--least))); }
.tile { margin: 0; min-width: 0; }
.tile figcaption { padding: .2rem 0 0; line-height: 1.35; font-size: .86rem; }
.tile figcaption b { color: var(--ink); }
.view { overflow: hidden; border-radius: 3px; background: var(--tint); touch-action: pan-y; }
.view img { display: block; width: 100%; height: auto; transform-origin: 0 0;
  transform: translate(calc(var(--x, 0) * 1%), calc(var(--y, 0) * 1%)) scale(var(--zoom, 1)); }
.small img, .zoomed img { image-rendering: pixelated; }
.ready-to-zoom .view { cursor: zoom-in; }
.zoomed .view { cursor: grab; touch-action: none; }
.strip table { margin: 0; table-layout: fixed; width: 100%; max-width: calc(6.5rem + var(--steps) * (var(--side) + .3rem));
  min-width: calc(6.5rem + var(--steps) * (min(var(--side), 64px) + .3rem)); }
.strip .quantity { width: 6.5rem; }
.strip th, .strip td { border: 0; padding: .15rem; text-align: center; font-size: .82rem; font-weight: 400; }
.strip tbody th { text-align: right; vertical-align: middle; padding-right: .6rem; }
.strip thead th { white-space: normal; }
.strip img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 2px; }
.scale i { display: inline-block; width: 12rem; height: .7rem; vertical-align: middle; border: 1px solid var(--line);
  background: linear-gradient(90deg, #000, #fff); print-color-adjust: exact; }
pre { background: var(--tint); padding: .7rem .9rem; border-radius: 5px; overflow-x: auto; font-size: .88rem; white-space: pre-wrap; }
footer { color: var(--soft); font-size: .9rem; padding-bottom: 3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --tint: #f4f5f7; --mark: #e2f0e6; ${colours(0)} }
  body { font-size: 10.5pt; } nav, .tools, .tools.ready { display: none; } .scroll { overflow: visible; }
  figure, table, .note { break-inside: avoid; }
}
`;
