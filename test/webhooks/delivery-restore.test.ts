import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WebhookWithSecret } from '../../src/wire/webhooks.ts';
import { backUp } from '../backup/back-up.ts';
import { pushImage } from '../backup/images.ts';
import { runOperator } from '../operate/operator.ts';
import { RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { ALLOWED } from './hooked.ts';
import { Receiver } from './receiver.ts';

const json = async (server: RegistryProcess, method: string, path: string, body?: object) => {
  const response = await server.request(path, {
    method,
    ...(body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

test('a restore drops and counts what waited, keeps removed hooks removed, and hooks are told of what comes', async () => {
  const scratch = temporaryFolder();
  const target = join(scratch.path, 'backups');
  await using receiver = await Receiver.listen();
  await using old = await startRegistryProcess({ env: { ...ALLOWED, TIDEGATE_BACKUP_ROOT: scratch.path } });
  await old.namespaceAdd('birds');
  const add = (name: string): Promise<WebhookWithSecret> =>
    json(old, 'POST', '/api/v1/webhooks', {
      name,
      url: receiver.url(`/${name}`),
      events: ['image.pushed'],
    });
  const kept = await add('kept');
  const removed = await add('removed');
  for (const path of ['/kept', '/removed']) receiver.behaviours.set(path, { status: 500 });
  await pushImage(old, 'birds/app', 'v1');
  await until('both were tried', () => receiver.at('/kept').length > 0 && receiver.at('/removed').length > 0);
  await backUp(old, target);
  const batches = (): number => {
    const folder = join(target, 'journal');
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).length : 0;
  };
  const shipped = batches();
  await json(old, 'DELETE', `/api/v1/webhooks/${removed.id}`);
  await until('the removal is in the journal', () => batches() > shipped);
  await old.kill('SIGTERM');

  await using place = new RegistryProcess({ env: ALLOWED });
  copyFileSync(join(old.dataDir, 'master.key'), join(place.dataDir, 'master.key'));
  const restored = await runOperator(['restore', '--from', target, '-f', '--data', place.dataDir]);
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout, /Deliveries of webhooks that waited and are not sent: [12]/);
  for (const path of ['/kept', '/removed']) receiver.behaviours.delete(path);
  const before = receiver.taken.length;
  await place.start();
  await pushImage(place, 'birds/app', 'v2', { apikey: old.apikey });
  await until('the next push arrives', () => receiver.taken.length > before);
  const after = receiver.taken.slice(before);
  assert.deepEqual(
    after.map(({ path, body }) => [path, JSON.parse(body).data.tag]),
    [['/kept', 'v2']],
  );
  assert.ok(kept.id);
});
