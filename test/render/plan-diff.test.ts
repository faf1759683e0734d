import { describe, expect, test } from "vitest";
import type { PlanContent, Step } from "#model/plan.ts";
import { diffPlans } from "#planner/diff-plans.ts";
import { renderPlanDiffMarkdown } from "#render/plan-diff-markdown.ts";
import { renderPlanDiffText } from "#render/plan-diff-text.ts";
import { movedWords } from "#render/plan-diff-words.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { aPlanMeta } from "#test/builders/a-plan.ts";
import { aRollingPlan } from "./a-rolling-plan.ts";

const { content } = aRollingPlan();
const plan = (fields: Partial<PlanContent> = {}) => sealPlan({ ...content, ...fields }, aPlanMeta());

function text(old: ReturnType<typeof plan>, now: ReturnType<typeof plan>): string {
  return renderPlanDiffText(diffPlans(old, now), { old, now }, { colour: "none" });
}
function markdown(old: ReturnType<typeof plan>, now: ReturnType<typeof plan>): string {
  return renderPlanDiffMarkdown(diffPlans(old, now), { old, now });
}

/** A pod came, the order of two changed, one was renewed, a budget allows nothing, time-outs are longer. */
function later(): ReturnType<typeof plan> {
  const renamed = content.steps.map((step): Step => {
    if ((step.kind === "EvictPod" || step.kind === "AwaitReplacement") && step.target.name === "web-2") {
      return { ...step, id: step.id.replace("web-2", "web-9"), target: { ...step.target, name: "web-9" } };
    }
    return step.kind === "EvictPod" ? { ...step, timeoutSeconds: 900 } : step;
  });
  const budgets = content.observed.budgets.map((budget) => ({ ...budget, disruptionsAllowed: 0 }));
  const spec = { ...content.spec, timeouts: { ...content.spec.timeouts, evictionSeconds: 900 } };
  return plan({
    steps: renamed,
    spec,
    observed: { ...content.observed, budgets },
    lanes: content.lanes.toReversed(),
    warnings: content.warnings.slice(1),
  });
}

describe("the difference of two plans as text", () => {
  test("says first whether an approval holds, then what differs, the step list line by line", () => {
    expect(text(plan(), later())).toMatchInlineSnapshot(`
      "Two plans of workers-1-36 · cluster k8s.example.com
        the old one of 2026-03-01T12:00:00Z, the new one of 2026-03-01T12:00:00Z
        digest sha256:b31d…fc → sha256:9a73…b3
        An approval of the old plan does not hold for the new one.

        nodes and pod targets: 1 moved
        steps: 2 added, 2 removed, 6 changed
        findings: 1 removed
        seen in the cluster: 1 changed
        spec: 1 field changed

      blockers and warnings
         - warning W-SINGLE-REPLICA Deployment default/api

      spec
         ~ timeouts.evictionSeconds: 600 → 900

      nodes and pod targets
         > node ip-10-0-1-4: at place 2, was at 1

      steps
         node ip-10-0-1-4
            evict default/web-1
            await replacement default/web-1
          - evict default/web-2
          - await replacement default/web-2
          + evict default/web-9
          + await replacement default/web-9
            evict kube-system/coredns-1
            await replacement kube-system/coredns-1
         ~ timeoutSeconds: 600 → 900
             6 steps: evict default/db-1, evict default/bare, evict default/api-1, 3 more

      seen in the cluster
         ~ disruption budget default/db: disruptionsAllowed: 1 → 0
      "
    `);
  });

  test("of plans with the same digest is that and no more", () => {
    expect(text(plan(), plan())).toMatchInlineSnapshot(`
      "Two plans of workers-1-36 · cluster k8s.example.com
        the old one of 2026-03-01T12:00:00Z, the new one of 2026-03-01T12:00:00Z
        digest sha256:b31db8a0f5f7ea5c7034f9d69e4aa40406eb6e5e739a6db5d84b2d4c5f880bfc: the same in both
        An approval of one holds for the other.
      "
    `);
  });
});

describe("the difference of two plans as Markdown", () => {
  test("has risk outside of folds and the step list in one", () => {
    expect(markdown(plan(), later())).toMatchInlineSnapshot(`
      "### dextre diff \`workers-1-36\`

      **⚠️ An approval of the old plan does not hold for the new one.** digest sha256&#58;b31d…fc → sha256&#58;9a73…b3

      | blockers and warnings | code | object | what |
      | --- | --- | --- | --- |
      | removed | warning \`W-SINGLE-REPLICA\` | \`Deployment default/api\` | it has one replica and is down while its pod moves. |

      - nodes and pod targets: 1 moved
      - steps: 2 added, 2 removed, 6 changed
      - findings: 1 removed
      - seen in the cluster: 1 changed
      - spec: 1 field changed

      | spec | from → to |
      | --- | --- |
      | \`timeouts.evictionSeconds\` | 600 → 900 |

      <details><summary>nodes and pod targets</summary>

      |  | what |  |
      | --- | --- | --- |
      | moved | node ip-10-0-1-4 | at place 2, was at 1 |

      </details>

      <details><summary>steps</summary>

      \`\`\`diff
      @@ node ip-10-0-1-4 @@
       evict default/web-1
       await replacement default/web-1
      -evict default/web-2
      -await replacement default/web-2
      +evict default/web-9
      +await replacement default/web-9
       evict kube-system/coredns-1
       await replacement kube-system/coredns-1
      \`\`\`

      | changed | in | the first |
      | --- | --- | --- |
      | timeoutSeconds&#58; 600 → 900 | 6 steps | \`evict default/db-1\` |

      </details>

      <details><summary>seen in the cluster</summary>

      |  | object |  |
      | --- | --- | --- |
      | changed | \`disruption budget default/db\` | disruptionsAllowed&#58; 1 → 0 |

      </details>
      "
    `);
  });

  test("names instances that end now, and pods that nothing brings back, outside of folds", () => {
    const lane = "node/ip-10-0-2-4";
    const before = plan({
      lanes: content.lanes.filter(({ id }) => id !== lane),
      steps: content.steps.filter((step) => step.lane !== lane),
    });
    const open = markdown(before, plan()).replace(/<details>[\s\S]*?<\/details>/g, "");
    const ends = content.steps.find((step) => step.kind === "TerminateInstance" && step.lane === lane);
    if (ends?.kind !== "TerminateInstance") throw new Error("the plan has changed");
    expect(open).toContain(ends.target.id);
    expect(open).toContain("`default/bare`");
  });

  test("stays within its bytes however much differs", () => {
    const many = content.steps.flatMap((step) =>
      step.kind === "EvictPod"
        ? Array.from({ length: 300 }, (_, index): Step => {
            const name = `${step.target.name}-${"ü".repeat(30)}-${index}`;
            return { ...step, id: `${step.id}-${index}`, owner: null, target: { ...step.target, name } };
          })
        : [step],
    );
    const old = plan();
    const now = plan({ steps: many });
    const diff = diffPlans(old, now);
    for (const bytes of [60_000, 20_000]) {
      const rendered = renderPlanDiffMarkdown(diff, { old, now }, bytes);
      expect(new TextEncoder().encode(rendered).length).toBeLessThanOrEqual(bytes);
      expect(rendered).toMatch(/… and \d+ more/);
    }
  });

  test("stays within its bytes even where every name is as long and odd as can be", () => {
    const odd = "|".repeat(1500);
    const steps = content.steps.map(
      (step): Step =>
        step.kind === "EvictPod" ? { ...step, owner: null, target: { ...step.target, name: odd } } : step,
    );
    const old = plan();
    const now = plan({
      steps,
      name: odd,
      blockers: content.warnings.map((one) => ({ ...one, message: odd })),
    });
    const rendered = renderPlanDiffMarkdown(diffPlans(old, now), { old, now }, 10_000);
    expect(new TextEncoder().encode(rendered).length).toBeLessThanOrEqual(10_000);
  });

  test("lets no name from a cluster close its fence, mention or break a table", () => {
    const hostile = "a```\n@all | <img src=x> [b](http://c)";
    const steps = content.steps.map(
      (step): Step =>
        step.kind === "EvictPod"
          ? { ...step, target: { ...step.target, name: hostile, uid: hostile } }
          : step,
    );
    const rendered = markdown(plan(), plan({ steps, name: hostile }));
    const fence = /^(`{3,})diff\n([\s\S]*?)\n\1$/m.exec(rendered);
    expect(fence?.[1]).toBe("````");
    expect(fence?.[2]).toContain("+evict default/a``` @all");
    const outside = rendered.replace(fence?.[0] ?? "", "").replaceAll(/<\/?(details|summary|b)>/g, "");
    const prose = outside.replace(/(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g, "");
    expect(prose).not.toMatch(/[<>@[\]]|https?:/);
  });
});

test.each([
  [{ from: 1, to: 2 }, "at place 2, was at 1"],
  [{ from: 4, to: 4 }, "still at place 4, between others"],
])("a move %j reads: %s", (move, text) => {
  expect(movedWords(move)).toBe(text);
});
