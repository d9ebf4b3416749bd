/** Whose pages may use this server with cookies: an origin check for browsers, nobody else sends `Origin`. */
export interface OriginPolicy {
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  /** Outside production and on loopback: pages of this machine, whatever their port. */
  readonly allowLoopback: boolean;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function isAllowedOrigin(policy: OriginPolicy, origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname, origin: normal } = new URL(origin);
  if (normal === new URL(policy.publicUrl).origin || policy.allowedOrigins.includes(normal)) return true;
  return policy.allowLoopback && LOOPBACK.has(hostname);
}
