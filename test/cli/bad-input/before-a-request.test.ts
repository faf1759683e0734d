import { afterEach, beforeEach, expect, test } from "vitest";
import { aKubeconfig, anHttpsServer, sendJson, type TestServer } from "#test/gateway/transport/support.ts";
import { aFile, dextre, refusal, specOf } from "./a-command-line.ts";

let server: TestServer;
let kubeconfig = "";
beforeEach(async () => {
  server = await anHttpsServer((_, response) => sendJson(response, 500, {}));
  kubeconfig = aKubeconfig(server.url);
});
afterEach(() => {
  expect([server.requests, server.connections()]).toEqual([[], 0]);
});

const WORKERS = specOf("{kind: Nodes, role: node}");

test.each([
  ["plan -f - --rol node", "unknown flag --rol", "see: dextre plan --help", WORKERS],
  ["plan -f - --contxt prod", "unknown flag --contxt", "did you mean --context?", WORKERS],
  [
    "drain --node a --force",
    "unknown flag --force",
    "nothing is ever forced; --evict-unmanaged evicts pods that no controller brings back",
    "",
  ],
  ["drain --node a --frce", "unknown flag --frce", "see: dextre drain --help", ""],
  ["apply plan.json --lock=false", "unknown flag --lock", "see: dextre apply --help", ""],
])("`%s` exits 64 and asks nobody", async (line, message, help, stdin) => {
  const answer = await dextre(line, ["--kubeconfig", kubeconfig], stdin);
  expect(answer).toEqual(refusal(64, message, `  ${help}`, "E-USAGE"));
});

test.each([
  [
    "an unknown field",
    specOf("{kind: Nodes, roles: node}"),
    [
      'standard input:5:27: unknown field "roles" in a Nodes target',
      "   5 |   targets: [{kind: Nodes, roles: node}]",
      '     |                           ^^^^^ did you mean "role"?',
      "E-SPEC-UNKNOWN-FIELD. See: dextre explain E-SPEC-UNKNOWN-FIELD",
    ],
  ],
  [
    "a wrong type",
    specOf("{kind: Nodes, role: 5}"),
    [
      "standard input:5:33: spec.targets[0].role is the number 5, not a text",
      "   5 |   targets: [{kind: Nodes, role: 5}]",
      '     |                                 ^ quote it: "5"',
      "E-SPEC-WRONG-TYPE. See: dextre explain E-SPEC-WRONG-TYPE",
    ],
  ],
  [
    "a limit that is not built yet",
    specOf("{kind: Nodes, role: node}", "limits: {maxUnavailableNodes: 2}"),
    [
      "standard input:6:33: spec.limits.maxUnavailableNodes of 2 is not built yet: more than 1 is meaningful, but so far one goes after the other",
      "   6 |   limits: {maxUnavailableNodes: 2}",
      "     |                                 ^ write 1, or take the line out",
      "E-SPEC-NOT-BUILT. See: dextre explain E-SPEC-NOT-BUILT",
    ],
  ],
])("%s in a spec exits 65 and asks nobody", async (_, spec, lines) => {
  expect(await dextre("plan -f - --kubeconfig", [kubeconfig], spec)).toEqual(refusal(65, ...lines));
});

test("a kubeconfig that is missing exits 65", async () => {
  const missing = `${kubeconfig}-of-nobody`;
  expect(await dextre("plan -f - --kubeconfig", [missing], WORKERS)).toEqual(
    refusal(
      65,
      `there is no file ${missing}`,
      "  Name a kubeconfig with --kubeconfig or in KUBECONFIG.",
      "E-KUBECONFIG. See: dextre explain E-KUBECONFIG",
    ),
  );
});

test("a context that is missing exits 65, and names those that are there", async () => {
  expect(await dextre("plan -f - --context prod --kubeconfig", [kubeconfig], WORKERS)).toEqual(
    refusal(
      65,
      `there is no context "prod" in ${kubeconfig}. There are: test.`,
      "  Name one of these with --context.",
      "E-CONTEXT-MISSING. See: dextre explain E-CONTEXT-MISSING",
    ),
  );
});

test("a spec in the place of a plan exits 65", async () => {
  const spec = aFile("upgrade.yaml", WORKERS);
  expect(await dextre(`apply ${spec} --kubeconfig`, [kubeconfig])).toEqual(
    refusal(
      65,
      `${spec} is a spec, not a plan`,
      `  make its plan first: dextre plan -f ${spec}`,
      "E-PLAN-NOT-A-PLAN. See: dextre explain E-PLAN-NOT-A-PLAN",
    ),
  );
});
