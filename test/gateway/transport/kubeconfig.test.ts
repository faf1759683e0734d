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
  expect(readKubeconfig({ environment: { KUBECONFIG: list } }).currentContext).toBe("second");
});

test("--kubeconfig stands alone, whatever KUBECONFIG says", () => {
  const place = { kubeconfig: write(one), environment: { KUBECONFIG: write(two) } };
  expect([...readKubeconfig(place).contexts.keys()]).toEqual(["first"]);
});

test("a --kubeconfig that is missing is an error", () => {
  const error = failureOf(() => readKubeconfig({ kubeconfig: "/nowhere/config", environment: {} }));
  expect([error.code, error.message]).toEqual(["E-KUBECONFIG", "there is no file /nowhere/config"]);
});

test("without KUBECONFIG it is the file in the home folder", () => {
  const home = aFolder();
  mkdirSync(join(home, ".kube"));
  write(one, join(home, ".kube"));
  expect(readKubeconfig({ environment: { HOME: home } }).currentContext).toBe("first");
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
        user: { "client-certificate": "u.pem", "client-key": "/abs/u.key", tokenFile: "t", exec },
      },
      { name: "v", user: { exec: { ...exec, command: "aws" } } },
    ],
  };
  const found = readKubeconfig({ kubeconfig: write(content, folder), environment: {} });
  expect(found.clusters.get("c")?.authorityFile).toBe(join(folder, "ca.pem"));
  expect(found.users.get("u")).toMatchObject({
    certificateFile: join(folder, "u.pem"),
    keyFile: "/abs/u.key",
    tokenFile: join(folder, "t"),
    exec: { command: join(folder, "bin/login") },
  });
  expect(found.users.get("v")?.exec?.command).toBe("aws");
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

test.each(["- 1\n- 2\n", "a: &x [1]\nb: *x\n"])("a file that is no kubeconfig is refused: %j", (content) => {
  expect(failureOf(() => readKubeconfig({ kubeconfig: write(content), environment: {} })).code).toBe(
    "E-KUBECONFIG",
  );
});

test("an empty file is an empty kubeconfig", () => {
  expect(readKubeconfig({ kubeconfig: write(""), environment: {} }).contexts.size).toBe(0);
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
