import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows, Terminal } from './terminal.ts';

const MB = 1_048_576;

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('cr quota, quota-set, plan', () => {
  const owner = Owner.ofTests('birds');

  const quota = () => owner.json('cr quota');

  const push = (repository: string, body: Buffer<ArrayBuffer>): Promise<Response> =>
    owner.registry.v2('POST', `${repository}/blobs/uploads/?digest=${digestOf(body)}`, {
      body,
      headers: { 'Content-Type': 'application/octet-stream' },
    });

  const refusal = async (response: Response) => {
    const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
    return [response.status, errors[0].code, errors[0].message];
  };

  const OVER_STORAGE = [
    403,
    'DENIED',
    'Your account has exceeded its image storage quota for the current month.',
  ];

  test('without limits everything is allowed, and usage counts each blob once', async () => {
    assert.deepEqual(await quota(), { limit: { traffic: -1, store: -1 }, usage: { traffic: 0, store: 0 } });
    const blob = Buffer.alloc(MB, 1);
    for (const repository of ['birds/a', 'birds/b']) assert.equal((await push(repository, blob)).status, 201);
    assert.equal((await quota()).usage.store, MB);
  });

  test('500 megabytes are shown as 524288000 bytes, and a limit that is not named stays', async () => {
    assert.equal((await owner.run('cr quota-set --storage 500')).code, 0);
    assert.equal((await owner.run('cr quota-set --traffic 4900')).code, 0);
    const { limit } = await quota();
    assert.deepEqual(limit, { traffic: 5_138_022_400, store: 524_288_000 });
    shows(await owner.run('cr quota'), {
      stdout: [
        `Getting quotas and usage for the current month, for account '${owner.registry.accountId}'...`,
        '',
        'QUOTA          LIMIT    USED',
        'Pull traffic   4.8 GB   0 B',
        'Storage        500 MB   1 MB',
        '',
        'OK',
      ],
    });
  });

  test('at the storage limit uploads and manifests are refused with IBM’s text; what began below it may finish', async () => {
    await owner.run('cr quota-set --storage 2');
    const started = await owner.registry.v2('POST', 'birds/a/blobs/uploads/');
    assert.equal(started.status, 202);
    assert.equal((await push('birds/a', Buffer.alloc(MB, 2))).status, 201);
    assert.deepEqual(await refusal(await owner.registry.v2('POST', 'birds/a/blobs/uploads/')), OVER_STORAGE);
    assert.deepEqual(await refusal(await push('birds/a', Buffer.alloc(MB, 3))), OVER_STORAGE);
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    };
    const put = () =>
      owner.registry.v2('PUT', 'birds/a/manifests/1', {
        body: JSON.stringify(manifest),
        headers: { 'Content-Type': manifest.mediaType },
      });
    assert.deepEqual(await refusal(await put()), OVER_STORAGE);
    const body = Buffer.alloc(MB, 4);
    const location = started.headers.get('location') ?? '';
    const finished = await owner.registry.v2(
      'PUT',
      `${location.replace('/v2/', '')}?digest=${digestOf(body)}`,
      {
        body,
      },
    );
    assert.equal(finished.status, 201, 'it began below the limit');
    await owner.run('cr quota-set --storage unlimited');
    assert.equal((await put()).status, 201);
    assert.equal((await quota()).limit.store, -1);
  });

  test('pulls count until the month ends, also after a restart; above the limit they are refused', async () => {
    const path = `birds/a/blobs/${digestOf(Buffer.alloc(MB, 1))}`;
    await owner.run('cr quota-set --traffic 2');
    const pull = async () => {
      const response = await owner.registry.v2('GET', path);
      if (response.status === 200) await response.arrayBuffer();
      return response;
    };
    assert.equal((await pull()).status, 200);
    await owner.registry.restart();
    await owner.shell.logIn(owner.registry.url, owner.registry.apikey);
    assert.equal((await pull()).status, 200);
    assert.equal((await quota()).usage.traffic, 2 * MB);
    assert.deepEqual(await refusal(await pull()), [
      403,
      'DENIED',
      'Your account has exceeded its pull traffic quota for the current month.',
    ]);
    assert.equal((await owner.registry.v2('HEAD', path)).status, 200, 'nothing is sent');
    owner.registry.clock.advance(32 * 24 * 3_600_000);
    await owner.shell.logIn(owner.registry.url, owner.registry.apikey);
    assert.equal((await quota()).usage.traffic, 0);
    assert.equal((await pull()).status, 200);
  });

  test('a limit does not affect another account', async () => {
    await owner.run('cr quota-set --storage 0');
    const { apikey } = JSON.parse((await owner.run('account-create other -o json')).stdout);
    using other = new Terminal();
    await other.logIn(owner.registry.url, apikey);
    assert.equal((await other.run('cr namespace-add fishes')).code, 0);
    const authorization = `Basic ${Buffer.from(`iamapikey:${apikey}`).toString('base64')}`;
    const response = await owner.registry.v2('POST', 'fishes/a/blobs/uploads/', {
      headers: { authorization },
    });
    assert.equal(response.status, 202);
    assert.deepEqual(await refusal(await owner.registry.v2('POST', 'birds/a/blobs/uploads/')), OVER_STORAGE);
  });

  test('a text that is not a limit is refused', async () => {
    assert.equal((await owner.run('cr quota-set')).code, 2);
    assert.equal((await owner.run('cr quota-set --storage many')).code, 2);
  });

  test('quota-set prints the quota that holds then, also as JSON', async () => {
    await owner.run('cr quota-set --storage unlimited --traffic unlimited');
    const { limit } = await owner.json('cr quota-set --storage 500');
    assert.deepEqual(limit, { traffic: -1, store: 524_288_000 });
    await owner.run('cr quota-set --storage unlimited');
  });

  test('plan shows the plan, and plan-upgrade changes it', async () => {
    const account = owner.registry.accountId;
    const told = (plan: string) => [`You are on pricing plan '${plan}'.`, '', 'OK'];
    shows(await owner.run('cr plan'), {
      stdout: [`Getting the plan for account '${account}'...`, '', ...told('Standard')],
    });
    shows(await owner.run('cr plan-upgrade free'), {
      stdout: [`Changing the plan for account '${account}'...`, '', ...told('Free')],
    });
    assert.deepEqual(await owner.json('cr plan'), { plan: 'Free' });
    assert.deepEqual((await quota()).limit, { traffic: 5120 * MB, store: 512 * MB });
    shows(await owner.run('cr quota-set --storage 513'), {
      code: 1,
      stdout: [`Setting quotas for account '${account}'...`, ''],
      stderr: [
        'FAILED',
        'The plan Free has at most 512 megabytes of storage; set the plan to Standard first.',
        '(CRG0005E, request <id>)',
      ],
    });
    shows(await owner.run('cr plan-upgrade'), {
      stdout: [`Upgrading the plan for account '${account}'...`, '', ...told('Standard')],
    });
    assert.deepEqual(await owner.json('cr plan-upgrade'), { plan: 'Standard' });
    shows(await owner.run('cr plan-upgrade gold'), {
      code: 2,
      stdout: [],
      stderr: ['FAILED', "The plan 'gold' does not exist. The plans are 'standard' and 'free'."],
    });
  });

  test('an account that goes down to a limit is told that pushes end', async () => {
    await owner.run('cr quota-set --storage 0');
    const { stdout } = await owner.run('cr plan-upgrade free');
    assert.match(stdout, /The account is at a limit of the plan: pushes or pulls are refused/);
    await owner.run('cr plan-upgrade standard');
    await owner.run('cr quota-set --storage unlimited');
  });
});
