import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, DEBIAN, type DebianPackage } from './debian.ts';
import type { Descriptor } from './layout.ts';
import { type NpmPackage, productPackages } from './parts.ts';
import type { Release } from './release.ts';

export const SPDX = 'application/spdx+json';
export const IN_TOTO = 'application/vnd.in-toto+json';

const hexOf = (integrity: string): string =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');

const npmUrl = ({ name, version }: { name: string; version: string }): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`;

const debianUrl = ({ name, version, architecture }: DebianPackage): string =>
  `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-${DEBIAN.version}`;

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly url: string;
  readonly checksum: { readonly algorithm: 'SHA256' | 'SHA512'; readonly checksumValue: string } | undefined;
}

const npmListed = (each: NpmPackage): Listed => ({
  name: each.name,
  version: each.version,
  license: each.license,
  url: npmUrl(each),
  checksum: { algorithm: 'SHA512', checksumValue: hexOf(each.integrity) },
});

const debianListed = (each: DebianPackage): Listed => ({
  name: each.name,
  version: each.version,
  // Debian states licences as texts, which are in the image
  license: 'NOASSERTION',
  url: debianUrl(each),
  checksum: { algorithm: 'SHA256', checksumValue: each.sha256 },
});

const spdxId = (url: string): string => `SPDXRef-${url.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}`;

const spdxPackage = ({ name, version, license, url, checksum }: Listed) => ({
  SPDXID: spdxId(url),
  name,
  versionInfo: version,
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: license,
  copyrightText: 'NOASSERTION',
  ...(checksum ? { checksums: [checksum] } : {}),
  externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url }],
});

export interface ImageParts {
  readonly architecture: Architecture;
  readonly debian: readonly DebianPackage[];
  readonly node: NpmPackage;
}

/** SPDX 2.3: what the image holds. The same parts give the same bytes: no time of the run and no random number is in it. */
export const billOfMaterials = (release: Release, image: Descriptor, parts: ImageParts) => {
  const { version, created } = release;
  const product: Listed = {
    name: 'tidegate',
    version,
    license: 'Apache-2.0',
    url: `pkg:oci/tidegate@${encodeURIComponent(image.digest)}?arch=${parts.architecture}`,
    checksum: { algorithm: 'SHA256', checksumValue: image.digest.replace('sha256:', '') },
  };
  const contained = [
    ...parts.debian.map(debianListed),
    { ...npmListed(parts.node), name: 'node', url: `${npmUrl(parts.node)}` },
    ...productPackages().map(npmListed),
  ];
  const unique = [...new Map(contained.map((each) => [each.url, each])).values()];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `tidegate-${version}-${parts.architecture}`,
    documentNamespace: `https://spdx.org/spdxdocs/tidegate-${version}-${image.digest.replace('sha256:', '')}`,
    creationInfo: { created, creators: [`Tool: tidegate-${version}`] },
    documentDescribes: [spdxId(product.url)],
    packages: [product, ...unique].map(spdxPackage),
    relationships: unique.map(({ url }) => ({
      spdxElementId: spdxId(product.url),
      relationshipType: 'CONTAINS',
      relatedSpdxElement: spdxId(url),
    })),
  };
};

const sha256OfFile = (path: string): string =>
  createHash('sha256')
    .update(readFileSync(join(import.meta.dirname, '../..', path)))
    .digest('hex');

/** SLSA provenance v1: from what the image was made, and by which command. */
export const provenance = (
  release: Release,
  subjects: readonly Descriptor[],
  parts: readonly ImageParts[],
) => {
  const debian = parts.flatMap((each) => each.debian);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ digest, platform }) => ({
      name: platform ? `tidegate/${platform.os}/${platform.architecture}` : 'tidegate',
      digest: { sha256: digest.replace('sha256:', '') },
    })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:tidegate:npm-run-image:v1',
        externalParameters: {
          version: release.version,
          platforms: parts.map(({ architecture }) => `linux/${architecture}`),
        },
        internalParameters: {},
        resolvedDependencies: [
          ...(release.commit ? [{ name: 'sources', digest: { gitCommit: release.commit } }] : []),
          { name: 'package-lock.json', digest: { sha256: sha256OfFile('package-lock.json') } },
          ...parts.map(({ node }) => ({ uri: npmUrl(node), digest: { sha512: hexOf(node.integrity) } })),
          ...new Map(
            debian.map((each) => [
              debianUrl(each),
              { uri: debianUrl(each), digest: { sha256: each.sha256 } },
            ]),
          ).values(),
        ],
      },
      runDetails: { builder: { id: 'urn:tidegate:npm-run-image' } },
    },
  };
};
