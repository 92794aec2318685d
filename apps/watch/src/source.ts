/** @file Source of the runs: the program that serves the page, or the page itself if it was exported. */
import type { Curve, CurveQuery, ExportedRuns, RunFacts } from "../contract.js";

export interface Source {
  /** Time of the export; null for a live page. */
  readonly exportedAt: string | null;
  runs(): Promise<readonly RunFacts[]>;
  curve(query: CurveQuery): Promise<Curve>;
  /**
   * Calls `changed` whenever there is new data, and `connected` when the program that serves the page starts or ends.
   */
  follow(changed: () => void, connected: (is: boolean) => void): void;
}

const EMPTY: Curve = { x: [], mean: [], least: [], greatest: [] };

function within({ x, ...columns }: Curve, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Curve {
  const kept = x.flatMap((value, i) => (value >= from && value <= to ? [i] : []));
  const pick = <T>(list: readonly T[]) => kept.map((i) => list[i]!);
  return { x: pick(x), mean: pick(columns.mean), least: pick(columns.least), greatest: pick(columns.greatest) };
}

const exportedSource = ({ at, runs, curves }: ExportedRuns): Source => ({
  exportedAt: at,
  runs: async () => runs,
  curve: async ({ run, metric, axis, from, to }) => within(curves[run]?.[metric]?.[axis] ?? EMPTY, from, to),
  follow: () => {},
});

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(((await response.json()) as { error?: string }).error ?? response.statusText);
  return (await response.json()) as T;
}

const liveSource = (): Source => ({
  exportedAt: null,
  runs: () => ask("api/runs"),
  curve: (query) =>
    ask(`api/curve?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`),
  follow(changed, connected) {
    const events = new EventSource("api/events");
    events.onmessage = changed;
    events.onopen = () => {
      connected(true);
      changed();
    };
    events.onerror = () => connected(false);
  },
});

export function openSource(): Source {
  const exported = JSON.parse(document.querySelector("#runs")!.textContent!) as ExportedRuns | null;
  return exported ? exportedSource(exported) : liveSource();
}
