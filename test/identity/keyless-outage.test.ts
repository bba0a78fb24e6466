import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../support/clock.ts';
import { AllRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { KeylessLab } from './keyless-lab.ts';
import { declared, SAMPLES } from './platform.ts';

const status = async (lab: KeylessLab, id: string): Promise<number> =>
  (await lab.exchange(id, await lab.token())).status;

test('an issuer is down for an hour: who is signed in works on, new workloads get in by its last good keys, and nothing waits for it', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  const bearer = await lab.bearer(id, token);
  // it takes requests and never answers: the first one that finds out waits as long as a request may take, and no other
  const open = new Set<ServerResponse>();
  lab.platform.instead = (_, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
  };
  lab.registry.clock.advance(11 * MINUTE);
  assert.equal(await status(lab, id), 200);
  for (let minute = 12; minute < 60; minute += 6) {
    lab.registry.clock.advance(6 * MINUTE);
    const answers = [
      await status(lab, id),
      await status(lab, id),
      await lab.push(await lab.bearer(id, token)),
    ];
    assert.deepEqual(answers, [200, 200, 202], `minute ${minute}`);
    assert.equal(open.size, 1, 'it was asked again, and its answer was not waited for');
  }
  assert.equal(await lab.push(bearer), 401, 'the bearer itself is over');
  lab.platform.instead = undefined;
});

test('F16: a server that starts while the issuer is down lets tokens of its last good keys in, for a day after they were read', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  assert.equal(await status(lab, id), 200);
  lab.platform.instead = (_, response) => void response.writeHead(503).end();
  await lab.registry.restart();
  assert.equal(await status(lab, id), 200);
  const unknown = await lab.platform.token(SAMPLES.github, { kid: 'unknown' });
  assert.equal((await lab.exchange(id, unknown)).status, 401);
  const { body } = await lab.owner('GET', '/api/v1/issuers');
  assert.match(body.issuers[0].keys_fault, /503/);
  lab.registry.clock.advance(23 * HOUR);
  await lab.registry.restart();
  assert.equal(await status(lab, id), 200);
  lab.registry.clock.advance(HOUR + MINUTE);
  assert.equal(await status(lab, id), 401, 'a day later');
});

test('keys that cannot be read for ten minutes are warned of until they can be, and so is a file that is not valid', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const warned = async (): Promise<string[]> => {
    assert.equal((await lab.owner('POST', '/api/v1/warnings/looks')).status, 202);
    await until(
      'the look is over',
      async () => !(await lab.owner('GET', '/api/v1/warnings?limit=1')).body.looking,
    );
    const { body } = await lab.owner('GET', '/api/v1/warnings');
    return body.warnings
      .filter(({ kind }: { kind: string }) => kind === 'issuer-fails')
      .map(({ target, says }: { target: string; says: string }) => `${target}: ${says}`);
  };
  lab.platform.instead = (_, response) => void response.writeHead(503).end();
  assert.equal(await status(lab, id), 401);
  assert.deepEqual(await warned(), [], 'it may be over in a moment');
  lab.registry.clock.advance(11 * MINUTE);
  const [found = '', ...others] = await warned();
  assert.match(found, /github: the keys of the issuer github cannot be read: .* answered 503$/);
  assert.deepEqual(others, []);
  lab.platform.instead = undefined;
  assert.equal(await status(lab, id), 200);
  lab.registry.clock.advance(MINUTE);
  assert.deepEqual(await warned(), []);

  lab.file.write([{ name: 'nameless' }]);
  await until('the file was read', async () => (await lab.owner('GET', '/api/v1/issuers')).body.file_fault);
  lab.registry.clock.advance(11 * MINUTE);
  assert.match((await warned())[0] ?? '', /TIDEGATE_ISSUERS_FILE: TIDEGATE_ISSUERS_FILE is not valid, and/);
});

test('keys that were kept are used for the address they were read from alone, and go with the issuer', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  assert.equal(await status(lab, id), 200);
  lab.platform.instead = (_, response) => void response.writeHead(503).end();
  lab.file.write([declared(lab.platform, { discovery: `${lab.platform.url}/elsewhere` })]);
  await lab.registry.restart();
  assert.equal(await status(lab, id), 401);
  const keysKept = async (): Promise<boolean> => {
    await using rows = await AllRows.open(lab.registry.database);
    const { issuer_keys: kept = [] } = await rows.read();
    return kept.length > 0;
  };
  assert.ok(await keysKept());
  lab.file.write([]);
  await until('the keys are gone', async () => !(await keysKept()));
});
