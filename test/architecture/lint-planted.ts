import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");

export interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Lints these files with the project's own configuration, each at its path below the project. */
export function lintPlanted(files: Readonly<Record<string, string>>): readonly Complaint[] {
  const folder = mkdtempSync(join(tmpdir(), "dextre-lint-"));
  try {
    for (const name of ["biome.json", "lint", "package.json"]) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const run = spawnSync(
      process.execPath,
      [
        biome,
        "lint",
        "--vcs-enabled=false",
        "--max-diagnostics=none",
        "--diagnostic-level=error",
        "--reporter=github",
        ".",
      ],
      { cwd: folder, encoding: "utf8" },
    );
    if (run.status !== 0 && run.status !== 1) throw new Error(`biome: ${run.stdout}${run.stderr}`);
    return complaints(run.stdout, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function complaints(output: string, folder: string): readonly Complaint[] {
  const pattern = /^::error title=([^,]*),file=([^,]*),line=(\d+)/gm;
  return [...output.matchAll(pattern)].map(([, rule = "", file = "", line = ""]) => ({
    rule,
    file: file.startsWith("/") ? relative(folder, file) : file,
    line: Number(line),
  }));
}
