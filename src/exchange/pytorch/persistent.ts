/** @file The storages that a pickle refers to: ("storage", class, key, device, count). */
import { BadCall } from "./allowed-globals.js";
import { STORAGE_CLASSES } from "./dtypes.js";
import { Global, type PickleValue, TorchStorage } from "./values.js";

/** Collects storages by key while the pickle is read; a key always gives the same storage. */
export function storageTable(): {
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly persistent: (id: PickleValue) => PickleValue;
} {
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    persistent(id) {
      const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
      const dtype = type instanceof Global ? STORAGE_CLASSES[type.name.split(".").at(-1)!] : undefined;
      if (kind !== "storage" || !dtype || typeof key !== "string" || !/^\d{1,20}$/.test(key))
        throw new BadCall("it refers to something that is not a storage with a numeric key");
      if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0)
        throw new BadCall(`storage ${key} has no valid count of numbers`);
      if (view !== undefined && view !== null)
        throw new BadCall(
          `storage ${key} is a view of another, as PyTorch before 0.4 wrote; save it again with a newer one`,
        );
      const known = storages.get(key);
      if (known && (known.dtype !== dtype || known.count !== count))
        throw new BadCall(`storage ${key} is described in two ways`);
      const storage = known ?? new TorchStorage(key, dtype, count);
      storages.set(key, storage);
      return storage;
    },
  };
}
