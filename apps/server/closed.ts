/** @file End of a response: it was sent, or the client hung up. */
import type { ServerResponse } from "node:http";

/**
 * Calls `act` when the response is closed; immediately if it is already, because the event does not recur. Returns a
 * function that cancels the call.
 */
export function whenClosed(response: ServerResponse, act: () => void): () => void {
  if (response.closed) act();
  else response.once("close", act);
  return () => void response.off("close", act);
}
