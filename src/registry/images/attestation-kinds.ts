import type { Descriptor } from '../../oci/descriptor.ts';
import type { Manifest } from '../../oci/manifest.ts';

/** What hangs on an image: a list of its contents, how it was built, or who signed it. */
export type AttestationKind = 'sbom' | 'provenance' | 'signature' | 'other';

/** Source: BuildKit, docs/attestations/attestation-storage.md. */
const BUILDKIT_TYPE = 'vnd.docker.reference.type';
export const BUILDKIT_ABOUT = 'vnd.docker.reference.digest';
const PREDICATE_TYPES = ['in-toto.io/predicate-type', 'dev.sigstore.bundle.predicateType', 'predicateType'];

export const isOfBuildkit = ({ annotations }: Descriptor): boolean =>
  annotations?.[BUILDKIT_TYPE] === 'attestation-manifest';

export const predicateTypesOf = (
  manifest: Pick<Manifest, 'annotations' | 'layers'> | undefined,
): string[] => {
  if (!manifest) return [];
  const stated = [manifest.annotations, ...manifest.layers.map(({ annotations = {} }) => annotations)];
  const types = stated.flatMap((annotations) => PREDICATE_TYPES.map((name) => annotations[name]));
  return [...new Set(types.filter((type) => type !== undefined))];
};

const KINDS: readonly (readonly [AttestationKind, RegExp])[] = [
  ['sbom', /spdx|cyclonedx|syft|sbom/i],
  ['provenance', /provenance/i],
  ['signature', /signature|cosign|notary|sigstore\.bundle/i],
];

export const kindOf = (types: readonly string[]): AttestationKind =>
  KINDS.find(([, pattern]) => types.some((type) => pattern.test(type)))?.[0] ?? 'other';
