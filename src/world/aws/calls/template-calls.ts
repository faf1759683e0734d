import type { InputOf, OfTemplate, OutputOf, TemplateVersion } from "../actions.ts";
import { fault } from "../faults.ts";
import type { Fleet } from "../fleet.ts";
import type { Template, TemplateData } from "../types.ts";

/** EC2's calls about launch templates: each group has one of its own. */
export const templateCalls = {
  DescribeLaunchTemplateVersions(
    fleet: Fleet,
    input: Omit<InputOf<"DescribeLaunchTemplateVersions">, "LaunchTemplateId"> & OfTemplate,
  ): OutputOf<"DescribeLaunchTemplateVersions"> {
    const template = requireTemplate(fleet, input);
    const wanted =
      input.Versions ?? Array.from({ length: template.latest }, (_none, index) => String(index + 1));
    const numbers = wanted.map((version) => numberOf(template, version));
    const missing = numbers.find((number) => number > template.latest || number < 1 || Number.isNaN(number));
    if (missing !== undefined && wanted.length === 1) throw unknownVersion(template, wanted[0] ?? "");
    const known = numbers.filter((number) => number >= 1 && number <= template.latest);
    return { LaunchTemplateVersions: known.map((number) => versionOf(template, number)) };
  },

  CreateLaunchTemplateVersion(
    fleet: Fleet,
    input: InputOf<"CreateLaunchTemplateVersion">,
  ): OutputOf<"CreateLaunchTemplateVersion"> {
    const template = requireTemplate(fleet, input);
    template.latest += 1;
    const data = input.LaunchTemplateData ?? {};
    template.data.set(template.latest, {
      ...(typeof data.InstanceType === "string" ? { InstanceType: data.InstanceType } : {}),
      ...(typeof data.ImageId === "string" ? { ImageId: data.ImageId } : {}),
    });
    fleet.changed();
    return { LaunchTemplateVersion: versionOf(template, template.latest) };
  },

  ModifyLaunchTemplate(
    fleet: Fleet,
    input: InputOf<"ModifyLaunchTemplate">,
  ): OutputOf<"ModifyLaunchTemplate"> {
    const template = requireTemplate(fleet, input);
    const wanted = input.DefaultVersion ?? input.SetDefaultVersion ?? "";
    const number = numberOf(template, wanted);
    if (!(number >= 1 && number <= template.latest)) throw unknownVersion(template, wanted);
    template.default = number;
    fleet.changed();
    return { LaunchTemplate: { ...identityOf(template), DefaultVersionNumber: number } };
  },

  DescribeLaunchTemplates(
    fleet: Fleet,
    input: InputOf<"DescribeLaunchTemplates">,
  ): OutputOf<"DescribeLaunchTemplates"> {
    const { LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] } = input;
    const all =
      ids.length + names.length === 0
        ? templatesOf(fleet)
        : [
            ...ids.map((LaunchTemplateId) => requireTemplate(fleet, { LaunchTemplateId })),
            ...names.map((LaunchTemplateName) => requireTemplate(fleet, { LaunchTemplateName })),
          ];
    return {
      LaunchTemplates: all.map((template) => ({
        ...identityOf(template),
        DefaultVersionNumber: template.default,
        LatestVersionNumber: template.latest,
      })),
    };
  },
};

function templatesOf(fleet: Fleet): readonly Template[] {
  return [...fleet.groups.values()].map(({ template }) => template);
}

/** @throws AwsError */
function requireTemplate(
  fleet: Fleet,
  { LaunchTemplateId: id, LaunchTemplateName: name }: OfTemplate,
): Template {
  const found = templatesOf(fleet).find((template) =>
    id === undefined ? template.name === name : template.id === id,
  );
  if (found !== undefined) return found;
  throw id === undefined
    ? fault(
        "InvalidLaunchTemplateName.NotFoundException",
        `The specified launch template, with template name ${name ?? ""}, does not exist.`,
      )
    : fault(
        "InvalidLaunchTemplateId.NotFound",
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
}

function unknownVersion({ id }: Template, version: string): Error {
  return fault(
    "InvalidLaunchTemplateId.VersionNotFound",
    `Could not find launch template version ${version} for the launch template with ID ${id}`,
  );
}

function numberOf({ latest, default: standard }: Template, version: string): number {
  return version === "$Latest" ? latest : version === "$Default" ? standard : Number(version);
}

function identityOf({ id, name }: Template): OfTemplate {
  return { LaunchTemplateId: id, LaunchTemplateName: name };
}

function versionOf(template: Template, number: number): TemplateVersion {
  const data: TemplateData = template.data.get(number) ?? {};
  return {
    ...identityOf(template),
    VersionNumber: number,
    DefaultVersion: number === template.default,
    LaunchTemplateData: { ...data },
  };
}
