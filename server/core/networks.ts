import { isIP } from "node:net";

/**
 * Who an address counts as: an IPv4 address itself, of IPv6 its /64, which is what one customer has of a provider. The
 * machine itself is nobody: what comes from there is ours, or everybody by a proxy that we were not told of.
 */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined || address === "::1" || address.startsWith("127.")) return undefined;
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  const [head = "", tail] = address.replace(/%.*$/u, "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
