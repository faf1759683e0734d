import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readKubeconfig } from "#gateway/transport/kubeconfig.ts";
import { KubeconfigError } from "#gateway/transport/kubeconfig-error.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { selectContext } from "#gateway/transport/select-context.ts";
import { aFolder, aKubeconfig, selfSigned } from "./support.ts";

function write(content: object | string, folder: string = aFolder(), name = "config"): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : stringify(content));
  return file;
}

const context = (name: string, cluster: string, user: string): object => ({
  name,
  context: { cluster, user },
});
const cluster = (name: string, server: string, more: object = {}): object => ({
  name,
  cluster: { server, ...more },
});
const user = (name: string, token: string): object => ({ name, user: { token } });

const one = {
  "current-context": "first",
  clusters: [cluster("shared", "https://one")],
  users: [user("u", "one")],
  contexts: [context("first", "shared", "u")],
};
const two = {
  "current-context": "second",
  clusters: [cluster("shared", "https://two"), cluster("other", "https://other")],
  users: [user("u", "two"), user("v", "two")],
  contexts: [context("second", "other", "v"), context("first", "other", "v")],
};

function failureOf(work: () => unknown): KubeconfigError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(KubeconfigError);
    return error as KubeconfigError;
  }
  throw new Error("it did not fail");
}

test("of several files the first definition of a name holds whole, and the first current context", () => {
  const list = [write(one), write(two)].join(":");
  const merged = readKubeconfig({ environment: { KUBECONFIG: list } });
  const first = selectContext(merged, undefined);
  expect([first.name, first.cluster.server, first.user.token]).toEqual(["first", "https://one", "one"]);
  const second = selectContext(merged, "second");
  expect([second.cluster.server, second.user.token]).toEqual(["https://other", "two"]);
});

test("files of KUBECONFIG that are missing are skipped, and so are empty entries", () => {
  const list = ["/nowhere/at/all", "", write(two)].join(":");
  expect(readKubeconfig({ environment: { KUBECONFIG: list } }).config.getCurrentContext()).toBe("second");
});

test("--kubeconfig stands alone, whatever KUBECONFIG says", () => {
  const place = { kubeconfig: write(one), environment: { KUBECONFIG: write(two) } };
  expect(
    readKubeconfig(place)
      .config.getContexts()
      .map(({ name }) => name),
  ).toEqual(["first"]);
});

test("a --kubeconfig that is missing is an error", () => {
  const error = failureOf(() => readKubeconfig({ kubeconfig: "/nowhere/config", environment: {} }));
  expect([error.code, error.message]).toEqual(["E-KUBECONFIG", "there is no file /nowhere/config"]);
});

test("a kubeconfig of a sandbox that is missing says that the sandbox has ended", () => {
  const KUBECONFIG = "/nowhere/dextre-sandbox-aBc/kubeconfig";
  const error = failureOf(() => readKubeconfig({ environment: { KUBECONFIG } }));
  expect(error.help).toMatch(/^The sandbox that wrote it has ended\. Name a kubeconfig /);
});

test("without KUBECONFIG it is the file in the home folder", () => {
  const home = aFolder();
  mkdirSync(join(home, ".kube"));
  write(one, join(home, ".kube"));
  expect(readKubeconfig({ environment: { HOME: home } }).config.getCurrentContext()).toBe("first");
});

test("where there is none, nothing is guessed: no service account, no localhost", () => {
  const environment = {
    HOME: aFolder(),
    KUBERNETES_SERVICE_HOST: "10.0.0.1",
    KUBERNETES_SERVICE_PORT: "443",
  };
  expect(failureOf(() => readKubeconfig({ environment })).code).toBe("E-KUBECONFIG");
  expect(failureOf(() => openKubernetesWire({ environment })).code).toBe("E-KUBECONFIG");
});

test("paths are resolved against the file that holds them, names of programs are not", () => {
  const folder = aFolder();
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./bin/login" };
  const content = {
    clusters: [cluster("c", "https://c", { "certificate-authority": "ca.pem" })],
    users: [
      {
        name: "u",
        user: { "client-certificate": "u.pem", "client-key": "/abs/u.key", exec },
      },
      { name: "v", user: { exec: { ...exec, command: "aws" } } },
      { name: "w", user: { tokenFile: "t" } },
    ],
  };
  const found = readKubeconfig({ kubeconfig: write(content, folder), environment: {} }).config;
  expect(found.getCluster("c")?.caFile).toBe(join(folder, "ca.pem"));
  expect(found.getUser("u")).toMatchObject({
    certFile: join(folder, "u.pem"),
    keyFile: "/abs/u.key",
    exec: { command: join(folder, "bin/login") },
  });
  expect(found.getUser("v")?.exec.command).toBe("aws");
  expect(found.getUser("w")?.authProvider.config.tokenFile).toBe(join(folder, "t"));
});

test("a context that is missing is told with those there are", () => {
  const found = readKubeconfig({ kubeconfig: write(two), environment: {} });
  const error = failureOf(() => selectContext(found, "prod"));
  expect(error.code).toBe("E-CONTEXT-MISSING");
  expect(error.message).toMatch(/there is no context "prod" in .*There are: first, second\.$/);
});

test("no current context is told with those there are", () => {
  const found = readKubeconfig({ kubeconfig: write({ contexts: one.contexts }), environment: {} });
  expect(failureOf(() => selectContext(found, undefined)).code).toBe("E-CONTEXT-MISSING");
});

test.each([
  ["a cluster that is not defined", { ...one, clusters: [] }, /cluster "shared", which is not defined/],
  ["a user that is not defined", { ...one, users: [] }, /user "u", which is not defined/],
  ["a cluster without a server", { ...one, clusters: [{ name: "shared", cluster: {} }] }, /has no server/],
])("a context with %s is refused", (_name, content, message) => {
  const found = readKubeconfig({ kubeconfig: write(content), environment: {} });
  const error = failureOf(() => selectContext(found, undefined));
  expect([error.code, message.test(error.message)]).toEqual(["E-KUBECONFIG", true]);
});

test("a file that is not YAML is told by its place and never by its content", () => {
  const file = write("users:\n- name: u\n  user: {token: canary-secret\n");
  const error = failureOf(() => readKubeconfig({ kubeconfig: file, environment: {} }));
  expect(error.message).toMatch(/config:\d+:\d+ is not valid YAML/);
  expect(error.message).not.toContain("canary");
});

test.each([
  ["a key that is there twice", "users:\n- name: u\n  user:\n    token: canary-1\n    token: canary-2\n"],
  ["an alias of nothing", "token: *canary\n"],
  ["a tag of nobody", "token: !canary secret\n"],
  ["a tab", "users:\n\t- canary: 1\n"],
])("%s is told by its place and never by its content", (_name, content) => {
  const error = failureOf(() => readKubeconfig({ kubeconfig: write(content), environment: {} }));
  expect(error.message).toMatch(/config:\d+:\d+ is not valid YAML$/);
  expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain("canary");
});

test("several documents in a file are refused", () => {
  const error = failureOf(() => readKubeconfig({ kubeconfig: write("a: 1\n---\nb: 2\n"), environment: {} }));
  expect(error.message).toMatch(/config is not valid YAML$/);
});

test("of several definitions in one file the first holds too", () => {
  const content = { ...two, users: [user("v", "early"), user("v", "late")] };
  const found = selectContext(readKubeconfig({ kubeconfig: write(content), environment: {} }), undefined);
  expect(found.user.token).toBe("early");
});

test("an entry that is broken matters only to who chooses it", () => {
  const content = {
    ...two,
    clusters: [...two.clusters, null, { name: "bad" }, cluster("odd", ["x"] as never)],
  };
  const found = readKubeconfig({ kubeconfig: write(content), environment: {} });
  expect(selectContext(found, undefined).cluster.server).toBe("https://other");
});

test.each(["- 1\n- 2\n", "a: &x [1]\nb: *x\n"])("a file that is no kubeconfig is refused: %j", (content) => {
  expect(failureOf(() => readKubeconfig({ kubeconfig: write(content), environment: {} })).code).toBe(
    "E-KUBECONFIG",
  );
});

test.each(["", "# nothing\n", "---\n"])("an empty file is an empty kubeconfig: %j", (content) => {
  expect(readKubeconfig({ kubeconfig: write(content), environment: {} }).config.getContexts()).toEqual([]);
});

const openWith = (server: string, more: object = {}, allowInsecure = false): unknown =>
  openKubernetesWire({
    kubeconfig: aKubeconfig(server, { token: "t" }, more),
    environment: {},
    allowInsecure,
  });

test("a server in the clear and one that nobody verifies are refused unless that is asked for", () => {
  expect(failureOf(() => openWith("http://127.0.0.1:1")).message).toMatch(/not encrypted/);
  const unverified = { "insecure-skip-tls-verify": true };
  expect(failureOf(() => openWith("https://127.0.0.1:1", unverified)).message).toMatch(
    /insecure-skip-tls-verify/,
  );
  openWith("http://127.0.0.1:1", {}, true);
  openWith("https://127.0.0.1:1", unverified, true);
});

test.each([
  ["no address", "localhost", {}],
  ["a proxy of a kind that is not built", "https://127.0.0.1:1", { "proxy-url": "socks5://proxy:1080" }],
  ["an authority that is no certificate", "https://127.0.0.1:1", { "certificate-authority-data": "AAAA" }],
  [
    "an authority that is missing",
    "https://127.0.0.1:1",
    { "certificate-authority": "gone.pem", "certificate-authority-data": "" },
  ],
])("%s is refused before anything is sent", (_name, server, more) => {
  expect(failureOf(() => openWith(server, more)).code).toBe("E-KUBECONFIG");
});

test("the fingerprint is of the authority's certificates, not of how they are written", () => {
  const { certificate } = selfSigned();
  const file = write(`# our own\n${certificate.replaceAll("\n", "\r\n")}\n`, aFolder(), "ca.pem");
  const inData = openKubernetesWire({ kubeconfig: aKubeconfig("https://127.0.0.1:1"), environment: {} });
  const more = { "certificate-authority": file, "certificate-authority-data": "" };
  const kubeconfig = aKubeconfig("https://127.0.0.1:1", { token: "t" }, more);
  const inFile = openKubernetesWire({ kubeconfig, environment: {} });
  expect(inData.caFingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(inFile.caFingerprint).toBe(inData.caFingerprint);
});

test("data wins over a file, of authority and client certificate alike", () => {
  const user = {
    "client-certificate": "/nowhere/u.pem",
    "client-certificate-data": "QUJD",
    "client-key": "/nowhere/u.key",
    "client-key-data": "QUJD",
  };
  const more = { "certificate-authority": "/nowhere/ca.pem" };
  const kubeconfig = aKubeconfig("https://127.0.0.1:1", user, more);
  expect(openKubernetesWire({ kubeconfig, environment: {} }).caFingerprint).toMatch(/^[0-9a-f]{64}$/);
});

test("a client certificate that is missing is refused before anything is sent", () => {
  const kubeconfig = aKubeconfig("https://127.0.0.1:1", { "client-certificate": "gone.pem" });
  expect(failureOf(() => openKubernetesWire({ kubeconfig, environment: {} })).message).toMatch(
    /client certificate: .*gone\.pem cannot be read \(ENOENT\)/,
  );
});
