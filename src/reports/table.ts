/** @file Tables whose numbers keep their standard errors. */
import { formatNumber, type ShownNumber } from "../evaluation/number-text.js";
import type { Statistic } from "../evaluation/summary.js";
import { type Content, Html, html } from "./html.js";

/** A number in a table, with its decimals and its standard error. */
export interface NumberCell extends ShownNumber {
  /** Standard error, shown after the value. */
  readonly error?: number | null;
  /** Mark the best number of the column. */
  readonly best?: boolean;
}

export type Cell = string | Html | NumberCell;

export interface Column {
  readonly label: Content;
  /** Adjacent columns of one group share a heading above theirs. */
  readonly group?: string;
  /** Align to the right. */
  readonly number?: boolean;
}

export interface Row {
  readonly cells: readonly Cell[];
  /** Sets apart a row that others are compared with, such as the unrestored input. */
  readonly setApart?: boolean;
}

export interface Table {
  readonly caption: Content;
  readonly columns: readonly Column[];
  /** The first cell of each row is its heading. */
  readonly rows: readonly Row[];
}

const isNumberCell = (cell: Cell): cell is NumberCell => typeof cell === "object" && !(cell instanceof Html);

/** A mean with its standard error as a cell. */
export const cell = ({ mean, standardError }: Statistic, digits: number, signed = false): NumberCell => ({
  value: mean,
  error: standardError,
  digits,
  signed,
});

function contentOf(cell: Cell): Content {
  if (!isNumberCell(cell)) return cell;
  const { error = null, digits, value } = cell;
  const text = formatNumber(cell);
  return error === null || value === null
    ? text
    : html`${text} <span class="error">± ${formatNumber({ value: error, digits })}</span>`;
}

const numberClass = (number: boolean | undefined): string => (number ? "number" : "");

function groupHeadings(columns: readonly Column[]): Content {
  if (columns.every(({ group }) => group === undefined)) return null;
  const runs: { group: string; span: number }[] = [];
  for (const { group = "" } of columns) {
    const last = runs.at(-1);
    if (last && last.group === group) last.span += 1;
    else runs.push({ group, span: 1 });
  }
  return html`<tr>${runs.map(({ group, span }) =>
    group === ""
      ? html`<td colspan="${span}"></td>`
      : html`<th class="group" scope="colgroup" colspan="${span}">${group}</th>`,
  )}</tr>`;
}

/** A table that scrolls on its own on a narrow screen. */
export function reportTable({ caption, columns, rows }: Table): Html {
  const head = columns.map(({ label, number }) => html`<th scope="col" class="${numberClass(number)}">${label}</th>`);
  const body = rows.map(({ cells, setApart }) => {
    const line = cells.map((cell, i) =>
      i === 0
        ? html`<th scope="row">${contentOf(cell)}</th>`
        : html`<td class="${numberClass(columns[i]?.number)}${isNumberCell(cell) && cell.best ? " best" : ""}">${contentOf(cell)}</td>`,
    );
    return html`<tr class="${setApart ? "set-apart" : ""}">${line}</tr>\n`;
  });
  return html`<div class="scroll" tabindex="0"><table><caption><div>${caption}</div></caption>
<thead>${groupHeadings(columns)}<tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}
