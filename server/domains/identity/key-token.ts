import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** What a key's token begins with: whoever finds one in a log or a repository knows what it is. */
const PREFIX = "trs_";
/** RFC 4648, in small letters: five bits a letter. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const SECRET_BYTES = 20;
const SECRET_LENGTH = (SECRET_BYTES * 8) / 5;
/** 32 bits. */
const CHECK_LENGTH = 7;
const SHAPE = /^trs_[a-z2-7]{39}$/u;

/** A new token: `trs_`, 160 bits, and CRC-32 of both. */
export function newKeyToken(): string {
  let bits = BigInt(`0x${randomBytes(SECRET_BYTES).toString("hex")}`);
  let secret = "";
  for (let at = 0; at < SECRET_LENGTH; at += 1) {
    secret += ALPHABET[Number(bits & 31n)];
    bits >>= 5n;
  }
  return withCheck(PREFIX + secret);
}

/** Whether this is to be looked up as a key, or is a session's token, or nothing. */
export function looksLikeKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Whether it can be one: a mistyped one is refused without a look at the database. */
export function isKeyToken(token: string): boolean {
  return SHAPE.test(token) && withCheck(token.slice(0, -CHECK_LENGTH)) === token;
}

function withCheck(start: string): string {
  let sum = crc32(start);
  let check = "";
  for (let at = 0; at < CHECK_LENGTH; at += 1) {
    check += ALPHABET[sum % 32];
    sum = Math.floor(sum / 32);
  }
  return start + check;
}
