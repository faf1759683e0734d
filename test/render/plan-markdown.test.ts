import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ObservedPod, Step } from "#model/plan.ts";
import { renderPlanMarkdown } from "#render/plan-markdown.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "./a-rolling-plan.ts";

const outsideOfFolds = (text: string): string => text.replace(/<details>[\s\S]*?<\/details>/g, "");

describe("a plan as Markdown", () => {
  test("says risk first, counts second, and folds the detail", () => {
    expect(renderPlanMarkdown(aRollingPlan())).toMatchInlineSnapshot(`
      "### dextre plan \`workers-1-36\`

      **⚠️ 2 warnings**

      | code | object | what |  |
      | --- | --- | --- | --- |
      | \`W-SINGLE-REPLICA\` | \`Deployment default/api\` | it has one replica and is down while its pod moves. |  |
      | \`B-UNMANAGED-POD\` | \`Pod default/bare\` | no controller would bring it back. | accepted by \`spec.pods.unmanaged: evict\` |

      **roll 2 nodes, one at a time · evict 7 pods · terminate 2 instances** — cluster \`k8s.example.com\`, 2 of 12 nodes

      | destroyed |  |  | node |
      | --- | --- | --- | --- |
      | terminate | \`i-0969fe7ec00004000\` | group \`nodes-a\` | \`ip-10-0-1-4\` |
      | evict, not brought back | \`default/bare\` | unmanaged | \`ip-10-0-2-4\` |
      | terminate | \`i-0e5799ccd00004000\` | group \`nodes-a\` | \`ip-10-0-2-4\` |

      <details><summary>node <b>ip-10-0-1-4</b>: evict 5 pods, terminate its instance</summary>

      eu-west-1a · m5.large · 41 d old · launch version 1 → 2

      | do | object | owner |  |
      | --- | --- | --- | --- |
      | cordon |  |  |  |
      | evict | \`default/api-1\` | Deployment api 3/3 |  |
      | evict | \`default/db-0\` | StatefulSet db 3/3 | budget db&#58; 1 allowed |
      | evict | \`default/web-1\` | Deployment web 3/3 |  |
      | evict | \`default/web-2\` | Deployment web 3/3 | after the one above is replaced |
      | evict | \`kube-system/coredns-1\` | Deployment coredns 3/3 | system, last |
      | **terminate** | \`i-0969fe7ec00004000\` | group \`nodes-a\` | await the new node |

      Stays: 1 DaemonSet pod &#40;kube-system/agent-ip-10-0-1-4&#41;

      Up to 20 pods that land here meanwhile are moved by the same rules.

      </details>

      <details><summary>node <b>ip-10-0-2-4</b>: evict 2 pods, terminate its instance</summary>

      eu-west-1a · m5.large · 41 d old · launch version 1 → 2

      | do | object | owner |  |
      | --- | --- | --- | --- |
      | cordon |  |  |  |
      | evict | \`default/db-1\` | StatefulSet db 3/3 | budget db&#58; 1 allowed |
      | evict | \`default/bare\` | unmanaged&#58; nothing brings it back |  |
      | **terminate** | \`i-0e5799ccd00004000\` | group \`nodes-a\` | await the new node |

      Stays: 1 DaemonSet pod &#40;kube-system/agent-ip-10-0-2-4&#41;

      Up to 14 pods that land here meanwhile are moved by the same rules.

      </details>

      <details><summary>1 matched, but not rolled</summary>

      | object | why | code |
      | --- | --- | --- |
      | \`Node master-1\` | Control-plane nodes are rolled only where the target names their role or the node. | \`R-CONTROL-PLANE\` |

      </details>

      <details><summary>1 disruption budget</summary>

      | budget | state |
      | --- | --- |
      | \`default/db\` | at least 2 available, 3/3 healthy, 1 allowed now |

      </details>

      Digest \`sha256:1f0c55555555555555555555555555555555555555555555555555555555559a\`

      \`\`\`sh
      dextre apply plan.json --approve sha256:1f0c55555555555555555555555555555555555555555555555555555555559a
      \`\`\`
      "
    `);
  });

  test("shows every instance that ends, and every pod that nothing brings back, outside of folds", () => {
    const plan = aRollingPlan();
    const open = outsideOfFolds(renderPlanMarkdown(plan));
    for (const step of plan.content.steps) {
      if (step.kind === "TerminateInstance") expect(open).toContain(step.target.id);
    }
    expect(open).toContain("`default/bare`");
  });

  test("offers no command for a plan that is blocked", () => {
    const plan = aRollingPlan({ blockers: [anUnmanagedPodFinding()], applyable: false });
    const text = renderPlanMarkdown(plan);
    expect(text).toContain("**⛔ 1 blocker: this plan cannot be applied.**");
    expect(text).not.toContain("dextre apply");
  });

  test("stays below 60,000 bytes however large the plan, and says what it left out", () => {
    const plan = aRollingPlan();
    const evictions = plan.content.steps.filter((step) => step.kind === "EvictPod");
    const many: Step[] = Array.from({ length: 4000 }, (_, index) => {
      const step = evictions[index % evictions.length];
      if (step?.kind !== "EvictPod") throw new Error("the plan has changed");
      const target = { ...step.target, name: `${step.target.name}-${"ü".repeat(40)}-${index}` };
      return { ...step, id: `${step.id}-${index}`, target };
    });
    const pods: ObservedPod[] = [];
    const large = aRollingPlan({
      steps: [...plan.content.steps, ...many],
      observed: { ...plan.content.observed, pods },
    });
    const text = renderPlanMarkdown(large);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(60_000);
    expect(text).toContain("evict 4007 pods");
    expect(text).toMatch(/… and \d+ more|too long for a comment/);
  });

  test("keeps a line for each node where the pods' own tables are too long", () => {
    const plan = aRollingPlan();
    const [lane] = plan.content.lanes;
    if (lane?.kind !== "node") throw new Error("the plan has changed");
    const evictions = plan.content.steps.filter((step) => step.kind === "EvictPod" && step.lane === lane.id);
    const lanes = Array.from({ length: 90 }, (_, index) => ({
      ...lane,
      id: `node/n-${index}`,
      node: `n-${index}`,
    }));
    const steps = lanes.flatMap(({ id }) =>
      Array.from({ length: 8 }, () => evictions.map((step) => ({ ...step, lane: id }))).flat(),
    );
    const text = renderPlanMarkdown(aRollingPlan({ lanes, steps }));
    expect(text).not.toContain("<summary>node");
    for (const { node } of lanes) expect(text).toContain(`| \`node ${node}\` | evict 40 pods |`);
  });

  test("stays within its bytes even where every name is as long and odd as can be", () => {
    const odd = "|".repeat(1500);
    const finding = anUnmanagedPodFinding({
      message: odd,
      object: { kind: "Pod", namespace: odd, name: odd, uid: "u" },
    });
    const plan = aRollingPlan();
    const steps = plan.content.steps.map(
      (step): Step =>
        step.kind === "EvictPod" ? { ...step, owner: null, target: { ...step.target, name: odd } } : step,
    );
    const hostile = aRollingPlan({ name: odd, warnings: Array.from({ length: 50 }, () => finding), steps });
    for (const bytes of [60_000, 5_000]) {
      const text = renderPlanMarkdown(hostile, bytes);
      expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(bytes);
      expect(text).toContain("**⚠️ 50 warnings**");
    }
  });

  test("lets no name from a cluster mention, link, embed or break a table", () => {
    const text = fc.array(
      fc.constantFrom(
        "@all",
        "#12",
        "GH-12",
        "<img src=x>",
        "[a](http://x)",
        "![](http://x)",
        "|",
        "`",
        "``",
        "\\",
        "*b*",
        "~~",
        ":smile:",
        "www.x.org",
        "http://x",
        "$a$",
        "&amp;",
        "-- ",
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(text, (parts) => {
        const hostile = parts.join("");
        const finding = anUnmanagedPodFinding({
          message: hostile,
          object: { kind: "Pod", namespace: hostile, name: hostile, uid: "u" },
        });
        const rendered = renderPlanMarkdown(aRollingPlan({ name: hostile, warnings: [finding] }));
        const prose = withoutCode(rendered.replaceAll(/<\/?(details|summary|b)>/g, ""));
        expect(prose).not.toMatch(/[<>@~[\]]|www\.|https?:|GH-\d|!\[|:smile:/);
        for (const row of rendered.split("\n").filter((line) => line.startsWith("| `B-"))) {
          expect(withoutCode(row).split("|")).toHaveLength(6);
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Takes code spans and fenced blocks out as CommonMark reads them: a run of back ticks closes an equal run. */
function withoutCode(text: string): string {
  return text.replace(/^```sh\n[\s\S]*?\n```$/gm, "").replace(/(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g, "");
}
