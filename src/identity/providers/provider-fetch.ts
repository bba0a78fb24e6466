import type { CustomFetch } from 'openid-client';
import { isFetchable } from '../issuers/key-fetch.ts';

const LONGEST_ANSWER = 1 << 20;
const TIMEOUT = 10_000;

/** The provider could not be asked, or did not answer as one. */
export class ProviderUnreachable extends Error {}

const isLoopback = (url: URL): boolean =>
  url.protocol === 'http:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);

/**
 * Requests to a provider: bounded in size and time, without redirects, over https. Only a provider on this machine may name
 * addresses on this machine.
 */
export const providerFetch =
  (issuer: string): CustomFetch =>
  async (address, options) => {
    const url = URL.parse(address);
    const isAllowed = url && isFetchable(url) && (!isLoopback(url) || isLoopback(new URL(issuer)));
    if (!isAllowed) throw new ProviderUnreachable(`the provider names an address that is not https`);
    const asked = { method: options.method, headers: options.headers, body: options.body ?? null };
    try {
      const response = await fetch(url, {
        ...asked,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const body = await readBounded(response, url.host);
      const { status } = response;
      if (status >= 500 || status === 429) throw new ProviderUnreachable(`${url.host} answered ${status}`);
      return new Response(body.length > 0 ? body : null, { status, headers: response.headers });
    } catch (error) {
      if (error instanceof ProviderUnreachable) throw error;
      throw new ProviderUnreachable(`${url.host} did not answer`, { cause: error });
    }
  };

const readBounded = async (response: Response, host: string): Promise<Buffer<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // leaving the loop cancels the rest
    if (size > LONGEST_ANSWER) throw new ProviderUnreachable(`${host} answered more than 1 MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};
