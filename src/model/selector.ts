/** A label selector in resolved form: all requirements must hold. No requirements select everything. */
export interface Selector {
  readonly requirements: readonly SelectorRequirement[];
}

export type SelectorRequirement =
  | { readonly key: string; readonly operator: "In" | "NotIn"; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: "Exists" | "DoesNotExist" }
  /** Node selectors only: the label is an integer above or below `value`. */
  | { readonly key: string; readonly operator: "Gt" | "Lt"; readonly value: number };
