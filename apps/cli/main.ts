#!/usr/bin/env node
/**
 * @file The `unblur` program. Commands that compute pictures run in a child process with another environment; see
 * `threads/huge-pages.ts`.
 */
import { hugePages } from "../../platform/node/threads/huge-pages.js";
import { computesPictures } from "./catalog.js";

const pages = computesPictures(process.argv[2]) ? hugePages(process.env) : null;
if (pages) {
  const { respawn } = await import("./respawn-with-huge-pages.js");
  await respawn(pages);
} else await import("./command-line.js");
