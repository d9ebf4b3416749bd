import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type {
  Assertion,
  CreatedCredential,
  CreationOptions,
  RequestOptions,
} from "../../server/domains/identity/passkeys.contract.ts";

/** What a browser and its authenticator do otherwise than they should. */
interface Misdeeds {
  readonly origin?: string;
  readonly rpId?: string;
  readonly crossOrigin?: boolean;
  readonly challenge?: string;
  readonly type?: string;
  readonly isUserVerified?: boolean;
  /** How often it says that it has signed. */
  readonly count?: number;
  readonly userHandle?: string;
  /** Signs with a key of its own making. */
  readonly key?: KeyObject;
  readonly credentialId?: string;
}

/** A device with one passkey, in software: ES256, no attestation. Its browser shows a page of `origin`. */
export class SoftwareAuthenticator {
  readonly #origin: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #id = randomBytes(16);
  #userHandle: string | undefined;
  /** Devices that synchronise their passkeys count nothing: 0. */
  #count: number;

  constructor(origin: string, { counts = true }: { counts?: boolean } = {}) {
    this.#origin = origin;
    this.#count = counts ? 1 : 0;
  }

  /** `navigator.credentials.create()` */
  create(options: CreationOptions, misdeeds: Misdeeds = {}): CreatedCredential {
    this.#userHandle = options.user.id;
    const { x = "", y = "" } = this.#keys.publicKey.export({ format: "jwk" });
    const coseKey = map([
      [whole(1), whole(2)],
      [whole(3), whole(-7)],
      [whole(-1), whole(1)],
      [whole(-2), bytes(Buffer.from(x, "base64url"))],
      [whole(-3), bytes(Buffer.from(y, "base64url"))],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.#id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.#id, coseKey]);
    const authData = Buffer.concat([this.#authData(misdeeds.rpId ?? options.rp.id, misdeeds, 0x40), attested]);
    const attestation = map([
      [text("fmt"), text("none")],
      [text("attStmt"), map([])],
      [text("authData"), bytes(authData)],
    ]);
    return {
      ...this.#named(misdeeds),
      response: {
        clientDataJSON: this.#clientData("webauthn.create", options.challenge, misdeeds).toString("base64url"),
        attestationObject: attestation.toString("base64url"),
        transports: ["internal", "hybrid"],
      },
    };
  }

  /** `navigator.credentials.get()` */
  get(options: RequestOptions, misdeeds: Misdeeds = {}): Assertion {
    if (this.#count > 0) this.#count += 1;
    const authData = this.#authData(misdeeds.rpId ?? options.rpId, misdeeds, 0);
    const clientData = this.#clientData("webauthn.get", options.challenge, misdeeds);
    const signed = Buffer.concat([authData, createHash("sha256").update(clientData).digest()]);
    return {
      ...this.#named(misdeeds),
      response: {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authData.toString("base64url"),
        signature: sign("sha256", signed, misdeeds.key ?? this.#keys.privateKey).toString("base64url"),
        userHandle: misdeeds.userHandle ?? this.#userHandle,
      },
    };
  }

  #named({ credentialId = this.#id.toString("base64url") }: Misdeeds) {
    return { id: credentialId, rawId: credentialId, type: "public-key" } as const;
  }

  #clientData(type: string, challenge: string, misdeeds: Misdeeds): Buffer {
    const { crossOrigin = false, origin = this.#origin } = misdeeds;
    return Buffer.from(
      JSON.stringify({ type: misdeeds.type ?? type, challenge: misdeeds.challenge ?? challenge, origin, crossOrigin }),
    );
  }

  #authData(rpId: string, { isUserVerified = true, count = this.#count }: Misdeeds, flags: number): Buffer {
    const signCount = Buffer.alloc(4);
    signCount.writeUInt32BE(count);
    const present = 0x01 | (isUserVerified ? 0x04 : 0);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([present | flags]), signCount]);
  }
}

// As much of CBOR (RFC 8949) as a credential needs.

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

function whole(value: number): Buffer {
  return value >= 0 ? head(0, value) : head(1, -1 - value);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, value.length), Buffer.from(value)]);
}

function map(entries: readonly [Buffer, Buffer][]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}
