import { expect, test } from "vitest";
import { watchStopSignals } from "#cli/stop-signals.ts";

function watch() {
  const said: string[] = [];
  const left: number[] = [];
  const signals = watchStopSignals(
    (words) => said.push(words),
    (exit) => left.push(exit),
  );
  return { signals, said, left };
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("the first %s asks for a stop, the second ends the process with %i", (signal, exit) => {
  const { signals, said, left } = watch();
  process.emit(signal, signal);
  expect([signals.stop.aborted, signals.reason()]).toEqual([true, signal]);
  expect(left).toEqual([]);
  process.emit(signal, signal);
  expect(left).toEqual([exit]);
  expect(said).toHaveLength(1);
  signals.close();
});

test("a terminal that hangs up more than once does not force the end, a signal after it still asks", () => {
  const { signals, left } = watch();
  process.emit("SIGHUP", "SIGHUP");
  process.emit("SIGHUP", "SIGHUP");
  expect([signals.reason(), left]).toEqual(["SIGHUP", []]);
  process.emit("SIGTERM", "SIGTERM");
  expect(left).toEqual([143]);
  signals.close();
});

test("after a stop for another reason the first signal does not force the end", () => {
  const { signals, said, left } = watch();
  signals.ask("standard output cannot be written");
  process.emit("SIGINT", "SIGINT");
  expect([signals.reason(), said.length, left]).toEqual(["standard output cannot be written", 1, []]);
  signals.close();
});

test("leaves signals alone once it is closed", () => {
  const { signals } = watch();
  signals.close();
  expect(process.listeners("SIGTERM")).not.toContainEqual(expect.objectContaining({ name: "onSignal" }));
  expect(signals.stop.aborted).toBe(false);
});
