import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import { AwsError, type AwsWire } from "#gateway/wire.ts";
import { listen } from "./support.ts";

interface Reply {
  readonly status: number;
  readonly body: string;
}

interface Endpoint {
  readonly wire: AwsWire;
  /** The forms that arrived. */
  readonly calls: URLSearchParams[];
}

/** A loopback server that speaks the query protocol as far as a reply does. */
async function anEndpoint(reply: (call: URLSearchParams) => Reply | "cut" | "silent"): Promise<Endpoint> {
  const calls: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const call = new URLSearchParams(body);
      calls.push(call);
      const answer = reply(call);
      if (answer === "silent") return;
      if (answer === "cut") request.socket.destroy();
      else response.writeHead(answer.status, { "content-type": "text/xml" }).end(answer.body);
    });
  });
  vi.stubEnv("AWS_ENDPOINT_URL", await listen(server, "http"));
  return { wire: openAwsWire({ region: "eu-west-1" }), calls };
}

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "x");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "x");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const ok = (action: string, result: string): Reply => ({
  status: 200,
  body: `<${action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><${action}Result>${result}</${action}Result></${action}Response>`,
});
const fault = (status: number, code: string): Reply => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>because</Message></Error></ErrorResponse>`,
});

const describe = (wire: AwsWire, signal?: AbortSignal): Promise<unknown> =>
  wire.call("DescribeAutoScalingGroups", { AutoScalingGroupNames: ["nodes-a"] }, signal);

async function failureOf(promise: Promise<unknown>): Promise<AwsError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AwsError);
  return error as AwsError;
}

test("AWS_ENDPOINT_URL is honoured, and an answer is plain data", async () => {
  const group = "<member><AutoScalingGroupName>nodes-a</AutoScalingGroupName><MinSize>3</MinSize></member>";
  const { wire, calls } = await anEndpoint(() =>
    ok(
      "DescribeAutoScalingGroups",
      `<AutoScalingGroups>${group}</AutoScalingGroups><NextToken>n</NextToken>`,
    ),
  );
  const output = await wire.call("DescribeAutoScalingGroups", {
    AutoScalingGroupNames: ["nodes-a"],
    NextToken: "m",
  });
  expect(output).toEqual({
    AutoScalingGroups: [{ AutoScalingGroupName: "nodes-a", MinSize: 3 }],
    NextToken: "n",
  });
  expect(Object.fromEntries(calls[0] ?? [])).toMatchObject({
    Action: "DescribeAutoScalingGroups",
    "AutoScalingGroupNames.member.1": "nodes-a",
    NextToken: "m",
  });
});

test("times are ISO texts", async () => {
  const activity = "<member><ActivityId>a</ActivityId><StartTime>2026-03-02T08:00:00Z</StartTime></member>";
  const { wire } = await anEndpoint(() =>
    ok("DescribeScalingActivities", `<Activities>${activity}</Activities>`),
  );
  const output = await wire.call("DescribeScalingActivities", { AutoScalingGroupName: "nodes-a" });
  expect(output.Activities?.[0]?.StartTime).toBe("2026-03-02T08:00:00.000Z");
});

test("EC2 is asked for template versions", async () => {
  const { wire, calls } = await anEndpoint(() => ({
    status: 200,
    body: "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item><versionNumber>7</versionNumber></item></launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
  }));
  const input = { LaunchTemplateId: "lt-1", Versions: ["$Latest"] };
  const output = await wire.call("DescribeLaunchTemplateVersions", input);
  expect(output.LaunchTemplateVersions?.[0]?.VersionNumber).toBe(7);
  expect(calls[0]?.get("LaunchTemplateVersion.1")).toBe("$Latest");
});

test.each([
  [400, "Throttling"],
  [400, "ValidationError"],
  [400, "ScalingActivityInProgress"],
  [500, "ResourceContention"],
  [403, "AccessDenied"],
  [503, "ServiceUnavailable"],
])("a %i %s keeps AWS's own code and is sent once", async (status, code) => {
  const { wire, calls } = await anEndpoint(() => fault(status, code));
  const input = { InstanceId: "i-1", ShouldDecrementDesiredCapacity: false };
  const error = await failureOf(wire.call("TerminateInstanceInAutoScalingGroup", input));
  expect([error.code, error.status, error.message, error.maybeSent]).toEqual([code, status, "because", true]);
  expect(calls).toHaveLength(1);
});

test("an answer that is not AWS's own is said, without its text", async () => {
  const { wire } = await anEndpoint(() => ({ status: 500, body: "<html><p>canary</html>" }));
  const error = await failureOf(describe(wire));
  expect([error.code, error.status]).toEqual(["MalformedAnswer", 500]);
  expect(error.message).not.toContain("canary");
});

test("a connection that is cut: unreachable, and maybe sent; once", async () => {
  const { wire, calls } = await anEndpoint(() => "cut");
  const error = await failureOf(describe(wire));
  expect([error.code, error.status, error.maybeSent]).toEqual(["Unreachable", 0, true]);
  expect(calls).toHaveLength(1);
});

test("nobody listens: unreachable, and certainly not sent", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  const error = await failureOf(describe(openAwsWire({ region: "eu-west-1" })));
  expect([error.code, error.maybeSent]).toEqual(["Unreachable", false]);
});

test("an abort ends a call that is under way", async () => {
  const { wire } = await anEndpoint(() => "silent");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  expect((await failureOf(describe(wire, controller.signal))).code).toBe("Aborted");
});

test("without credentials nothing is sent", async () => {
  const { wire, calls } = await anEndpoint(() => ok("DescribeAutoScalingGroups", ""));
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
  vi.stubEnv("HOME", "/nowhere");
  const error = await failureOf(describe(wire));
  expect([error.code, error.maybeSent, calls.length]).toEqual(["CredentialsMissing", false, 0]);
});
