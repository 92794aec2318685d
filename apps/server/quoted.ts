/** @file Quotes a client's text in a message to it, shortened to a recognisable length. */
const MAX_CHARACTERS = 60;

const short = (text: string): string => (text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}...` : text);

/** The value as JSON; long values are shortened. */
export const quoted = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(short(value)) : short(JSON.stringify(value) ?? "nothing");
