import { type Clock, systemClock } from '../clock.ts';
import { type DockerLogin, DockerLogins } from './docker-logins.ts';
import { endpointOf, isExposed, isHostOf } from './endpoint.ts';
import { EXIT } from './exit-codes.ts';
import type { Streams } from './io.ts';
import { configFolder, type Remembered, SessionFile } from './session.ts';
import { registryEndpointOf } from './target.ts';
import { VERSION } from './version.ts';
import { type Workload, workloadIn } from './workload.ts';

/** The name docker looks for on the PATH where config.json says `tidegate`. */
const CREDENTIAL_HELPER = 'docker-credential-tidegate';

/** Docker's own words: with exactly these, a client goes on without credentials. Any other text stops it. */
const NOT_FOUND = 'credentials not found in native keychain';
const NO_SERVER = 'no credentials server URL';
const NO_USER = 'no credentials username';

/** More than any request of a client has. */
const LONGEST_REQUEST = 64 * 1024;

/** What docker is given for the registry at an address. */
type Login = Pick<DockerLogin, 'endpoint' | 'userName' | 'secret'>;

/** Told to docker: it shows what the helper writes to standard output. */
class HelperError extends Error {}

/**
 * Docker's credential helper: `get`, `store`, `erase`, `list` and `version`, one JSON or one line of text on standard
 * output. A build that names its profile logs in by itself with the token of its platform, and is renewed. Else docker has
 * the session of `docker login`, or that of `tidegate login`. Source: docker-credential-helpers, README.md and
 * client/client.go.
 */
export const runCredentialHelper = async (
  argv: readonly string[],
  streams: Streams = process,
  clock: Clock = systemClock,
): Promise<number> => {
  try {
    streams.stdout.write(`${await new Helper(streams, clock).answer(argv[0] ?? '')}`);
    return EXIT.OK;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // clients read standard output, and quote nothing else
    streams.stdout.write(`${text.split('\n', 1)[0]}\n`);
    return 1;
  }
};

class Helper {
  readonly #streams: Streams;
  readonly #kept: DockerLogins;
  readonly #session: SessionFile;

  constructor(streams: Streams, clock: Clock) {
    const folder = configFolder(streams.env);
    this.#streams = streams;
    this.#kept = new DockerLogins(folder, clock);
    this.#session = new SessionFile(folder);
  }

  async answer(action: string): Promise<string> {
    switch (action) {
      case 'version':
        return `${CREDENTIAL_HELPER} ${VERSION}\n`;
      case 'get':
        return this.#get(serverIn(await requestOf(this.#streams)));
      case 'store':
        return this.#store(credentialsIn(await requestOf(this.#streams)));
      case 'erase':
        return this.#erase(serverIn(await requestOf(this.#streams)));
      case 'list':
        return this.#list();
      default:
        throw new HelperError(`usage: ${CREDENTIAL_HELPER} get | store | erase | list | version`);
    }
  }

  async #get(server: string): Promise<string> {
    const workload = this.#workload(server);
    const login = workload ? await this.#kept.current(workload) : this.#all(server)[0];
    if (!login) throw new HelperError(NOT_FOUND);
    return json({ ServerURL: server, Username: login.userName, Secret: login.secret });
  }

  /**
   * `docker login` stores what it was given by `get`, or what a person gave it. Of a key and of a token of a platform only
   * the session is kept. Another secret is refused: it would be kept in clear text.
   */
  async #store({ ServerURL: server, Username: name, Secret: secret }: Given): Promise<string> {
    const workload = this.#workload(server);
    const own = [...this.#all(server), ...(workload ? [await this.#kept.current(workload)] : [])];
    if (own.some((login) => name === login.userName && secret === login.secret)) return '';
    const endpoint = addressOf(server);
    if (name === 'iamapikey') await this.#kept.addKey(endpoint, secret);
    else if (name === IDENTITY_TOKEN && /^td[fr]_/.test(secret)) this.#kept.addSession(endpoint, secret);
    else if (isProfile(name) && isJwt(secret))
      await this.#kept.addWorkload({ endpoint, profile: name, token: async () => secret });
    else
      throw new HelperError(
        `this helper keeps no such secret; log in with -u iamapikey and an API key, or use 'tidegate login'`,
      );
    return '';
  }

  /** What `docker login` left is forgotten. The session of `tidegate login` stays until `tidegate logout`. */
  #erase(server: string): string {
    this.#kept.remove((login) => isOf(server, login.endpoint));
    return '';
  }

  #list(): string {
    const workload = workloadIn(this.#streams.env);
    const found: { endpoint: string; userName: string }[] = [
      ...this.#sessions(),
      ...this.#kept.list(),
      ...(workload ? [{ endpoint: workload.endpoint, userName: 'iambearer' }] : []),
    ];
    return json(
      Object.fromEntries(found.map(({ endpoint, userName }) => [new URL(endpoint).host, userName])),
    );
  }

  #workload(server: string): Workload | undefined {
    const { TIDEGATE_REGISTRY: registry } = this.#streams.env;
    // what is wrong with the environment of a build concerns its registry, and no other
    if (registry && !isOf(server, endpointOf(registry))) return undefined;
    return workloadIn(this.#streams.env);
  }

  /** What there is for a server; what `docker login` left comes first. */
  #all(server: string): Login[] {
    return [...this.#kept.list(), ...this.#sessions()].filter(({ endpoint }) => isOf(server, endpoint));
  }

  #sessions(): Login[] {
    return loginsOf(this.#session.read());
  }
}

/** The endpoint that was logged in to, and the region that is targeted, which takes the same session. */
const loginsOf = ({ endpoint, target, session }: Remembered): Login[] => {
  if (!endpoint || !session) return [];
  const addresses = new Set([endpoint, registryEndpointOf(endpoint, target)]);
  return [...addresses].map((address) => ({
    endpoint: address,
    userName: 'iamrefresh' as const,
    secret: session.refreshToken,
  }));
};

/** The name under which docker keeps what the registry gave it in place of a secret. */
const IDENTITY_TOKEN = '<token>';

const isProfile = (name: string): boolean => /^Profile-[0-9a-f-]{36}$/.test(name);
const isJwt = (secret: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);

/** Where a person logs in to a server that docker names by host and port. */
const addressOf = (server: string): string => {
  const endpoint = endpointOf(hostOf(server));
  if (isExposed(endpoint)) throw new HelperError(`${endpoint} is not encrypted: no secret is sent there`);
  return endpoint;
};

const serverIn = (request: string): string => {
  const server = request.trim();
  if (server === '') throw new HelperError(NO_SERVER);
  return server;
};

interface Given {
  readonly ServerURL: string;
  readonly Username: string;
  readonly Secret: string;
}

const credentialsIn = (request: string): Given => {
  let value: unknown;
  try {
    value = JSON.parse(request);
  } catch {
    throw new HelperError('the request is not JSON');
  }
  const { ServerURL = '', Username = '', Secret = '' } = (value ?? {}) as Record<string, unknown>;
  if (typeof ServerURL !== 'string' || ServerURL === '') throw new HelperError(NO_SERVER);
  if (Username === '') throw new HelperError(NO_USER);
  return { ServerURL, Username: String(Username), Secret: String(Secret) };
};

/**
 * Whether a client means this server: host and port, compared whole. Clients write `host:port`, with a scheme or a
 * path (crane: host/repository). A host that only begins alike gets nothing.
 */
const isOf = (server: string, endpoint: string): boolean => isHostOf(hostOf(server), endpoint);

const hostOf = (server: string): string => server.replace(/^https?:\/\//i, '').split('/', 1)[0] ?? '';

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
