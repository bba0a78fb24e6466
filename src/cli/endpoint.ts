import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export const SUGGESTED_ENDPOINT = 'http://127.0.0.1:5000';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export const isLoopback = (endpoint: string): boolean => LOOPBACK.test(new URL(endpoint).hostname);

/** Whether others on the network can read what is sent there. */
export const isExposed = (endpoint: string): boolean => endpoint.startsWith('http:') && !isLoopback(endpoint);

/** Whether a host and port, as names of images have them, are those of an address: with the default port of its scheme or without. */
export const isHostOf = (host: string, endpoint: string): boolean => {
  const url = new URL(endpoint);
  return /^[a-z0-9.:[\]-]+$/i.test(host) && URL.parse(`${url.protocol}//${host}`)?.host === url.host;
};

const urlOf = (text: string): URL | undefined => {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return URL.parse(text) ?? undefined;
  const https = URL.parse(`https://${text}`);
  // without a scheme: TLS, except for this machine itself
  return (https && LOOPBACK.test(https.hostname) ? URL.parse(`http://${text}`) : https) ?? undefined;
};

/** Scheme, host and port of the address that a person typed after -a: `http://127.0.0.1:5000`. */
export const endpointOf = (text: string): string => {
  const url = urlOf(text.trim());
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (plain && /^https?:$/.test(url.protocol) && /^\/(?:api\/?)?$/.test(url.pathname)) return url.origin;
  throw new CliError(
    EXIT.USAGE,
    `'${text}' is not a server address. Give scheme, host and port: ${SUGGESTED_ENDPOINT}`,
  );
};
