import { formatDuration, parseDuration } from "./duration.ts";
import { DURATION_FIELDS } from "./duration-fields.ts";
import type { LabelSelector } from "./generated/spec-types.ts";
import { readSelector } from "./read-selector.ts";
import { formatPath, isSameLine, type SpecFault, type SpecPath, valueAt } from "./spec-fault.ts";

/**
 * What the schema cannot say. Only parts of the right shape are looked at, so that one fault is one
 * diagnostic and a fault in one place hides none in another.
 */
export function checkSpec(value: unknown, shapeFaults: readonly SpecFault[]): readonly SpecFault[] {
  const sound = new SoundParts(value, shapeFaults);
  return [
    ...checkTargets(sound),
    ...checkDurations(sound),
    ...checkLimit(sound, ["spec", "limits", "maxUnavailableNodes"]),
    ...checkLimit(sound, ["spec", "limits", "podsInParallel"]),
    ...checkNodeOrder(sound),
    ...checkNameIsLast(sound, ["spec", "order", "nodes"]),
    ...checkNameIsLast(sound, ["spec", "order", "pods"]),
  ];
}

class SoundParts {
  readonly #root: unknown;
  readonly #faults: readonly SpecFault[];
  constructor(root: unknown, faults: readonly SpecFault[]) {
    this.#root = root;
    this.#faults = faults;
  }
  /** The value; undefined where it is not there, or something in or around it is wrong. */
  at(path: SpecPath): unknown {
    return this.#faults.some((fault) => isSameLine(fault.path, path)) ? undefined : valueAt(this.#root, path);
  }
  /** The value, sound or not. */
  anyAt(path: SpecPath): unknown {
    return valueAt(this.#root, path);
  }
}

function checkTargets(sound: SoundParts): readonly SpecFault[] {
  const targets = sound.anyAt(["spec", "targets"]);
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((_, index) => {
    const path = ["spec", "targets", String(index)];
    const isForNodes = sound.anyAt([...path, "kind"]) === "Nodes";
    return [
      ...(isForNodes ? checkChoosesNodes(sound, path) : []),
      ...["selector", "exclude"].flatMap((field) => checkSelector(sound, [...path, field], isForNodes)),
    ];
  });
}

/** Source: semantics of choosing nodes; a target that chose every node would be a slip of the pen. */
function checkChoosesNodes(sound: SoundParts, path: SpecPath): readonly SpecFault[] {
  const target = sound.at(path);
  if (target === undefined) return [];
  const chooses = ["role", "selector", "groups", "names"].some((field) => {
    const value = valueAt(target, [field]);
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  if (chooses) return [];
  return [
    {
      code: "E-SPEC-MISSING-FIELD",
      path: [...path, "kind"],
      at: "value",
      message: "this Nodes target does not say which nodes",
      help: "add at least one of role, selector, groups, names",
    },
  ];
}

function checkSelector(sound: SoundParts, path: SpecPath, isForNodes: boolean): readonly SpecFault[] {
  const value = sound.at(path);
  if (value === undefined) return [];
  const read = readSelector(value as LabelSelector, path, isForNodes);
  return read.kind === "faulty" ? read.faults : [];
}

function checkDurations(sound: SoundParts): readonly SpecFault[] {
  return DURATION_FIELDS.flatMap(({ path, minSeconds, maxSeconds }) => {
    const value = sound.at(path);
    if (typeof value !== "string") return [];
    const bad = { code: "E-SPEC-BAD-VALUE", path, at: "value" } as const;
    const parsed = parseDuration(value);
    if (parsed.kind === "faulty") return [{ ...bad, message: parsed.message, help: parsed.help }];
    if (parsed.seconds >= minSeconds && parsed.seconds <= maxSeconds) return [];
    const isShort = parsed.seconds < minSeconds;
    return [
      {
        ...bad,
        message: `${formatPath(path)} is ${value}: too ${isShort ? "short" : "long"}`,
        help: isShort
          ? `write ${formatDuration(minSeconds)} or more`
          : `write ${formatDuration(maxSeconds)} or less`,
      },
    ];
  });
}

function checkLimit(sound: SoundParts, path: SpecPath): readonly SpecFault[] {
  const value = sound.at(path);
  if (value === undefined || value === 1) return [];
  const field = formatPath(path);
  if (typeof value === "string" && !/^\d{1,3}%$/.test(value)) {
    const help = "write 1, the only limit that is built so far";
    return [
      { code: "E-SPEC-BAD-VALUE", path, at: "value", message: `"${value}" is not a value of ${field}`, help },
    ];
  }
  const what = typeof value === "string" ? "a percentage" : "more than 1";
  return [
    {
      code: "E-SPEC-NOT-BUILT",
      path,
      at: "value",
      message: `${field} of ${String(value)} is not built yet: ${what} is meaningful, but so far one goes after the other`,
      help: "write 1, or take the line out",
    },
  ];
}

function checkNodeOrder(sound: SoundParts): readonly SpecFault[] {
  const path = ["spec", "order", "nodes"];
  const keys = sound.at(path);
  if (!Array.isArray(keys)) return [];
  const faults: SpecFault[] = [];
  const add = (key: string, message: string, help: string): void => {
    const at = [...path, String(keys.indexOf(key))];
    faults.push({ code: "E-SPEC-BAD-VALUE", path: at, at: "value", message, help });
  };
  if (keys.includes("listed") && !someTargetListsNames(sound)) {
    add(
      "listed",
      "no target lists names, so there is no listed order",
      "give a Nodes target names, or take it out",
    );
  }
  if (keys.includes("zoneRoundRobin") && keys.includes("zone")) {
    add("zone", "zone and zoneRoundRobin exclude each other", "keep one of the two");
  }
  return faults;
}

/** A name never ties, so a key behind it would have no say. */
function checkNameIsLast(sound: SoundParts, path: SpecPath): readonly SpecFault[] {
  const keys = sound.at(path);
  if (!Array.isArray(keys)) return [];
  const index = keys.indexOf("name");
  if (index < 0 || index === keys.length - 1) return [];
  const message = `no two have the same name, so "${keys[index + 1]}" behind it would decide nothing`;
  const at = [...path, String(index + 1)];
  return [
    { code: "E-SPEC-BAD-VALUE", path: at, at: "value", message, help: "put name last, or take it out" },
  ];
}

/** A target that is wrong in itself may be meant to. */
function someTargetListsNames(sound: SoundParts): boolean {
  const targets = sound.anyAt(["spec", "targets"]);
  if (!Array.isArray(targets)) return true;
  return targets.some((_, index) => {
    const path = ["spec", "targets", String(index)];
    return sound.at(path) === undefined || sound.at([...path, "names", "0"]) !== undefined;
  });
}
