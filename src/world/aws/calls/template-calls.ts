import type { InputOf, OfTemplate, OutputOf, TemplateVersion } from "../actions.ts";
import { page } from "../describe.ts";
import { endDryRun, fault } from "../faults.ts";
import { applyFilters, type Filtered, readerAmong } from "../filters.ts";
import type { Fleet } from "../fleet.ts";
import { once } from "../idempotence.ts";
import type { Template, TemplateData } from "../types.ts";

/** EC2's calls about launch templates: each group has one of its own. */
export const templateCalls = {
  DescribeLaunchTemplateVersions(
    fleet: Fleet,
    input: Omit<InputOf<"DescribeLaunchTemplateVersions">, "LaunchTemplateId"> &
      OfTemplate &
      Filtered &
      Ec2Page,
  ): OutputOf<"DescribeLaunchTemplateVersions"> {
    const template = requireTemplate(fleet, input);
    const wanted =
      input.Versions ?? Array.from({ length: template.latest }, (_none, index) => String(index + 1));
    const numbers = wanted.map((version) => numberOf(template, version));
    const missing = numbers.find((number) => number > template.latest || number < 1 || Number.isNaN(number));
    if (missing !== undefined && wanted.length === 1) throw unknownVersion(template, wanted[0] ?? "");
    const known = numbers.filter((number) => number >= 1 && number <= template.latest);
    const versions = known.map((number) => versionOf(template, number));
    const passing = applyFilters(versions, input, readerAmong(versionReaders), "ec2");
    const { items, next } = page(passing, input.NextToken, input.MaxResults ?? 200);
    return { LaunchTemplateVersions: items, ...next };
  },

  CreateLaunchTemplateVersion(
    fleet: Fleet,
    input: InputOf<"CreateLaunchTemplateVersion">,
  ): OutputOf<"CreateLaunchTemplateVersion"> {
    const template = requireTemplate(fleet, input);
    const { InstanceType, ImageId } = input.LaunchTemplateData ?? {};
    const source = input.SourceVersion === undefined ? 0 : requireVersion(template, input.SourceVersion);
    endDryRun(input);
    const create = (): OutputOf<"CreateLaunchTemplateVersion"> => {
      template.latest += 1;
      template.data.set(template.latest, {
        ...template.data.get(source),
        ...(typeof InstanceType === "string" ? { InstanceType } : {}),
        ...(typeof ImageId === "string" ? { ImageId } : {}),
      });
      fleet.changed();
      return { LaunchTemplateVersion: versionOf(template, template.latest) };
    };
    return input.ClientToken === undefined
      ? create()
      : once(fleet, `CreateLaunchTemplateVersion ${input.ClientToken}`, input, create);
  },

  ModifyLaunchTemplate(
    fleet: Fleet,
    input: InputOf<"ModifyLaunchTemplate">,
  ): OutputOf<"ModifyLaunchTemplate"> {
    const template = requireTemplate(fleet, input);
    const number = requireVersion(template, input.DefaultVersion ?? input.SetDefaultVersion ?? "");
    endDryRun(input);
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
    const wanted = applyFilters(all, input, readerAmong(templateReaders), "ec2");
    const { items, next } = page(wanted, input.NextToken, input.MaxResults ?? 200);
    return {
      ...next,
      LaunchTemplates: items.map((template) => ({
        ...identityOf(template),
        DefaultVersionNumber: template.default,
        LatestVersionNumber: template.latest,
      })),
    };
  },
};

interface Ec2Page {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const templateReaders: Readonly<Record<string, (template: Template) => readonly string[]>> = {
  "launch-template-name": ({ name }) => [name],
};

const versionReaders: Readonly<Record<string, (version: TemplateVersion) => readonly string[]>> = {
  "is-default-version": ({ DefaultVersion }) => [String(DefaultVersion)],
  "instance-type": ({ LaunchTemplateData }) => textOf(LaunchTemplateData.InstanceType),
  "image-id": ({ LaunchTemplateData }) => textOf(LaunchTemplateData.ImageId),
};

function textOf(value: unknown): readonly string[] {
  return typeof value === "string" ? [value] : [];
}

/** @throws AwsError */
function requireVersion(template: Template, version: string): number {
  const number = numberOf(template, version);
  if (Number.isInteger(number) && number >= 1 && number <= template.latest) return number;
  throw unknownVersion(template, version);
}

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
