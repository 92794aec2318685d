/**
 * @file Files that ask for more than data, or promise more than they hold: each is refused with the reason, none does
 * anything.
 */
import { expect, test } from "vitest";
import {
  dictionary,
  op,
  pickle,
  type TensorFacts,
  tensor,
  torchLegacy,
  torchZip,
  uint64,
  zipOf,
} from "../../../test/torch-file.js";
import { openTorchFile } from "./checkpoint-file.js";
import { sourceFromBytes } from "./source.js";
import { findStateDict } from "./state-dict.js";

const NUMBERS = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** The whole way to the numbers. */
async function read(bytes: Uint8Array): Promise<Record<string, number[]>> {
  const file = await openTorchFile(sourceFromBytes(bytes), "bad.pth");
  const { tensors } = findStateDict(file.root, "bad.pth");
  return Object.fromEntries(
    [...(await file.load(tensors))].map(([name, values]) => [name, Array.from(values, Number)]),
  );
}
const refusal = (bytes: Uint8Array): Promise<string> =>
  read(bytes).then(
    () => "read without complaint",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
const inBoth = async (data: Uint8Array): Promise<string[]> => [
  await refusal(await torchZip(data, { 0: NUMBERS })),
  await refusal(torchLegacy(data, [["0", [...uint64(4), ...NUMBERS]]])),
];

test("a file made this way is read, in both formats", async () => {
  const data = pickle(dictionary({ "a.weight": tensor(), "a.turned": tensor({ strides: [1, 2] }) }));
  const expected = { "a.weight": [1, 2, 3, 4], "a.turned": [1, 3, 2, 4] };
  expect(await read(await torchZip(data, { 0: NUMBERS }))).toEqual(expected);
  expect(await read(torchLegacy(data, [["0", [...uint64(4), ...NUMBERS]]]))).toEqual(expected);
});

const CALLED = [op.mark, op.text("touch /tmp/hostile"), op.tuple].flat();

test.each([
  ["os.system by REDUCE", "posix.system", [op.global("posix.system"), CALLED, op.reduce]],
  ["os.system of Windows", "nt.system", [op.global("nt.system"), CALLED, op.reduce]],
  ["eval", "builtins.eval", [op.global("builtins.eval"), CALLED, op.reduce]],
  ["eval of Python 2", "__builtin__.eval", [op.global("__builtin__.eval"), CALLED, op.reduce]],
  ["a name from the stack", "os.popen", [op.text("os"), op.text("popen"), op.stackGlobal, CALLED, op.reduce]],
  ["NEWOBJ", "subprocess.Popen", [op.global("subprocess.Popen"), CALLED, op.newObject]],
  ["INST", "posix.system", [op.mark, op.text("x"), [0x69, ...Buffer.from("posix\nsystem\n")]]],
  ["getattr", "builtins.getattr", [op.global("builtins.getattr")]],
  ["a module of PyTorch itself", "torch.load", [op.global("torch.load")]],
  ["a name that JavaScript's objects have", "constructor.constructor", [op.global("constructor.constructor")]],
  ["a class's prototype", "__proto__.toString", [op.global("__proto__.toString")]],
])("%s is refused by name", async (_, name, parts) => {
  for (const message of await inBoth(pickle(...parts)))
    expect(message).toContain(`checkpoint: bad.pth: refused: its pickle asks for "${name}"`);
});

test("a name with control characters is escaped and cut", async () => {
  const [message] = await inBoth(pickle(op.text("\u001b[31m".repeat(100)), op.text("x"), op.stackGlobal));
  expect(message).not.toContain("\u001b");
  expect(message!.length).toBeLessThan(900);
});

test.each([
  ["a length of 4 GB", [[0x58, 0xff, 0xff, 0xff, 0xff]], "more were to come"],
  ["a length of 2^63", [[0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80]], "more were to come"],
  ["an integer of 2 GB", [[0x8b, 0xff, 0xff, 0xff, 0x7f]], "an integer of 2147483647 bytes"],
  ["no pickle at all", [], "a value is missing on its stack"],
  ["an opcode for objects of other modules", [[0x82, 1]], "opcode 0x82"],
  ["what was never stored", [op.get(7)], "recalls entry 7 of its memo, which it never stored"],
  ["no mark", [op.tuple], "a mark is missing"],
  [
    "a call of a type",
    [op.global("torch.FloatStorage"), op.emptyTuple, op.reduce],
    "torch.FloatStorage, which is allowed as a name only",
  ],
  ["a call of a text", [op.text("os.system"), op.emptyTuple, op.reduce], "calls something that is not a function"],
  ["attributes of a list", [op.emptyList, op.emptyDict, op.build], "attributes of something that is not a dictionary"],
  ["protocol 9", [op.proto(9)], "protocol 9"],
] as const)("%s", async (_, parts, said) => {
  for (const message of await inBoth(pickle(...parts))) expect(message).toContain(said);
});

test.each([
  ["more than its storage holds", { shape: [3, 3], strides: [3, 1] }, "larger than its storage of 4"],
  ["past its storage's end", { offset: 1 }, "larger than its storage of 4"],
  ["2^60 repetitions of one number", { shape: [2 ** 30, 2 ** 30], strides: [0, 0] }, "larger than its storage"],
  ["a negative stride", { strides: [-2, 1] }, "strides must be a short list of counts"],
  ["a negative offset", { offset: -1 }, "offset must be"],
  ["a hundred dimensions", { shape: new Array(100).fill(1), strides: new Array(100).fill(1) }, "must be a short list"],
  ["fewer strides than dimensions", { strides: [1] }, "has 1 strides"],
  ["a storage that is not there", { key: "7" }, "missing|differs from|ends within"],
  ["a storage whose name is a path", { key: "../../etc/passwd" }, "not a storage with a numeric key"],
  ["a storage shorter than it says", { count: 1000 }, "should have 4000 bytes|ends within storage 0"],
  ["complex numbers", { type: "torch.ComplexFloatStorage" }, 'asks for "torch.ComplexFloatStorage"'],
] as const satisfies readonly (readonly [string, TensorFacts, string])[])(
  "a tensor with %s",
  async (_, facts, said) => {
    for (const message of await inBoth(pickle(dictionary({ "a.weight": tensor(facts) }))))
      expect(message).toMatch(new RegExp(said.replaceAll("(", "\\(")));
  },
);

/** Data of a file without tensors. */
const withoutStorages = async (data: Uint8Array): Promise<string[]> => [
  await refusal(await torchZip(data)),
  await refusal(torchLegacy(data)),
];

test("deep nesting and cycles cost no more than their bytes", async () => {
  const nested = pickle(
    new Array<number>(200_000).fill(op.emptyList[0]),
    new Array<number>(199_999).fill(op.append[0]),
  );
  const wrapped = pickle(op.emptyDict, op.put(0), op.text("model"), op.get(0), op.setItem);
  for (const data of [nested, wrapped])
    for (const message of await withoutStorages(data)) expect(message).toContain("expected a dictionary of tensors");
});

test("lists doubled again and again, and one long list for many sets, do not fill the memory", async () => {
  const twice = (i: number) => [op.emptyList, op.put(i + 1), op.get(i), op.append, op.get(i), op.append].flat();
  const laughs = pickle(op.emptyList, op.put(0), ...Array.from({ length: 1000 }, (_, i) => twice(i)));
  for (const message of await withoutStorages(laughs)) expect(message).toContain("expected a dictionary of tensors");
  const long = [op.mark, ...new Array<readonly number[]>(20_000).fill(op.none), [0x6c], op.put(0)].flat();
  const copy = [op.mark, op.global("builtins.set"), op.get(0), [0x6f]].flat();
  for (const message of await inBoth(pickle(long, ...new Array<number[]>(5000).fill(copy))))
    expect(message).toContain("calls with more items than it holds");
});

test("keys that are lists doubled again and again are named by their kind", async () => {
  const twice = (i: number) => [op.emptyList, op.put(i + 1), op.get(i), op.append, op.get(i), op.append].flat();
  const laughs = [op.emptyList, op.put(0), ...Array.from({ length: 40 }, (_, i) => twice(i))].flat();
  for (const message of await withoutStorages(pickle(laughs, op.emptyDict, op.get(40), op.text("x"), op.setItem)))
    expect(message).toContain('got a dictionary of "a list"');
});

test("many large tensors over one storage are refused before they are made", async () => {
  const names = Array.from({ length: 500 }, (_, i) => `a.${i}`);
  const count = 10_000;
  const facts = { count, shape: [count], strides: [1] };
  const data = pickle(dictionary(Object.fromEntries(names.map((name) => [name, tensor(facts)]))));
  expect(await refusal(await torchZip(data, { 0: new Uint8Array(4 * count) }))).toMatch(
    /hold 5000000 numbers, the file \d+ bytes/,
  );
});

test("archives that are cut off, compressed, or not PyTorch's", async () => {
  const data = pickle(dictionary({ "a.weight": tensor() }));
  const whole = await torchZip(data, { 0: NUMBERS });
  for (const length of [10, 100, whole.length - 30, whole.length - 1])
    expect(await refusal(whole.slice(0, length))).toContain("not a readable PyTorch file");
  const legacy = torchLegacy(data, [["0", [...uint64(4), ...NUMBERS]]]);
  for (const length of [5, 60, legacy.length - 40, legacy.length - 1])
    expect(await refusal(legacy.slice(0, length))).toContain("not a readable PyTorch file");
  const bomb = await zipOf({ "archive/data.pkl": data, "archive/data/0": new Uint8Array(50_000_000) }, 9);
  expect(await refusal(bomb)).toContain("compressed");
  expect(await refusal(await zipOf({ "word/document.xml": data }))).toContain("torch.save did not write it");
  expect(await refusal(await zipOf({ "../data.pkl": data }))).toContain("not a whole zip archive");
  expect(await refusal(new Uint8Array(1000))).toContain("expected a file that torch.save wrote");
  const damage = whole.slice();
  const at = Buffer.from(whole).indexOf(Buffer.from(NUMBERS));
  damage[at]! ^= 1;
  expect(await refusal(damage)).toContain("cannot be read");
});

test("a legacy file whose magic number, protocol or lengths are others", async () => {
  expect(await refusal(pickle(op.int(5)))).toContain("magic number");
  const head = torchLegacy(pickle(dictionary({})));
  const protocol = Buffer.from(head).indexOf(Buffer.from(pickle(op.int(1001))));
  const odd = [head.subarray(0, protocol), pickle(op.emptyDict), head.subarray(protocol + pickle(op.int(1001)).length)];
  expect(await refusal(Buffer.concat(odd))).toContain('its protocol is "a dictionary", expected 1001');
  const data = pickle(dictionary({ "a.weight": tensor() }));
  expect(await refusal(torchLegacy(data, [["0", [...uint64(3), ...NUMBERS]]]))).toContain(
    "should hold 4 numbers but holds 3",
  );
  expect(
    await refusal(
      torchLegacy(data, [
        ["0", NUMBERS as never],
        ["0", NUMBERS as never],
      ]),
    ),
  ).toContain("storage 0");
});
