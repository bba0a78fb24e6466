import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import type { DeclaredIssuer } from '../../src/identity/issuers/issuer.ts';
import { Issuers } from '../../src/identity/issuers/issuers.ts';
import { PeopleLab } from '../people/people-lab.ts';
import { MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { KeylessLab, REPOSITORY, when } from './keyless-lab.ts';
import { AUDIENCE, declared, SAMPLES } from './platform.ts';

const OTHER = 'https://other.example.com';

/** A workload that is logged in: what it has keeps working, or does not. */
const loggedIn = async (lab: KeylessLab, claims: object = {}, conditions = [REPOSITORY]) => {
  const { id } = await lab.profile(conditions);
  const token = await lab.token(claims);
  const bearer = await lab.bearer(id, token);
  /** Of a push with its bearer, of a login with its token, and of a login with a new one. */
  return async (): Promise<number[]> => [
    await lab.push(bearer),
    await lab.dockerLogin(id, token),
    await lab.dockerLogin(id, await lab.token(claims)),
  ];
};

const says = async (lab: KeylessLab, more: object): Promise<void> => {
  lab.file.write([declared(lab.platform, { issuer: SAMPLES.github.iss, ...more })]);
  await lab.registry.runJob('read-issuers');
};

const ALL = [202, 200, 200];
const NONE = [401, 401, 401];

test('what the file takes away from an account, or from workloads, ends at once: bearers, tokens that were used, and new ones', async () => {
  await using lab = await KeylessLab.start();
  const { accountId } = lab.registry;
  const works = await loggedIn(lab);
  await says(lab, { accounts: [accountId] });
  assert.deepEqual(await works(), ALL);
  await says(lab, { accounts: ['0'.repeat(32)] });
  assert.deepEqual(await works(), NONE);
  await says(lab, { accounts: [accountId] });
  assert.deepEqual(await works(), ALL, 'the file allows it again: the session has not ended meanwhile');
  await says(lab, { for: ['people'], audiences: undefined, client_id: 'tidegate' });
  assert.deepEqual(await works(), NONE);
});

test('an audience that the file takes away ends what came by it, and not what came by another one', async () => {
  await using lab = await KeylessLab.start();
  await says(lab, { audiences: [AUDIENCE, OTHER] });
  const ours = await loggedIn(lab, {}, [REPOSITORY, when('aud', AUDIENCE)]);
  const others = await loggedIn(lab, { aud: [OTHER] }, [REPOSITORY, when('aud', OTHER)]);
  assert.deepEqual([await ours(), await others()], [ALL, ALL]);
  await says(lab, { audiences: [OTHER] });
  assert.deepEqual([await ours(), await others()], [NONE, ALL]);
});

test('what came by a rule that another preset judged ends with that preset', async () => {
  await using lab = await KeylessLab.start('kubernetes');
  const { id } = await lab.profile([when('sub', SAMPLES.kubernetes.sub)]);
  const bearer = await lab.bearer(id, await lab.token());
  assert.equal(await lab.push(bearer), 202);
  lab.file.write([declared(lab.platform, { name: 'kubernetes', issuer: SAMPLES.kubernetes.iss })]);
  await lab.registry.runJob('read-issuers');
  assert.equal(await lab.push(bearer), 401);
});

test('an issuer that was removed while the server was stopped does not revive what came from it when it is declared again', async () => {
  await using lab = await KeylessLab.start();
  const works = await loggedIn(lab);
  await lab.registry.restart();
  assert.deepEqual(await works(), ALL, 'a restart alone ends nothing');
  lab.file.write([]);
  await lab.registry.restart();
  assert.deepEqual(await works(), NONE);
  await says(lab, {});
  assert.deepEqual(await works(), [401, 401, 200]);
});

test('people who signed in through an issuer that is for workloads alone now are signed out at once', async () => {
  const signUp = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };
  await using lab = await PeopleLab.start({ company: signUp });
  const ann = await lab.signedIn('ann');
  const authorization = `Bearer ${await ann.token()}`;
  const userinfo = async (): Promise<number> =>
    (await lab.registry.fetch('/identity/userinfo', { headers: { authorization } })).status;
  assert.equal(await userinfo(), 200);
  const client = { client_id: undefined, client_secret_file: undefined, scopes: undefined };
  await lab.declare({ company: { ...client, for: ['workloads'], audiences: [AUDIENCE] } });
  assert.equal(await userinfo(), 401);
  assert.equal((await ann.session()).signed_in, false);
});

/** A replica as it reads its file; what it says is changed by the test. */
const replica = (database: SqliteDatabase, first: readonly string[]) => {
  let names: readonly string[] | undefined = first;
  const read = async (): Promise<readonly DeclaredIssuer[] | undefined> => {
    const said = names?.map((name) => ({
      name,
      preset: undefined,
      issuer: `https://${name}.example.com`,
      audiences: [AUDIENCE],
      keys: { keys: [] },
      accounts: undefined,
      forWorkloads: true,
      people: undefined,
    }));
    names = undefined;
    return said;
  };
  const issuers = new Issuers(database, new MovableClock(), { read });
  return {
    reads: async (...said: string[]): Promise<void> => {
      names = said;
      await issuers.readAgain();
    },
    /** A link as something that comes from the issuer now has it. */
    link: async (name: string): Promise<string> => {
      const link = await issuers.link(name);
      return typeof link === 'string' ? 'none' : link.id;
    },
    isOver: async (link: string): Promise<boolean> =>
      (await issuers.linkFault(link, { accountId: undefined, isWorkload: true })) !== undefined,
  };
};

test('replicas with files of different ages: who has an issuer goes on, and it begins anew where it comes back', async () => {
  const folder = temporaryFolder().path;
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder, 'tidegate.db'), writes, {});
  const one = replica(database, []);
  await one.reads('old', 'new');
  const [old, fresh] = [await one.link('old'), await one.link('new')];
  const late = replica(database, []);
  await late.reads('old');
  assert.equal(await late.link('new'), 'none');
  assert.equal(await one.isOver(fresh), false, 'a replica that starts with an older file ends nothing');
  await late.reads('old', 'new');
  assert.equal(await one.isOver(old), false);
  assert.equal(await one.isOver(fresh), true, 'it comes back after a start without it');
  const again = await one.link('new');
  const third = replica(database, []);
  await third.reads('old', 'new');
  assert.equal(await one.isOver(again), false, 'once: a start that has it ends nothing');
  // a rolling removal: each starts without it, and the last one that had it stops
  await replica(database, []).reads('old');
  await replica(database, []).reads('old', 'new');
  assert.equal(await third.isOver(again), true);
  await replica(database, []).reads();
  const last = replica(database, []);
  await last.reads('old');
  assert.equal(await last.isOver(old), true, 'a server that began with no file at all');
});
