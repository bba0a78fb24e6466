import type { JSONWebKeySet, JWK } from 'jose';

const LONGEST_ANSWER = 1 << 20;
const TIMEOUT = 5000;
const MOST_KEYS = 100;

/** Where keys may be read from: http only on this machine, for tests and sidecars. */
export const isFetchable = (url: URL): boolean =>
  url.protocol === 'https:' ||
  (url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname));

/**
 * Where an issuer's discovery document says its keys are. Only the issuer's own host and those that its preset names are
 * believed: the document could otherwise send this server anywhere.
 */
export const readDiscovery = async (
  discovery: URL,
  { issuer, keyHosts }: { issuer: string; keyHosts: readonly string[] },
): Promise<URL> => {
  const document = await readJson(discovery);
  if (document.issuer !== issuer) throw new Error('the discovery document is of another issuer');
  const url = typeof document.jwks_uri === 'string' ? URL.parse(document.jwks_uri) : null;
  if (!url || !isFetchable(url)) throw new Error('the discovery document has no https jwks_uri');
  const isNamed = url.protocol === 'https:' && url.port === '' && keyHosts.includes(url.hostname);
  if (url.origin !== discovery.origin && !isNamed)
    throw new Error(`the discovery document names keys on another host, ${url.host.slice(0, 200)}`);
  return url;
};

export const readKeys = async (url: URL): Promise<JSONWebKeySet> => publicKeysOf(await readJson(url));

/** The keys of a JWKS that may sign; private and symmetric ones, and those for encryption, are left out. */
export const publicKeysOf = (document: Record<string, unknown>): JSONWebKeySet => {
  const { keys } = document;
  if (!Array.isArray(keys) || keys.length > MOST_KEYS)
    throw new Error(`the key set has no list of at most ${MOST_KEYS} keys`);
  const usable = (keys as (JWK | null)[]).filter(
    (key): key is JWK =>
      typeof key === 'object' &&
      key !== null &&
      (key.kty === 'RSA' || key.kty === 'EC') &&
      key.d === undefined &&
      (key.use === undefined || key.use === 'sig'),
  );
  if (usable.length === 0) throw new Error('the key set has no public RSA or EC key');
  return { keys: usable };
};

const readJson = async (url: URL): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { Accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url.host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // leaving the loop cancels the rest
    if (size > LONGEST_ANSWER) throw new Error(`${url.host} answered more than 1 MiB`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error(`${url.host} did not answer with JSON`);
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new Error(`${url.host} did not answer with a JSON object`);
};
