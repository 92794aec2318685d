import { expect, test } from "vitest";
import { describeAddress, readAddress } from "./address.js";

test("an address has host, port, database and user; the password is the environment's, and is taken out of it", () => {
  const environment = { UNBLUR_QUEUE_PASSWORD: "hidden", PATH: "/bin" };
  expect(readAddress("rediss://worker@[2001:db8::1]:6380/3", environment)).toEqual({
    ...{ host: "2001:db8::1", port: 6380, database: 3, username: "worker", password: "hidden", tls: true },
  });
  expect(environment).toEqual({ PATH: "/bin" });
  const plain = readAddress("redis://nas", {});
  expect(plain).toMatchObject({ port: 6379, database: 0, username: undefined, password: undefined, tls: false });
  expect(describeAddress(plain)).toBe("redis://nas:6379");
});

test.each([
  "redis://:hidden@nas",
  "rediss://user:hidden@nas:6380/1",
  "http://hidden",
  "hidden",
  "redis://",
  "redis://nas/hidden",
  "redis://nas?password=hidden",
])("%s is refused, and the message does not repeat it", (text) => {
  const refused = () => readAddress(text, {});
  expect(refused).toThrow(/expected/);
  expect(refused).not.toThrow(/hidden/);
});
