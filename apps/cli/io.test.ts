import { expect, test } from "vitest";
import { createIo } from "./io.js";

function world(isTTY: boolean) {
  const written: string[] = [];
  let ms = 0;
  const io = createIo({
    program: "unblur",
    stdout: { write: (text) => written.push(`out:${text}`) },
    stderr: { write: (text) => written.push(String(text)), isTTY, columns: 12 },
    signal: new AbortController().signal,
    now: () => ms,
  });
  return { io, written, pass: (by: number) => (ms += by) };
}

test("a terminal shows one progress line, rewritten in place, cut to its width and cleared before other output", () => {
  const { io, written, pass } = world(true);
  io.progress("one");
  io.progress("too soon");
  pass(100);
  io.progress("a line that is too long");
  io.print("result");
  io.progress("at once after a line");
  io.end();
  expect(written).toEqual([
    "\r\u001b[2Kone",
    "\r\u001b[2Ka line that",
    "\r\u001b[2K",
    "out:result\n",
    "\r\u001b[2Kat once aft",
    "\r\u001b[2K",
  ]);
});

test("a log gets a progress line at intervals, and no control characters", () => {
  const { io, written, pass } = world(false);
  io.progress("start");
  for (let i = 0; i < 29; i++) {
    pass(1000);
    io.progress(`${i}`);
    io.say("remark");
  }
  io.end();
  expect(written.filter((text) => text !== "remark\n")).toEqual(["start\n", "14\n"]);
});

test("output after the end is dropped; control characters are escaped", () => {
  const { io, written } = world(false);
  io.say("a\u001b[31m\rb\tc\u0085");
  io.progress("x\u0007");
  io.end();
  io.progress("late");
  expect(written).toEqual(["a\\x1b[31m\\x0db\tc\\x85\n", "x\\x07\n"]);
});
