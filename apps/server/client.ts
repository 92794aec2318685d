/**
 * @file The typed client of the service, `unblur-photo/client`, for Node, browsers and every runtime with fetch.
 *
 * ```ts
 * const unblur = createClient("http://localhost:8080");
 * const sharp = await unblur.restore(photo);
 * for await (const job of unblur.follow((await unblur.submit(large)).id)) console.log(job.progress);
 * ```
 */
import type { Job, Models, Problem, SettingsInput } from "./contract.js";

export type { Job, JobProgress, JobState, Models, ResultFile, SettingsInput } from "./contract.js";

export interface ClientOptions {
  readonly token?: string;
  /** Replacement for the global fetch. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface UploadOptions extends RequestOptions {
  /** Mask of the photo's size; white is restored. */
  readonly mask?: Blob;
}

/** A refusal of the service, with its message. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  constructor(
    readonly status: number,
    /** Code for programs: "queue-full", "too-many-pixels", ... */
    readonly code: string,
    message: string,
    /** Seconds to wait before another attempt, if the service states them. */
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
  }
}

export interface Client {
  /** Restores a small photo in one request. Aborting stops the restoration. */
  restore(photo: Blob, settings?: SettingsInput, options?: UploadOptions): Promise<Blob>;
  /** Submits a job, for a large photo or for several restorations of it. */
  submit(photo: Blob, settings?: SettingsInput, options?: UploadOptions): Promise<Job>;
  job(id: string, options?: RequestOptions): Promise<Job>;
  /** Yields the job at each change until it has ended; the last one is done, failed or cancelled. */
  follow(id: string, options?: RequestOptions): AsyncGenerator<Job, void, void>;
  /** The restoration, or the named file of the outcome. */
  result(id: string, name?: string, options?: RequestOptions): Promise<Blob>;
  /** Stops a job and deletes it; returns its last state. */
  cancel(id: string, options?: RequestOptions): Promise<Job>;
  models(options?: RequestOptions): Promise<Models>;
}

/** Yields the payloads of server-sent events as they arrive. */
async function* eventData(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      const events = text.split("\n\n");
      text = events.pop()!;
      for (const event of events) {
        const data = event.split("\n").filter((line) => line.startsWith("data: "));
        if (data.length > 0) yield data.map((line) => line.slice("data: ".length)).join("\n");
      }
    }
  } finally {
    await reader.cancel();
  }
}

async function problem(response: Response): Promise<ServiceError> {
  const retryAfter = response.headers.get("Retry-After");
  const text = await response.text();
  let error: Problem["error"] = { code: "http", message: text.slice(0, 500) || response.statusText };
  try {
    error = (JSON.parse(text) as Problem).error ?? error;
  } catch {
    // Not JSON, for instance a proxy's page: the text becomes the message.
  }
  return new ServiceError(response.status, error.code, error.message, retryAfter === null ? null : Number(retryAfter));
}

/** `address`: URL of the service, "http://localhost:8080". All methods throw ServiceError or the errors of fetch. */
export function createClient(address: string, { token, fetch: send = fetch }: ClientOptions = {}): Client {
  const base = address.replace(/\/$/, "");
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    };
    const response = await send(`${base}${path}`, { ...init, headers });
    if (!response.ok) throw await problem(response);
    return response;
  };
  const upload = (path: string, photo: Blob, settings: SettingsInput, { mask, signal }: UploadOptions) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(settings)) if (value !== undefined) form.set(name, String(value));
    form.set("photo", photo);
    if (mask) form.set("mask", mask);
    return ask(path, { method: "POST", body: form, ...(signal ? { signal } : {}) });
  };
  const at = (id: string) => `/v1/jobs/${encodeURIComponent(id)}`;
  const asJson = async <T>(response: Promise<Response>) => (await (await response).json()) as T;
  return {
    restore: async (photo, settings = {}, options = {}) =>
      (await upload("/v1/restore", photo, settings, options)).blob(),
    submit: (photo, settings = {}, options = {}) => asJson(upload("/v1/jobs", photo, settings, options)),
    job: (id, options) => asJson(ask(at(id), options)),
    async *follow(id, options) {
      const { body } = await ask(`${at(id)}/events`, options);
      for await (const data of eventData(body!)) yield JSON.parse(data) as Job;
    },
    result: async (id, name, options) =>
      (
        await ask(name === undefined ? `${at(id)}/result` : `${at(id)}/results/${encodeURIComponent(name)}`, options)
      ).blob(),
    cancel: (id, options) => asJson(ask(at(id), { ...options, method: "DELETE" })),
    models: (options) => asJson(ask("/v1/models", options)),
  };
}
