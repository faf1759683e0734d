import { between, columns, createdAt, list, nameOf, type Printer, text } from "./printer.ts";

/** Roles have no printer of their own on the server. Source: registry/rbac, rest.NewDefaultTableConvertor. */
export const rolePrinter: Printer = {
  columns: columns("Name*", "Created At:date"),
  cells: (object) => [nameOf(object), createdAt(object)],
};

function subjects(binding: unknown, kind: string): string {
  return list(binding, "subjects")
    .filter((subject) => text(subject, "kind") === kind)
    .map((subject) => {
      const name = text(subject, "name");
      return kind === "ServiceAccount" ? `${text(subject, "namespace")}/${name}` : name;
    })
    .join(", ");
}

export const bindingPrinter = between(
  ["Role"],
  (binding) => [`${text(binding, "roleRef", "kind")}/${text(binding, "roleRef", "name")}`],
  {
    names: ["Users+", "Groups+", "ServiceAccounts+"],
    tell: (binding) => ["User", "Group", "ServiceAccount"].map((kind) => subjects(binding, kind)),
  },
);
