import { expect, test } from "vitest";
import { atMost } from "#gateway/at-most.ts";

test("so much work at once and no more, in the order it came, past failures", async () => {
  const limit = atMost(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = [0, 1, 2, 3].map((index) =>
    limit(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (index === 0) throw new Error("failed");
      return index;
    }),
  );
  const settled = Promise.allSettled(works);
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await works[0]?.catch(() => undefined);
  expect(begun).toEqual([0, 1, 2]);
  ends[1]?.();
  await works[1];
  ends[2]?.();
  await works[2];
  ends[3]?.();
  expect((await settled).map(({ status }) => status)).toEqual([
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(begun).toEqual([0, 1, 2, 3]);
});
