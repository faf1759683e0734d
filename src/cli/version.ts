import manifest from "../../package.json" with { type: "json" };

export const DEXTRE_VERSION: string = manifest.version;
