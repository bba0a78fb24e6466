import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, runOperator } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp } from './back-up.ts';
import { pullImage, pushImage } from './images.ts';

export interface Key {
  readonly id: string;
  readonly apikey: string;
}

/** What was given out before a backup. */
export interface GivenOut {
  readonly account: string;
  readonly access: string;
  readonly refresh: string;
  readonly bearer: string;
  /** The address of an upload that was begun. */
  readonly upload: string;
  /** An API key of the owner beside the first. */
  readonly second: Key;
  /** An API key of a service ID. */
  readonly service: Key;
  readonly registryToken: string;
}

/** Settings of the engines that a server runs on; none for SQLite and files. */
export type Engines = Readonly<Record<string, string>>;

/** A server with images and everything that can be given out, and backups of it. */
export class RestoredWorld implements AsyncDisposable {
  readonly old: RegistryProcess;
  /** Where its backups go. */
  readonly target: string;
  readonly images: readonly { readonly repository: string; readonly digest: string }[];
  readonly given: GivenOut;
  /** The backup that was taken when all of that was there. */
  readonly snapshot: string;
  readonly #scratch: ReturnType<typeof temporaryFolder>;

  private constructor(
    world: Omit<RestoredWorld, keyof AsyncDisposable | 'newPlace' | 'restore' | 'assertHolds' | 'masterKey'>,
    scratch: ReturnType<typeof temporaryFolder>,
  ) {
    this.old = world.old;
    this.target = world.target;
    this.images = world.images;
    this.given = world.given;
    this.snapshot = world.snapshot;
    this.#scratch = scratch;
  }

  /** `to`: where the backups go, beside a folder. */
  static async make(engines: Engines = {}, to?: string): Promise<RestoredWorld> {
    const scratch = temporaryFolder();
    const target = to ?? join(scratch.path, 'backups');
    const root = to ?? scratch.path;
    const old = await startRegistryProcess({ env: { ...engines, TIDEGATE_BACKUP_ROOT: root } });
    try {
      await old.namespaceAdd('birds');
      const images: { repository: string; digest: string }[] = [];
      for (const [at, size] of [10, 5_000_000, 70_000, 1].entries()) {
        const repository = `birds/r${at % 2}`;
        images.push({ repository, digest: await pushImage(old, repository, `t${at}`, { size }) });
      }
      const given = await giveOut(old);
      const snapshot = await backUp(old, target);
      return new RestoredWorld({ old, target, images, given, snapshot }, scratch);
    } catch (error) {
      await old[Symbol.asyncDispose]();
      scratch[Symbol.dispose]();
      throw error;
    }
  }

  get masterKey(): string {
    return (
      this.old.settings.TIDEGATE_MASTER_KEY ??
      readFileSync(join(this.old.dataDir, 'master.key'), 'utf8').trim()
    );
  }

  /** An empty place on these engines, with a copy of the master key where that belongs. */
  newPlace(engines?: Engines): RegistryProcess {
    const env = { ...engines, TIDEGATE_BOOTSTRAP_APIKEY: undefined };
    if (engines) return new RegistryProcess({ env: { ...env, TIDEGATE_MASTER_KEY: this.masterKey } });
    const place = new RegistryProcess({ env });
    writeFileSync(join(place.dataDir, 'master.key'), `${this.masterKey}\n`);
    return place;
  }

  restore(place: RegistryProcess, more: readonly string[] = [], from = this.target): Promise<Outcome> {
    return runOperator(['restore', '--from', from, '-f', ...more], place.settings);
  }

  /** Every image pulls by digest, with the owner's key of before. */
  async assertHolds(place: RegistryProcess): Promise<void> {
    for (const { repository, digest } of this.images)
      await pullImage(place, this.old.apikey, repository, digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.old[Symbol.asyncDispose]();
    if (existsSync(this.#scratch.path)) this.#scratch[Symbol.dispose]();
  }
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const giveOut = async (old: RegistryProcess): Promise<GivenOut> => {
  const signedIn = await fetch(`${old.url}/identity/token`, {
    method: 'POST',
    headers: { Authorization: basic('bx', 'bx') },
    body: new URLSearchParams({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: old.apikey,
      response_type: 'cloud_iam',
    }),
  });
  const tokens = (await signedIn.json()) as { access_token: string; refresh_token: string };
  const headers = { Authorization: basic('iamapikey', old.apikey) };
  const bearer = await fetch(`${old.url}/oauth/token?service=${old.host}&scope=repository:birds/r0:pull`, {
    headers,
  });
  const upload = await fetch(`${old.url}/v2/birds/r0/blobs/uploads/`, { method: 'POST', headers });
  const { accountId, iamId } = await old.signIn();
  const key = async (name: string, iam: string): Promise<Key> => {
    const made = await old.request('/v1/apikeys', json({ name, iam_id: iam, account_id: accountId }));
    const answer = (await made.json()) as Key;
    assert.equal(made.status, 201, JSON.stringify(answer));
    return answer;
  };
  const service = await old.request('/v1/serviceids', json({ name: 'ci', account_id: accountId }));
  const { iam_id: serviceIam } = (await service.json()) as { iam_id: string };
  const token = await old.request('/api/v1/tokens?description=robot&permanent=true', { method: 'POST' });
  const answer = (await token.json()) as { token: string };
  assert.equal(token.status, 200, JSON.stringify(answer));
  return {
    account: accountId,
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    bearer: ((await bearer.json()) as { token: string }).token,
    upload: new URL(upload.headers.get('location') ?? '', old.url).pathname,
    second: await key('second', iamId),
    service: await key('ci', serviceIam),
    registryToken: answer.token,
  };
};

/** Runs a restore and kills it once it prints what `at` finds; the place it leaves is unfinished. */
export const killRestore = async (
  args: readonly string[],
  env: Record<string, string>,
  at: RegExp,
  place: RegistryProcess,
): Promise<void> => {
  const killed = await runOperator(['restore', ...args, '-f'], env, async (child) => {
    let heard = '';
    child.stdout?.on('data', (text: string) => {
      heard += text;
      if (at.test(heard)) child.kill('SIGKILL');
    });
  });
  assert.equal(killed.code, null, killed.stderr);
  await assert.rejects(place.start(), /unfinished target of tidegate restore; run that again/);
};
