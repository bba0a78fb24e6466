import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { succeeded } from '../../support/transcript.ts';
import type { Shell } from '../shell.ts';

/** An API key as a command printed it. */
export interface Key {
  readonly id: string;
  readonly apikey: string;
}

/** What may be said of a policy on the registry, beyond its roles. */
export interface Scope {
  readonly namespace?: string;
  readonly region?: string;
}

/** Runs a line and reads the JSON it prints. */
export const json = async <Answer = Record<string, string>>(shell: Shell, line: string): Promise<Answer> =>
  JSON.parse(succeeded(await shell.types(`${shell.program} ${line} --output json`)).stdout) as Answer;

/** Keys an identity may still have beside the one about to be made; IBM's limit is 20. */
const KEPT = 10;
const made = new WeakMap<Shell, string[]>();

/** A user's own key. Those of earlier checks are deleted as new ones are made. */
export const userKey = async (shell: Shell, options = ''): Promise<Key> => {
  const earlier = made.get(shell) ?? [];
  made.set(shell, earlier);
  while (earlier.length > KEPT)
    await shell.types(`${shell.program} iam api-key-delete ${earlier.shift()} -f`);
  const key = await json<Key>(shell, `iam api-key-create key-${randomUUID()} ${options}`);
  shell.remember(key.apikey);
  earlier.push(key.id);
  return key;
};

/** A robot: a service ID with a key, and what its owner lets it do. */
export class Robot {
  readonly #owner: Shell;
  readonly id: string;
  readonly key: Key;

  private constructor(owner: Shell, id: string, key: Key) {
    this.#owner = owner;
    this.id = id;
    this.key = key;
  }

  static async make(owner: Shell): Promise<Robot> {
    const { id } = await json<{ id: string }>(owner, `iam service-id-create robot-${randomUUID()}`);
    const key = await json<Key>(owner, `iam service-api-key-create key ${id}`);
    owner.remember(key.apikey);
    return new Robot(owner, id, key);
  }

  /** Gives it roles, e.g. 'Reader,Writer', as the page's commands do; the policy's id. */
  async grant(roles: string, { namespace, region }: Scope = {}): Promise<string> {
    const on = namespace === undefined ? '' : `--resource-type namespace --resource ${namespace}`;
    const where = region === undefined ? '' : `--region ${region}`;
    const options = `--roles ${roles} --service-name container-registry ${where} ${on}`;
    const policy = await json(this.#owner, `iam service-policy-create ${this.id} ${options}`);
    assert.ok(policy.id);
    return policy.id;
  }

  async revoke(policy: string): Promise<void> {
    succeeded(
      await this.#owner.types(`${this.#owner.program} iam service-policy-delete ${this.id} ${policy} -f`),
    );
  }
}

/** An access token of whoever is logged in in that shell. */
export const accessToken = async (shell: Shell): Promise<string> => {
  const { iam_token: text = '' } = await json(shell, 'iam oauth-tokens');
  const token = text.replace(/^Bearer /, '');
  shell.remember(token);
  return token;
};
