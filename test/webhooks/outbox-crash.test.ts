import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { until } from '../support/until.ts';
import { ALLOWED } from './hooked.ts';
import { Receiver } from './receiver.ts';

const tagsAt = (receiver: Receiver, path: string): string[] =>
  receiver.at(path).map(({ body }) => JSON.parse(body).data.tag);

const crash = async (env: NodeJS.ProcessEnv): Promise<void> => {
  await using server = await startRegistryProcess({ env: { ...ALLOWED, ...env } });
  const receiver = await Receiver.listen();
  const { port } = receiver;
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  await server.namespaceAdd(namespace);
  const hook = { name: 'ci', url: receiver.url('/hook'), events: ['image.pushed'] };
  const made = await server.request('/api/v1/webhooks', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(hook),
  });
  assert.equal(made.status, 201, await made.text());
  // nothing listens while the changes are made, and the server is killed right behind each
  await receiver[Symbol.asyncDispose]();
  const tags = ['v1', 'v2', 'v3'];
  for (const tag of tags) {
    await new TestRepository(server, `${namespace}/app`).pushImage(tag);
    await server.restart('SIGKILL');
  }
  await using again = await Receiver.listen(port);
  await until('all have arrived', () => tags.every((tag) => tagsAt(again, '/hook').includes(tag)));
};

describe('O29: what was committed is delivered, although the server was killed before it could', () => {
  const server = serverForTests();
  test('on SQLite', () => crash({}));

  test('on PostgreSQL', { skip }, async () =>
    crash({
      TIDEGATE_DATABASE_URL: await newDatabase(server()),
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY: newBytes(32).toString('base64'),
    }),
  );
});
