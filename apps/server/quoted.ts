/** @file Text of a client in a message to it: enough to know it by, and no more. */
const MOST_CHARACTERS = 60;

const short = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text);

/** As JSON, long values cut. */
export const quoted = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(short(value)) : short(JSON.stringify(value) ?? "nothing");
