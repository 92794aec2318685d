/** @file HTML as values. Text is escaped wherever it is inserted, so a file's name cannot become markup. */

/**
 * Markup that is safe to insert into a page. Create it with `html`, or with `raw` for the output of another program.
 */
export class Html {
  private constructor(readonly text: string) {}

  static trusted(text: string): Html {
    return new Html(text);
  }
}

export type Content = Html | string | number | null | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

function textOf(content: Content): string {
  if (content === null) return "";
  if (content instanceof Html) return content.text;
  return typeof content === "object" ? content.map(textOf).join("") : escapeHtml(String(content));
}

/** Markup with contents inserted: markup unchanged, lists concatenated, null as nothing, all else escaped. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html =>
  Html.trusted(parts.reduce((text, part, i) => text + textOf(contents[i - 1] ?? null) + part));

/** Markup from a trusted source, such as a plot's SVG. */
export const raw = (text: string): Html => Html.trusted(text);

/** A paragraph per text. */
export const paragraphs = (texts: readonly string[]): Html => html`${texts.map((text) => html`<p>${text}</p>`)}`;
