/**
 * @file What users get: the packed tarball, installed in a folder of its own as any package, and run. Needs the built
 * `dist/` and pages (as `npm test` makes them) and npm, with whatever registry or cache it is set up with.
 */
import { execFile, spawn } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../platform/node/photos/image-file.js";
import { writeIdentityModel } from "./identity-model.js";
import { openProfile, pageTest } from "./page.js";
import { serveFolder } from "./web/static-server.js";
import { openSite, restoreInPage } from "./web/web-page.js";

const ROOT = join(import.meta.dirname, "..");
const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };

let folder: string;
let packed: { readonly filename: string; readonly size: number; readonly unpackedSize: number };
let files: readonly string[];

// No settings of the npm that runs these tests, but for where packages come from, and as many threads as users have.
const { npm_config_registry, npm_config_cache } = process.env;
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^UNBLUR_THREADS$/.test(name)),
);
const settings = {
  ...(npm_config_registry ? { npm_config_registry } : {}),
  ...(npm_config_cache ? { npm_config_cache } : {}),
  // The native runtime's CUDA files are left out: see README.
  ONNXRUNTIME_NODE_INSTALL: "skip",
};
const run = (cwd: string, command: string, ...args: string[]) =>
  promisify(execFile)(command, args, { cwd, env: { ...environment, ...settings }, maxBuffer: 2 ** 26 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-package-"));
  // `--ignore-scripts`: building again would pull `dist/` away from under other tests.
  const { stdout } = await run(ROOT, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  const [made] = JSON.parse(stdout) as [typeof packed & { files: { path: string }[] }];
  packed = made;
  files = made.files.map(({ path }) => path);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await run(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline", `./${packed.filename}`);
  await writeIdentityModel(join(folder, "identity"));
  await copyFile(join(ROOT, "examples", "friends-blurry.jpg"), join(folder, "friends.jpg"));
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package holds what it needs and nothing of its tests", () => {
  for (const file of [
    "dist/apps/cli/main.js",
    "dist/platform/node/index.js",
    "dist/platform/node/index.d.ts",
    "dist/platform/node/train.js",
    "dist/platform/node/train.d.ts",
    "dist/platform/node/evaluate.js",
    "dist/platform/node/evaluate.d.ts",
    "dist/platform/browser/index.js",
    "dist/platform/browser/index.d.ts",
    "dist/platform/browser/worker.js",
    "dist/platform/browser/session-worker.js",
    "dist/THIRD-PARTY-LICENSES.txt",
    "dist/static/swagger-ui.css",
    "LICENSE",
    "models/default/model.json",
    "models/default/predictor.safetensors",
    "models/default/diffusion.safetensors",
    "models/default/README.md",
    "dist-web/index.html",
    "dist-web/service-worker.js",
    "dist-watch/index.html",
  ])
    expect(files).toContain(file);
  expect(files.filter((file) => /\.test\.|^(src|test|bench|examples|runs)\//.test(file))).toEqual([]);
});

test("the package is 32 MB to download and 45 MB installed: models and runtime are in it once", () => {
  expect(packed.size).toBeLessThan(34e6);
  expect(packed.unpackedSize).toBeLessThan(48e6);
});

test("what only the service, reports and the command line need is part of the package: importers install little", async () => {
  const lock = JSON.parse(await readFile(join(folder, "node_modules", ".package-lock.json"), "utf8"));
  const installed = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ""));
  expect(
    installed.filter((name) => /fastify|^d3|^@observablehq|^linkedom$|^commander$|^prom-client$/.test(name)),
  ).toEqual([]);
  expect(installed.length).toBeLessThan(40); // of all platforms
  const notices = await readFile(
    join(folder, "node_modules", "unblur-photo", "dist", "THIRD-PARTY-LICENSES.txt"),
    "utf8",
  );
  for (const name of ["fastify", "linkedom", "@observablehq/plot", "zod"])
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, (MIT|ISC)\\n\\n\\S`, "m"));
});

test("npx unblur-photo says its version and restores a photo", { timeout: 120_000 }, async () => {
  expect(await run(folder, "npx", "--no-install", "unblur-photo", "--version")).toMatchObject({
    stdout: `${version}\n`,
  });
  const { stdout } = await run(folder, "npx", "--no-install", "unblur", "friends.jpg", "--model", "identity");
  expect(stdout).toBe("friends.unblurred.jpg\n");
  const [before, after] = [
    await readImage(join(folder, "friends.jpg")),
    await readImage(join(folder, "friends.unblurred.jpg")),
  ];
  expect([after.raster.width, after.raster.height]).toEqual([before.raster.width, before.raster.height]);
});

test("the embedded model restores a photo, by prediction and by diffusion", { timeout: 240_000 }, async () => {
  const part = { left: 100, top: 180, width: 260, height: 290 };
  await sharp(join(ROOT, "examples", "friends-blurry.jpg"))
    .extract(part)
    .jpeg({ quality: 95 })
    .toFile(join(folder, "own.jpg"));
  const before = await readImage(join(folder, "own.jpg"));
  for (const steps of [["--steps", "4"], []]) {
    const { stdout } = await run(folder, "npx", "--no-install", "unblur-photo", "own.jpg", "--force", ...steps);
    expect(stdout).toBe("own.unblurred.jpg\n");
    const after = await readImage(join(folder, "own.unblurred.jpg"));
    expect([after.raster.width, after.raster.height]).toEqual([before.raster.width, before.raster.height]);
    expect(Buffer.compare(Buffer.from(before.raster.data), Buffer.from(after.raster.data))).not.toBe(0);
  }
});

test("the library is imported by the package's name", { timeout: 120_000 }, async () => {
  const program = `
    import { open, UnblurError } from "unblur-photo";
    await using model = await open("identity");
    const events = [];
    const restored = await model.restore("friends.jpg", { onProgress: (event) => events.push(event) });
    const refusal = await model.restore("none.jpg").catch((error) => error);
    const { width, height } = restored.raster;
    console.log(JSON.stringify([width, height, events.length, refusal instanceof UnblurError && refusal.code]));
  `.replace("await using model", "const model");
  await writeFile(join(folder, "program.js"), program);
  const { stdout } = await run(folder, process.execPath, "program.js");
  expect(JSON.parse(stdout)).toEqual([639, 960, 1, "file"]);
});

/** Prints the address of each module that is loaded. A loader has a thread of its own, so it writes to the descriptor. */
const LISTED = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  export const load = (url, context, next) => (writeSync(1, url + "\\n"), next(url, context));
`)}`;

test.each(["", "/train", "/evaluate", "/client"])(
  "importing unblur-photo%s loads no package of an app",
  { timeout: 120_000 },
  async (entry) => {
    const program = `
      import { createRequire, register } from "node:module";
      register(${JSON.stringify(LISTED)});
      await import("unblur-photo${entry}");
      console.log(Object.keys(createRequire(import.meta.url).cache).join("\\n"));
    `;
    await writeFile(join(folder, "loaded.mjs"), program);
    const { stdout } = await run(folder, process.execPath, "loaded.mjs");
    const files = [...stdout.matchAll(/^(?:file:\/\/)?(\/.*\.[cm]?js)$/gm)].map(([, path]) => path!);
    const own = files.filter((path) => path.includes("/unblur-photo/dist/"));
    expect(own.length).toBeGreaterThan(0);
    // The build writes the path of each module above what it bundles of it.
    const bundled = (await Promise.all(own.map((path) => readFile(path, "utf8")))).flatMap((text) =>
      [...text.matchAll(/^\/\/ (node_modules\/.*)$/gm)].map(([, path]) => path!),
    );
    const packages = [...files, ...bundled].map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    const apps = /fastify|prom-client|plot|d3|linkedom|bullmq|ioredis|commander|bull-board|preact|uplot/;
    expect(packages.filter((name) => name && apps.test(name))).toEqual([]);
  },
);

test("its types are those a strict TypeScript project sees", { timeout: 120_000 }, async () => {
  const typed = await readFile(join(ROOT, "test/library/types.ts"), "utf8");
  await writeFile(join(folder, "typed.ts"), typed.replace("../../platform/node/index.js", "unblur-photo"));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const types = join(ROOT, "node_modules", "@types");
  const strict = [
    "--strict",
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--lib",
    "es2023,esnext.disposable",
  ];
  await run(folder, process.execPath, tsc, ...strict, "--types", "node", "--typeRoots", types, "typed.ts");
});

/** Copies an example beside the installed package. */
async function example(name: string): Promise<string> {
  const own = join(folder, name);
  await cp(join(ROOT, "examples", name), own, { recursive: true });
  return own;
}

test("the examples for pages and Next.js are right for the types of the package", { timeout: 120_000 }, async () => {
  const names = ["vite/main.ts", "worker/main.ts", "worker/restore-worker.ts", "next-route/app/api/restore/route.ts"];
  for (const name of new Set(names.map((path) => path.split("/")[0]!))) await example(name);
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const types = join(ROOT, "node_modules", "@types");
  const options = [
    ...["--strict", "--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"],
    ...["--lib", "es2023,esnext.disposable,dom,dom.iterable", "--types", "node", "--typeRoots", types],
  ];
  await run(folder, process.execPath, tsc, ...options, ...names);
});

for (const name of ["vite", "worker"])
  pageTest(
    `the example ${name} is built by Vite and restores a photo`,
    async () => {
      const own = await example(name);
      await run(own, process.execPath, bin(), "serve", "--export", "public/unblur");
      await run(own, process.execPath, join(ROOT, "node_modules", "vite", "bin", "vite.js"), "build");
      await using server = await serveFolder(join(own, "dist"));
      const context = await openProfile();
      try {
        const page = await context.newPage();
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        await page.goto(server.url);
        const buffer = await photoPart();
        await page.getByLabel("Photo").setInputFiles({ name: "part.png", mimeType: "image/png", buffer });
        const restored = page.getByRole("img", { name: "The restoration" });
        await restored.waitFor({ timeout: 120_000 });
        expect(await page.getByRole("status").innerText()).toMatch(/^(restored|already sharp)$/);
        // In the page's own words: the test's compiler knows no DOM.
        const shown = await page.evaluate(`(async () => {
          const image = document.querySelector("img");
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        })()`);
        expect(shown).toEqual([64, 48]);
        await page
          .getByLabel("Photo")
          .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") });
        await page.getByRole("status").filter({ hasText: "notes.txt: it is not a picture" }).waitFor();
        expect(errors).toEqual([]);
      } finally {
        await context.close();
      }
    },
    240_000,
  );

test("the example next-route answers a request with the restored photo", { timeout: 120_000 }, async () => {
  const own = await example("next-route");
  const route = join(own, "app/api/restore/route");
  const { code } = await transform(await readFile(`${route}.ts`, "utf8"), { loader: "ts" });
  await writeFile(`${route}.mjs`, code);
  await writeFile(join(own, "part.png"), await photoPart());
  const program = `
    import { readFile } from "node:fs/promises";
    import { POST } from "./app/api/restore/route.mjs";
    const post = (body) => POST(new Request("http://localhost/api/restore", { method: "POST", body }));
    const answer = await post(await readFile("part.png"));
    const refused = await post("no photo");
    const bytes = (await answer.arrayBuffer()).byteLength;
    console.log(answer.status, answer.headers.get("content-type"), bytes > 1000, refused.status);
    process.exit();
  `;
  await writeFile(join(own, "requests.mjs"), program);
  expect((await run(own, process.execPath, "requests.mjs")).stdout).toBe("200 image/png true 422\n");
});

const photoPart = () =>
  sharp(join(ROOT, "examples", "friends-blurry.jpg"))
    .extract({ left: 200, top: 300, width: 64, height: 48 })
    .png()
    .toBuffer();

/** The service of the installed package on a free port. */
async function serve(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = spawn(process.execPath, [bin(), "serve", "--port", "0", "--log-level", "silent"], {
    cwd: folder,
    env: { ...environment, ...settings },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await new Promise<string>((resolve) => {
    let text = "";
    server.stderr.on("data", (chunk) => {
      text += String(chunk);
      if (text.includes("describes it")) resolve(text);
    });
  });
  return {
    url: /^Open (\S+) in a browser/m.exec(said)![1]!,
    async [Symbol.asyncDispose]() {
      const exit = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      expect(await exit).toBe(0);
    },
  };
}
const bin = () => join(folder, "node_modules", "unblur-photo", "dist", "apps", "cli", "main.js");

test("the service serves its page and restores for the client of the package", { timeout: 240_000 }, async () => {
  await using service = await serve();
  const { url } = service;
  expect(await (await fetch(url)).text()).toContain("<title>unblur: make shaken photos sharp again</title>");
  for (const file of ["index.html", "swagger-ui.css", "logo.svg"])
    expect([file, (await fetch(new URL(`/docs/static/${file}`, url))).status]).toEqual([file, 200]);
  const program = `
    import { readFile } from "node:fs/promises";
    import { createClient } from "unblur-photo/client";
    const photo = new Blob([await readFile("friends.jpg")], { type: "image/jpeg" });
    const restored = await createClient(process.argv[2]).restore(photo, { model: "fast", steps: 0, format: "png" });
    console.log(restored.type, restored.size > 100_000);
  `;
  await writeFile(join(folder, "client.js"), program);
  const { stdout } = await run(folder, process.execPath, "client.js", url);
  expect(stdout).toBe("image/png true\n");
});

pageTest(
  "the service's page restores a photo with the package's models and runtime",
  async () => {
    await using service = await serve();
    await using opened = await openSite(`${service.url}/?device=wasm`);
    const restored = await restoreInPage(opened.page, {
      ...{
        photo: await photoPart(),
        name: "part.png",
        settings: { restoreSharp: true },
        downloads: [{ what: 0 }],
        model: "fast",
      },
    });
    expect(restored).toMatchObject({ width: 64, height: 48, samples: 1 });
    expect(opened.errors).toEqual([]);
  },
  240_000,
);

test("training is exported as a page", { timeout: 60_000 }, async () => {
  await mkdir(join(folder, "runs", "00001-tiny"), { recursive: true });
  await writeFile(join(folder, "runs", "00001-tiny", "config.json"), '{"steps": 1}');
  await writeFile(join(folder, "runs", "00001-tiny", "metrics.jsonl"), '{"step": 1, "loss": 0.5}\n');
  await run(folder, process.execPath, bin(), "watch", "runs", "--export", "training.html");
  expect(await readFile(join(folder, "training.html"), "utf8")).toContain("00001-tiny");
});
