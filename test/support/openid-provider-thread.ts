/** The thread of test/support/openid-provider.ts: npm's oidc-provider behind a server on loopback, with a clock the test moves. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import type { Call, ProviderUser, Reply, Tampering } from './openid-provider.ts';

/** Before oidc-provider is imported: it asks Date for the time. */
const movedClock = (workerData as { clock?: SharedArrayBuffer }).clock;
if (movedClock) {
  const now = new BigInt64Array(movedClock);
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args: [] | [number | string]) {
      if (args.length === 0) super(Number(now[0]));
      else super(args[0]);
    }
    static override now = (): number => Number(now[0]);
  } as DateConstructor;
}
for (const method of ['info', 'warn', 'error'] as const) console[method] = () => {};
const { Provider } = await import('oidc-provider');

interface Key {
  readonly jwk: JWK;
  readonly key: CryptoKey;
}

const newKey = async (kid: string): Promise<Key> => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { jwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' }, key: privateKey };
};

const users = new Map<string, ProviderUser>();
const clients = new Map<string, object>();
const requests = new Map<string, number>();
/** It signs what the provider did not. */
const foreign = await newKey('key-1');
let keys = 1;
let key = await newKey('key-1');
let tampering: Tampering = {};
let server: Server | undefined;
let port = 0;
let serve: ReturnType<InstanceType<typeof Provider>['callback']> | undefined;

const issuer = (): string => `http://127.0.0.1:${port}`;

const sign = (claims: Record<string, unknown>, header: object, by: Key): Promise<string> =>
  new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid: String(by.jwk.kid), ...header })
    .sign(by.key);

/** The ID token of an answer as the test wants it. */
const tampered = async (token: string): Promise<string | undefined> => {
  const { idToken = {}, foreignKey, noIdToken } = tampering;
  if (noIdToken) return undefined;
  const claims = { ...decodeJwt(token), ...idToken };
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
  return sign(kept, {}, foreignKey ? foreign : key);
};

const make = (): void => {
  const provider = new Provider(issuer(), {
    clients: [...clients.values()],
    jwks: { keys: [key.jwk] },
    cookies: { keys: ['of the tests'] },
    scopes: ['openid', 'offline_access', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
      groups: ['groups', '_claim_names', '_claim_sources'],
    },
    conformIdTokenClaims: false,
    rotateRefreshToken: true,
    issueRefreshToken: async (_: unknown, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    findAccount: async (_: unknown, id: string) => {
      const user = users.get(id);
      return user && { accountId: id, claims: async () => ({ sub: id, ...user }) };
    },
    // the company's own client: nothing is asked but who signs in
    loadExistingGrant: async (context: import('oidc-provider').Context) => {
      const grant = new provider.Grant({
        clientId: context.oidc?.client?.clientId,
        accountId: context.oidc?.session?.accountId,
      });
      grant.addOIDCScope('openid offline_access email profile groups');
      await grant.save();
      return grant;
    },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    fetch: (url: string, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) =>
      fetch(url, options),
  });
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route !== 'token' || Object.keys(tampering).length === 0) return;
    const body = context.body as { id_token?: string };
    if (body.id_token === undefined) return;
    const token = await tampered(body.id_token);
    if (token === undefined) delete body.id_token;
    else body.id_token = token;
  });
  serve = provider.callback();
};

const listen = async (): Promise<string> => {
  server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const { failing } = tampering;
    if (failing !== undefined && (failing.path === undefined || failing.path === path)) {
      response.writeHead(failing.status, failing.headers ?? {}).end(failing.body ?? 'not now');
      return;
    }
    void serve?.(request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  make();
  return issuer();
};

const close = async (): Promise<void> => {
  const closed = server && once(server, 'close');
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  await closed;
};

const ACTIONS: Record<string, (...args: never[]) => unknown> = {
  listen,
  close,
  client: (client: { client_id: string }) => {
    clients.set(client.client_id, client);
    make();
  },
  user: (name: string, user: ProviderUser | undefined) => {
    if (user) users.set(name, user);
    else users.delete(name);
  },
  rotate: async () => {
    keys += 1;
    key = await newKey(`key-${keys}`);
    make();
  },
  tamper: (how: Tampering) => {
    tampering = how;
  },
  sign: (claims: Record<string, unknown>, header: object, byForeign: boolean) =>
    sign(claims, header, byForeign ? foreign : key),
  requests: (path: string) => requests.get(path) ?? 0,
};

parentPort?.on('message', async ({ id, action, args }: Call) => {
  const reply = (message: Reply): void => parentPort?.postMessage(message);
  try {
    reply({ id, answer: await ACTIONS[action]?.(...(args as never[])) });
  } catch (error) {
    reply({ id, fault: String(error) });
  }
});
