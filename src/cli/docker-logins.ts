import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { IdentityToken } from '../wire/tokens.ts';
import { replacePrivately } from './private-file.ts';
import type { Workload } from './workload.ts';

/** What docker is given for a registry. Times are epoch milliseconds. */
export interface DockerLogin {
  readonly endpoint: string;
  /** What it was made from: `docker login`, or a profile and the token of a build. */
  readonly source: string;
  readonly userName: 'iambearer' | 'iamrefresh';
  readonly secret: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Where nothing is left of a login, an answer may take longer than where there is something to fall back on. */
const PATIENT = 6000;
const BRIEF = 3000;
/** How long a program waits for the renewal of another one. */
const LOCK_WAIT = 8000;
/** A lock that is older was left by a program that ended. */
const STALE_LOCK = 15_000;
const MOST_KEPT = 20;
/** A login that ends sooner is not handed out, in milliseconds. */
const TOO_LATE = 10_000;
/** The server ends a session sooner. */
const SESSION = 30 * 24 * 3_600_000;
const BY_DOCKER = 'docker login';

/**
 * What docker's credential helper keeps beside the session of `tidegate login`: sessions, never a key or the token of a
 * platform, in a file that only its owner can read. The login of a build is renewed when half of its life is over, so that
 * what is handed out lasts for a push. Programs that ask at once wait for one renewal. Where the folder cannot be written,
 * each makes its own.
 */
export class DockerLogins {
  readonly #path: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.#path = join(folder, 'docker-logins.json');
    this.#clock = clock;
  }

  /** What `docker login` left. */
  list(): DockerLogin[] {
    return this.#alive().filter(({ source }) => source === BY_DOCKER);
  }

  /** The login of a build; a new one where half of its life is over. Throws where there is none. */
  async current(workload: Workload): Promise<DockerLogin> {
    const known = this.#of(workload);
    if (known && this.#isYoung(known)) return known;
    await using _lock = await this.#locked();
    const latest = this.#of(workload);
    if (latest && this.#isYoung(latest)) return latest;
    try {
      return this.#keep(await this.#logIn(workload, sourceOf(workload), latest ? BRIEF : PATIENT));
    } catch (error) {
      if (latest) return latest;
      throw error;
    }
  }

  /** `docker login` with an API key. Throws where the server refuses it; the key is not kept. */
  async addKey(endpoint: string, apikey: string): Promise<void> {
    const { tokensByApiKey, clientAt } = await calls();
    const issued = await tokensByApiKey(clientAt(endpoint, undefined, PATIENT), apikey);
    const issuedAt = this.#clock.now();
    const secret = issued.refresh_token;
    const expiresAt = issuedAt + SESSION;
    this.#keep({ endpoint, source: BY_DOCKER, userName: 'iamrefresh', secret, issuedAt, expiresAt }, true);
  }

  /** What the registry gave docker in place of the secret it logged in with. */
  addSession(endpoint: string, secret: string): void {
    const issuedAt = this.#clock.now();
    const expiresAt = issuedAt + SESSION;
    this.#keep({ endpoint, source: BY_DOCKER, userName: 'iamrefresh', secret, issuedAt, expiresAt }, true);
  }

  /** `docker login` with the token of a platform: its session is kept until it ends. */
  async addWorkload(workload: Pick<Workload, 'endpoint' | 'profile' | 'token'>): Promise<void> {
    this.#keep(await this.#logIn(workload, BY_DOCKER, PATIENT), true);
  }

  /** What `docker logout` does. */
  remove(holds: (login: DockerLogin) => boolean): void {
    const all = this.#read();
    const rest = all.filter((login) => !holds(login));
    if (rest.length < all.length) this.#write(rest);
  }

  #of(workload: Workload): DockerLogin | undefined {
    const source = sourceOf(workload);
    return this.#alive().find((each) => each.endpoint === workload.endpoint && each.source === source);
  }

  #alive(): DockerLogin[] {
    const now = this.#clock.now();
    return this.#read().filter(({ expiresAt }) => expiresAt - now > TOO_LATE);
  }

  #isYoung({ issuedAt, expiresAt }: DockerLogin): boolean {
    return this.#clock.now() < (issuedAt + expiresAt) / 2;
  }

  async #logIn(
    { endpoint, profile, token }: Pick<Workload, 'endpoint' | 'profile' | 'token'>,
    source: string,
    timeout: number,
  ): Promise<DockerLogin> {
    const { tokensByWorkloadToken, clientAt } = await calls();
    const client = clientAt(endpoint, undefined, timeout);
    const issued: IdentityToken = await tokensByWorkloadToken(client, await token(timeout), profile);
    const issuedAt = this.#clock.now();
    const expiresAt = issuedAt + issued.expires_in * 1000;
    const secret = issued.access_token;
    return { endpoint, source, userName: 'iambearer', secret, issuedAt, expiresAt };
  }

  /** `must`: it is lost where it cannot be written. */
  #keep(login: DockerLogin, must = false): DockerLogin {
    const isOther = (each: DockerLogin): boolean =>
      each.endpoint !== login.endpoint || each.source !== login.source;
    try {
      this.#write([login, ...this.#alive().filter(isOther)].slice(0, MOST_KEPT));
    } catch (error) {
      if (must) throw error;
    }
    return login;
  }

  #read(): DockerLogin[] {
    try {
      const { logins } = JSON.parse(readFileSync(this.#path, 'utf8')) as { logins?: unknown };
      return Array.isArray(logins) ? logins.filter(isLogin) : [];
    } catch {
      return [];
    }
  }

  #write(logins: readonly DockerLogin[]): void {
    replacePrivately(this.#path, `${JSON.stringify({ logins }, null, 2)}\n`);
  }

  /** One program at a time renews. Where no lock can be made, none waits. */
  async #locked(): Promise<Disposable> {
    const path = `${this.#path}.lock`;
    for (let waited = 0; waited < LOCK_WAIT; waited += 50) {
      try {
        mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
        closeSync(openSync(path, 'wx', 0o600));
        return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') break;
      }
      if (isStale(path)) rmSync(path, { force: true });
      else await pause(50);
    }
    return { [Symbol.dispose]: () => undefined };
  }
}

/** Loaded where they are needed: most answers come from the file. */
const calls = async () => {
  const [tokens, { clientAt }] = await Promise.all([
    import('../client/identity-tokens.ts'),
    import('./server.ts'),
  ]);
  return { ...tokens, clientAt };
};

const sourceOf = ({ profile, source }: Workload): string => `${profile} ${source}`;

const isStale = (path: string): boolean => {
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_LOCK;
  } catch {
    return false;
  }
};

const isLogin = (value: unknown): value is DockerLogin => {
  if (typeof value !== 'object' || value === null) return false;
  const { endpoint, source, userName, secret, issuedAt, expiresAt } = value as Record<string, unknown>;
  return (
    [endpoint, source, secret].every((text) => typeof text === 'string') &&
    (userName === 'iambearer' || userName === 'iamrefresh') &&
    typeof issuedAt === 'number' &&
    typeof expiresAt === 'number'
  );
};
