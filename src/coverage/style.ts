// The page's only style sheet, on screen and on paper. It names no font file and no image; the page's policy allows
// nothing but this text, by its hash.
export const style = `
:root { color-scheme: light; --ink: #1d2a30; --quiet: #51626a; --line: #d3dcde; --strong: #14525e; --wash: #f2f6f6; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
.form { margin: 0; max-width: none; padding: 10px 24px; text-align: center; font-weight: 600; letter-spacing: 0.01em; }
.form.internal { background: #7a1f1f; color: #fff; }
.form.published { background: var(--strong); color: #fff; }
.page { max-width: 1160px; margin: 0 auto; padding: 36px 32px 64px; }
h1 { font-size: 32px; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 6px; font-weight: 650; }
h2 { font-size: 21px; line-height: 1.3; margin: 52px 0 8px; font-weight: 650; }
h3 { font-size: 16px; margin: 28px 0 6px; font-weight: 650; }
p, ul { margin: 0 0 12px; max-width: 46em; }
.about { color: var(--quiet); margin-bottom: 26px; }
.lead { font-size: 18px; line-height: 1.6; max-width: 42em; }
.quiet { color: var(--quiet); font-size: 14.5px; }
li { margin-bottom: 6px; }
figure { margin: 18px 0 26px; }
figure svg { display: block; width: 100%; height: auto; }
figure.steps svg { max-width: 900px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 14px 0 26px; font-size: 14.5px; line-height: 1.35; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 650; padding: 0 0 8px; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; }
thead th { vertical-align: bottom; font-weight: 600; font-size: 13px; border-bottom: 2px solid var(--ink); }
thead th.group { border-bottom: 1px solid var(--line); }
th.start, td.start { border-left: 1px solid var(--line); }
tbody th { font-weight: 400; }
.teams tbody th { min-width: 13em; }
td.number, th.number { text-align: right; }
td small { display: block; color: var(--quiet); font-size: 12.5px; }
tr.total th, tr.total td { font-weight: 650; background: var(--wash); border-bottom: 2px solid var(--ink); }
tr.section th { background: var(--wash); font-weight: 600; font-size: 13px; color: var(--quiet); }
tr.section { break-after: avoid; }
.words tr.section th { font-weight: 400; }
.words td, .words th { font-size: 13.5px; }
td.absent { color: var(--quiet); }
@media (min-width: 900px) { .pairs { display: grid; grid-template-columns: 1fr 1fr; gap: 0 48px; align-items: start; } .pairs h2 { grid-column: 1 / -1; } }
footer { margin-top: 56px; padding-top: 14px; border-top: 1px solid var(--line); color: var(--quiet); font-size: 14px; }
@page { size: A4 portrait; margin: 14mm 14mm 16mm; }
@page wide { size: A4 landscape; margin: 13mm; }
@media print {
  body { font-size: 10.5pt; line-height: 1.45; }
  .page { max-width: none; padding: 5mm 0 0; }
  .form { padding: 2.5mm 4mm; border: 1.2pt solid var(--ink); background: #fff !important; color: var(--ink) !important; }
  h1 { font-size: 19pt; }
  h2 { font-size: 13.5pt; margin-top: 7mm; break-after: avoid; }
  h3 { break-after: avoid; }
  p, ul, .lead { max-width: none; }
  .lead { font-size: 11.5pt; line-height: 1.5; }
  .about { margin-bottom: 4mm; }
  .quiet, footer { font-size: 9pt; }
  figure, tr, li { break-inside: avoid; }
  figure { margin: 4mm 0 6mm; }
  figure svg { max-height: 235mm; }
  figure.steps svg { max-height: 62mm; }
  caption { break-after: avoid; }
  thead { display: table-header-group; }
  table { font-size: 9pt; margin: 3mm 0 6mm; }
  thead th { font-size: 8.5pt; }
  th, td { padding: 1.3mm 2mm; }
  .wide { overflow: visible; }
  .teams tbody th { min-width: 38mm; }
  .landscape { page: wide; break-before: page; }
  .landscape section { break-before: page; }
  .landscape section:first-child { break-before: auto; }
  .landscape h2 { margin-top: 0; }
  .teams { break-inside: avoid; }
  .pairs { display: grid; grid-template-columns: 1fr 1fr; gap: 0 14mm; align-items: start; }
  .pairs h2 { grid-column: 1 / -1; }
  .landscape table { font-size: 8.5pt; }
  .landscape thead th { font-size: 8pt; }
  .words td, .words th, tr.section th { font-size: 8.5pt; }
  tr.total th, tr.total td, tr.section th { background: #fff; }
  td small { font-size: 7.5pt; }
}
`;
