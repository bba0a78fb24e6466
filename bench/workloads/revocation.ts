import { smallImage } from '../content.ts';
import { expectStatus, HttpClient } from '../http-client.ts';
import type { Target } from '../target.ts';
import type { Workload } from './workload.ts';

const TRIALS = 50;
/** Requests after each deletion: as many pulls with the bearer got before it, as many token requests with the key. */
const PULLS = 8;
const TOKEN_REQUESTS = 2;

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
    const statuses: number[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      signal.throwIfAborted();
      statuses.push(...(await statusesAfterDeletion(target, repository, trial)));
    }
    const accepted = statuses.filter((status) => status < 400).length;
    const wrong = statuses.filter((status) => status !== 401);
    return {
      value: accepted,
      errors: wrong.length,
      firstError:
        wrong.length === 0 ? undefined : `${wrong[0]} where 401 was due after the API key was deleted`,
      note: `${accepted} of ${statuses.length} requests sent after ${TRIALS} deletions were accepted`,
    };
  },
};

const statusesAfterDeletion = async (
  target: Target,
  repository: string,
  trial: number,
): Promise<number[]> => {
  const account = await target.account();
  if (account === undefined) throw new Error('the server no longer signs in its own API key');
  const key = await account.createApiKey(`bench-revocation-${trial}`);
  const credentials = target.credentials.as({ user: 'iamapikey', password: key.secret });
  const headers = await credentials.headers(repository, 'pull');

  using http = new HttpClient(target.url, PULLS);
  using realm = new HttpClient(credentials.realm ?? target.url, TOKEN_REQUESTS);
  const path = `/v2/${repository}/manifests/v1`;
  const pulls = () => Array.from({ length: PULLS }, () => http.send({ method: 'GET', path, headers }));
  // When the key goes, every connection is open and every cache of the server is warm.
  for (const answer of await Promise.all(pulls())) expectStatus(answer, 200, 'pull with a new API key');
  await account.deleteApiKey(key.id);
  const answers = await Promise.all([
    ...pulls(),
    ...Array.from({ length: TOKEN_REQUESTS }, () => credentials.requestToken(realm, repository, 'pull')),
  ]);
  return answers.map((answer) => answer.status);
};
