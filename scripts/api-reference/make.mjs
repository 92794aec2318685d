// `npm run api-reference [-- FOLDER]`: writes the reference of the library, one page per entry of the package, from the
// docstrings in the built types. It fails where a type in a signature cannot be imported.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Application, Logger, LogLevel } from "typedoc";

const ROOT = join(import.meta.dirname, "..", "..");
const OUT = resolve(process.argv[2] ?? join(ROOT, "docs", "api"));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** A value that a type is derived from; the type itself is exported. */
const VALUE = /^(?:[A-Z_]+|[a-z]\w*Schema), defined in/;

/** Prints warnings and counts them. */
class Warnings extends Logger {
  count = 0;
  log(message, level) {
    if (level < LogLevel.Warn || VALUE.test(message)) return;
    this.count++;
    console.error(message);
  }
}

const FORMATS = ["parameters", "interfaceProperties", "classProperties", "typeAliasProperties", "typeDeclaration"];
const options = {
  tsconfig: join(import.meta.dirname, "tsconfig.json"),
  plugin: ["typedoc-plugin-markdown"],
  readme: "none",
  disableSources: true,
  disableGit: true,
  excludeExternals: true,
  excludeInternal: true,
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  useCodeBlocks: true,
  ...Object.fromEntries(FORMATS.map((format) => [`${format}Format`, "table"])),
};

/** Longest type that somebody reads. */
const MOST_CHARACTERS = 600;

/** Shortens types that are spelled out over pages: those of schemas and of whole configs. */
const readable = (page) =>
  page
    .replace(/```ts\n(const \w+Schema: [\w.]+)[^`]*```/g, "```ts\n$1;\n```")
    .replace(/(?<=(?<!\\)\| )[^\n]*?(?= (?<!\\)\|)/g, (cell) => (cell.length > MOST_CHARACTERS ? "`object`" : cell));

/** TypeDoc's page of an entry -> its page here and its name. TypeDoc names pages by the folders of the files. */
const pages = new Map(
  Object.entries(PACKAGE.exports)
    .filter(([, files]) => typeof files !== "string") // package.json
    .map(([entry, { types }]) => [
      basename(types.replace(/(?:\/index)?\.d\.ts$/, ".md")),
      { types, page: entry === "." ? "index.md" : `${entry.slice(2)}.md`, name: `${PACKAGE.name}${entry.slice(1)}` },
    ]),
);
const folder = mkdtempSync(join(tmpdir(), "unblur-api-"));
try {
  const entryPoints = [...pages.values()].map(({ types }) => join(ROOT, types));
  const application = await Application.bootstrapWithPlugins({ ...options, entryPoints, out: folder });
  const warnings = new Warnings();
  application.logger = warnings;
  const project = await application.convert();
  if (project) application.validate(project);
  if (!project || warnings.count > 0) throw new Error("the reference is incomplete; see above");
  await application.generateOutputs(project);
  mkdirSync(OUT, { recursive: true });
  for (const file of readdirSync(folder, { recursive: true })) {
    const { page, name } = pages.get(basename(file)) ?? {};
    if (!page) continue; // folders, and a list of the pages
    const text = readFileSync(join(folder, file), "utf8")
      .replace(/^# .*/, `# ${name}`)
      .replace(/\]\([\w./]*?(\w+\.md)/g, (_, to) => `](${pages.get(to).page}`);
    writeFileSync(join(OUT, page), readable(text));
  }
} finally {
  rmSync(folder, { recursive: true });
}
