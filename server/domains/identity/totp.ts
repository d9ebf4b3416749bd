import { Secret, TOTP } from "otpauth";

/** What every app knows (RFC 6238): others are not asked for, since many apps ignore what an address says. */
const SHAPE = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** RFC 4226 wants 128 bits at least, and recommends 160. */
const SECRET_BYTES = 20;
/** How many steps a clock may be off, and a code be late. */
const WINDOW = 1;

/** A secret at random, in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What a QR code shows to an app. */
export function totpUri(secret: string, account: string): string {
  return new TOTP({ ...SHAPE, issuer: "Trestle", label: account, secret: Secret.fromBase32(secret) }).toString();
}

/** The step (of 30 s, since 1970) that a code is of, if it is of one of now. */
export function stepOfCode(secret: string, { code, now }: { code: string; now: Date }): number | undefined {
  const timestamp = now.getTime();
  const delta = TOTP.validate({
    ...SHAPE,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp,
    window: WINDOW,
  });
  return delta === null ? undefined : TOTP.counter({ period: SHAPE.period, timestamp }) + delta;
}
