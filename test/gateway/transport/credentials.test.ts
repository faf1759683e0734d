import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExecConfiguration } from "#gateway/transport/exec-configuration.ts";
import { runExecPlugin } from "#gateway/transport/exec-plugin.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { type KubernetesRequest, type KubernetesWire, WireError } from "#gateway/wire.ts";
import { startTimeOf } from "#test/rig/processes.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import {
  aFolder,
  aKubeconfig,
  anHttpsServer,
  aProgram,
  selfSigned,
  sendJson,
  type TestServer,
} from "./support.ts";

const GET: KubernetesRequest = { method: "GET", path: "/version" };

function credential(status: object): string {
  return JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status });
}

/** Prints `token-N`, N counted in a file, with this end. */
function countingPlugin(more: object = {}): { readonly program: string; readonly runs: () => number } {
  const count = join(aFolder(), "count");
  const output = credential({ token: "token-$n", ...more }).replaceAll('"', '\\"');
  const program = aProgram(
    `echo x >> ${count}; n=$(wc -l < ${count} | tr -d ' '); sleep 0.1; echo "${output}"`,
  );
  return {
    program,
    runs: () => (existsSync(count) ? readFileSync(count, "utf8").split("\n").length - 1 : 0),
  };
}

function anExec(command: string, more: Partial<ExecConfiguration> = {}): ExecConfiguration {
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command,
    args: [],
    env: [],
    interactiveMode: "",
    provideClusterInfo: false,
    installHint: "",
    ...more,
  };
}

const CLUSTER = { name: "c", server: "https://c", caData: "QUJD", skipTLSVerify: false };

async function connect(
  user: object,
  accepts: (token: string) => boolean = () => true,
): Promise<{ readonly server: TestServer; readonly wire: KubernetesWire }> {
  const server = await anHttpsServer((request, response) =>
    accepts((request.headers.authorization ?? "").replace("Bearer ", ""))
      ? sendJson(response, 200, {})
      : sendJson(response, 401, { kind: "Status", code: 401 }),
  );
  return {
    server,
    wire: openKubernetesWire({ kubeconfig: aKubeconfig(server.url, user), environment: {} }).wire,
  };
}

const tokensOf = (server: TestServer): unknown[] =>
  server.requests.map(({ headers }) => headers.authorization);
const execUser = (command: string): object => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" },
});

async function failureOf(promise: Promise<unknown>): Promise<WireError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WireError);
  expect((error as WireError).failure).toBe("credentials");
  return error as WireError;
}

test("twenty requests at once run the plugin once", async () => {
  const { program, runs } = countingPlugin();
  const { server, wire } = await connect(execUser(program));
  await Promise.all(Array.from({ length: 20 }, () => wire.request(GET)));
  expect(runs()).toBe(1);
  expect(new Set(tokensOf(server))).toEqual(new Set(["Bearer token-1"]));
});

test("a token is used until its end", async () => {
  const { program, runs } = countingPlugin({ expirationTimestamp: "2099-01-01T00:00:00Z" });
  const { wire } = await connect(execUser(program));
  await wire.request(GET);
  await wire.request(GET);
  expect(runs()).toBe(1);
});

test("a token that has ended is renewed before it is sent", async () => {
  const { program, runs } = countingPlugin({ expirationTimestamp: "2020-01-01T00:00:00Z" });
  const { server, wire } = await connect(execUser(program));
  await wire.request(GET);
  await wire.request(GET);
  expect(runs()).toBe(2);
  expect(tokensOf(server)).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("a token that the server refuses is renewed once, by all who held it together", async () => {
  const { program, runs } = countingPlugin();
  const { wire } = await connect(execUser(program), (token) => token === "token-2");
  const answers = await Promise.all(Array.from({ length: 5 }, () => wire.request(GET)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(runs()).toBe(2);
});

test("a user whom the server refuses for good gets the 401, after one more try", async () => {
  const { program, runs } = countingPlugin();
  const { server, wire } = await connect(execUser(program), () => false);
  expect((await wire.request(GET)).status).toBe(401);
  expect([runs(), server.requests.length]).toEqual([2, 2]);
});

test("a fixed token that is refused is not sent again", async () => {
  const { server, wire } = await connect({ token: "t" }, () => false);
  expect((await wire.request(GET)).status).toBe(401);
  expect(server.requests).toHaveLength(1);
});

test("a token file is read", async () => {
  const tokenFile = join(aFolder(), "token");
  writeFileSync(tokenFile, "from-file\n");
  const { server, wire } = await connect({ tokenFile });
  await wire.request(GET);
  expect(tokensOf(server)).toEqual(["Bearer from-file"]);
});

test("a token file that is missing is told by its name, and is looked for again", async () => {
  const tokenFile = join(aFolder(), "token");
  const { wire } = await connect({ tokenFile });
  expect((await failureOf(wire.request(GET))).message).toContain(`${tokenFile} cannot be read (ENOENT)`);
  writeFileSync(tokenFile, "late");
  expect((await wire.request(GET)).status).toBe(200);
});

test("a token file that the server refuses is read again, and wins over every other login", async () => {
  const tokenFile = join(aFolder(), "token");
  writeFileSync(tokenFile, "old\n");
  const { program, runs } = countingPlugin();
  const user = { tokenFile, token: "fixed", username: "jane", password: "x", ...execUser(program) };
  const { server, wire } = await connect(user, (token) => token === "new");
  expect((await wire.request(GET)).status).toBe(401);
  writeFileSync(tokenFile, "new\n");
  expect((await wire.request(GET)).status).toBe(200);
  expect(new Set(tokensOf(server))).toEqual(new Set(["Bearer old", "Bearer new"]));
  expect(runs()).toBe(0);
});

test("a fixed token wins over a plugin, which is not run", async () => {
  const { program, runs } = countingPlugin();
  const { server, wire } = await connect({ token: "fixed", ...execUser(program) });
  await wire.request(GET);
  expect([tokensOf(server), runs()]).toEqual([["Bearer fixed"], 0]);
});

test("name and password are sent as basic authentication", async () => {
  const { server, wire } = await connect({ username: "jane", password: "secret" });
  await wire.request(GET);
  expect(tokensOf(server)).toEqual([`Basic ${Buffer.from("jane:secret").toString("base64")}`]);
});

test("an OpenID Connect token of an auth-provider is sent while it lasts", async () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "none" })}.${part({ exp: 4_000_000_000 })}.x`;
  const user = { "auth-provider": { name: "oidc", config: { "id-token": token } } };
  const { server, wire } = await connect(user);
  await wire.request(GET);
  expect(tokensOf(server)).toEqual([`Bearer ${token}`]);
});

test("a plugin inside an auth-provider is run as any other: once, whoever asks", async () => {
  const { program, runs } = countingPlugin();
  const user = { "auth-provider": { name: "exec", config: execUser(program) } };
  const { server, wire } = await connect(user);
  await Promise.all([wire.request(GET), wire.request(GET), wire.request(GET)]);
  expect([runs(), new Set(tokensOf(server))]).toEqual([1, new Set(["Bearer token-1"])]);
});

test.each([
  ["is not known", { name: "canary", config: { "access-token": "secret" } }, /gave no token/],
  ["has no token", { name: "oidc", config: {} }, /auth-provider oidc gave no token/],
  ["has ended", { name: "gcp", config: { "access-token": "secret", expiry: "2020-01-01" } }, /gcp failed/],
  [
    "prints what is no JSON",
    { name: "gcp", config: { "cmd-path": "echo", "cmd-args": "secret" } },
    /auth-provider gcp failed/,
  ],
])("an auth-provider that %s is told so, without its secrets", async (_name, provider, message) => {
  const { server, wire } = await connect({ "auth-provider": provider });
  const error = await failureOf(wire.request(GET));
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain("secret");
  expect(server.requests).toEqual([]);
});

test("a plugin gets its arguments, its environment and what it is told of the cluster; no terminal", async () => {
  const program = aProgram(
    `[ -t 0 ] && exit 9; info=$(echo "$KUBERNETES_EXEC_INFO" | tr -d '"'); echo '{"kind":"ExecCredential","status":{"token":"'"$1-$WHO-$info"'"}}'`,
  );
  const exec = anExec(program, {
    args: ["get"],
    env: [{ name: "WHO", value: "me" }],
    provideClusterInfo: true,
  });
  const { credentials } = await runExecPlugin(exec, CLUSTER);
  expect(credentials.authorization).toContain("Bearer get-me-");
  expect(credentials.authorization).toContain("interactive:false");
  expect(credentials.authorization).toContain("certificate-authority-data:QUJD");
});

test("a plugin may give a certificate instead of a token", async () => {
  const { certificate, key } = selfSigned();
  const output = join(aFolder(), "out");
  writeFileSync(output, credential({ clientCertificateData: certificate, clientKeyData: key }));
  const { credentials } = await runExecPlugin(anExec("cat", { args: [output] }), CLUSTER);
  expect(credentials).toEqual({ authorization: undefined, certificate, key });
});

test("a plugin that hangs is ended at the deadline, with whatever it started", async () => {
  const file = join(aFolder(), "started");
  const program = aProgram(`sleep 600 & echo $! > ${file}; wait`);
  const started = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  // a busy machine has not started it yet when a short deadline is over
  for (let seconds = 0.3; started() === ""; seconds *= 2) {
    const error = await failureOf(runExecPlugin(anExec(program), CLUSTER, seconds));
    expect(error.message).toContain(`no answer within ${seconds} s`);
  }
  const isGone = () => startTimeOf(Number(started())) === undefined || undefined;
  await waitUntil({ what: "the end of what it started", timeoutSeconds: 30, everyMilliseconds: 20 }, isGone);
});

test("a plugin that prints without an end is ended at 1 MiB", async () => {
  const error = await failureOf(runExecPlugin(anExec(aProgram("yes canary-secret")), CLUSTER));
  expect(error.message).toMatch(/more than 1 MiB/);
});

test.each([
  [
    "is not there",
    anExec("dextre-no-such-plugin", { installHint: "brew install it" }),
    /not found \(brew install it\)/,
  ],
  ["has no name", anExec(""), /no command/],
  ["needs a terminal", anExec("true", { interactiveMode: "Always" }), /asks for a terminal/],
  [
    "fails",
    anExec("sh", { args: ["-c", "echo session expired >&2; exit 3"] }),
    /exit code 3: session expired/,
  ],
  ["prints nothing", anExec("true"), /no ExecCredential/],
  ["prints no credential", anExec("echo", { args: ["{}"] }), /no ExecCredential/],
  ["gives no token", anExec("echo", { args: [credential({})] }), /neither a token/],
])("a plugin that %s is told so, and nothing was sent", async (_name, exec, message) => {
  const error = await failureOf(runExecPlugin(exec, CLUSTER));
  expect(error.message).toMatch(message);
  expect(error.maybeSent).toBe(false);
});

test("a failure is not remembered: the next request tries again", async () => {
  const flag = join(aFolder(), "flag");
  const output = credential({ token: "late" });
  const program = aProgram(`[ -e ${flag} ] || { touch ${flag}; exit 1; }; echo '${output}'`);
  const { wire } = await connect(execUser(program));
  await failureOf(wire.request(GET));
  expect((await wire.request(GET)).status).toBe(200);
});
