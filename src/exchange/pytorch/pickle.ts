/**
 * @file A pickle interpreter that can only build data. It knows the opcodes of protocols 0 to 5 that dictionaries of
 * tensors use, and only the names in `allowed-globals.ts`. Python's own interpreter would call whatever the file names.
 *
 * Every opcode takes at least a byte of the file and allocates at most a constant amount beside what it copies from the
 * file. Nothing here recurses, and no value is traversed. Time and memory therefore grow only with the file's length.
 */
import { UnblurError } from "../../base/errors.js";
import { allowedGlobal, BadCall } from "./allowed-globals.js";
import { ByteReader, EndOfBytes, latin1, longFromBytes, utf8 } from "./byte-reader.js";
import { damaged, quoted } from "./refusal.js";
import { Global, type PickleMap, type PickleValue } from "./values.js";

/** Internal; the reader adds the file's name. */
class BadPickle extends Error {}

/** Mark on the stack where a list of arguments begins. */
const MARK = Symbol("mark");
type Slot = PickleValue | typeof MARK;

/** Longest integer in bytes; PyTorch's magic number has ten. */
const MAX_LONG_BYTES = 64;

class Machine {
  readonly stack: Slot[] = [];
  readonly memo = new Map<number, PickleValue>();
  /**
   * Number of items passed to calls so far. Passing a long list again and again would cost more than the file's length.
   */
  #given = 0;

  constructor(
    readonly bytes: ByteReader,
    readonly persistent: (id: PickleValue) => PickleValue,
  ) {}

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw new BadPickle("a value is missing on its stack");
    return value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw new BadPickle("a value is missing on its stack");
    return value;
  }

  /** Pops the values since the last mark, and the mark. */
  popMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw new BadPickle("a mark is missing on its stack");
    return this.stack.splice(at).slice(1) as PickleValue[];
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  get(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw new BadPickle(`it recalls entry ${index} of its memo, which it never stored`);
    this.push(value);
  }

  global(module: PickleValue, name: PickleValue): Global {
    if (typeof module !== "string" || typeof name !== "string") throw new BadPickle("a name is not text");
    const known = allowedGlobal(module, name);
    if (!known) throw new Refused(`${module}.${name}`);
    return known;
  }

  /** Calls a function of the allow-list. */
  call(callee: PickleValue, values: PickleValue): void {
    if (!(callee instanceof Global)) throw new BadPickle("it calls something that is not a function");
    if (!callee.call) throw new BadPickle(`it calls ${callee.name}, which is allowed as a name only`);
    if (!Array.isArray(values)) throw new BadPickle(`it calls ${callee.name} without a list of arguments`);
    this.#given += values.reduce<number>(
      (sum, value) => sum + (Array.isArray(value) ? value.length : 0),
      values.length,
    );
    if (this.#given > this.bytes.at) throw new BadPickle("it calls with more items than it holds");
    this.push(callee.call(values));
  }

  setItems(pairs: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Map) || pairs.length % 2 !== 0)
      throw new BadPickle("it sets items of something that is not a dictionary");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i]!, pairs[i + 1]!);
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw new BadPickle("it appends to something that is not a list");
    for (const value of values) target.push(value);
  }

  /** Sets attributes of an object. Those of a dictionary (PyTorch keeps versions of layers there) are not used here. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw new BadPickle("it sets attributes of something that is not a dictionary");
  }

  addToSet(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw new BadPickle("it adds to something that is not a set");
    for (const value of values) target.add(value);
  }
}

/** The pickle asks for a name that is not in the allow-list. */
class Refused extends Error {}

const int = (text: string): number | bigint => {
  if (!/^[+-]?\d{1,150}L?$/.test(text)) throw new BadPickle(`${quoted(text)} is not an integer`);
  const value = BigInt(text.replace("L", ""));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

/** Protocol 0 writes booleans as the integers 00 and 01. */
const intOrBoolean = (text: string): PickleValue => (text === "00" ? false : text === "01" ? true : int(text));

const index = (text: string): number => {
  const value = int(text);
  if (typeof value !== "number" || value < 0) throw new BadPickle(`${quoted(text)} is not an index of its memo`);
  return value;
};

/** Protocol 0 writes texts in quotes. Escapes are left as they are, because names of parameters need none. */
const unquoted = (text: string): string => {
  if (!/^(".*"|'.*')$/.test(text)) throw new BadPickle(`${quoted(text)} is not in quotes`);
  return text.slice(1, -1);
};

const long = (m: Machine, length: number): number | bigint => {
  if (length < 0 || length > MAX_LONG_BYTES) throw new BadPickle(`an integer of ${length} bytes`);
  return longFromBytes(m.bytes.take(length));
};

const pairs = (values: readonly PickleValue[]): PickleMap => {
  if (values.length % 2 !== 0) throw new BadPickle("a key has no value");
  return new Map(Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]));
};

/** Opcodes by their byte; the names are those of Python's pickletools. */
const OPCODES: Readonly<Record<number, (m: Machine) => void>> = {
  128: (m) => {
    const protocol = m.bytes.uint8();
    if (protocol > 5) throw new BadPickle(`protocol ${protocol} is not supported, only 0 to 5 are`);
  },
  149: (m) => void m.bytes.uint64(), // FRAME: length of a block to read at once
  // Plain values
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  75: (m) => m.push(m.bytes.uint8()), // BININT1
  77: (m) => m.push(m.bytes.uint16()), // BININT2
  74: (m) => m.push(m.bytes.int32()), // BININT
  73: (m) => m.push(intOrBoolean(m.bytes.line())), // INT
  76: (m) => m.push(int(m.bytes.line())), // LONG
  138: (m) => m.push(long(m, m.bytes.uint8())), // LONG1
  139: (m) => m.push(long(m, m.bytes.int32())), // LONG4
  70: (m) => m.push(Number(m.bytes.line())), // FLOAT
  71: (m) => m.push(m.bytes.float64()), // BINFLOAT
  // Texts and bytes
  83: (m) => m.push(unquoted(m.bytes.line())), // STRING
  84: (m) => m.push(latin1(m.bytes.take(m.bytes.uint32()))), // BINSTRING
  85: (m) => m.push(latin1(m.bytes.take(m.bytes.uint8()))), // SHORT_BINSTRING
  86: (m) => m.push(m.bytes.line()), // UNICODE
  88: (m) => m.push(utf8(m.bytes.take(m.bytes.uint32()))), // BINUNICODE
  140: (m) => m.push(utf8(m.bytes.take(m.bytes.uint8()))), // SHORT_BINUNICODE
  141: (m) => m.push(utf8(m.bytes.take(m.bytes.uint64()))), // BINUNICODE8
  66: (m) => m.push(m.bytes.take(m.bytes.uint32())), // BINBYTES
  67: (m) => m.push(m.bytes.take(m.bytes.uint8())), // SHORT_BINBYTES
  142: (m) => m.push(m.bytes.take(m.bytes.uint64())), // BINBYTES8
  150: (m) => m.push(m.bytes.take(m.bytes.uint64())), // BYTEARRAY8
  // Lists, dictionaries, sets
  40: (m) => void m.stack.push(MARK),
  93: (m) => m.push([]), // EMPTY_LIST
  108: (m) => m.push(m.popMark()), // LIST
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popMark()), // APPENDS
  41: (m) => m.push([]), // EMPTY_TUPLE
  116: (m) => m.push(m.popMark()), // TUPLE
  133: (m) => m.push(m.popMany(1)),
  134: (m) => m.push(m.popMany(2)),
  135: (m) => m.push(m.popMany(3)),
  125: (m) => m.push(new Map()), // EMPTY_DICT
  100: (m) => m.push(pairs(m.popMark())), // DICT
  115: (m) => m.setItems(m.popMany(2)), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: (m) => m.addToSet(m.popMark()), // ADDITEMS
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET
  // The stack and the memo
  48: (m) => void (m.stack.at(-1) === MARK ? m.stack.pop() : m.pop()), // POP
  49: (m) => void m.popMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  112: (m) => m.put(index(m.bytes.line())), // PUT
  113: (m) => m.put(m.bytes.uint8()), // BINPUT
  114: (m) => m.put(m.bytes.uint32()), // LONG_BINPUT
  148: (m) => m.put(m.memo.size), // MEMOIZE
  103: (m) => m.get(index(m.bytes.line())), // GET
  104: (m) => m.get(m.bytes.uint8()), // BINGET
  106: (m) => m.get(m.bytes.uint32()), // LONG_BINGET
  // Names and calls
  99: (m) => m.push(m.global(m.bytes.line(), m.bytes.line())), // GLOBAL
  // STACK_GLOBAL
  147: (m) => {
    const [module, name] = m.popMany(2);
    m.push(m.global(module!, name!));
  },
  // REDUCE and NEWOBJ mean the same for allowed names: a call.
  82: (m) => {
    const values = m.pop();
    m.call(m.pop(), values);
  },
  129: (m) => {
    const values = m.pop();
    m.call(m.pop(), values);
  },
  // INST: calls a name with the values since the mark.
  105: (m) => {
    const callee = m.global(m.bytes.line(), m.bytes.line());
    m.call(callee, m.popMark());
  },
  // OBJ: the same; the callee is the first value after the mark.
  111: (m) => {
    const [callee, ...values] = m.popMark();
    m.call(callee ?? null, values);
  },
  98: (m) => m.build(),
  81: (m) => m.push(m.persistent(m.pop())), // BINPERSID
};

const STOP = 0x2e;

/**
 * Reads one pickle and leaves `bytes` after it. `persistent` resolves references to objects outside the pickle
 * (storages). Throws `checkpoint` for a damaged pickle or one that asks for more than a state dict needs, and
 * EndOfBytes if the bytes end before the pickle does.
 */
export function readPickle(
  bytes: ByteReader,
  where: string,
  persistent: (id: PickleValue) => PickleValue = () => {
    throw new BadCall("it refers to an object outside of it");
  },
): PickleValue {
  const machine = new Machine(bytes, persistent);
  try {
    for (let opcode = bytes.uint8(); opcode !== STOP; opcode = bytes.uint8()) {
      const run = OPCODES[opcode];
      if (!run)
        throw new BadPickle(
          `the opcode 0x${opcode.toString(16)} at byte ${bytes.at - 1} is not one that state dicts use`,
        );
      run(machine);
    }
    return machine.pop();
  } catch (error) {
    if (error instanceof Refused)
      throw new UnblurError(
        "checkpoint",
        `${where}: refused: its pickle asks for ${quoted(error.message)}, which no state dict needs; nothing was executed. ` +
          "If you trust the file, save its state_dict() alone with PyTorch and import that",
      );
    if (error instanceof BadPickle || error instanceof BadCall) throw damaged(where, error.message);
    throw error;
  }
}

/** Like `readPickle`, for complete bytes. */
export function readWholePickle(
  bytes: Uint8Array,
  where: string,
  persistent: (id: PickleValue) => PickleValue,
): PickleValue {
  try {
    return readPickle(new ByteReader(bytes), where, persistent);
  } catch (error) {
    throw error instanceof EndOfBytes ? damaged(where, error.message) : error;
  }
}
