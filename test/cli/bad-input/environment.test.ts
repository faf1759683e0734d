import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { aKubeconfig } from "#test/gateway/transport/support.ts";
import { type Answer, aFile, dextre, refusal } from "./a-command-line.ts";
import { aServedCluster, LOADING_MILLISECONDS, on, type ServedCluster } from "./a-served-cluster.ts";

let cluster: ServedCluster;
let plan = "";
beforeAll(async () => {
  cluster = await aServedCluster();
  const { stdout } = await on(cluster, "plan -f -");
  plan = aFile("plan.json", stdout);
}, LOADING_MILLISECONDS);
afterEach(() => cluster.world.cluster.denials.splice(0));
afterAll(() => cluster.close());

const asked = (): string => `  asked: context "sandbox" at ${cluster.server}`;

/** The same words behind the first ones of a run: it says that nothing was changed. */
const refused = (answer: Answer): Answer => ({
  ...answer,
  stderr: `Refused, nothing was changed: ${answer.stderr}`,
});

test("a server that does not know the token: 401, exit 3, from whatever command", {
  timeout: LOADING_MILLISECONDS,
}, async () => {
  const stranger = { ...cluster, kubeconfig: cluster.kubeconfig.replace(/(token"?: ).*/, '$1"stranger"') };
  const said = refusal(
    3,
    "get namespace kube-system: 401 Unauthorized",
    asked(),
    "  Log in again as you do for kubectl, and repeat the command; a run that stopped is resumed.",
    "E-UNAUTHORIZED. See: dextre explain E-UNAUTHORIZED",
  );
  expect(await on(stranger, `apply ${plan}`)).toEqual(refused(said));
  expect(await on(stranger, "abort 01x")).toEqual(said);
});

test("a right to read that is missing: 403, exit 3, and the server's own words", async () => {
  cluster.world.cluster.denials.push({ verb: "list", resource: "pods" });
  expect(await on(cluster, "plan -f -")).toEqual(
    refusal(
      3,
      'list pods: 403 Forbidden (pods is forbidden: User "dextre" cannot list resource "pods" in API group "" at the cluster scope)',
      asked(),
      "  Grant the verb that the message names; deploy/rbac.yaml holds all that dextre needs.",
      "E-FORBIDDEN. See: dextre explain E-FORBIDDEN",
    ),
  );
});

test("rights to change that are missing are named, all of them, before the first change", {
  timeout: LOADING_MILLISECONDS,
}, async () => {
  cluster.world.cluster.denials.push(
    { verb: "patch", resource: "nodes" },
    { verb: "create", resource: "pods", subresource: "eviction" },
  );
  expect(await on(cluster, `apply ${plan}`)).toEqual(
    refused(
      refusal(
        3,
        "these credentials may not patch nodes, nor create pods/eviction",
        "  grant it: deploy/rbac.yaml holds all that dextre needs",
        "E-FORBIDDEN. See: dextre explain E-FORBIDDEN",
      ),
    ),
  );
  expect(cluster.writes).toEqual([]);
});

test("AWS credentials that are missing: exit 3, with the call and the region", {
  timeout: LOADING_MILLISECONDS,
}, async () => {
  const keys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
  const before = Object.keys(keys).map((name) => [name, process.env[name] ?? ""] as const);
  for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
  const said = (call: string): Answer =>
    refusal(
      3,
      `${call}: CredentialsMissing (Could not load credentials from any providers)`,
      "  asked: AWS in region eu-west-1",
      "  Log in to AWS as you do for its command line (AWS_PROFILE, SSO, environment), and repeat the command.",
      "E-AWS-CREDENTIALS. See: dextre explain E-AWS-CREDENTIALS",
    );
  expect(await on(cluster, "plan -f -")).toEqual(said("DescribeAutoScalingInstances"));
  expect(await on(cluster, `apply ${plan}`)).toEqual(refused(said("DescribeAutoScalingGroups")));
  for (const [name, value] of before) vi.stubEnv(name, value);
  expect(cluster.writes).toEqual([]);
});

test("a server with another certificate than the kubeconfig's is not asked: exit 3", async () => {
  const count = cluster.asked();
  const kubeconfig = aKubeconfig(cluster.server);
  const { host } = new URL(cluster.server);
  const { exit, stdout, stderr } = await dextre("status --kubeconfig", [kubeconfig]);
  expect([exit, stdout, cluster.asked()]).toEqual([3, "", count]);
  expect(stderr.split("\n")).toEqual([
    expect.stringMatching(
      new RegExp(`^list [a-z.]+: the certificate of ${host} is not trusted \\([A-Z_]+\\)$`),
    ),
    `  asked: context "test" at ${cluster.server}`,
    "  Try `kubectl get nodes` with the same kubeconfig and context; see to network, VPN and proxy.",
    "E-CLUSTER-UNREACHABLE. See: dextre explain E-CLUSTER-UNREACHABLE",
    "",
  ]);
});

test(
  "a server that is not there is asked for some seconds, then exit 3",
  async () => {
    // Port 9 is discard: nobody listens there.
    const kubeconfig = aKubeconfig("https://127.0.0.1:9");
    expect(await dextre(`apply ${plan} --kubeconfig`, [kubeconfig])).toEqual(
      refused(
        refusal(
          3,
          "get namespace kube-system: 127.0.0.1:9 cannot be reached (ECONNREFUSED)",
          '  asked: context "test" at https://127.0.0.1:9',
          "  Try `kubectl get nodes` with the same kubeconfig and context; see to network, VPN and proxy.",
          "E-CLUSTER-UNREACHABLE. See: dextre explain E-CLUSTER-UNREACHABLE",
        ),
      ),
    );
  },
  LOADING_MILLISECONDS,
);
