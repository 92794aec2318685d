/**
 * Parses JSON from a file that people edit, with or without the byte-order mark that some editors write. Throws
 * SyntaxError.
 */
export const parseJson = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ""));
