// Sums vitest's JSON reports into one line, "412 passed, 0 failed". Exit 1 where a test failed, a file
// could not run, a report is missing, or a suite ran no test or skipped one: skipping is not passing.
import { existsSync, readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of process.argv.slice(2)) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { testResults: [] };
  const tests = report.testResults.flatMap((result) => result.assertionResults);
  const failures = tests.filter((test) => test.status === "failed").length;
  // a file that failed without a failed test did not load, or a hook of it failed
  const brokenFiles = report.testResults.filter(
    (result) =>
      result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
  ).length;
  passed += tests.filter((test) => test.status === "passed").length;
  failed += failures + brokenFiles + (tests.length === 0 && brokenFiles === 0 ? 1 : 0);
  skipped += tests.filter((test) => test.status !== "passed" && test.status !== "failed").length;
}
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
process.exitCode = failed + skipped > 0 ? 1 : 0;
