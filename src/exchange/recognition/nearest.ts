/**
 * @file Description of a checkpoint whose network is unknown: its tensors, and the known network with most of their
 * names.
 */
import { type Architecture, createNetwork, networkConfigSchema } from "../../networks/catalog.js";
import { type CheckpointShapes, printable } from "./shapes.js";

/** A name without its numbers, so that other counts of blocks and levels do not matter. */
const pattern = (name: string): string => name.replace(/\b\d+\b/g, "#");
const patterns = (names: Iterable<string>): Set<string> => new Set([...names].map(pattern));

/** Number of name patterns that the checkpoint shares with the published architecture, and the architecture's total. */
function sharedWith(architecture: Architecture, own: ReadonlySet<string>): number {
  const { parameters } = createNetwork(networkConfigSchema.parse({ architecture }));
  const theirs = patterns(parameters.map(({ label }) => label));
  return [...own].filter((name) => theirs.has(name)).length;
}

/** `known`: the architectures to compare with. */
export function describeNearest({ shapes }: CheckpointShapes, known: readonly Architecture[]): string {
  const names = [...shapes.keys()];
  if (names.length === 0) return "it contains no tensors of layers";
  const own = patterns(names);
  const ranked = known.map((name) => ({ name, shared: sharedWith(name, own) })).sort((a, b) => b.shared - a.shared);
  const nearest = ranked[0]!;
  const seen = names.slice(0, 4).map((name) => `${printable(name)} [${shapes.get(name)!}]`);
  return (
    `its network is unknown: ${names.length} tensors, ${seen.join(", ")}${names.length > 4 ? ", ..." : ""}; ` +
    (nearest.shared > 0
      ? `the nearest network is ${nearest.name}, with ${nearest.shared} of the checkpoint's ${own.size} name patterns`
      : "none of their names belongs to a known network")
  );
}
