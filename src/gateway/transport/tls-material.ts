import { createHash, X509Certificate } from "node:crypto";
import { bufferFromFileOrString, type Cluster, type User } from "@kubernetes/client-node";
import { KubeconfigError } from "./kubeconfig-error.ts";

function broken(message: string): KubeconfigError {
  return new KubeconfigError("E-KUBECONFIG", message, "Mend the kubeconfig, or choose another --context.");
}

/** "" where there is none. */
function readPem(what: string, file: string | undefined, data: string | undefined): string {
  try {
    return bufferFromFileOrString(file, data)?.toString("utf8") ?? "";
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw broken(`${what}: ${file || "its data"} cannot be read (${why})`);
  }
}

/** Before anything is sent. @throws KubeconfigError where client certificate or key cannot be read. */
export function checkClientCertificate(user: User): void {
  readPem("client certificate", user.certFile, user.certData);
  readPem("client key", user.keyFile, user.keyData);
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * sha256 (hex) over the certificates themselves, so that line ends and comments do not count; "" for
 * the system's authorities. @throws KubeconfigError where there is no certificate in it.
 */
export function fingerprintAuthority(cluster: Cluster): string {
  if (!cluster.caFile && !cluster.caData) return "";
  const authority = readPem("certificate authority", cluster.caFile, cluster.caData);
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
