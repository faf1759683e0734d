import { expect, test } from "vitest";
import { duplicateFields } from "#world/http/duplicate-fields.ts";

test("names what an object says twice, once, by its path", () => {
  const text = `{"metadata":{"name":"a","name":"b","labels":{"x":"1","x":"2","x":"3"}},
    "spec":{"containers":[{"image":"i"},{"image":"j","image":"k"}]}}`;
  expect(duplicateFields(text)).toEqual(["metadata.name", "metadata.labels.x", "spec.containers[1].image"]);
});

test("is not misled by what values say, nor by objects side by side", () => {
  const text = String.raw`{"a":"{\"b\":1,\"b\":2}","b":["b","b",{"b":1},{"b":2}],"c":{"a":true,"b":null},"d":"\\"}`;
  expect(duplicateFields(text)).toEqual([]);
});

test("takes a key as it is meant, not as it is written", () => {
  expect(duplicateFields(String.raw`{"a":1,"\u0061":2}`)).toEqual(["a"]);
});
