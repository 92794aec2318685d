/**
 * @file Encodes an ONNX ModelProto. The field numbers are those of onnx.proto3 (onnx 1.17); the protobuf library writes
 * the wire format. There is no decoder, because the program does not read ONNX models.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { byteLengthOf, joinedBytes } from "../base/joined-bytes.js";
import { type AttributeValue, MICROSOFT, type OnnxConstant, type OnnxNode } from "./emitter.js";
import type { DType, Shape } from "./tensor.js";

const IR_VERSION = 9;
export const OPSET = 19;
const DATA_TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const satisfies Record<
  DType,
  number
>;

export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value whose lengths may be unknown until the model runs; unknown lengths have a name. */
export interface OpenValue extends Omit<OnnxValue, "shape"> {
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** A self-contained model file: lengths may be unknown, and metadata describe it. */
export interface OnnxFile extends Omit<OnnxModel, "inputs" | "outputs"> {
  readonly inputs: readonly OpenValue[];
  readonly outputs: readonly OpenValue[];
  readonly description?: string;
  /** ONNX's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>;
}

type Writer = BinaryWriter;
const message = (w: Writer, field: number, write: (w: Writer) => void): void => {
  w.tag(field, WireType.LengthDelimited).fork();
  write(w);
  w.join();
};
const text = (w: Writer, field: number, value: string): Writer => w.tag(field, WireType.LengthDelimited).string(value);
const integer = (w: Writer, field: number, value: number): Writer => w.tag(field, WireType.Varint).int64(value);

function writeAttribute(w: Writer, name: string, value: AttributeValue): void {
  text(w, 1, name);
  if (typeof value === "string") {
    text(w, 4, value);
    integer(w, 20, 3);
  } else if (typeof value === "number") {
    integer(w, 3, value);
    integer(w, 20, 2);
  } else if ("float" in value) {
    w.tag(2, WireType.Bit32).float(value.float);
    integer(w, 20, 1);
  } else {
    for (const item of value) integer(w, 8, item);
    integer(w, 20, 7);
  }
}

function writeNode(w: Writer, node: OnnxNode): void {
  for (const name of node.inputs) text(w, 1, name);
  for (const name of node.outputs) text(w, 2, name);
  text(w, 3, node.outputs[0]!);
  text(w, 4, node.opType);
  for (const [name, value] of Object.entries(node.attributes))
    message(w, 5, (inner) => writeAttribute(inner, name, value));
  if (node.domain !== "") text(w, 7, node.domain);
}

/** The bytes before a constant's values in a graph: its length, its fields and the length of the values. */
function constantHead(constant: OnnxConstant): Uint8Array {
  const w = aboutConstant(constant);
  const { byteLength } = constant.data;
  const about = w.tag(9, WireType.LengthDelimited).uint32(byteLength).finish();
  return w
    .tag(5, WireType.LengthDelimited)
    .uint32(about.length + byteLength)
    .raw(about)
    .finish();
}

/** A constant without its values; the caller passes them to the runtime by the constant's name. */
function constantElsewhere(constant: OnnxConstant): Uint8Array {
  const w = new BinaryWriter();
  message(w, 5, (inner) => {
    inner.raw(aboutConstant(constant).finish());
    const says = { location: constant.name, offset: "0", length: String(constant.data.byteLength) };
    for (const [key, value] of Object.entries(says))
      message(inner, 13, (entry) => {
        text(entry, 1, key);
        text(entry, 2, value);
      });
    integer(inner, 14, 1); // EXTERNAL
  });
  return w.finish();
}

function aboutConstant({ name, dtype, shape }: OnnxConstant): Writer {
  const w = new BinaryWriter();
  for (const length of shape) integer(w, 1, length);
  integer(w, 2, DATA_TYPE[dtype]);
  return text(w, 8, name);
}

export const bytesOf = ({ data: { buffer, byteOffset, byteLength } }: OnnxConstant): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

function writeValue(w: Writer, value: OpenValue): void {
  text(w, 1, value.name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, DATA_TYPE[value.dtype]);
      message(tensor, 2, (shape) => {
        for (const length of value.shape)
          message(shape, 1, (dimension) => {
            if (typeof length === "string") text(dimension, 2, length);
            else integer(dimension, 1, length);
          });
      });
    }),
  );
}

/**
 * A graph as a list of buffers to be written in sequence. Weights are thereby copied once, not from one growing buffer
 * to the next. `elsewhere`: constants whose values are not written.
 */
function graphParts(model: OnnxFile, elsewhere: ReadonlySet<OnnxConstant>): Uint8Array[] {
  const w = new BinaryWriter();
  for (const node of model.nodes) message(w, 1, (inner) => writeNode(inner, node));
  text(w, 2, "unblur");
  const constants = model.constants.flatMap((constant) =>
    elsewhere.has(constant) ? [constantElsewhere(constant)] : [constantHead(constant), bytesOf(constant)],
  );
  const parts = [w.finish(), ...constants];
  for (const value of model.inputs) message(w, 11, (inner) => writeValue(inner, value));
  for (const value of model.outputs) message(w, 12, (inner) => writeValue(inner, value));
  return [...parts, w.finish()];
}

/**
 * The bytes of a model file. It is self-contained except for the values of the constants in `elsewhere`. Integer-valued
 * attributes are written as ints, `{ float }` as floats.
 */
export function encodeModel(model: OnnxFile, elsewhere: ReadonlySet<OnnxConstant> = new Set()): Uint8Array {
  const graph = graphParts(model, elsewhere);
  const w = new BinaryWriter();
  integer(w, 1, IR_VERSION);
  text(w, 2, "unblur");
  if (model.description !== undefined) text(w, 6, model.description);
  const head = w.tag(7, WireType.LengthDelimited).uint32(byteLengthOf(graph)).finish();
  const contributed = new Set(model.nodes.map(({ domain }) => domain)).has(MICROSOFT);
  for (const [domain, version] of [["", OPSET] as const, ...(contributed ? [[MICROSOFT, 1] as const] : [])]) {
    message(w, 8, (opset) => {
      text(opset, 1, domain);
      integer(opset, 2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata ?? {}))
    message(w, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  return joinedBytes([head, ...graph, w.finish()]);
}
