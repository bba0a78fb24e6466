import { RegistryError } from '../errors.ts';
import { parseDigest } from './digest.ts';
import { parseTag, type Reference } from './reference.ts';
import { parseRepositoryName, type RepositoryName } from './repository-name.ts';
import { quote } from './strict-json.ts';

/** An image as people and IBM's clients write it: `us.icr.io/birds/app:1.0`, `birds/app@sha256:…`. */
export interface ImageName {
  /** `host` or `host:port`, lower case; undefined where none was written. */
  readonly host: string | undefined;
  readonly repository: RepositoryName;
  /** Undefined where neither a tag nor a digest was written. */
  readonly reference: Reference | undefined;
}

/** A host of 255 characters with its port, a repository of 255, and `@sha512:…`. */
export const IMAGE_NAME_LIMIT = 700;

const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,253}[a-z0-9])?)(?::\d{1,5})?$/;

const FORM =
  'write HOST/NAMESPACE/REPOSITORY:TAG or HOST/NAMESPACE/REPOSITORY@sha256:… (the host may be left out)';

/** The parts of a name, or BAD_REQUEST with the form that a name has. `text` is percent-decoded already. */
export const parseImageName = (text: string): ImageName => {
  if (text.length > IMAGE_NAME_LIMIT)
    throw refuse(text, `it is longer than ${IMAGE_NAME_LIMIT} characters; ${FORM}`);
  const { host, rest } = splitHost(text);
  if (host !== undefined && !HOST.test(host)) throw refuse(text, `${quote(host)} is not a host; ${FORM}`);
  const { name, reference } = splitReference(text, rest);
  const repository = parseRepositoryName(name);
  if (repository === undefined)
    throw refuse(text, `a repository has lower case letters, digits, and single . _ - inside; ${FORM}`);
  return { host, repository, reference };
};

/** The tag that is meant where neither a tag nor a digest is written. */
const LATEST = parseTag('latest');

/** What the name stands for: without a tag and a digest it is the tag latest. */
export const referenceOf = ({ reference }: ImageName): Reference => {
  if (reference) return reference;
  if (LATEST === undefined) throw new Error('latest is a tag');
  return { kind: 'tag', tag: LATEST };
};

/** The name without a host, with the tag that is meant. */
export const shortImageName = (image: ImageName): string => {
  const reference = referenceOf(image);
  const last = reference.kind === 'tag' ? `:${reference.tag}` : `@${reference.digest}`;
  return `${image.repository}${last}`;
};

/** The name in full, with this host before it. */
export const formatImageName = (host: string, repository: string, reference: Reference): string =>
  reference.kind === 'tag'
    ? `${host}/${repository}:${reference.tag}`
    : `${host}/${repository}@${reference.digest}`;

/** Docker's rule: the first part is a host if it has a dot or a colon, or is localhost. No namespace has those. */
export const splitHost = (text: string): { host: string | undefined; rest: string } => {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  return slash > 0 && (/[.:[]/.test(first) || first === 'localhost')
    ? { host: first.toLowerCase(), rest: text.slice(slash + 1) }
    : { host: undefined, rest: text };
};

const splitReference = (text: string, rest: string): { name: string; reference: Reference | undefined } => {
  const at = rest.indexOf('@');
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  if (at >= 0) {
    const digest = parseDigest(rest.slice(at + 1));
    if (!digest)
      throw refuse(text, 'its digest is not sha256: with 64, or sha512: with 128 lower case hex digits');
    const name = rest.slice(0, at);
    if (name.includes(':')) throw refuse(text, 'it has a tag and a digest; name it by one of them');
    return { name, reference: { kind: 'digest', digest } };
  }
  if (colon < 0) return { name: rest, reference: undefined };
  const tag = parseTag(rest.slice(colon + 1));
  if (!tag)
    throw refuse(
      text,
      'its tag is not valid: at most 128 of A-Z a-z 0-9 _ . - and not beginning with . or -',
    );
  return { name: rest.slice(0, colon), reference: { kind: 'tag', tag } };
};

const refuse = (text: string, fault: string): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message: `${quote(text.slice(0, 100))} is not an image name: ${fault}.`,
  });
