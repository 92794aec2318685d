/** @file Reads every import: only what the table of docs/architecture.md allows, no cycles, no platform in src. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Folder of the architecture's table -> folders it may import from. */
const MAY_USE = new Map<string, readonly string[]>();
for (const [, folder, uses] of readFileSync(join(ROOT, "docs/architecture.md"), "utf8").matchAll(
  /^\| `((?:src|platform|apps)\/[a-z-]+)` \|[^|]+\|([^|]*)\|$/gm,
)) {
  const above = [...MAY_USE.keys()].filter((name) => name.startsWith("src/"));
  const inSource = (name: string) => (name.includes("/") ? name : `src/${name}`);
  const [all, ...except] = uses!.trim().split(/^all of the above(?: but )?/);
  const listed = (names: string) => names.split(", ").filter(Boolean);
  MAY_USE.set(
    folder!,
    except.length > 0
      ? above.filter((name) => !listed(except.join()).map(inSource).includes(name))
      : listed(all!).flatMap((name) => (name === "src" ? above : [inSource(name)])),
  );
}

interface Import {
  readonly file: string;
  readonly line: number;
  readonly target: string;
  readonly typeOnly: boolean;
}

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(folder, name));

/** Imports name what a file is compiled to. */
const sourceOf = (path: string): string => {
  const source = path.replace(/\.js$/, ".ts");
  return existsSync(join(ROOT, `${source}x`)) ? `${source}x` : source;
};

const files = ["src", "platform", "apps"].flatMap(sources);
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  const pattern = /^\s*(import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\b()()import\("([^"]+)"\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const specifier = (match[3] ?? match[6])!;
    const target = specifier.startsWith(".")
      ? sourceOf(relative(ROOT, join(ROOT, dirname(file), specifier)))
      : specifier;
    return { file, line: text.slice(0, match.index).split("\n").length, target, typeOnly: Boolean(match[2]) };
  });
});
const at = ({ file, line, target }: Import) => `${file}:${line} imports ${target}`;
const layer = (file: string): string => file.split(sep).slice(0, 2).join("/");

test("there is something to check", () => {
  expect(files.length).toBeGreaterThan(10);
  expect(imports.length).toBeGreaterThan(files.length);
});

test("the architecture's table lists every folder, and only folders that exist", () => {
  expect([...MAY_USE.keys()].sort()).toEqual([...new Set(files.map(layer))].sort());
  expect([...MAY_USE.values()].flat().filter((folder) => !MAY_USE.has(folder))).toEqual([]);
});

test("folders use only what the architecture's table allows", () => {
  const wrong = imports.filter(({ file, target }) => {
    if (/^(src|platform|apps)\//.test(target))
      return layer(target) !== layer(file) && !MAY_USE.get(layer(file))!.includes(layer(target));
    return file.startsWith("src") && target.startsWith("node:");
  });
  expect(wrong.map(at)).toEqual([]);
});

test("what runs in pages uses nothing of Node, and what runs in Node nothing of pages but plain data", () => {
  const inPages = (path: string) => /^(platform\/browser|apps\/(web|watch)\/src)\//.test(path);
  const wrong = imports.filter(({ file, target, typeOnly }) =>
    inPages(file)
      ? target.startsWith("node:") || target.startsWith("platform/node")
      : inPages(target) && !typeOnly && !target.endsWith("browser/runtime-files.ts"),
  );
  expect(files.filter(inPages).length).toBeGreaterThan(10);
  expect(wrong.map(at)).toEqual([]);
});

test("src does not name Node's or the browser's globals", () => {
  const forbidden = /\b(process|Buffer|__dirname|document|window|navigator|localStorage)\./;
  const wrong = files
    .filter((file) => file.startsWith("src"))
    .flatMap((file) =>
      readFileSync(join(ROOT, file), "utf8")
        .split("\n")
        .flatMap((text, i) =>
          forbidden.test(text.replace(/"\.{1,2}\/[^"]*"|\/\/.*|^\s*\*.*|\/\*.*/g, ""))
            ? [`${file}:${i + 1} ${text.trim()}`]
            : [],
        ),
    );
  expect(wrong).toEqual([]);
});

test("no cycles between files", () => {
  const uses = new Map<string, Import[]>();
  for (const edge of imports)
    if (!edge.typeOnly && files.includes(edge.target)) uses.set(edge.file, [...(uses.get(edge.file) ?? []), edge]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const edge of uses.get(file) ?? []) visit(edge.target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});
