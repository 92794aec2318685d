/** @file Sessions of ONNX Runtime. The Node and browser builds share this code; `platform/` passes the build in. */
import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from "onnxruntime-common";
import { shapeError, UnblurError } from "../base/errors.js";
import type { CompiledGraph } from "../graph/compile.js";
import { sameShape, sizeOf } from "../graph/tensor.js";
import type { Session, TensorValue, Values } from "./session.js";

/** The part of onnxruntime-node and onnxruntime-web that sessions use. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: OrtTensor.Type, data: OrtTensor.DataType, dims: readonly number[]) => OrtTensor;
}

function toOrt(ort: OrtModule, where: string, value: TensorValue): OrtTensor {
  if (value.data.length !== sizeOf(value.shape))
    throw shapeError(where, `${sizeOf(value.shape)} values for [${value.shape}]`, `${value.data.length}`);
  return new ort.Tensor(value.dtype, value.data as OrtTensor.DataType, value.shape);
}

/** Opens a session. `options` are ONNX Runtime's own; the platform chooses them. */
export async function openOnnxSession(
  ort: OrtModule,
  graph: CompiledGraph,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(graph.model, {
    ...options,
    ...(graph.constants
      ? { externalData: graph.constants.map(({ name, bytes }) => ({ path: name, data: bytes })) }
      : {}),
  });
  const results = new Map(graph.outputs.map((output) => [output.name, output]));
  let released = false;
  const release = async () => {
    if (released) return;
    released = true;
    await session.release();
  };
  return {
    graph,
    release,
    [Symbol.asyncDispose]: release,
    async run(feeds, into = {}) {
      if (released) throw new UnblurError("argument", "Session.run: the session was released");
      const inputs: Record<string, OrtTensor> = {};
      for (const { name, shape } of graph.inputs) {
        const value = feeds[name];
        if (!value)
          throw new UnblurError(
            "argument",
            `Session.run: input "${name}" is missing; given: ${Object.keys(feeds).join(", ")}`,
          );
        if (!sameShape(value.shape, shape)) throw shapeError(`Session.run: input "${name}"`, `[${shape}]`, value.shape);
        inputs[name] = toOrt(ort, `Session.run: input "${name}"`, value);
      }
      const fetches: Record<string, OrtTensor | null> = {};
      for (const [name, { shape }] of results) {
        const value = into[name];
        if (value && !sameShape(value.shape, shape))
          throw shapeError(`Session.run: result "${name}"`, `[${shape}]`, value.shape);
        fetches[name] = value ? toOrt(ort, `Session.run: result "${name}"`, value) : null;
      }
      const outputs = await session.run(inputs, fetches);
      const values: Record<string, TensorValue> = {};
      for (const [name, { dtype, shape }] of results) {
        values[name] = into[name] ?? { dtype, shape, data: (outputs[name] as TypedTensor<"float32">).data };
      }
      return values satisfies Values;
    },
  };
}
