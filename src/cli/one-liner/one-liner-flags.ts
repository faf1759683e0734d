import { failUsage } from "../failure.ts";
import { shellWord } from "../shell-word.ts";
import type { OneLinerOptions } from "./run-one-liner.ts";
import type { SpecLines } from "./spec-lines.ts";

/** What the strict parser gives of the flags that every one-liner takes. */
export interface OneLinerValues {
  readonly yes?: boolean | undefined;
  readonly "skip-validation"?: boolean | undefined;
  readonly "dry-run"?: boolean | undefined;
  readonly "grace-period"?: string | undefined;
  readonly "delete-emptydir-data"?: boolean | undefined;
  readonly "evict-unmanaged"?: boolean | undefined;
  readonly cluster?: string | undefined;
  readonly "aws-region"?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly "state-dir"?: string | undefined;
  readonly verbose?: boolean | undefined;
}

const GRACE_HELP = "write whole seconds, or a duration as in 90s or 2m; left out, each pod's own holds";

/** The pod policies and the AWS part of the spec that the shared flags stand for. */
export function sharedLines(values: OneLinerValues): SpecLines {
  const grace = values["grace-period"];
  if (grace !== undefined && /^0+[a-z]*$/.test(grace)) {
    failUsage(`--grace-period ${grace} would end pods without letting them stop`, GRACE_HELP);
  }
  const pods = [
    values["delete-emptydir-data"] === true && { text: "    localStorage: evict" },
    values["evict-unmanaged"] === true && { text: "    unmanaged: evict" },
    grace !== undefined && {
      text: `    gracePeriod: ${JSON.stringify(withUnit(grace))}`,
      ...graceFlag(grace),
    },
  ].filter((line) => line !== false);
  const region = values["aws-region"];
  const { cluster } = values;
  const aws = [
    region !== undefined && {
      text: `    region: ${JSON.stringify(region)}`,
      flag: "--aws-region",
      value: region,
    },
    cluster !== undefined && {
      text: `    cluster: ${JSON.stringify(cluster)}`,
      flag: "--cluster",
      value: cluster,
    },
  ].filter((line) => line !== false);
  return [
    ...(pods.length > 0 ? [{ text: "  pods:" }, ...pods] : []),
    ...(aws.length > 0 ? [{ text: "  aws:" }, ...aws] : []),
  ];
}

/** Seconds without a unit, as kubectl writes them. */
const withUnit = (text: string): string => (/^\d+$/.test(text) ? `${text}s` : text);

const graceFlag = (value: string) => ({
  flag: "--grace-period",
  value,
  help: GRACE_HELP,
});

/** How the one-liner is carried out, once its spec is read. */
export function optionsOf(values: OneLinerValues): Omit<OneLinerOptions, "spec" | "again"> {
  givenOnce({ "--yes": values.yes, "--skip-validation": values["skip-validation"] });
  return {
    isConfirmed: values.yes === true || values["skip-validation"] === true,
    isDryRun: values["dry-run"] === true,
    isVerbose: values.verbose === true,
    kubeconfig: values.kubeconfig,
    context: values.context,
    stateFolder: values["state-dir"],
  };
}

/** The value of the one spelling that was given. @throws CommandFailure 64 where two were */
export function givenOnce<Value>(spellings: Readonly<Record<string, Value | undefined>>): Value | undefined {
  const given = Object.entries(spellings).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(" and ");
    failUsage(`${names} mean the same: give one of them`, "leave the other one out");
  }
  return given[0]?.[1];
}

/** The command line that the values came from, ready for a shell. */
export function commandWords(name: string, values: object): string {
  const flags = Object.entries(values).flatMap(([flag, value]: [string, unknown]) => {
    if (value === true) return [`--${flag}`];
    if (typeof value !== "string") return [];
    return flag === "name" ? [shellWord(value)] : [`--${flag} ${shellWord(value)}`];
  });
  return ["dextre", name, ...flags].join(" ");
}
