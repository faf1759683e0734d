import type { KubernetesWire } from "#gateway/wire.ts";
import { credentialSource } from "./credentials.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import { createKubernetesWire } from "./kubernetes-wire.ts";
import { proxyFor } from "./proxy.ts";
import { type SelectedContext, selectContext } from "./select-context.ts";
import { checkClientCertificate, fingerprintAuthority } from "./tls-material.ts";

export interface KubernetesOptions {
  /** --kubeconfig: only this file is read. */
  readonly kubeconfig?: string | undefined;
  /** --context; the current one where absent. */
  readonly context?: string | undefined;
  /** Accepts http:// and insecure-skip-tls-verify: for servers on this machine only. */
  readonly allowInsecure?: boolean | undefined;
  /** KUBECONFIG, HOME, HTTPS_PROXY, NO_PROXY; the process's own where absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface OpenKubernetes {
  readonly wire: KubernetesWire;
  /** "https://host:port", for people and for the plan's identity. */
  readonly server: string;
  /** sha256 of the certificate authority, hex; "" where the system's are used. */
  readonly caFingerprint: string;
  readonly contextName: string;
}

function checkServer(context: SelectedContext, allowInsecure: boolean): void {
  const { server, skipTLSVerify } = context.cluster;
  const refuse = (message: string, help: string): never => {
    throw new KubeconfigError("E-KUBECONFIG", `context "${context.name}": ${message}`, help);
  };
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    refuse(`server ${server} is no http address`, "Mend the kubeconfig.");
  }
  if (allowInsecure) return;
  if (url?.protocol === "http:") {
    refuse(`server ${server} is not encrypted`, "Use https://; dextre sends no credentials in the clear.");
  }
  if (skipTLSVerify) {
    refuse("insecure-skip-tls-verify is set", "Put the server's authority into certificate-authority-data.");
  }
}

/**
 * The API server that the kubeconfig points at. Connects to nothing and runs no plugin before the
 * first request. @throws KubeconfigError
 */
export function openKubernetesWire(options: KubernetesOptions = {}): OpenKubernetes {
  const environment = options.environment ?? process.env;
  const context = selectContext(
    readKubeconfig({ kubeconfig: options.kubeconfig, environment }),
    options.context,
  );
  checkServer(context, options.allowInsecure === true);
  const { server, proxyUrl } = context.cluster;
  const caFingerprint = fingerprintAuthority(context.cluster);
  checkClientCertificate(context.user);
  const wire = createKubernetesWire({
    server,
    proxy: proxyFor(new URL(server), proxyUrl ?? "", environment),
    credentials: credentialSource(context),
  });
  return { wire, server, caFingerprint, contextName: context.name };
}
