import type { Descriptor } from '../../oci/descriptor.ts';
import type { Reference } from '../../oci/reference.ts';
import { isJsonObject, type JsonObject } from '../../oci/strict-json.ts';
import type { Attestation, Inspection } from '../../registry/room.ts';
import type {
  Attestation as AttestationWire,
  ContainerConfig,
  ImageInspection,
} from '../../wire/image-inspection.ts';
import { pullsOf, pushOf, tagPullsOf } from './image-views.ts';

/**
 * An image as `docker inspect` shows it. Its config is what was pushed, and may say anything: a field that has not the type
 * that clients expect is left out. `only`: the one tag that the caller may see. `pusher`: what the identity that pushed it is called.
 */
export const inspectionOf = (
  host: string,
  repository: string,
  image: Inspection,
  only: Reference | undefined,
  pusher: string | undefined,
): ImageInspection => {
  const config = image.config ?? {};
  const name = `${host}/${repository}`;
  const isShown = (tag: string): boolean => only === undefined || (only.kind === 'tag' && only.tag === tag);
  return {
    Id: image.configDigest ?? image.digest,
    RepoTags: image.tags.filter(isShown).map((tag) => `${name}:${tag}`),
    RepoDigests: [`${name}@${image.digest}`],
    ManifestType: image.mediaType,
    Parent: text(config.parent) ?? '',
    Comment: text(config.comment) ?? lastComment(config) ?? '',
    Created: dateOf(image.builtAt),
    Container: text(config.container) ?? '',
    ContainerConfig: containerConfig(config.container_config),
    DockerVersion: text(config.docker_version) ?? '',
    Author: text(config.author) ?? '',
    Config: containerConfig(config.config),
    Architecture: text(config.architecture) ?? '',
    Os: text(config.os) ?? '',
    OsVersion: text(config['os.version']) ?? '',
    Size: image.size,
    VirtualSize: image.size,
    RootFS: rootFs(config.rootfs),
    ...(image.children.length > 0 ? { manifests: image.children.map(childOf) } : {}),
    push: pushOf(image, pusher),
    // the digest is pulled by other tags too
    pulls: pullsOf(
      only === undefined ? image.pulls : image.tagPulls.get(only.kind === 'tag' ? only.tag : ''),
    ),
    tagPulls: tagPullsOf(new Map([...image.tagPulls].filter(([tag]) => isShown(tag)))),
  };
};

export const attestationOf = ({ artifactType, predicateTypes, ...rest }: Attestation): AttestationWire => ({
  ...rest,
  ...(artifactType === undefined ? {} : { artifactType }),
  predicateTypes: [...predicateTypes],
});

/** Go's zero time, as docker prints it where an image does not say when it was built. */
const NO_DATE = '0001-01-01T00:00:00Z';

const dateOf = (builtAt: number | null): string =>
  builtAt === null ? NO_DATE : new Date(builtAt).toISOString();

const childOf = ({ digest, mediaType, size, platform }: Descriptor) => {
  const parts = [platform?.os, platform?.architecture, platform?.variant].filter(
    (part) => part !== undefined,
  );
  return { digest, mediaType, size, ...(parts.length > 0 ? { platform: parts.join('/') } : {}) };
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) ? Number(value) : undefined;
const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
const names = (value: unknown): Record<string, object> | undefined =>
  isJsonObject(value) ? Object.fromEntries(Object.keys(value).map((name) => [name, {}])) : undefined;
const labels = (value: unknown): Record<string, string> | undefined =>
  isJsonObject(value) && Object.values(value).every((each) => typeof each === 'string')
    ? (value as Record<string, string>)
    : undefined;

/** The message of the last step, which docker shows as the comment. */
const lastComment = ({ history }: JsonObject): string | undefined => {
  const last: unknown = Array.isArray(history) ? history.at(-1) : undefined;
  return isJsonObject(last) ? text(last.comment) : undefined;
};

const rootFs = (value: unknown): ImageInspection['RootFS'] => {
  const { type, diff_ids: layers } = isJsonObject(value) ? value : {};
  return { Type: text(type) ?? '', Layers: texts(layers) ?? [] };
};

const READERS: Readonly<Record<keyof ContainerConfig, (value: unknown) => unknown>> = {
  ArgsEscaped: flag,
  AttachStderr: flag,
  AttachStdin: flag,
  AttachStdout: flag,
  Cmd: texts,
  Domainname: text,
  Entrypoint: texts,
  Env: texts,
  ExposedPorts: names,
  Healthcheck: (value) =>
    isJsonObject(value)
      ? known(value, { Interval: count, Retries: count, Test: texts, Timeout: count })
      : undefined,
  Hostname: text,
  Image: text,
  Labels: labels,
  MacAddress: text,
  NetworkDisabled: flag,
  OnBuild: texts,
  OpenStdin: flag,
  Shell: texts,
  StdinOnce: flag,
  StopSignal: text,
  StopTimeout: count,
  Tty: flag,
  User: text,
  Volumes: names,
  WorkingDir: text,
};

const containerConfig = (value: unknown): ContainerConfig =>
  isJsonObject(value) ? (known(value, READERS) as ContainerConfig) : {};

/** The fields that have the types they should have. */
const known = (
  value: JsonObject,
  readers: Readonly<Record<string, (value: unknown) => unknown>>,
): Record<string, unknown> => {
  const fields = Object.entries(readers).map(([name, read]) => [name, read(value[name])] as const);
  return Object.fromEntries(fields.filter(([, read]) => read !== undefined));
};
