import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import * as der from "./der.ts";

/** PEM texts. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly key: string;
}

const ecdsaWithSha256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));
const serverAuthentication = der.objectIdentifier("1.3.6.1.5.5.7.3.1");
const day = 86_400_000;

/**
 * A new key and a certificate for 127.0.0.1 and localhost that is its own authority. Good for 30 days
 * around `now`, ms since epoch. Source: RFC 5280.
 */
export function makeServerIdentity(now: number): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const body = certificateBody(publicKey.export({ type: "spki", format: "der" }), now);
  const signature = der.bitString(sign("sha256", body, privateKey));
  const certificate = der.sequence(body, ecdsaWithSha256, signature);
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function certificateBody(publicKey: Buffer, now: number): Buffer {
  const commonName = der.sequence(
    der.objectIdentifier("2.5.4.3"),
    der.utf8String("the embedded cluster of dextre"),
  );
  const name = der.sequence(der.set(commonName));
  return der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    ecdsaWithSha256,
    name,
    der.sequence(der.utcTime(now - day), der.utcTime(now + 30 * day)),
    name,
    publicKey,
    der.explicit(3, der.sequence(...extensions(publicKey))),
  );
}

function extensions(publicKey: Buffer): readonly Buffer[] {
  const names = der.sequence(
    der.implicit(2, Buffer.from("localhost", "latin1")),
    der.implicit(7, Buffer.from([127, 0, 0, 1])),
  );
  const digitalSignatureAndCertificates = der.bitString(Buffer.from([0x84]), 2);
  const keyIdentifier = createHash("sha1").update(publicKey).digest();
  return [
    extension("2.5.29.19", der.sequence(der.boolean(true)), { isCritical: true }),
    extension("2.5.29.15", digitalSignatureAndCertificates, { isCritical: true }),
    extension("2.5.29.37", der.sequence(serverAuthentication), { isCritical: false }),
    extension("2.5.29.14", der.octetString(keyIdentifier), { isCritical: false }),
    extension("2.5.29.17", names, { isCritical: false }),
  ];
}

function extension(
  identifier: string,
  content: Buffer,
  { isCritical }: { readonly isCritical: boolean },
): Buffer {
  const critical = isCritical ? [der.boolean(true)] : [];
  return der.sequence(der.objectIdentifier(identifier), ...critical, der.octetString(content));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
