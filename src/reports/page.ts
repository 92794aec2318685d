/** @file The shell of a report: one HTML file that opens offline, with its provenance at the end. */
import { type Content, html, raw } from "./html.js";
import { STYLE } from "./style.js";
import { ZOOM_SCRIPT } from "./zoom-script.js";

export interface ReportSection {
  readonly title: string;
  readonly content: Content;
}

/** Origin of a report: enough to reproduce it. */
export interface Provenance {
  /** The command line. */
  readonly command: string;
  /** Name and value: machine, versions, data, time. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface Report {
  readonly title: string;
  /** Subject of the report in a sentence or two. */
  readonly lead: string;
  /** Caveats for readers: a reduced scale, data that is not the paper's. */
  readonly notes?: readonly string[];
  readonly sections: readonly ReportSection[];
  readonly provenance: Provenance;
  /** JavaScript to run at the end of the page, after that of the zoom. Nothing in a report has network access. */
  readonly scripts?: readonly string[];
}

const anchor = (index: number): string => `section-${index + 1}`;

/** Escapes `</script`, which would end the element early. */
const script = (code: string) => html`<script>${raw(code.replaceAll("</script", "<\\/script"))}</script>`;

/** The whole file. */
export function reportPage({ title, lead, notes = [], sections, provenance, scripts = [] }: Report): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="generator" content="unblur">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${notes.length > 0 ? html`<div class="note" role="note">${notes.map((note) => html`<p>${note}</p>`)}</div>` : null}
${sections.length > 2 ? html`<nav aria-label="Sections"><ul>${sections.map((section, i) => html`<li><a href="#${anchor(i)}">${section.title}</a></li>`)}</ul></nav>` : null}
</header>
<main>
${sections.map(
  (section, i) => html`<section id="${anchor(i)}" aria-labelledby="${anchor(i)}-title">
<h2 id="${anchor(i)}-title">${section.title}</h2>
${section.content}
</section>
`,
)}
</main>
<footer>
<h2>How this was made</h2>
<pre><code>${provenance.command}</code></pre>
<dl>${Object.entries(provenance.facts).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</footer>
${[ZOOM_SCRIPT, ...scripts].map(script)}
</body>
</html>
`;
  return page.text;
}
