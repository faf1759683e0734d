import { describe, expect, it } from "vitest";
import type { Fault } from "#world/drivers/fault.ts";
import { aDeployment, DRAIN_ONLY, isEviction, isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const drain = (stage: Stage, rest = ""): string =>
  specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY + rest);

const status = (code: number, reason: string, message: string, headers = {}): Fault => ({
  kind: "answer",
  response: { status: code, headers, body: { kind: "Status", status: "Failure", code, reason, message } },
});

/** The first so many evictions get this instead of their answer. */
function breakEvictions(stage: Stage, count: number, fault: Fault): { readonly left: () => number } {
  let left = count;
  stage.fault = (request) => {
    if (!isEviction(request) || left === 0) return undefined;
    left -= 1;
    return fault;
  };
  return { left: () => left };
}

async function drained(stage: Stage, rest = "") {
  const [node = ""] = stage.workers;
  const plan = await stage.plan(drain(stage, rest));
  const told = await stage.apply(plan);
  expect(told.end).toMatchObject({ exit: 0 });
  expect(stage.podsOn(node).filter((pod) => pod.metadata.labels?.app === "web")).toEqual([]);
  expect(stage.log.violations).toEqual([]);
  return told;
}

const web = (budgeted = true) => ({
  workloads: [aDeployment("web", 3, budgeted ? { budgets: [{ maxUnavailable: 1 }] } : {})],
});

describe("an answer to an eviction that is no refusal by a budget", () => {
  it("429 of priority and fairness: slower, and not told as a budget", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      breakEvictions(
        stage,
        3,
        status(429, "TooManyRequests", "too many requests, please try again later", { "retry-after": "7" }),
      );
      const { process } = await drained(stage);
      const codes = waitsOf(process).map((reason) => reason.code);
      expect(codes).toContain("N-THROTTLED");
      expect(codes).not.toContain("N-BUDGET");
    });
  });

  for (const code of [500, 503]) {
    it(`${code} without effect: looked at, then sent again`, async () => {
      const stage = new Stage(web());
      await stage.run(async () => {
        breakEvictions(stage, 2, status(code, "InternalError", "etcdserver: request timed out"));
        await drained(stage);
        expect(stage.evicted).toHaveLength(1);
      });
    });

    it(`${code} although it took effect: looked at, not sent again`, async () => {
      const stage = new Stage(web());
      await stage.run(async () => {
        const answer = status(code, "InternalError", "etcdserver: request timed out");
        if (answer.kind === "answer") breakEvictions(stage, 1, { ...answer, kind: "answerAfter" });
        await drained(stage);
        expect(stage.evictionRequests).toHaveLength(1);
      });
    });
  }

  it("lost on the way back: looked at, not sent again", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      breakEvictions(stage, 1, { kind: "lostAnswer", failure: "reset" });
      await drained(stage);
      expect(stage.evictionRequests).toHaveLength(1);
    });
  });

  it("lost on the way there: sent again", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      breakEvictions(stage, 2, { kind: "lostRequest", failure: "reset" });
      await drained(stage);
      expect(stage.evictionRequests).toHaveLength(1);
    });
  });

  it("a webhook's refusal is told and asked again, until the timeout names it: exit 5", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      const denial = 'admission webhook "guard.example.com" denied the request: not on Fridays';
      breakEvictions(stage, 1000, status(403, "Forbidden", denial));
      const plan = await stage.plan(drain(stage, "  timeouts: {eviction: 1m}\n"));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-EVICTION-TIMEOUT" });
      expect(end.message).toContain("not on Fridays");
      expect(
        stage.sent.some(
          ({ request }) => request.kind === "kubernetes" && request.request.method === "DELETE",
        ),
      ).toBe(false);
    });
  });
});

describe("a namespace that is being deleted", () => {
  it("is waited for: its pods go by themselves", async () => {
    const stage = new Stage({
      workloads: [
        aDeployment("web", 3, { namespace: "shop", stop: "20s", budgets: [{ maxUnavailable: 1 }] }),
      ],
    });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "resolve"),
          () => stage.actors.delete("namespaces", undefined, "shop"),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.podsOn(node).filter((pod) => pod.metadata.namespace === "shop")).toEqual([]);
    });
  });

  it("answers 403, which is told as what it is", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      const fault = status(
        403,
        "Forbidden",
        "unable to create new content in namespace default because it is being terminated",
      );
      const body = fault.kind === "answer" ? fault.response.body : {};
      breakEvictions(stage, 2, {
        kind: "answer",
        response: {
          status: 403,
          headers: {},
          body: {
            ...(body as object),
            details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
          },
        },
      });
      const { process } = await drained(stage);
      expect(waitsOf(process).map((reason) => reason.code)).toContain("N-NAMESPACE-TERMINATING");
    });
  });
});

describe("the grace period", () => {
  const graces = (stage: Stage): readonly unknown[] =>
    stage.evictionRequests.map(({ request }) =>
      request.kind === "kubernetes"
        ? (request.request.body as { deleteOptions: { gracePeriodSeconds?: number } }).deleteOptions
            .gracePeriodSeconds
        : "",
    );

  it("is not in the request where the spec does not set it", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      await drained(stage);
      expect(graces(stage)).toEqual([undefined]);
    });
  });

  it("is in every request where the spec sets it", async () => {
    const stage = new Stage(web());
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  pods: {gracePeriod: 5s}\n"));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(graces(stage)).toEqual([5]);
    });
  });
});
