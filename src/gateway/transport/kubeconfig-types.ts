/*
 * A kubeconfig as dextre needs it. Texts are "" where absent.
 */

export interface KubeconfigCluster {
  readonly server: string;
  readonly authorityFile: string;
  /** Base64 of PEM; wins over the file. */
  readonly authorityData: string;
  readonly skipsVerification: boolean;
  readonly tlsServerName: string;
  readonly proxyUrl: string;
}

export interface KubeconfigExec {
  readonly apiVersion: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly needsTerminal: boolean;
  readonly wantsClusterInfo: boolean;
  readonly installHint: string;
}

export interface KubeconfigUser {
  readonly token: string;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: string;
  readonly certificateFile: string;
  readonly certificateData: string;
  readonly keyFile: string;
  readonly keyData: string;
  readonly impersonatedUser: string;
  readonly impersonatedUid: string;
  readonly impersonatedGroups: readonly string[];
  readonly exec: KubeconfigExec | null;
  /** As written: { name: "oidc", config: {…} }. */
  readonly authProvider: Readonly<Record<string, unknown>> | null;
}

/** One file, or several merged. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
  readonly contexts: ReadonlyMap<string, { readonly cluster: string; readonly user: string }>;
  /** "" where none is set. */
  readonly currentContext: string;
  /** The files that were read, absolute. */
  readonly files: readonly string[];
}
