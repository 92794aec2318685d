import { expect, test } from "vitest";
import { createNetwork, networkConfigSchema } from "../networks/catalog.js";
import { withPooling } from "./pooled-model.js";

const parameters = (config: Parameters<typeof createNetwork>[0]) =>
  createNetwork(config).parameters.map(({ label, shape }) => [label, shape]);

test.each(["rcan", "han", "hinet", "mprnet", "nafnet"])(
  "%s: other means with the same parameters, and back",
  (architecture) => {
    const config = networkConfigSchema.parse({ architecture });
    const local = withPooling(config, { kind: "local", trainPx: 64 });
    expect(local).toEqual({ ...config, pooling: { kind: "local", trainPx: 64 } });
    expect(parameters(local)).toEqual(parameters(config));
    expect(withPooling(local, { kind: "global" })).toEqual(config);
  },
);

test("a network without means is refused, and named", () => {
  const config = networkConfigSchema.parse({ architecture: "mimo-unet" });
  expect(() => withPooling(config, { kind: "global" })).toThrow(/got mimo-unet/);
});
