/** @file Identifies clients by address; the queue counts places and turns per client. */
import { isIPv6 } from "node:net";

const GROUPS = 8;
/** An IPv6 client usually controls a whole /64 network. */
const OWN_GROUPS = 4;

/** The IPv4 address (also if mapped to IPv6), or the /64 network of an IPv6 address: "2001:db8:0:1::/64". */
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
