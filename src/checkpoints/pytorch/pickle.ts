/**
 * @file A pickle interpreter that can only build data: it reads the opcodes of protocols 0 to 5 that dictionaries of tensors use, and
 * knows no name but those of `allowed-globals.ts`. Python's own would call whatever the file names.
 *
 * Every opcode takes at least a byte of the file and makes at most a constant amount beside what it copies from it, nothing here calls
 * itself, and no value is walked through: time and memory grow with the file's length alone.
 */
import { UnblurError } from "../../base/errors.js";
import { allowedGlobal, BadCall } from "./allowed-globals.js";
import { ByteReader, EndOfBytes, latin1, longFromBytes, utf8 } from "./byte-reader.js";
import { damaged, quoted } from "./refusal.js";
import { Global, type PickleMap, type PickleValue } from "./values.js";

/** Thrown within; the reader adds which file. */
class BadPickle extends Error {}

/** A place in the stack where a list of arguments begins. */
const MARK = Symbol("mark");
type Slot = PickleValue | typeof MARK;

/** The longest integer read, in bytes; PyTorch's magic number has ten. */
const MAX_LONG_BYTES = 64;

class Machine {
  readonly stack: Slot[] = [];
  readonly memo = new Map<number, PickleValue>();
  /** How many items calls were given. A long list called upon again and again would cost more than the file's length. */
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

  /** What came since the last mark, which goes too. */
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
    if (value === undefined) throw new BadPickle(`it recalls what it never stored (${index})`);
    this.push(value);
  }

  global(module: PickleValue, name: PickleValue): Global {
    if (typeof module !== "string" || typeof name !== "string") throw new BadPickle("a name is not a text");
    const known = allowedGlobal(module, name);
    if (!known) throw new Refused(`${module}.${name}`);
    return known;
  }

  /** Calls what the allow-list has a meaning for. */
  call(callee: PickleValue, values: PickleValue): void {
    if (!(callee instanceof Global)) throw new BadPickle("it calls what is not a function");
    if (!callee.call) throw new BadPickle(`it calls ${callee.name}, which is only a name here`);
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
      throw new BadPickle("it sets items of what is no dictionary");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i]!, pairs[i + 1]!);
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw new BadPickle("it appends to what is no list");
    for (const value of values) target.push(value);
  }

  /** Attributes of an object. A dictionary's (PyTorch keeps versions of layers there) are of no use here. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw new BadPickle("it sets attributes of what is no dictionary");
  }

  addToSet(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Set)) throw new BadPickle("it adds to what is no set");
    for (const value of values) target.add(value);
  }
}

/** The pickle names something that is not in the allow-list. */
class Refused extends Error {}

const int = (text: string): number | bigint => {
  if (!/^[+-]?\d{1,150}L?$/.test(text)) throw new BadPickle(`${quoted(text)} is no integer`);
  const value = BigInt(text.replace("L", ""));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

/** Protocol 0 writes booleans as the integers 00 and 01. */
const intOrBoolean = (text: string): PickleValue => (text === "00" ? false : text === "01" ? true : int(text));

const index = (text: string): number => {
  const value = int(text);
  if (typeof value !== "number" || value < 0) throw new BadPickle(`${quoted(text)} is no place in its memory`);
  return value;
};

/** Protocol 0 writes texts as Python would: in quotes. What is escaped in them is left so; names of parameters have no need of it. */
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

/** By the opcode's byte: as in Python's pickletools, which names them. */
const OPCODES: Readonly<Record<number, (m: Machine) => void>> = {
  128: (m) => {
    const protocol = m.bytes.uint8();
    if (protocol > 5) throw new BadPickle(`it is of protocol ${protocol}; known are 0 to 5`);
  },
  149: (m) => void m.bytes.uint64(), // FRAME: how much to read ahead
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
  // The stack and the memory
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
  // REDUCE and NEWOBJ mean the same of what is allowed: call it
  82: (m) => {
    const values = m.pop();
    m.call(m.pop(), values);
  },
  129: (m) => {
    const values = m.pop();
    m.call(m.pop(), values);
  },
  // INST: a name, called with what came since the mark
  105: (m) => {
    const callee = m.global(m.bytes.line(), m.bytes.line());
    m.call(callee, m.popMark());
  },
  // OBJ: the same, the name being the first after the mark
  111: (m) => {
    const [callee, ...values] = m.popMark();
    m.call(callee ?? null, values);
  },
  98: (m) => m.build(),
  81: (m) => m.push(m.persistent(m.pop())), // BINPERSID
};

const STOP = 0x2e;

/**
 * Reads one pickle and leaves `bytes` behind it. `persistent` gives a meaning to what the pickle only refers to (storages).
 * Throws `checkpoint`: damaged, or asking for what is not a state dict's; and EndOfBytes where the bytes end before the pickle does.
 */
export function readPickle(
  bytes: ByteReader,
  where: string,
  persistent: (id: PickleValue) => PickleValue = () => {
    throw new BadCall("it refers to what is outside of it");
  },
): PickleValue {
  const machine = new Machine(bytes, persistent);
  try {
    for (let opcode = bytes.uint8(); opcode !== STOP; opcode = bytes.uint8()) {
      const run = OPCODES[opcode];
      if (!run)
        throw new BadPickle(`the opcode 0x${opcode.toString(16)} at byte ${bytes.at - 1} is none that state dicts use`);
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

/** As `readPickle` where all bytes are there. */
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
