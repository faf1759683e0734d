import { expect, it } from "vitest";
import { promisingFirst } from "./seed-order.ts";

it("every seed comes once in the order that promises most, and as they come in between", () => {
  const order = promisingFirst(50);
  expect([...order].sort((one, other) => one - other)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  expect(order[0]).toBe(1);
  expect(promisingFirst(50)).toEqual(order);
});
