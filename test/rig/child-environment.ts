/**
 * Variables of a machine that break TLS or routing on loopback in children: certificate bundles
 * that replace the trusted roots, and proxies.
 */
const harmful = new Set([
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "AWS_CA_BUNDLE",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
]);

/** Variables that would point a child at some other cluster or account. */
const foreign = /^(KUBE|AWS_)/;

/** The environment for every child that talks to the rig; `extra` wins. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || harmful.has(name.toUpperCase()) || foreign.test(name)) continue;
    environment[name] = value;
  }
  return { ...environment, ...extra };
}
