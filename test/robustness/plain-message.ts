/** @file Rules for error messages, checked on their text. */

const MAX_CHARACTERS = 300;

const FAULTS: readonly (readonly [string, (message: string) => boolean])[] = [
  ["is empty", (message) => message.trim() === ""],
  ["has several lines", (message) => /[\r\n]/.test(message)],
  [`has over ${MAX_CHARACTERS} characters`, (message) => message.length > MAX_CHARACTERS],
  ["shows a stack", (message) => /\bat .*:\d+:\d+/.test(message)],
  ["calls itself impossible", (message) => message.includes("this is a bug")],
  ["shows an object's default text", (message) => message.includes("[object ")],
];

/** Why a message is not one plain sentence; null if it is. */
export const messageFault = (message: string): string | null =>
  FAULTS.find(([, applies]) => applies(message))?.[0] ?? null;
