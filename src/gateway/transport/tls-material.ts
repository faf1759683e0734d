import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { KubeconfigError } from "./kubeconfig-error.ts";
import type { KubeconfigCluster, KubeconfigUser } from "./kubeconfig-types.ts";

/** PEM. undefined: the system's authorities, or no client certificate. */
export interface TlsMaterial {
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

function broken(message: string): KubeconfigError {
  return new KubeconfigError("E-KUBECONFIG", message, "Mend the kubeconfig, or choose another --context.");
}

/** Data wins over the file. */
function readPem(what: string, data: string, file: string): string | undefined {
  if (data !== "") return Buffer.from(data, "base64").toString("utf8");
  if (file === "") return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw broken(`${what}: ${file} cannot be read (${why})`);
  }
}

/** @throws KubeconfigError */
export function readTlsMaterial(cluster: KubeconfigCluster, user: KubeconfigUser): TlsMaterial {
  return {
    authority: readPem("certificate authority", cluster.authorityData, cluster.authorityFile),
    certificate: readPem("client certificate", user.certificateData, user.certificateFile),
    key: readPem("client key", user.keyData, user.keyFile),
  };
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * sha256 (hex) over the certificates themselves, so that line ends and comments do not count; "" for
 * the system's authorities. @throws KubeconfigError where there is no certificate in it.
 */
export function fingerprintAuthority(authority: string | undefined): string {
  if (authority === undefined) return "";
  const blocks = authority.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) throw broken("the certificate authority holds no certificate in PEM form");
  const hash = createHash("sha256");
  try {
    for (const block of blocks) hash.update(new X509Certificate(block).raw);
  } catch {
    throw broken("the certificate authority holds a damaged certificate");
  }
  return hash.digest("hex");
}
