import { smallImage } from '../content.ts';
import { expectStatus, HttpClient } from '../http-client.ts';
import type { Target } from '../target.ts';
import type { Workload } from './workload.ts';

const TRIALS = 50;
/** Requests after each deletion: as many pulls with the bearer got before it, as many token requests with the key. */
const PULLS = 8;
const TOKEN_REQUESTS = 2;

/** The statuses of what was asked after one deletion. */
interface Answers {
  readonly pulls: readonly number[];
  readonly tokens: readonly number[];
}

export const revocation: Workload<string> = {
  name: 'revocation',

  async obstacle(target) {
    return (await target.account()) === undefined ? 'it has no API keys to delete' : undefined;
  },

  async prepare({ target }) {
    const repository = target.repository('revocation');
    using registry = target.connect(1);
    await registry.pushImage(repository, 'v1', smallImage());
    return repository;
  },

  /** Deletes a key that has just worked, many times over, and counts what it still opens. */
  async run({ target, signal }, repository) {
    const answers: Answers[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      signal.throwIfAborted();
      answers.push(await answersAfterDeletion(target, repository, trial));
    }
    const statuses = answers.flatMap(({ pulls, tokens }) => [...pulls, ...tokens]);
    const accepted = statuses.filter((status) => status < 400).length;
    const wrong = answers.flatMap(({ pulls, tokens }) => [
      ...pulls.filter((status) => status !== 401),
      // To the token service the bench soon looks like somebody who guesses keys, and is told to wait.
      ...tokens.filter((status) => status !== 401 && status !== 429),
    ]);
    return {
      value: accepted,
      errors: wrong.length,
      firstError:
        wrong.length === 0 ? undefined : `${wrong[0]} where 401 was due after the API key was deleted`,
      note: `${accepted} of ${statuses.length} requests sent after ${TRIALS} deletions were accepted`,
    };
  },
};

const answersAfterDeletion = async (target: Target, repository: string, trial: number): Promise<Answers> => {
  const account = await target.account();
  if (account === undefined) throw new Error('the server no longer signs in its own API key');
  const key = await account.createApiKey(`bench-revocation-${trial}`);
  const credentials = target.credentials.as({ user: 'iamapikey', password: key.secret });
  const headers = await credentials.headers(repository, 'pull');

  using http = new HttpClient(target.url, PULLS);
  using realm = new HttpClient(credentials.realm ?? target.url, TOKEN_REQUESTS);
  const path = `/v2/${repository}/manifests/v1`;
  const pull = () => Array.from({ length: PULLS }, () => http.send({ method: 'GET', path, headers }));
  // When the key goes, every connection is open and every cache of the server is warm.
  for (const answer of await Promise.all(pull())) expectStatus(answer, 200, 'pull with a new API key');
  await account.deleteApiKey(key.id);
  const ask = () =>
    Array.from({ length: TOKEN_REQUESTS }, () => credentials.requestToken(realm, repository, 'pull'));
  const [pulled, asked] = await Promise.all([Promise.all(pull()), Promise.all(ask())]);
  return { pulls: pulled.map(({ status }) => status), tokens: asked.map(({ status }) => status) };
};
