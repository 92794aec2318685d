/** @file What an operation's conversion is given: the node, with its attributes read and checked, and its inputs. */
import { UnblurError } from "../base/errors.js";
import type { TfNode } from "../checkpoints/tfjs/graph-model.js";
import { isKnown, type Value } from "./value.js";

export type Operation = (node: NodeReader, inputs: readonly Value[]) => Value;

/** Attributes that are left out have the type's default, as in TensorFlow. */
export class NodeReader {
  constructor(
    readonly node: TfNode,
    private readonly given: (node: TfNode) => Value,
  ) {}

  /** What another node gave, for patterns of several nodes. */
  value(node: TfNode): Value {
    return this.given(node);
  }

  /** The same for another node. */
  of(node: TfNode): NodeReader {
    return new NodeReader(node, this.given);
  }

  int(name: string): number {
    return this.node.attributes[name]?.i ?? 0;
  }
  flag(name: string): boolean {
    return this.node.attributes[name]?.b ?? false;
  }
  type(name: string): string {
    return this.node.attributes[name]?.type ?? "";
  }
  ints(name: string): readonly number[] {
    return this.node.attributes[name]?.list?.i ?? [];
  }
  text(name: string): string {
    return atob(this.node.attributes[name]?.s ?? "");
  }

  /** An input of sizes, axes or indices. */
  integers(value: Value | undefined): number[] {
    if (!value || !isKnown(value) || value.dtype !== "int32")
      throw this.refused("known integers", value ? [value] : []);
    return [...value.data];
  }

  refused(expected: string, inputs: readonly Value[]): UnblurError {
    const got = inputs.map((x) => `${x.dtype} [${x.shape}]${isKnown(x) ? ", known" : ""}`).join("; ") || "nothing";
    return new UnblurError("checkpoint", `${this.node.op} "${this.node.name}": expected ${expected}, got ${got}`);
  }
}
