import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace } from '../access/policy-documents.ts';
import { OCI_INDEX } from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { openRows } from '../support/rows.ts';

const on = stage();
const HOLDS = '/api/v1/holds';

const ask = async (method: string, path: string, body?: object, holder?: Holder): Promise<Answer> => {
  const caller = await Caller.login(on.registry, holder?.apikey);
  return caller.send(method, path, body, { Account: holder?.accountId ?? on.registry.accountId });
};

const newRepository = async (): Promise<TestRepository> =>
  new TestRepository(on.registry, `${await on.namespace()}/team/app`);

const hold = async (image: string, reason = 'a lawsuit'): Promise<Answer['body']> => {
  const { status, body } = await ask('PUT', `${HOLDS}/${image}`, { reason });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

const holding = (role: string, namespace: string): Promise<Holder> =>
  new Identities(on.registry).holding(role, onNamespace(namespace));

const assertHeld = async (response: Response, reason: string): Promise<void> => {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  assert.deepEqual([response.status, errors[0]?.code], [409, 'DENIED'], JSON.stringify(errors));
  assert.ok(errors[0]?.message.startsWith(`The image is held: ${reason}. `), JSON.stringify(errors));
};

describe('a held image', () => {
  test('is not deleted by its digest: 409 tells the reason; its tags can be taken away', async () => {
    const repository = await newRepository();
    const { descriptor } = await repository.pushImage('v1');
    await hold(`${repository.name}:v1`, 'evidence of case 7');
    const path = `manifests/${descriptor.digest}`;
    await assertHeld(await repository.request('DELETE', path), 'evidence of case 7');
    assert.equal((await repository.request('DELETE', 'manifests/v1')).status, 202);
    await assertHeld(await repository.request('DELETE', path), 'evidence of case 7');
    assert.equal((await repository.request('GET', path)).status, 200);
    const { status } = await ask('DELETE', `${HOLDS}/${repository.name}@${descriptor.digest}`);
    assert.equal(status, 204);
    assert.equal((await repository.request('DELETE', path)).status, 202);
  });

  test('stays held by one who manages only some tags, though they give it such a tag', async () => {
    const repository = await newRepository();
    const [namespace = ''] = repository.name.split('/');
    const { bytes } = await repository.pushImage('prod-1');
    await hold(`${repository.name}:prod-1`);
    await repository.putManifest('dev-1', bytes);
    const holder = await new Identities(on.registry).holding('Manager', {
      ...onNamespace(namespace),
      tag: 'dev-1',
    });
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PUT', { reason: 'mine' }],
    ] as const)
      assert.equal((await ask(method, `${HOLDS}/${repository.name}:dev-1`, body, holder)).status, 403);
    assert.equal((await ask('GET', `${HOLDS}?namespace=${namespace}`)).body.length, 1);
  });

  test('keeps its namespace from being removed, with the reason; nothing of the namespace goes', async () => {
    const repository = await newRepository();
    const { descriptor } = await repository.pushImage('v1');
    await repository.pushImage('v2');
    await hold(`${repository.name}:v1`, 'evidence of case 8');
    const [namespace = ''] = repository.name.split('/');
    const path = `/api/v1/namespaces/${namespace}`;
    const { status, body } = await ask('DELETE', path);
    assert.deepEqual([status, body.code], [409, 'CRG0005E']);
    assert.match(
      body.message,
      /^An image in the namespace is held: evidence of case 8\. Take the holds off first/,
    );
    assert.ok(body.message.includes('evidence of case 8'), body.message);
    assert.ok(body.message.includes(descriptor.digest), body.message);
    assert.equal((await repository.request('GET', 'manifests/v2')).status, 200);
    assert.equal((await ask('DELETE', `${HOLDS}/${repository.name}:v1`)).status, 204);
    assert.equal((await ask('DELETE', path)).status, 204);
  });

  test('does not go along as a referrer of a subject that is deleted', async () => {
    const repository = await newRepository();
    const subject = await repository.pushImage('v1');
    const held = await repository.pushImage(undefined, { subject: subject.descriptor });
    const loose = await repository.pushImage(undefined, { subject: subject.descriptor });
    await hold(`${repository.name}@${held.descriptor.digest}`);
    const path = `manifests/${subject.descriptor.digest}`;
    assert.equal((await repository.request('DELETE', path)).status, 202);
    assert.equal((await repository.request('GET', `manifests/${held.descriptor.digest}`)).status, 200);
    assert.equal((await repository.request('GET', `manifests/${loose.descriptor.digest}`)).status, 404);
  });

  test('is held once: another hold is 409; what is not held is 404, and so is an image that is not there', async () => {
    const repository = await newRepository();
    const { descriptor } = await repository.pushImage('v1');
    const made = await hold(`${repository.name}:v1`);
    const image = `${on.registry.host}/${repository.name}@${descriptor.digest}`;
    assert.deepEqual(made, { image, digest: descriptor.digest });
    const again = await ask('PUT', `${HOLDS}/${repository.name}:v1`, { reason: 'another' });
    assert.deepEqual([again.status, again.body.code], [409, 'CRG0005E']);
    assert.equal((await ask('DELETE', `${HOLDS}/${encodeURIComponent(image)}`)).status, 204);
    assert.equal((await ask('DELETE', `${HOLDS}/${image}`)).status, 404);
    for (const absent of [`${repository.name}:none`, 'birds/none:1', 'absent/app:1']) {
      const { status, body } = await ask('PUT', `${HOLDS}/${absent}`, { reason: 'x' });
      assert.deepEqual([status, body.code], [404, 'CRG0004E'], absent);
    }
  });

  test('that was lost can be taken off by its digest, and then the namespace can be removed', async () => {
    const repository = await newRepository();
    const { descriptor } = await repository.pushImage();
    const image = `${repository.name}@${descriptor.digest}`;
    await hold(image);
    const db = openRows(on.registry.database);
    await db.deleteFrom('manifests').where('digest', '=', descriptor.digest).execute();
    await db.destroy();
    // what it has in memory
    await on.registry.restart();
    const [namespace = ''] = repository.name.split('/');
    assert.equal((await ask('DELETE', `/api/v1/namespaces/${namespace}`)).status, 409);
    assert.equal((await ask('DELETE', `${HOLDS}/${image}`)).status, 204);
    assert.equal((await ask('DELETE', `/api/v1/namespaces/${namespace}`)).status, 204);
  });

  test('is held with a reason of 1 to 500 characters', async () => {
    const repository = await newRepository();
    await repository.pushImage('v1');
    for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(501) }]) {
      const { status } = await ask('PUT', `${HOLDS}/${repository.name}:v1`, body);
      assert.equal(status, 400, JSON.stringify(body));
    }
    await hold(`${repository.name}:v1`, 'x'.repeat(500));
  });
});

describe('GET /api/v1/holds', () => {
  test('lists held images of one namespace, page by page, or of all that the caller may list', async () => {
    const [one, other] = [await newRepository(), await newRepository()];
    const digests: string[] = [];
    for (let n = 0; n < 101; n++) digests.push((await one.pushIndex([], `v${n}`)).digest);
    const { descriptor } = await other.pushImage('v1');
    await hold(`${other.name}:v1`, 'elsewhere');
    // the indexes are all the same one: one hold
    await hold(`${one.name}:v1`, 'here');
    const [namespace = ''] = one.name.split('/');
    const { status, body } = await ask('GET', `${HOLDS}?namespace=${namespace}`);
    assert.equal(status, 200);
    assert.deepEqual(
      body.map(({ image, repository, digest, reason, created_by }: Record<string, string>) => [
        image,
        repository,
        digest,
        reason,
        created_by,
      ]),
      [
        [
          `${on.registry.host}/${one.name}@${digests[0]}`,
          one.name,
          digests[0],
          'here',
          `user:${on.registry.accountId}/${on.registry.ownerIamId}`,
        ],
      ],
    );
    const all = (await ask('GET', HOLDS)).body.map(({ digest }: { digest: string }) => digest);
    assert.ok(all.includes(digests[0]) && all.includes(descriptor.digest));
    assert.deepEqual((await ask('GET', `${HOLDS}?namespace=absent`)).body, []);
  });

  test('more than a page of holds is listed whole', async () => {
    const repository = await newRepository();
    const held: string[] = [];
    for (let n = 0; n < 105; n++) {
      const body = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations: { n: `${n}` } };
      assert.equal((await repository.putManifest(`t${n}`, body, OCI_INDEX)).status, 201);
      held.push((await hold(`${repository.name}:t${n}`)).digest);
    }
    const [namespace = ''] = repository.name.split('/');
    const { body } = await ask('GET', `${HOLDS}?namespace=${namespace}`);
    assert.deepEqual(
      body.map(({ digest }: { digest: string }) => digest),
      held.toSorted(),
    );
  });

  test('shows a caller what it may list: Readers and Managers of the namespace, no Writer, no other account', async () => {
    const repository = await newRepository();
    await repository.pushImage('v1');
    const [namespace = ''] = repository.name.split('/');
    await hold(`${repository.name}:v1`);
    const counts: Record<string, number> = {};
    for (const role of ['Reader', 'Writer', 'Manager'])
      counts[role] = (await ask('GET', HOLDS, undefined, await holding(role, namespace))).body.length;
    assert.deepEqual(counts, { Reader: 1, Writer: 0, Manager: 1 });
    const stranger = await new Identities(on.registry).stranger();
    assert.deepEqual((await ask('GET', HOLDS, undefined, stranger)).body, []);
    assert.deepEqual((await ask('GET', `${HOLDS}?namespace=${namespace}`, undefined, stranger)).body, []);
    assert.equal((await Caller.bearing(on.registry).get(HOLDS)).status, 401);
  });
});

test('holds are set and taken off by Managers alone; others learn nothing of an image or of a namespace', async () => {
  const repository = await newRepository();
  await repository.pushImage('v1');
  const [namespace = ''] = repository.name.split('/');
  const image = `${repository.name}:v1`;
  await hold(image, 'secret of the owner');
  const stranger = await new Identities(on.registry).stranger();
  for (const holder of [
    await holding('Reader', namespace),
    await holding('Writer', namespace),
    await holding('Manager', await on.namespace()),
  ])
    for (const [method, body] of [
      ['PUT', { reason: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const answers = await Promise.all(
        [image, `${repository.name}:none`].map(async (name) => {
          const { status, body: told } = await ask(method, `${HOLDS}/${name}`, body, holder);
          return [status, told.code, told.message.replaceAll(name, 'it')];
        }),
      );
      assert.deepEqual(answers[0]?.slice(0, 2), [403, 'CRG0020E']);
      assert.deepEqual(answers[0], answers[1]);
    }
  for (const method of ['PUT', 'DELETE']) {
    const told = async (name: string) => {
      const body = method === 'PUT' ? { reason: 'x' } : undefined;
      const { status, body: answer } = await ask(method, `${HOLDS}/${name}`, body, stranger);
      return [status, answer.code, answer.message.replaceAll(name.split(':')[0] ?? '', 'it')];
    };
    assert.deepEqual(await told(image), await told('absent/app:v1'));
  }
  const manager = await holding('Manager', namespace);
  assert.equal((await ask('DELETE', `${HOLDS}/${image}`, undefined, manager)).status, 204);
  assert.equal((await ask('PUT', `${HOLDS}/${image}`, { reason: 'x' }, manager)).status, 201);
});
