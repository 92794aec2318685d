/** @file The end of an answer: it was sent, or the client hung up. */
import type { ServerResponse } from "node:http";

/**
 * Calls `act` when the answer is over: at once where it is already, since the event does not come again. Returns what takes that back.
 */
export function whenClosed(response: ServerResponse, act: () => void): () => void {
  if (response.closed) act();
  else response.once("close", act);
  return () => void response.off("close", act);
}
