/** @file State of the view (runs, axis, smoothing), which the page's address stores. */
import { computed, effect, signal } from "@preact/signals";
import type { Axis, RunFacts } from "../contract.js";
import type { Source } from "./source.js";

export const AXIS_NAMES: Readonly<Record<Axis, string>> = { step: "steps", imagesSeen: "images", elapsedMs: "hours" };
/** Divisor from a value of the axis to the unit shown. */
export const AXIS_SCALE: Readonly<Record<Axis, number>> = { step: 1, imagesSeen: 1, elapsedMs: 3_600_000 };

/** Colours of runs by their place in the list, so that a run has the same colour everywhere. */
const COLOURS = ["#2f7ed8", "#e07b00", "#2c9a4b", "#c5404a", "#8a63c9", "#00838f", "#b0578d", "#7a7a00"] as const;
/** Number of runs shown until the user chooses. */
const FIRST_SHOWN = 3;

export const createView = (source: Source) => {
  const asked = new URLSearchParams(location.hash.slice(1));
  const runs = signal<readonly RunFacts[]>([]);
  const chosen = signal<readonly string[] | null>(asked.get("runs")?.split(",").filter(Boolean) ?? null);
  const axis = signal<Axis>((Object.keys(AXIS_NAMES) as Axis[]).find((name) => name === asked.get("axis")) ?? "step");
  const smoothing = signal(Math.min(0.99, Math.max(0, Number(asked.get("smooth") ?? 0.8) || 0)));
  const logarithmic = signal(asked.get("log") === "1");
  /** Range of the axis, in its unit; null for all of it. */
  const range = signal<readonly [number, number] | null>(null);
  /** Counts arrivals of new data, on which drawings depend. */
  const news = signal(0);
  const problem = signal<string | null>(null);
  const connected = signal(true);
  const shown = computed(() => {
    const names = chosen.value ?? runs.value.slice(0, FIRST_SHOWN).map(({ name }) => name);
    return runs.value.filter(({ name }) => names.includes(name));
  });
  const metrics = computed(() => [...new Set(shown.value.flatMap((run) => run.metrics))]);
  const colourOf = (name: string) =>
    COLOURS[runs.value.findIndex((run) => run.name === name) % COLOURS.length] ?? COLOURS[0];

  const update = async () => {
    try {
      runs.value = await source.runs();
      news.value += 1;
      problem.value = null;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  source.follow(
    () => void update(),
    (is) => {
      connected.value = is;
    },
  );
  void update();
  effect(() => {
    const parts = new URLSearchParams({ axis: axis.value, smooth: String(smoothing.value) });
    if (chosen.value) parts.set("runs", chosen.value.join(","));
    if (logarithmic.value) parts.set("log", "1");
    history.replaceState(null, "", `#${parts}`);
  });
  const toggle = (name: string) => {
    const names = shown.value.map((run) => run.name);
    chosen.value = names.includes(name) ? names.filter((other) => other !== name) : [...names, name];
  };
  return {
    source,
    runs,
    shown,
    metrics,
    axis,
    smoothing,
    logarithmic,
    range,
    news,
    problem,
    connected,
    colourOf,
    toggle,
  };
};

export type View = ReturnType<typeof createView>;
