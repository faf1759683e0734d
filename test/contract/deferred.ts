/** A promise that somebody else settles: what runs beside the tests tells each of them what became of it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  settle(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: (value) => settle(value) };
}
