/** docs/spec.md: every field of the spec's schema, its values, its default, its help. */
export function documentSpec(schema) {
  const objects = [];
  const visit = (place, node) => {
    if (node.properties === undefined) return;
    objects.push({ place, node });
    for (const [name, child] of Object.entries(node.properties))
      visit(place === "" ? name : `${place}.${name}`, child);
  };
  visit("", schema);
  for (const name of ["NodesTarget", "PodsTarget", "LabelSelector", "LabelRequirement"]) {
    objects.push({ place: name, node: schema.definitions[name] });
  }
  const sections = objects.map(({ place, node }) => {
    const title = place === "" ? "The file" : place;
    return `## ${title}\n\n${node.description}\n\n${tableOf(node)}\n`;
  });
  return `# The spec\n\n${schema.description}\nThe schema itself, for editors: \`dextre schema\`. Examples: [plans/](../plans).\n\n${sections.join("\n")}`;
}

function tableOf({ properties, required = [] }) {
  const rows = Object.entries(properties).map(([name, field]) => {
    const fallback =
      field.default === undefined
        ? required.includes(name)
          ? "*needed*"
          : ""
        : `\`${JSON.stringify(field.default)}\``;
    return `| \`${name}\` | ${valuesOf(field)} | ${fallback} | ${cell(field.description)} |`;
  });
  return ["| field | values | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function valuesOf(field) {
  const reference = field.$ref ?? field.allOf?.[0]?.$ref;
  if (reference !== undefined) return nameOf(reference);
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(", ");
  if (field.type === "array") return `list of ${valuesOf(field.items)}`;
  const types = [field.type].flat().join(" or ");
  const least = field.minimum === undefined ? "" : `, at least ${field.minimum}`;
  const most = field.maximum === undefined ? "" : `, at most ${field.maximum}`;
  return `${types}${least}${most}`;
}

const nameOf = (reference) => {
  const name = reference.split("/").at(-1);
  return name === "Target"
    ? "[NodesTarget](#nodestarget) or [PodsTarget](#podstarget)"
    : `[${name}](#${name.toLowerCase()})`;
};

const cell = (text = "") => text.replaceAll("|", "\\|");
