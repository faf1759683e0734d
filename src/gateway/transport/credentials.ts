import type { Cluster } from "@kubernetes/client-node";
import { WireError } from "#gateway/wire.ts";
import { type ExecConfiguration, readExecConfiguration } from "./exec-configuration.ts";
import { runExecPlugin } from "./exec-plugin.ts";
import type { KubeconfigUser } from "./kubeconfig-user.ts";
import { type Login, logIn } from "./login.ts";
import type { SelectedContext } from "./select-context.ts";

export interface CredentialSource {
  /** @throws WireError of failure "credentials" */
  get(): Promise<Login>;
  /** The server did not accept these. true where others may be had. */
  reject(refused: Login): boolean;
}

/** A login and when it ends: milliseconds since the epoch, Infinity where nobody says. */
interface AcquiredLogin {
  readonly login: Login;
  readonly endsAt: number;
}

/** A token file is read again this often. *Source:* client-go's token source. */
const TOKEN_MILLISECONDS = 60_000;
/** A login that ends this soon is not worth sending. */
const LEEWAY_MILLISECONDS = 10_000;

/** One acquisition at a time however many ask, remembered until it ends or is refused. */
function acquired(acquire: () => Promise<AcquiredLogin>, isRenewable: boolean): CredentialSource {
  let current: Promise<AcquiredLogin> | undefined;
  let known: AcquiredLogin | undefined;
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
      return (await current).login;
    },
    reject(refused) {
      // Others may have renewed them since.
      if (isRenewable && known && known.login === refused) {
        known = undefined;
        current = undefined;
      }
      return isRenewable;
    },
  };
}

async function askProvider(cluster: Cluster, user: KubeconfigUser): Promise<AcquiredLogin> {
  const login = await logIn(cluster, user);
  if (!/^Bearer \S/.test(String(login.headers.Authorization))) {
    throw new WireError("credentials", `auth-provider ${user.authProvider.name} gave no token`, false);
  }
  return { login, endsAt: Date.now() + TOKEN_MILLISECONDS + LEEWAY_MILLISECONDS };
}

async function askPlugin(
  exec: ExecConfiguration,
  cluster: Cluster,
  user: KubeconfigUser,
): Promise<AcquiredLogin> {
  const { credentials, endsAt } = await runExecPlugin(exec, cluster);
  const { authorization, certificate, key } = credentials;
  const login = await logIn(cluster, user);
  const headers = authorization === undefined ? login.headers : { ...login.headers, authorization };
  const pair = certificate === undefined ? {} : { cert: certificate, key };
  return { login: { ...login, ...pair, headers }, endsAt };
}

/** How this user proves who they are, in kubectl's order of precedence. */
export function credentialSource({ cluster, user }: SelectedContext): CredentialSource {
  const direct: KubeconfigUser = { ...user, exec: null, authProvider: null };
  if (!user.token && !user.username) {
    // client-node would also run a plugin that hides in an auth-provider, without a time-out.
    const exec = readExecConfiguration(user.exec ?? user.authProvider?.config?.exec);
    if (exec) return acquired(() => askPlugin(exec, cluster, direct), true);
    if (user.authProvider) return acquired(() => askProvider(cluster, user), true);
  }
  return acquired(
    async () => ({ login: await logIn(cluster, direct), endsAt: Number.POSITIVE_INFINITY }),
    false,
  );
}
