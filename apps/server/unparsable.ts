/**
 * @file Answers what is no HTTP request, does not arrive in time, or expects what no server here does. Node reports it
 * apart from other requests: there is no route and no hook. The bodies are those of every other error.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
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

const UNEXPECTED: Answer = {
  status: "417 Expectation Failed",
  code: "expectation",
  message: "expected 100-continue as the only expectation; leave out the header Expect",
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

const JSON_TYPE = "application/json; charset=utf-8";
const bodyOf = ({ code, message }: Answer): string => JSON.stringify({ error: { code, message } } satisfies Problem);

/** Answers, and closes the connection. */
export function answerUnparsable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const answer = ANSWERS[error.code ?? ""] ?? NO_HTTP;
  const body = bodyOf(answer);
  const headers = `Content-Type: ${JSON_TYPE}\r\nContent-Length: ${body.length}\r\nConnection: close`;
  if (socket.writable) socket.write(`HTTP/1.1 ${answer.status}\r\n${headers}\r\n\r\n${body}`);
  socket.destroy(error);
}

/** Answers a request with another expectation than 100-continue, and closes the connection. */
export function answerExpectation(_: IncomingMessage, response: ServerResponse): void {
  const body = bodyOf(UNEXPECTED);
  response.writeHead(417, { "Content-Type": JSON_TYPE, "Content-Length": body.length, Connection: "close" }).end(body);
}
