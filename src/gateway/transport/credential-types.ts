/** What one request presents beside the kubeconfig's own client certificate. */
export interface Credentials {
  /** The Authorization header; undefined for none. */
  readonly authorization: string | undefined;
  /** PEM, from a plugin. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Credentials and when they end: milliseconds since the epoch, Infinity where nobody says. */
export interface AcquiredCredentials {
  readonly credentials: Credentials;
  readonly endsAt: number;
}
