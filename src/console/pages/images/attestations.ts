import type { VNode } from 'preact';
import type { Attestation } from '../../../wire/image-inspection.ts';
import { html, use } from '../../kit/html.ts';
import { Mark, Section } from '../../kit/layout.ts';
import { address } from '../../routing/place.ts';
import { inBoth } from '../../text/language.ts';
import { bytes, shortDigest, visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Signatures, SBOM and provenance',
    signature: 'Signature',
    sbom: 'SBOM',
    provenance: 'Provenance',
    about: (digest: string) => `about ${digest}`,
  },
  {
    title: '서명, SBOM, 출처',
    signature: '서명',
    sbom: 'SBOM',
    provenance: '출처',
    about: (digest: string) => `대상: ${digest}`,
  },
);

const nameOf = ({ kind, artifactType, mediaType }: Attestation): string => {
  if (kind === 'signature' || kind === 'sbom' || kind === 'provenance') return text()[kind];
  return artifactType ?? mediaType;
};

/** What hangs on an image: never a platform of its own, always below the image that it is about. */
export const Attestations = ({
  repository,
  attestations,
}: {
  repository: string;
  attestations: readonly Attestation[];
}): VNode | null =>
  attestations.length === 0
    ? null
    : use(
        Section,
        { title: text().title },
        html.ul(
          { class: 'plain' },
          attestations.map((attestation) =>
            html.li(
              { key: attestation.digest },
              use(
                Mark,
                { tone: attestation.kind === 'signature' ? 'ok' : 'plain' },
                visible(nameOf(attestation)),
              ),
              ' ',
              html.a(
                { href: address('repositories', `${repository}@${attestation.digest}`) },
                html.code({}, shortDigest(attestation.digest)),
              ),
              ' ',
              html.span(
                { class: 'faint' },
                text().about(shortDigest(attestation.about)),
                ' · ',
                bytes(attestation.size),
              ),
              attestation.predicateTypes.map((type) =>
                html.span({ key: type, class: 'faint' }, ' · ', visible(type)),
              ),
            ),
          ),
        ),
      );
