/** A text of several lines as one: what decoders and compilers say in lines becomes parts of a sentence. */
export const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, "; ");
