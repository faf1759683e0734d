import { sep } from "node:path";
import { makeAbsolutePath, type User } from "@kubernetes/client-node";
import { type Fields, isFields, text, texts } from "./fields.ts";

/** client-node's user and what its reader leaves out. */
export interface KubeconfigUser extends User {
  /** as-uid */
  readonly impersonateUid?: string;
  /** as-groups */
  readonly impersonateGroups?: readonly string[];
}

/** client-node resolves no plugin's path. Without a separator it is looked up in PATH. */
function resolveCommand(exec: Fields, folder: string): Fields {
  const command = text(exec.command);
  return { ...exec, command: command.includes(sep) ? makeAbsolutePath(folder, command) : command };
}

/** client-node hands the issuer on as text, to a library that takes nothing but a URL. */
function repairIssuer(provider: Fields): Fields {
  const issuer = isFields(provider.config) ? text(provider.config["idp-issuer-url"]) : "";
  if (!isFields(provider.config) || !URL.canParse(issuer)) return provider;
  return { ...provider, config: { ...provider.config, "idp-issuer-url": new URL(issuer) } };
}

/** client-node reads a token file only in the form of its own service accounts. kubectl prefers it to all else. */
function readingTokenFile(file: string): Partial<User> {
  const authProvider = { name: "tokenFile", config: { tokenFile: file } };
  return { token: "", username: "", exec: null, authProvider };
}

/**
 * Completes what client-node read of a user by the entry it was read from. Relative paths are
 * resolved against the file's folder. *Source:* client-go clientcmd.
 */
export function completeUser(user: User, entry: Fields, folder: string): KubeconfigUser {
  const tokenFile = text(entry.tokenFile);
  return {
    ...user,
    // client-node prefers the file, kubectl the data.
    ...(user.certData ? { certFile: "" } : {}),
    ...(user.keyData ? { keyFile: "" } : {}),
    ...(isFields(user.exec) ? { exec: resolveCommand(user.exec, folder) } : {}),
    ...(isFields(user.authProvider) ? { authProvider: repairIssuer(user.authProvider) } : {}),
    ...(tokenFile === "" ? {} : readingTokenFile(makeAbsolutePath(folder, tokenFile))),
    impersonateUid: text(entry["as-uid"]),
    impersonateGroups: texts(entry["as-groups"]),
  };
}
