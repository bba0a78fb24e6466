import { EXIT } from './exit-codes.ts';
import type { Streams } from './io.ts';
import { configFolder, type Remembered, SessionFile } from './session.ts';
import { registryEndpointOf } from './target.ts';
import { VERSION } from './version.ts';

/** The name docker looks for on the PATH where config.json says `tidegate`. */
export const CREDENTIAL_HELPER = 'docker-credential-tidegate';

/** Docker's own words: with exactly these, a client goes on without credentials. Any other text stops it. */
const NOT_FOUND = 'credentials not found in native keychain';
const NO_SERVER = 'no credentials server URL';

/** More than any request of a client has. */
const LONGEST_REQUEST = 64 * 1024;
const USER_NAME = 'iamrefresh';

/** The address that a session is good for, and its refresh token: docker gets its tokens with it, as after `cr login`. */
interface Login {
  readonly url: URL;
  readonly secret: string;
}

/** Told to docker: it shows what the helper writes to standard output. */
class HelperError extends Error {}

/**
 * Docker's credential helper: `get`, `store`, `erase`, `list` and `version`, one JSON or one line of text on standard
 * output. It reads the session of this client, keeps no secret of its own, and asks no server. So a session that is
 * renewed or ended by login and logout is renewed or ended for docker, podman and the others too.
 * Source: docker-credential-helpers, README.md and client/client.go.
 */
export const runCredentialHelper = async (
  argv: readonly string[],
  streams: Streams = process,
): Promise<number> => {
  try {
    streams.stdout.write(`${await answer(argv[0] ?? '', streams)}`);
    return EXIT.OK;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // clients read standard output, and quote nothing else
    streams.stdout.write(`${text.split('\n', 1)[0]}\n`);
    return 1;
  }
};

const answer = async (action: string, streams: Streams): Promise<string> => {
  if (action === 'version') return `${CREDENTIAL_HELPER} ${VERSION}\n`;
  const logins = loginsOf(new SessionFile(configFolder(streams.env)).read());
  switch (action) {
    case 'get':
      return get(await requestOf(streams), logins);
    case 'store':
      return store(await requestOf(streams), logins);
    case 'erase':
      // the session is the client's: logout ends it
      return '';
    case 'list':
      return json(Object.fromEntries(logins.map(({ url }) => [url.host, USER_NAME])));
    default:
      throw new HelperError(`usage: ${CREDENTIAL_HELPER} get | store | erase | list | version`);
  }
};

/** The endpoint that was logged in to, and the region that is targeted, which takes the same session. */
const loginsOf = ({ endpoint, target, session }: Remembered): Login[] => {
  if (!endpoint || !session) return [];
  const addresses = new Set([endpoint, registryEndpointOf(endpoint, target)]);
  return [...addresses].map((address) => ({ url: new URL(address), secret: session.refreshToken }));
};

const get = (request: string, logins: readonly Login[]): string => {
  const server = request.trim();
  if (server === '') throw new HelperError(NO_SERVER);
  const login = logins.find((each) => isOf(server, each));
  if (!login) throw new HelperError(NOT_FOUND);
  return json({ ServerURL: server, Username: USER_NAME, Secret: login.secret });
};

/** `docker login` stores what it was given by `get`. Another secret is refused: it would be kept in clear text. */
const store = (request: string, logins: readonly Login[]): string => {
  const { ServerURL: server, Username: name, Secret: secret } = credentialsIn(request);
  const login = logins.find((each) => isOf(server, each));
  if (login && name === USER_NAME && secret === login.secret) return '';
  throw new HelperError(
    `this helper keeps no secrets; use 'tidegate login', and docker is logged in to the same server`,
  );
};

const credentialsIn = (request: string): { ServerURL: string; Username: string; Secret: string } => {
  let value: unknown;
  try {
    value = JSON.parse(request);
  } catch {
    throw new HelperError('the request is not JSON');
  }
  const { ServerURL = '', Username = '', Secret = '' } = (value ?? {}) as Record<string, unknown>;
  if (typeof ServerURL !== 'string' || ServerURL === '') throw new HelperError(NO_SERVER);
  return { ServerURL, Username: String(Username), Secret: String(Secret) };
};

/**
 * Whether a client means this server: host and port, compared whole. Clients write `host:port`, with a scheme or a
 * path (crane: host/repository). A host that only begins alike gets nothing.
 */
const isOf = (server: string, { url }: Login): boolean => {
  const [host = ''] = server.replace(/^https?:\/\//i, '').split('/', 1);
  return /^[a-z0-9.:[\]-]+$/i.test(host) && URL.parse(`${url.protocol}//${host}`)?.host === url.host;
};

const json = (value: object): string => `${JSON.stringify(value)}\n`;

const requestOf = async ({ stdin }: Streams): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LONGEST_REQUEST) throw new HelperError('the request is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
};
