import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { cachedBuild, hashOf, runBuild, type Say } from "./cached-build.ts";
import { rigAsset } from "./paths.ts";
import { RigError } from "./rig-error.ts";

const roles = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "etcd"];
const buildFlags = ["build", "-p", "2", "-trimpath", "-tags", "notest,grpcnotrace"];

interface Versions {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly kwok: string;
}

/**
 * The folder with kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, etcd and kwok,
 * built from upstream's modules unless the cache has it (about five minutes on two cores).
 * @throws RigError where Go is missing or the build fails
 */
export async function binaries(cache: string, say: Say): Promise<string> {
  const source = rigAsset("control-plane");
  const versions = versionsOf(readFileSync(join(source, "go.mod"), "utf8"));
  const recipe = [...buildFlags, stamps(versions.kubernetes), platform(), arch()];
  const name = `kubernetes-${versions.kubernetes}-etcd-${versions.etcd}-kwok-${versions.kwok}-${hashOf(recipe, [source])}`;
  return cachedBuild(cache, name, async (folder) => {
    assertGo(source);
    say(`building ${name} once, which takes some minutes (log: ${join(folder, "build.log")})`);
    await compile(source, folder, versions);
  });
}

async function compile(source: string, folder: string, versions: Versions): Promise<void> {
  const module = join(folder, "module");
  cpSync(source, module, { recursive: true });
  const environment = { GOFLAGS: "-mod=mod", CGO_ENABLED: "0" };
  const build = (flags: string, output: string, target: string) =>
    runBuild({
      file: "go",
      args: [...buildFlags, "-ldflags", flags, "-o", join(folder, output), target],
      folder: module,
      log: join(folder, "build.log"),
      environment,
    });
  await build("-s -w", "kwok", "sigs.k8s.io/kwok/cmd/kwok");
  await build(stamps(versions.kubernetes), "kube-allinone", "./cmd/kube-allinone");
  for (const role of roles) symlinkSync("kube-allinone", join(folder, role));
  rmSync(module, { recursive: true });
}

/** Without the stamps /version reports a broken gitVersion; the minor drives the feature gates. */
function stamps(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  const values = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: "rig",
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
  };
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  const each = packages.flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
  return ["-s -w", ...each].join(" ");
}

function versionsOf(goMod: string): Versions {
  const version = (module: string): string => {
    const found = new RegExp(`^\\s*${module} v(\\S+)`, "m").exec(goMod)?.[1];
    if (found === undefined) throw new RigError(`control-plane/go.mod does not require ${module}`);
    return found;
  };
  return {
    kubernetes: version("k8s.io/kubernetes"),
    etcd: version("go.etcd.io/etcd/server/v3"),
    kwok: version("sigs.k8s.io/kwok"),
  };
}

function assertGo(source: string): void {
  const answer = spawnSync("go", ["env", "GOVERSION"], { cwd: source, encoding: "utf8" });
  if (answer.status === 0) return;
  const reason = answer.error ? "" : ` (go says: ${answer.stderr.trim()})`;
  throw new RigError(`The rig needs Go 1.26 or newer: install it and put go into PATH${reason}.`);
}
