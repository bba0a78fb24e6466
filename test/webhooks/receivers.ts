/** What receivers of webhooks accept, as their sources of 2026 say: each of these throws what the receiver would refuse. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Push {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/** Argo CD Image Updater, receiver `?type=harbor`. */
export const imageUpdaterOfHarbor = ({ headers, body }: Received, secret: string): Push => {
  assert.ok(headers['content-type']?.includes('application/json'), 'content type');
  assert.equal(headers.authorization, secret, 'Authorization is the secret');
  const { type, occur_at, operator, event_data } = JSON.parse(body);
  assert.ok(Number.isInteger(occur_at), 'occur_at is read as a whole number');
  assert.equal(typeof operator, 'string');
  assert.equal(type, 'PUSH_ARTIFACT', 'other events are refused');
  // the first resource alone is looked at
  const [resource] = event_data.resources;
  assert.ok(resource, 'there is a resource');
  assert.notEqual(resource.tag ?? '', '', 'it has a tag');
  const { repo_full_name: repository } = event_data.repository;
  assert.notEqual(repository ?? '', '', 'the repository has a name');
  const url = resource.resource_url;
  const { host } = new URL(/^https?:\/\//.test(url) ? url : `https://${url}`);
  return { registry: host, repository, tag: resource.tag, digest: resource.digest };
};

/** Argo CD Image Updater, receiver `?type=docker.io`. */
export const imageUpdaterOfDockerHub = ({ body }: Received): Push => {
  const { repository, push_data } = JSON.parse(body);
  assert.notEqual(repository.repo_name ?? '', '');
  assert.notEqual(push_data.tag ?? '', '');
  return { registry: 'docker.io', repository: repository.repo_name, tag: push_data.tag };
};

/** Kargo's receiver of Harbor: the secret, the event, and the address that names the image. */
export const kargoOfHarbor = (
  { headers, body }: Received,
  secret: string,
): { url: string; tags: string[] } => {
  assert.equal(headers.authorization, secret);
  const { type, event_data } = JSON.parse(body);
  assert.equal(type, 'PUSH_ARTIFACT');
  const [first] = event_data.resources;
  return { url: first.resource_url, tags: event_data.resources.map(({ tag }: { tag: string }) => tag) };
};

/** Flux, a Receiver of the type `harbor`. */
export const fluxOfHarbor = ({ headers }: Received, token: string): void =>
  assert.equal(headers.authorization, token);

/** Flux, a Receiver of the type `generic-hmac`: `<hash>=<hex>` over the body; the key is the text of the token. */
export const fluxOfGenericHmac = ({ headers, body }: Received, token: string): void => {
  const [hash = '', hex] = (headers['x-signature'] ?? '').split('=');
  assert.ok(['sha1', 'sha256', 'sha512'].includes(hash), `an unknown hash ${hash}`);
  assert.equal(hex, createHmac(hash, token).update(body).digest('hex'));
};

/** Flux, a Receiver of the type `dockerhub`. */
export const fluxOfDockerHub = ({ body }: Received): { tag: string; url: string } => {
  const { push_data, repository } = JSON.parse(body);
  assert.deepEqual([typeof push_data.tag, typeof repository.repo_url], ['string', 'string']);
  return { tag: push_data.tag, url: repository.repo_url };
};
