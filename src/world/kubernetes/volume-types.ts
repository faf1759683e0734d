import type { Labels, Resource } from "./object-types.ts";
import type { NodeSelector } from "./pod-types.ts";

export interface PersistentVolume extends Resource {
  readonly spec: {
    readonly nodeAffinity?: { readonly required?: NodeSelector };
    readonly claimRef?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
    readonly capacity?: Labels;
    readonly accessModes?: readonly string[];
    readonly persistentVolumeReclaimPolicy?: string;
    readonly storageClassName?: string;
    readonly volumeMode?: string;
  };
  readonly status: { readonly phase?: string };
}

export interface PersistentVolumeClaim extends Resource {
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Labels };
  };
  readonly status: {
    readonly phase?: string;
    readonly accessModes?: readonly string[];
    readonly capacity?: Labels;
  };
}
