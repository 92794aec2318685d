/** @file What npm does in a clone: no warning at its calls, no download of GPU libraries, no build without a reason. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const run = promisify(execFile);
// Not the settings of the npm that runs these tests.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|ONNX)/i.test(name)));

test("npm reads the project's settings without a warning", { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await run("npm", ["pkg", "get", "name"], { cwd: ROOT, env: environment });
  expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: '"unblur-photo"', stderr: "" });
});

test("the install script of the runtime ends before it downloads, unless it is asked to", async () => {
  const lock = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  expect(lock.packages["node_modules/global-agent"]).toEqual({ resolved: "scripts/no-gpu-download", link: true });
  const script = await readFile(join(ROOT, "node_modules/onnxruntime-node/script/install.js"), "utf8");
  const [start, download] = [script.indexOf("globalAgentBootstrap();"), script.indexOf("installPackages(PACKAGES")];
  expect(start).toBeGreaterThan(0);
  expect(download).toBeGreaterThan(start);

  const program = 'require("./scripts/no-gpu-download").bootstrap(); console.log("downloads");';
  const said = async (env: Readonly<Record<string, string>>, ...words: string[]) =>
    (await run(process.execPath, ["-e", program, "--", ...words], { cwd: ROOT, env: { ...environment, ...env } }))
      .stdout;
  expect(await said({})).toBe("");
  expect(await said({ ONNXRUNTIME_NODE_INSTALL: "cuda12" })).toBe("downloads\n");
  expect(await said({}, "--onnxruntime-node-install=cuda12")).toBe("downloads\n");
});

test("a clone is built again when a source changes, and not when an example is restored", async () => {
  const clone = await mkdtemp(join(tmpdir(), "unblur-clone-"));
  const write = async (name: string, text = "") => {
    await mkdir(dirname(join(clone, name)), { recursive: true });
    await writeFile(join(clone, name), text);
  };
  await cp(join(ROOT, "scripts/prepare.mjs"), join(clone, "scripts/prepare.mjs"));
  await write("package.json", JSON.stringify({ scripts: { build: "exit 3" } }));
  for (const name of [
    "apps/a.ts",
    "platform/a.ts",
    "src/a.ts",
    "models/a",
    "examples/a.jpg",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
  ])
    await write(name);
  for (const name of ["dist/apps/cli/main.js", "dist-web/index.html", "dist-watch/index.html"]) await write(name);
  await write("node_modules/.cache/unblur-built");
  /** The exit code: that of the build if there was one. */
  const prepared = () =>
    run(process.execPath, [join(clone, "scripts/prepare.mjs")], { env: environment }).then(
      () => 0,
      ({ code }) => code as number,
    );
  await write("examples/a.unblurred.jpg");
  expect(await prepared()).toBe(0);
  await write("apps/a.ts", "changed");
  expect(await prepared()).toBe(3);
  await rm(clone, { recursive: true });
}, 120_000);
