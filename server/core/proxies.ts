import { BlockList, isIP } from "node:net";

/** Tells who is at the other end of a request. */
export interface Proxies {
  /** The client's address. What `X-Forwarded-For` says counts only as far as proxies of ours have said it. */
  clientOf(request: { remoteAddress: string | undefined; forwardedFor: string | undefined }): string;
}

/** One address or network of a list, such as `10.0.0.0/8` or `::1`. */
export function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/u.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** `trusted`: the addresses and networks of our own proxies. None: nobody is believed. */
export function createProxies(trusted: readonly string[]): Proxies {
  const list = new BlockList();
  for (const network of trusted) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  const isTrusted = (address: string) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  return {
    clientOf({ remoteAddress, forwardedFor }) {
      let client = plain(remoteAddress ?? "");
      // Each proxy adds who it was asked by at the end: read from there, for as long as who says so is one of ours.
      const said = forwardedFor?.split(",").map((text) => plain(text.trim())) ?? [];
      while (isIP(client) !== 0 && isTrusted(client)) {
        const before = said.pop();
        if (before === undefined || isIP(before) === 0) break;
        client = before;
      }
      return client;
    },
  };
}

/** `::ffff:10.0.0.1` is what a socket for both kinds of addresses calls `10.0.0.1`. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, "");
}
