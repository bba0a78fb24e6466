import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { configFolder, SessionFile } from '../../src/cli/session.ts';
import { run, succeeded } from '../support/transcript.ts';

const inFolder = async (use: (folder: string) => void | Promise<void>): Promise<void> => {
  const parent = mkdtempSync(join(tmpdir(), 'tidegate-session-'));
  try {
    await use(join(parent, 'new', 'tidegate'));
  } finally {
    rmSync(parent, { recursive: true });
  }
};

const endpoint = 'http://127.0.0.1:5000';
const session = { accessToken: 'access', refreshToken: 'refresh' };

test('the session is read as it was written, and is empty without a file', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    assert.deepEqual(file.read(), {});
    file.write({ endpoint, session });
    assert.deepEqual(file.read(), { endpoint, session });
  }));

test(
  'only the owner can read the file, and a folder that is created for it',
  { skip: process.platform === 'win32' },
  () =>
    inFolder((folder) => {
      const file = new SessionFile(folder);
      file.write({ endpoint, session });
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      assert.equal(statSync(file.path).mode & 0o777, 0o600);
    }),
);

test(
  'a file that others could read is private after the next write',
  { skip: process.platform === 'win32' },
  () =>
    inFolder((folder) => {
      const file = new SessionFile(folder);
      mkdirSync(folder, { recursive: true });
      writeFileSync(file.path, '{}', { mode: 0o644 });
      file.write({ endpoint });
      assert.equal(statSync(file.path).mode & 0o777, 0o600);
    }),
);

test('a damaged file is reported, with what to do', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    mkdirSync(folder, { recursive: true });
    for (const text of ['', '{"endpoint":', '[', 'null', '7']) {
      writeFileSync(file.path, text);
      assert.throws(
        () => file.read(),
        { message: `${file.path} is damaged. Delete it and log in again.` },
        text,
      );
    }
  }));

test('a session without one of its tokens is ignored', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    mkdirSync(folder, { recursive: true });
    writeFileSync(file.path, JSON.stringify({ endpoint, session: { accessToken: 'only' }, extra: 1 }));
    assert.deepEqual(file.read(), { endpoint });
  }));

test('a target without a valid host name is ignored', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    const target = { region: 'eu-de', host: 'de.icr.io' };
    file.write({ endpoint, target, session });
    assert.deepEqual(file.read(), { endpoint, target, session });
    for (const damaged of [null, 'eu-de', {}, { region: 'eu-de' }, { region: '', host: 'de.icr.io' }]) {
      writeFileSync(file.path, JSON.stringify({ endpoint, target: damaged, session }));
      assert.deepEqual(file.read(), { endpoint, session });
    }
    for (const host of ['', 'a/b', 'a@b', 'a:1', 'a#', 'a b', '-a', 'a\\b']) {
      writeFileSync(file.path, JSON.stringify({ endpoint, target: { region: 'eu-de', host } }));
      assert.deepEqual(file.read(), { endpoint }, host);
    }
  }));

test('targeting a region keeps the session, and a renewal keeps the target', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    const target = { region: 'eu-de', host: 'de.icr.io' };
    file.write({ endpoint, session });
    file.aim(target);
    assert.deepEqual(file.read(), { endpoint, target, session });
    const renewed = { accessToken: 'renewed', refreshToken: 'refresh' };
    file.renew(session, renewed);
    assert.deepEqual(file.read(), { endpoint, target, session: renewed });
    file.aim(undefined);
    assert.deepEqual(file.read(), { endpoint, session: renewed });
  }));

test('a renewal does not bring back a session that another command has ended or replaced', () =>
  inFolder((folder) => {
    const file = new SessionFile(folder);
    const renewed = { accessToken: 'renewed', refreshToken: 'refresh' };
    file.write({ endpoint });
    file.renew(session, renewed);
    assert.deepEqual(file.read(), { endpoint });
    const other = { accessToken: 'other', refreshToken: 'of another login' };
    file.write({ endpoint, session: other });
    file.renew(session, renewed);
    assert.deepEqual(file.read(), { endpoint, session: other });
    file.write({ endpoint, session });
    file.renew(session, renewed);
    assert.deepEqual(file.read(), { endpoint, session: renewed });
  }));

test('of several writers at once one wins: a reader never gets a mixture, and no temporary file stays', () =>
  inFolder(async (folder) => {
    const file = new SessionFile(folder);
    file.write({ endpoint, session: { accessToken: 'a', refreshToken: 'a' } });
    const writer = join(import.meta.dirname, 'session-writer.ts');
    const writers = ['a', 'b', 'c'].map((name) => run([process.execPath, writer, folder, name, '300']));
    let writing = true;
    const all = Promise.all(writers).finally(() => {
      writing = false;
    });
    let reads = 0;
    for (; writing; reads++) {
      const { accessToken = '', refreshToken = '' } = file.read().session ?? {};
      assert.equal(accessToken.replaceAll(refreshToken, ''), '', readFileSync(file.path, 'utf8'));
      await turnOfLoop();
    }
    for (const turn of await all) succeeded(turn);
    assert.ok(reads > 10, 'the reader read while the writers wrote');
    assert.deepEqual(readdirSync(folder), ['config.json']);
  }));

test("the folder is TIDEGATE_HOME, else tidegate in the platform's folder for settings", () => {
  const HOME = '/home/x';
  const cases: [Record<string, string>, NodeJS.Platform, string][] = [
    [{ TIDEGATE_HOME: '/t', XDG_CONFIG_HOME: '/x', HOME }, 'linux', '/t'],
    [{ XDG_CONFIG_HOME: '/x', HOME }, 'linux', '/x/tidegate'],
    [{ XDG_CONFIG_HOME: 'relative', HOME }, 'linux', '/home/x/.config/tidegate'],
    [{ HOME }, 'linux', '/home/x/.config/tidegate'],
    [{ HOME }, 'darwin', '/home/x/Library/Application Support/tidegate'],
  ];
  for (const [env, platform, folder] of cases) assert.equal(configFolder(env, platform), folder);
});
