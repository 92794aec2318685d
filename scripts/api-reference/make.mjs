// `npm run api-reference [-- FOLDER]`: writes the reference of the library, one page per entry of the package, from the
// docstrings in the built types. It fails where a type in a signature cannot be imported.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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

mkdirSync(OUT, { recursive: true });
for (const [entry, files] of Object.entries(PACKAGE.exports)) {
  if (typeof files === "string") continue; // package.json
  const name = entry === "." ? "index" : entry.slice(2);
  const folder = mkdtempSync(join(tmpdir(), "unblur-api-"));
  try {
    const module = `${PACKAGE.name}${entry.slice(1)}`;
    const application = await Application.bootstrapWithPlugins({
      ...options,
      ...{ name: module, entryPoints: [join(ROOT, files.types)], out: folder },
    });
    const warnings = new Warnings();
    application.logger = warnings;
    const project = await application.convert();
    if (project) application.validate(project);
    if (!project || warnings.count > 0) throw new Error(`${module}: the reference is incomplete; see above`);
    await application.generateOutputs(project);
    const page = readFileSync(join(folder, "README.md"), "utf8");
    writeFileSync(join(OUT, `${name}.md`), page);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
