/**
 * @file Answers what is no HTTP request, or does not arrive in time. Node reports it on the connection: there is no
 * request, no route and no hook.
 */
import type { Socket } from "node:net";
import type { Problem } from "./contract.js";

interface Answer {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

const NO_HTTP: Answer = {
  status: "400 Bad Request",
  code: "request",
  message: "expected an HTTP request, got one that cannot be parsed; check its headers, its length and its chunks",
};

/** Answers by the code of Node's error. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    code: "timeout",
    message: "expected the whole request within the server's time limit; send it again over a faster connection",
  },
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    code: "headers",
    message: "expected shorter headers; leave out cookies and other headers that the server does not read",
  },
};

/** Answers with the body of every other error, and closes the connection. */
export function answerUnparsable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const { status, code, message } = ANSWERS[error.code ?? ""] ?? NO_HTTP;
  const body = JSON.stringify({ error: { code, message } } satisfies Problem);
  const headers = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close`;
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
  socket.destroy(error);
}
