/**
 * @file Accepts the photo of a request: takes a place in the queue, receives the bytes, inspects the header and reads
 * the settings. A refusal leaves nothing behind.
 */
import type { FastifyRequest } from "fastify";
import { chosenModel } from "../../platform/node/models/choose-model.js";
import { modelPair } from "../../platform/node/models/model-folders.js";
import { UnblurError } from "../../src/base/errors.js";
import { clientOf } from "./client-address.js";
import type { FairQueue } from "./fair-queue.js";
import type { HeaderReader } from "./header-reader.js";
import { inspect } from "./inspect.js";
import type { AcceptedPhoto } from "./jobs.js";
import type { ServiceOptions } from "./options.js";
import { quoted } from "./quoted.js";
import { CLIENT_CLOSED_REQUEST, Refusal } from "./refusal.js";
import { readSettings } from "./settings.js";
import type { JobFolder, Storage } from "./storage.js";
import { receive } from "./upload.js";

export interface Acceptance {
  readonly queue: FairQueue;
  readonly storage: Storage;
  readonly headers: HeaderReader;
  readonly limits: ServiceOptions;
  /** Model names that a request may use; paths are not allowed. */
  modelNames(): Promise<readonly string[]>;
}

/** Accepts a photo. `check` may refuse it for further reasons. Throws a Refusal or an UnblurError. */
export async function accept(
  request: FastifyRequest,
  { queue, storage, headers, limits, modelNames }: Acceptance,
  check: (photo: AcceptedPhoto) => void = () => {},
): Promise<AcceptedPhoto> {
  const { socket } = request.raw; // kept: a refused upload is detached from its connection, which then answers
  const place = queue.take(clientOf(request.ip));
  let folder: JobFolder | null = null;
  try {
    folder = await storage.newFolder();
    const upload = await receive(request, folder.path, limits.maxMegabytes * 1e6);
    const settings = readSettings(upload.settings, limits);
    const names = await modelNames();
    const isName = (name: string) => names.includes(name);
    // Checked before anything looks for the model's files: it may be a path.
    const { model: asked = limits.model } = settings;
    if (!isName(asked) && !modelPair(asked, isName))
      throw new UnblurError("argument", `model: expected one of ${names.join(", ")}, got ${quoted(asked)}`);
    const model = await chosenModel(settings, limits.model);
    const maxPixels = limits.maxMegapixels * 1e6;
    const { declared } = upload;
    const photo = await inspect(headers, { path: upload.photo, name: "photo", declared }, maxPixels);
    if (upload.mask !== null) await inspect(headers, { path: upload.mask, name: "mask" }, maxPixels);
    const accepted = {
      ...photo,
      ...{ path: upload.photo, mask: upload.mask, settings: { ...settings, model }, folder, place },
    };
    check(accepted);
    return accepted;
  } catch (error) {
    queue.giveBack(place);
    await folder?.remove();
    // After the client has hung up, any error is attributed to that.
    throw socket.destroyed
      ? new Refusal(CLIENT_CLOSED_REQUEST, "hung-up", "the client hung up", { cause: error })
      : error;
  }
}
