/** @file Whose request it is, as far as an address tells: shares and turns are counted by this. */
import { isIPv6 } from "node:net";

const GROUPS = 8;
/** Of IPv6 whoever has one address has the 2^64 that begin like it. */
const OWN_GROUPS = 4;

/** An IPv4 address as it is, also where it is written as IPv6; of an IPv6 address its network of 64 bits: "2001:db8:0:1::/64". */
export function clientOf(address: string): string {
  const bare = address.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(bare)) return address;
  const [head = "", tail] = bare.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const all =
    tail === undefined ? before : [...before, ...new Array(GROUPS - before.length - after.length).fill("0"), ...after];
  const own = all.slice(0, OWN_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${own.join(":")}::/64`;
}
