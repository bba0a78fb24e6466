/**
 * GET /api/v1/images/{image}/json: the shape of `docker inspect`, as in IBM's API. Fields whose names begin with a small
 * letter are Tidegate's own.
 */
import { type Static, Type } from 'typebox';
import { ImagePulls, ImagePush } from './images.ts';

const Text = Type.Optional(Type.String());
const Texts = Type.Optional(Type.Array(Type.String()));
const Flag = Type.Optional(Type.Boolean());
const Names = Type.Optional(Type.Record(Type.String(), Type.Object({})));

/** How a container of the image runs. */
export const ContainerConfig = Type.Object({
  ArgsEscaped: Flag,
  AttachStderr: Flag,
  AttachStdin: Flag,
  AttachStdout: Flag,
  Cmd: Texts,
  Domainname: Text,
  Entrypoint: Texts,
  Env: Texts,
  ExposedPorts: Names,
  Healthcheck: Type.Optional(
    Type.Object({
      Interval: Type.Optional(Type.Integer({ description: 'Nanoseconds' })),
      Retries: Type.Optional(Type.Integer()),
      Test: Texts,
      Timeout: Type.Optional(Type.Integer({ description: 'Nanoseconds' })),
    }),
  ),
  Hostname: Text,
  Image: Text,
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  MacAddress: Text,
  NetworkDisabled: Flag,
  OnBuild: Texts,
  OpenStdin: Flag,
  Shell: Texts,
  StdinOnce: Flag,
  StopSignal: Text,
  StopTimeout: Type.Optional(Type.Integer()),
  Tty: Flag,
  User: Text,
  Volumes: Names,
  WorkingDir: Text,
});
export type ContainerConfig = Static<typeof ContainerConfig>;

/** What hangs on an image. */
export const Attestation = Type.Object({
  kind: Type.String({ description: 'sbom, provenance, signature or other' }),
  through: Type.String({ description: 'referrer, or buildkit for what stands beside the image in an index' }),
  about: Type.String({ description: 'Digest of the image it is about' }),
  digest: Type.String(),
  mediaType: Type.String(),
  artifactType: Type.Optional(Type.String()),
  size: Type.Integer({ description: 'Bytes of its manifest' }),
  predicateTypes: Type.Array(Type.String()),
});
export type Attestation = Static<typeof Attestation>;

export const ImageInspection = Type.Object({
  Id: Type.String({ description: 'Digest of the configuration, or of the manifest where there is none' }),
  RepoTags: Type.Array(Type.String()),
  RepoDigests: Type.Array(Type.String()),
  ManifestType: Type.String(),
  Parent: Type.String(),
  Comment: Type.String(),
  Created: Type.String({ description: 'RFC 3339; the year 1 where the image does not say' }),
  Container: Type.String(),
  ContainerConfig,
  DockerVersion: Type.String(),
  Author: Type.String(),
  Config: ContainerConfig,
  Architecture: Type.String(),
  Os: Type.String(),
  OsVersion: Type.String(),
  Size: Type.Integer({ description: 'Bytes' }),
  VirtualSize: Type.Integer({ description: 'Bytes' }),
  RootFS: Type.Object({ Type: Type.String(), Layers: Type.Array(Type.String()), BaseLayer: Text }),
  manifests: Type.Optional(
    Type.Array(
      Type.Object({
        digest: Type.String(),
        mediaType: Type.String(),
        size: Type.Integer(),
        platform: Text,
      }),
      { description: 'What an index lists' },
    ),
  ),
  push: ImagePush,
  pulls: ImagePulls,
  tagPulls: Type.Record(Type.String(), ImagePulls, { description: 'By tag; those that were pulled' }),
  attestations: Type.Optional(Type.Array(Attestation)),
});
export type ImageInspection = Static<typeof ImageInspection>;

/** Query of GET /api/v1/images/{image}/json. */
export const InspectionQuery = Type.Object({
  attestations: Type.Optional(
    Type.Boolean({ description: 'Also list SBOMs, provenance and signatures of the image' }),
  ),
});
