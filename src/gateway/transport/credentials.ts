import { readFileSync } from "node:fs";
import { WireError } from "#gateway/wire.ts";
import type { AcquiredCredentials, Credentials } from "./credential-types.ts";
import { runExecPlugin } from "./exec-plugin.ts";
import type { KubeconfigCluster, KubeconfigUser } from "./kubeconfig-types.ts";

export interface CredentialSource {
  /** @throws WireError of failure "credentials" */
  get(): Promise<Credentials>;
  /** The server did not accept these. true where others may be had. */
  reject(refused: Credentials): boolean;
}

/** A token file is read again this often. *Source:* client-go's token source. */
const TOKEN_FILE_MILLISECONDS = 60_000;
/** Credentials that end this soon are not worth sending. */
const LEEWAY_MILLISECONDS = 10_000;

function fixed(authorization: string | undefined): CredentialSource {
  const credentials = { authorization };
  return { get: async () => credentials, reject: () => false };
}

/** One acquisition at a time however many ask, remembered until it ends or is refused. */
function acquired(acquire: () => Promise<AcquiredCredentials>): CredentialSource {
  let current: Promise<AcquiredCredentials> | undefined;
  let known: AcquiredCredentials | undefined;
  return {
    async get() {
      if (known && Date.now() >= known.endsAt - LEEWAY_MILLISECONDS) {
        known = undefined;
        current = undefined;
      }
      if (!current) {
        const started = acquire();
        current = started;
        started.then(
          (result) => {
            if (current === started) known = result;
          },
          () => {
            // A failure is not remembered: the next request tries again.
            if (current === started) current = undefined;
          },
        );
      }
      return (await current).credentials;
    },
    reject(refused) {
      // Others may have renewed them since.
      if (known && known.credentials === refused) {
        known = undefined;
        current = undefined;
      }
      return true;
    },
  };
}

async function readTokenFile(file: string): Promise<AcquiredCredentials> {
  try {
    const token = readFileSync(file, "utf8").trim();
    const endsAt = Date.now() + TOKEN_FILE_MILLISECONDS + LEEWAY_MILLISECONDS;
    return { credentials: { authorization: `Bearer ${token}` }, endsAt };
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WireError("credentials", `the token file ${file} cannot be read (${why})`, false);
  }
}

/** client-node knows OpenID Connect; it is loaded only for those who still use its auth-provider. */
async function askAuthProvider(
  authProvider: Readonly<Record<string, unknown>>,
): Promise<AcquiredCredentials> {
  const name = String(authProvider.name);
  try {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    const user = { name: "user", authProvider: structuredClone(authProvider) };
    config.loadFromClusterAndUser(
      { name: "cluster", server: "https://localhost", skipTLSVerify: false },
      user,
    );
    const options: { headers: Record<string, string> } = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const authorization = options.headers.Authorization;
    if (authorization === undefined) throw new Error("it gave no token");
    return { credentials: { authorization }, endsAt: Date.now() + TOKEN_FILE_MILLISECONDS };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WireError("credentials", `auth-provider ${name}: ${why.slice(0, 200)}`, false);
  }
}

/** How this user proves who they are, in kubectl's order of precedence. */
export function credentialSource(user: KubeconfigUser, cluster: KubeconfigCluster): CredentialSource {
  const { exec, authProvider } = user;
  if (user.tokenFile !== "") return acquired(() => readTokenFile(user.tokenFile));
  if (user.token !== "") return fixed(`Bearer ${user.token}`);
  if (user.username !== "") {
    return fixed(`Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}`);
  }
  if (exec) return acquired(() => runExecPlugin(exec, cluster));
  if (authProvider) return acquired(() => askAuthProvider(authProvider));
  return fixed(undefined);
}
