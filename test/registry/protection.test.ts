import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace } from '../access/policy-documents.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { basic } from '../support/registry.ts';

const on = stage();

const ask = async (method: string, path: string, body?: object, holder?: Holder): Promise<Answer> => {
  const caller = await Caller.login(on.registry, holder?.apikey);
  return caller.send(method, path, body, { Account: holder?.accountId ?? on.registry.accountId });
};

interface Rule {
  readonly tags: string;
  readonly repositories?: string;
  readonly exceptions?: readonly string[];
}

const protect = async (namespace: string, rule: Rule): Promise<string> => {
  const { status, body } = await ask('POST', `/api/v1/namespaces/${namespace}/protections`, rule);
  assert.equal(status, 201, JSON.stringify(body));
  return body.id;
};

const holding = (role: string, namespace: string): Promise<Holder> =>
  new Identities(on.registry).holding(role, onNamespace(namespace));

test('a rule for all tags leaves those of signatures, and one that names them protects them', async () => {
  const namespace = await on.namespace();
  const repository = new TestRepository(on.registry, `${namespace}/app`);
  await protect(namespace, { tags: '*' });
  const push = async (tag: string): Promise<number> =>
    (await repository.putManifest(tag, newIndex(), OCI_INDEX)).status;
  const fallback = `sha256-${'a'.repeat(64)}`;
  for (const tag of [fallback, `${fallback}.sig`, `${fallback}.att`])
    assert.deepEqual([await push(tag), await push(tag)], [201, 201], tag);
  for (const tag of ['1', 'sha256-1', `${fallback}.exe`])
    assert.deepEqual([await push(tag), await push(tag)], [201, 403], tag);
  await protect(namespace, { tags: 'sha256-*.sig' });
  assert.deepEqual([await push(`${fallback}.sig`), await push(fallback)], [403, 201]);
});

/** A manifest that no other test has. */
const newIndex = (): Buffer =>
  jsonOf({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [],
    annotations: { nonce: newBytes(8).toString('hex') },
  });

const push = async (name: string, tag: string, bytes: Buffer, authorization?: string): Promise<Response> =>
  on.registry.v2('PUT', `${name}/manifests/${tag}`, {
    headers: { 'Content-Type': OCI_INDEX, ...(authorization ? { Authorization: authorization } : {}) },
    body: new Uint8Array(bytes),
  });

const pushed = async (name: string, tag: string): Promise<{ bytes: Buffer; digest: string }> => {
  const bytes = newIndex();
  const response = await push(name, tag, bytes);
  assert.equal(response.status, 201);
  return { bytes, digest: response.headers.get('docker-content-digest') ?? '' };
};

const assertDenied = async (response: Response, rule: string, tag: string): Promise<void> => {
  const { errors } = (await response.json()) as {
    errors: { code: string; message: string; detail: { tag: string; rule: string } }[];
  };
  assert.deepEqual([response.status, errors[0]?.code], [403, 'DENIED'], JSON.stringify(errors));
  assert.ok(errors[0]?.message.includes(rule), JSON.stringify(errors));
  assert.ok(errors[0]?.message.includes(tag), JSON.stringify(errors));
  assert.deepEqual([errors[0]?.detail.tag, errors[0]?.detail.rule], [tag, rule]);
};

const tagsOf = async (name: string): Promise<string[]> => {
  const response = await on.registry.v2('GET', `${name}/tags/list`);
  return ((await response.json()) as { tags: string[] }).tags;
};

describe('a protected tag', () => {
  test('cannot be moved by a push: 403 DENIED names the rule; the same digest again and a new tag are 201', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    const first = await pushed(name, 'v1');
    const rule = await protect(namespace, { tags: 'v*' });
    await assertDenied(await push(name, 'v1', newIndex()), rule, 'v1');
    assert.equal((await push(name, 'v1', first.bytes)).status, 201, 'the same digest');
    await pushed(name, 'v2');
    await assertDenied(await push(name, 'v2', newIndex()), rule, 'v2');
    await pushed(name, 'latest');
    await pushed(name, 'latest');
    const head = await on.registry.v2('HEAD', `${name}/manifests/v1`);
    assert.equal(head.headers.get('docker-content-digest'), first.digest);
  });

  test('a refused push keeps nothing of its tags: neither a free one nor the manifest', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    await pushed(name, 'v1');
    const rule = await protect(namespace, { tags: 'v*' });
    await assertDenied(await push(name, 'free?tag=v1', newIndex()), rule, 'v1');
    assert.deepEqual(await tagsOf(name), ['v1']);
  });

  test('is deleted neither by tag nor with its digest, at /v2/ and at /api/v1', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    const { digest } = await pushed(name, 'v1');
    const rule = await protect(namespace, { tags: 'v*' });
    await assertDenied(await on.registry.v2('DELETE', `${name}/manifests/v1`), rule, 'v1');
    await assertDenied(await on.registry.v2('DELETE', `${name}/manifests/${digest}`), rule, 'v1');
    const { status, body } = await ask('DELETE', `/api/v1/tags/${name}:v1`);
    assert.deepEqual([status, body.code], [403, 'CRG0020E']);
    assert.ok(body.message.includes(rule), body.message);
    assert.deepEqual(await tagsOf(name), ['v1']);
  });

  test('cannot be the target of a copy that would move it', async () => {
    const namespace = await on.namespace();
    const [from, to] = [`${namespace}/from`, `${namespace}/to`];
    const source = await pushed(from, 'a');
    await pushed(to, 'v1');
    const rule = await protect(namespace, { tags: 'v*' });
    const copy = (target: string) =>
      ask('POST', `/api/v1/images/tags?${new URLSearchParams({ fromimage: `${from}:a`, toimage: target })}`);
    const { status, body } = await copy(`${to}:v1`);
    assert.deepEqual([status, body.code], [403, 'CRG0020E']);
    assert.ok(body.message.includes(rule), body.message);
    assert.equal((await copy(`${to}:v2`)).status, 201, 'a new tag');
    assert.equal((await copy(`${to}:v2`)).status, 201, 'the same digest');
    const head = await on.registry.v2('HEAD', `${to}/manifests/v2`);
    assert.equal(head.headers.get('docker-content-digest'), source.digest);
  });

  test('is one that the pattern matches, in the repositories of the rule, and that no exception matches', async () => {
    const namespace = await on.namespace();
    const rule = await protect(namespace, {
      tags: 'v?.*',
      repositories: 'team/*',
      exceptions: ['*-rc*', 'v9.*'],
    });
    const inside = `${namespace}/team/app`;
    for (const [name, tag, isProtected] of [
      [inside, 'v1.2', true],
      [inside, 'v1.2-rc1', false],
      [inside, 'v9.0', false],
      [inside, 'v10.2', false],
      [`${namespace}/other`, 'v1.2', false],
      [`${namespace}/team`, 'v1.2', false],
    ] as const) {
      await pushed(name, tag);
      const again = await push(name, tag, newIndex());
      if (isProtected) await assertDenied(again, rule, tag);
      else assert.equal(again.status, 201, `${name}:${tag}`);
    }
  });

  test('stays for the owner, for Writers and Managers of the namespace, and for registry tokens', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    const { digest } = await pushed(name, 'v1');
    const rule = await protect(namespace, { tags: 'v*' });
    const { token } = (await ask('POST', '/api/v1/tokens?write=true')).body;
    const credentials = [
      basic('iamapikey', on.registry.apikey),
      basic('iamapikey', (await holding('Writer', namespace)).apikey),
      basic('iamapikey', (await holding('Manager', namespace)).apikey),
      basic('token', token),
    ];
    for (const authorization of credentials) {
      await assertDenied(await push(name, 'v1', newIndex(), authorization), rule, 'v1');
      assert.equal((await push(name, 'other', newIndex(), authorization)).status, 201);
    }
    for (const Authorization of credentials.slice(0, 3))
      for (const reference of ['v1', digest])
        await assertDenied(
          await on.registry.v2('DELETE', `${name}/manifests/${reference}`, { headers: { Authorization } }),
          rule,
          'v1',
        );
  });

  test('can be moved when the rule is taken away; both are in the audit log', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    await pushed(name, 'v1');
    const rule = await protect(namespace, { tags: 'v*', exceptions: ['v0'] });
    const path = `/api/v1/namespaces/${namespace}/protections`;
    assert.equal((await ask('DELETE', `${path}/${rule}`)).status, 204);
    await pushed(name, 'v1');
    const { status, body } = await ask('DELETE', `${path}/${rule}`);
    assert.deepEqual([status, body.code], [404, 'CRG0004E']);
    for (const verb of ['add', 'remove']) {
      const { body: found } = await ask('GET', `/api/v1/audit/events?action=tidegate.protection.${verb}`);
      assert.ok(JSON.stringify(found).includes('tags v* except v0'), JSON.stringify(found));
    }
  });

  test('on a referrer keeps it when its subject is deleted', async () => {
    const namespace = await on.namespace();
    const repository = new TestRepository(on.registry, `${namespace}/app`);
    const subject = await repository.pushImage('latest');
    const referrer = await repository.pushImage('v1-sbom', { subject: subject.descriptor });
    const loose = await repository.pushImage(undefined, { subject: subject.descriptor });
    await protect(namespace, { tags: 'v*' });
    const { status } = await repository.request('DELETE', `manifests/${subject.descriptor.digest}`);
    assert.equal(status, 202);
    assert.equal((await repository.request('GET', 'manifests/v1-sbom')).status, 200);
    assert.equal((await repository.request('GET', `manifests/${referrer.descriptor.digest}`)).status, 200);
    assert.equal((await repository.request('GET', `manifests/${loose.descriptor.digest}`)).status, 404);
  });

  test('never moves after the rule’s 201, however many pushes are under way', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    const tags = Array.from({ length: 6 }, (_, n) => `v${n}`);
    for (const tag of tags) await pushed(name, tag);
    let isOver = false;
    const after: { tag: string; status: number }[] = [];
    let ruled = false;
    const pusher = async (tag: string): Promise<void> => {
      for (let turn = 0; turn < 400 && !isOver; turn++) {
        const wasRuled = ruled;
        const { status } = await push(name, tag, newIndex());
        if (wasRuled) after.push({ tag, status });
      }
    };
    const pushers = tags.map(pusher);
    const digests = async () =>
      Promise.all(
        tags.map(async (tag) =>
          (await on.registry.v2('HEAD', `${name}/manifests/${tag}`)).headers.get('docker-content-digest'),
        ),
      );
    await protect(namespace, { tags: 'v*' });
    ruled = true;
    const atOnce = await digests();
    for (let turn = 0; turn < 1000 && after.length < 3 * tags.length; turn++) await digests();
    isOver = true;
    await Promise.all(pushers);
    assert.ok(after.length >= tags.length);
    assert.deepEqual([...new Set(after.map(({ status }) => status))], [403]);
    assert.deepEqual(await digests(), atOnce);
  });
});

describe('the rules of a namespace', () => {
  test('are listed with what they were made with, the oldest first', async () => {
    const namespace = await on.namespace();
    const path = `/api/v1/namespaces/${namespace}/protections`;
    const first = await protect(namespace, { tags: 'v*' });
    on.registry.clock.advance(1000);
    const second = await protect(namespace, { tags: 'prod-?', repositories: 'app*', exceptions: ['x'] });
    const { status, body } = await ask('GET', path);
    assert.equal(status, 200);
    const told = body.map(({ created_at, created_by, ...rest }: Record<string, string>) => {
      assert.match(created_at ?? '', /^\d{4}-.*Z$/);
      assert.equal(created_by, `user:${on.registry.accountId}/${on.registry.ownerIamId}`);
      return rest;
    });
    assert.deepEqual(told, [
      { id: first, tags: 'v*', exceptions: [] },
      { id: second, tags: 'prod-?', repositories: 'app*', exceptions: ['x'] },
    ]);
  });

  test('are changed by Managers alone, and listed by Readers and Managers', async () => {
    const namespace = await on.namespace();
    const path = `/api/v1/namespaces/${namespace}/protections`;
    const id = await protect(namespace, { tags: 'v*' });
    const expected = { Reader: [200, 403, 403], Writer: [403, 403, 403], Manager: [200, 201, 204] };
    for (const [role, statuses] of Object.entries(expected)) {
      const holder = await holding(role, namespace);
      const answers = [
        await ask('GET', path, undefined, holder),
        await ask('POST', path, { tags: 'w*' }, holder),
        await ask('DELETE', `${path}/${id}`, undefined, holder),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        statuses,
        role,
      );
    }
  });

  test('another account, and a namespace that is absent or closed, are answered alike; anonymous callers get 401', async () => {
    const namespace = await on.namespace();
    const id = await protect(namespace, { tags: 'v*' });
    const stranger = await new Identities(on.registry).stranger();
    const member = await holding('Manager', await on.namespace());
    const answers = async (name: string, holder: Holder) =>
      Promise.all(
        [
          ['GET', '', undefined],
          ['POST', '', { tags: 'v*' }],
          ['DELETE', `/${id}`, undefined],
        ].map(async ([method, more, sent]) => {
          const path = `/api/v1/namespaces/${name}/protections${more}`;
          const { status, body } = await ask(method as string, path, sent as object | undefined, holder);
          return [status, body.code, body.message.replaceAll(name, 'it')];
        }),
      );
    assert.deepEqual(await answers(namespace, stranger), await answers('absent', stranger));
    assert.deepEqual(await answers(namespace, member), await answers('absent', member));
    const own = await on.namespace();
    const path = `/api/v1/namespaces/${own}/protections/${id}`;
    assert.equal((await ask('DELETE', path)).status, 404, 'a rule of another namespace');
    const bare = Caller.bearing(on.registry);
    assert.equal((await bare.get(`/api/v1/namespaces/${namespace}/protections`)).status, 401);
    assert.equal((await ask('GET', `/api/v1/namespaces/${namespace}/protections`)).body.length, 1);
  });

  test('take patterns of tags and of repositories, bounded, and nothing else', async () => {
    const namespace = await on.namespace();
    const path = `/api/v1/namespaces/${namespace}/protections`;
    for (const body of [
      {},
      { tags: '' },
      { tags: 'v'.repeat(129) },
      { tags: 'v 1' },
      { tags: 'v[12]' },
      { tags: 'v*', repositories: '' },
      { tags: 'v*', repositories: 'App' },
      { tags: 'v*', repositories: 'a'.repeat(256) },
      { tags: 'v*', exceptions: [''] },
      { tags: 'v*', exceptions: Array.from({ length: 21 }, () => 'v1') },
    ]) {
      const { status, body: told } = await ask('POST', path, body);
      assert.deepEqual([status, told.code], [400, 'CRG0001E'], JSON.stringify(body));
    }
    assert.deepEqual((await ask('GET', path)).body, []);
  });

  test('are at most fifty, and their patterns have at most 4000 characters together', async () => {
    const namespace = await on.namespace();
    const path = `/api/v1/namespaces/${namespace}/protections`;
    const exceptions = Array.from({ length: 20 }, () => 'x'.repeat(128));
    await protect(namespace, { tags: 'v*', exceptions });
    const { status, body } = await ask('POST', path, { tags: 'v*', exceptions });
    assert.equal(status, 409, JSON.stringify(body));
    assert.match(body.message, /4000 characters/);
    for (let n = 1; n < 50; n++) await protect(namespace, { tags: `v${n}` });
    const more = await ask('POST', path, { tags: 'v*' });
    assert.equal(more.status, 409);
    assert.match(more.body.message, /50/);
  });

  test('a pattern that is long to compare protects what it matches', async () => {
    const namespace = await on.namespace();
    const name = `${namespace}/app`;
    const tag = 'a'.repeat(128);
    await pushed(name, tag);
    for (let n = 0; n < 10; n++) await protect(namespace, { tags: `*${'a*'.repeat(62)}b*` });
    const rule = await protect(namespace, { tags: `*${'a*'.repeat(63)}` });
    await assertDenied(await push(name, tag, newIndex()), rule, tag);
  });

  test('go with their namespace: one of the same name has none', async () => {
    const namespace = await on.namespace();
    await protect(namespace, { tags: 'v*' });
    await pushed(`${namespace}/app`, 'v1');
    assert.equal((await ask('DELETE', `/api/v1/namespaces/${namespace}`)).status, 204);
    await on.registry.namespaceAdd(namespace);
    assert.deepEqual((await ask('GET', `/api/v1/namespaces/${namespace}/protections`)).body, []);
    await pushed(`${namespace}/app`, 'v1');
    await pushed(`${namespace}/app`, 'v1');
  });
});
