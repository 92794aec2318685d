/** @file Attributes of a case, read with their types checked. */

export class Attributes {
  constructor(
    private readonly where: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  number(name: string, otherwise?: number): number {
    const value = this.values[name] ?? otherwise;
    if (typeof value !== "number") throw this.#unexpected(name, "a number");
    return value;
  }

  boolean(name: string, otherwise?: boolean): boolean {
    const value = this.values[name] ?? otherwise;
    if (typeof value !== "boolean") throw this.#unexpected(name, "true or false");
    return value;
  }

  text(name: string, otherwise?: string): string {
    const value = this.values[name] ?? otherwise;
    if (typeof value !== "string") throw this.#unexpected(name, "a text");
    return value;
  }

  numbers(name: string): readonly number[] {
    const value = this.values[name];
    if (!Array.isArray(value) || value.some((item) => typeof item !== "number"))
      throw this.#unexpected(name, "a list of numbers");
    return value as number[];
  }

  /** One number for both directions, or one for each. */
  pair(name: string, otherwise?: number): readonly [number, number] {
    const value = this.values[name] ?? otherwise;
    if (typeof value === "number") return [value, value];
    const [first, second] = this.numbers(name);
    if (first === undefined || second === undefined) throw this.#unexpected(name, "two numbers");
    return [first, second];
  }

  /** A text that is one of those known; an unknown one fails the case by name. */
  oneOf<T>(name: string, choices: Readonly<Record<string, T>>, otherwise?: string): T {
    const value = this.text(name, otherwise);
    const choice = choices[value];
    if (choice === undefined) throw this.#unexpected(name, `one of ${Object.keys(choices).join(", ")}`);
    return choice;
  }

  #unexpected(name: string, expected: string): Error {
    return new Error(
      `${this.where}: attribute "${name}" must be ${expected}, got ${JSON.stringify(this.values[name])}`,
    );
  }
}
