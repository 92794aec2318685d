/** Joins the lines of a text with "; ", so that the output of a decoder or compiler fits into a sentence. */
export const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, "; ");
