/** The lines of a watch, from the driver that pushes to the program that iterates. */
export class EventQueue implements AsyncIterable<unknown>, AsyncIterator<unknown> {
  /** Called when the reader leaves its loop early. */
  onReturn: () => void = () => undefined;
  private readonly waiting: unknown[] = [];
  private ending: { readonly error?: Error } | undefined;
  private reader:
    | { readonly resolve: (result: IteratorResult<unknown>) => void; readonly reject: (error: Error) => void }
    | undefined;

  push(event: unknown): void {
    if (this.ending !== undefined) return;
    if (this.reader === undefined) {
      this.waiting.push(event);
      return;
    }
    const { resolve } = this.reader;
    this.reader = undefined;
    resolve({ done: false, value: event });
  }

  end(): void {
    this.finish({});
  }

  /** Ends at once; what was not read yet is lost. */
  fail(error: Error): void {
    this.waiting.length = 0;
    this.finish({ error });
  }

  private finish(ending: { readonly error?: Error }): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    const reader = this.reader;
    this.reader = undefined;
    if (reader === undefined) return;
    if (ending.error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(ending.error);
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.waiting.length > 0) return Promise.resolve({ done: false, value: this.waiting.shift() });
    const { ending } = this;
    if (ending?.error !== undefined) {
      this.ending = {};
      return Promise.reject(ending.error);
    }
    if (ending !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    this.onReturn();
    this.finish({});
    return Promise.resolve({ done: true, value: undefined });
  }
}
