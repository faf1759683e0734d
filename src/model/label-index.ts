type Labels = Readonly<Record<string, string>>;

/** Objects by name or UID. */
export type Keyed<T> = ReadonlyMap<string, T>;

/** Objects by their labels: label → its values → who has it. A change costs as much as the object has labels. */
export class LabelIndex<T> {
  readonly #byLabel = new Map<string, Map<string, Map<string, T>>>();

  add(labels: Labels, key: string, object: T): void {
    for (const [label, value] of Object.entries(labels)) {
      const values = this.#byLabel.get(label) ?? new Map<string, Map<string, T>>();
      if (values.size === 0) this.#byLabel.set(label, values);
      const held = values.get(value);
      if (held) held.set(key, object);
      else values.set(value, new Map([[key, object]]));
    }
  }

  remove(labels: Labels, key: string): void {
    for (const [label, value] of Object.entries(labels)) {
      const values = this.#byLabel.get(label);
      const held = values?.get(value);
      held?.delete(key);
      if (held?.size === 0) values?.delete(value);
      if (values?.size === 0) this.#byLabel.delete(label);
    }
  }

  /** By value. */
  of(label: string): ReadonlyMap<string, Keyed<T>> {
    return this.#byLabel.get(label) ?? new Map();
  }
}
