import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cachedBuild, hashOf, runBuild } from "#test/rig/cached-build.ts";
import { cacheRoot, rigAsset } from "#test/rig/paths.ts";

/**
 * kubectl by itself, as people install it: the one in KUBECTL, else built from the rig's sources. The
 * rig's own is one program with the whole control plane and starts half as fast, which would flatter
 * whoever is compared with it. undefined: there is neither, nor Go.
 */
export async function referenceKubectl(): Promise<string | undefined> {
  const given = process.env.KUBECTL;
  if (given) return given;
  const source = rigAsset("control-plane");
  if (spawnSync("go", ["env", "GOVERSION"], { cwd: source }).status !== 0) return undefined;
  const args = ["build", "-p", "2", "-trimpath", "-tags", "notest,grpcnotrace", "-ldflags", "-s -w"];
  const folder = await cachedBuild(cacheRoot(), `kubectl-${hashOf(args, [source])}`, async (temporary) => {
    const module = join(temporary, "module");
    cpSync(source, module, { recursive: true });
    await runBuild({
      file: "go",
      args: [...args, "-o", join(temporary, "kubectl"), "k8s.io/kubernetes/cmd/kubectl"],
      folder: module,
      log: join(temporary, "build.log"),
      environment: { GOFLAGS: "-mod=mod", CGO_ENABLED: "0" },
    });
    rmSync(module, { recursive: true });
  });
  return join(folder, "kubectl");
}
