import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificatePath, kubeconfigPath, type RigState, type RigUser, rigUsers } from "./rig-state.ts";

const userNames: Readonly<Record<RigUser, string>> = {
  admin: "admin",
  "kube-controller-manager": "system:kube-controller-manager",
  "kube-scheduler": "system:kube-scheduler",
  kwok: "kwok",
  bridge: "bridge",
  dextre: "dextre",
};

const masters: ReadonlySet<RigUser> = new Set<RigUser>(["admin", "kwok", "bridge"]);

/**
 * The judge's policy: every request of dextre with the body of its writes, admin's without bodies,
 * nobody else's.
 */
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Request, users: [dextre], verbs: [create, update, patch, delete, deletecollection]}
- {level: Metadata, users: [dextre, admin]}
- {level: None}
`;

/** A fresh secret for every user. */
export function newTokens(): Record<RigUser, string> {
  const token = () => randomBytes(16).toString("hex");
  return {
    admin: token(),
    "kube-controller-manager": token(),
    "kube-scheduler": token(),
    kwok: token(),
    bridge: token(),
    dextre: token(),
  };
}

/** Writes what the control plane reads at its start: tokens, kubeconfigs, keys, audit policy. */
export function writeControlPlaneFiles(state: RigState): void {
  const write = (name: string, text: string) =>
    writeFileSync(join(state.folder, name), text, { mode: 0o600 });
  write("tokens.csv", rigUsers.map((user) => tokenLine(user, state.tokens[user])).join(""));
  write("audit-policy.yaml", auditPolicy);
  writeKubeconfigs(state, { "certificate-authority": certificatePath(state.folder) });
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  write("service-account.key", keys.privateKey);
  write("service-account.pub", keys.publicKey);
}

/** Puts the certificate that the API server has signed by now into the kubeconfigs themselves. */
export function embedCertificate(state: RigState): void {
  const certificate = readFileSync(certificatePath(state.folder)).toString("base64");
  writeKubeconfigs(state, { "certificate-authority-data": certificate });
}

function writeKubeconfigs(state: RigState, authority: Readonly<Record<string, string>>): void {
  for (const user of rigUsers) {
    const text = kubeconfig(state, user, authority);
    writeFileSync(kubeconfigPath(state.folder, user), text, { mode: 0o600 });
  }
}

function tokenLine(user: RigUser, token: string): string {
  const groups = masters.has(user) ? ',"system:masters"' : "";
  return `${token},${userNames[user]},${user}${groups}\n`;
}

function kubeconfig(state: RigState, user: RigUser, authority: Readonly<Record<string, string>>): string {
  const cluster = { server: `https://127.0.0.1:${state.ports.apiServer}`, ...authority };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "rig", cluster }],
    users: [{ name: user, user: { token: state.tokens[user] } }],
    contexts: [{ name: "rig", context: { cluster: "rig", user } }],
    "current-context": "rig",
  };
  // JSON is YAML
  return `${JSON.stringify(config, null, 2)}\n`;
}
