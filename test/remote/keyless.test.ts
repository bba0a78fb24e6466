import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeylessLab } from '../identity/keyless-lab.ts';
import { declared, IssuersFile } from '../identity/platform.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { until } from '../support/until.ts';
import { installations } from './replica-pair.ts';

suite('workloads and replicas', needs(postgres, s3), () => {
  const { next } = installations();

  /** Two replicas, each with an issuers file of its own. */
  const pair = async () => {
    const env = await next();
    const lab = await KeylessLab.start('github', undefined, env);
    const file = new IssuersFile([declared(lab.platform)]);
    const b = await TestRegistry.start({ env: { ...env, TIDEGATE_ISSUERS_FILE: file.path } });
    return { lab, b, file };
  };

  const login = (registry: TestRegistry, id: string, token: string): Promise<number> =>
    registry
      .fetch('/oauth/token?scope=repository:birds/app:push', { headers: { Authorization: basic(id, token) } })
      .then(({ status }) => status);

  const push = async (registry: TestRegistry, bearer: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${bearer}` };
    return (await registry.fetch('/v2/birds/app/blobs/uploads/', { method: 'POST', headers })).status;
  };

  test('F22: a token that is sent to two replicas at once is in one session, and its end is known to both', async () => {
    const { lab, b } = await pair();
    await using _lab = lab;
    await using _b = b;
    const { id } = await lab.profile();
    const token = await lab.token();
    const sent = await Promise.all([lab.registry, b, lab.registry, b].map((each) => login(each, id, token)));
    assert.deepEqual(sent, [200, 200, 200, 200]);
    const listed = await lab.owner('GET', `/v1/sessions?iam_id=iam-${id}`);
    assert.equal(listed.body.sessions.length, 1);
    const bearer = await lab.bearer(id, token);
    assert.equal(await push(b, bearer), 202);
    const path = `/v1/sessions/${listed.body.sessions[0].id}/state`;
    assert.equal((await lab.owner('PATCH', path, { state: 'invalid' })).status, 204);
    await until('the other replica refuses', async () => (await push(b, bearer)) === 401);
    assert.equal(await login(b, id, token), 401);
  });

  test('F14: an issuer that is disabled on one replica, or gone from its file, is over on the other', async () => {
    const { lab, b, file } = await pair();
    await using _lab = lab;
    await using _b = b;
    const { id } = await lab.profile();
    const bearer = await lab.bearer(id, await lab.token());
    assert.equal(await push(b, bearer), 202);
    await lab.owner('PATCH', '/api/v1/issuers/github', { state: 'disabled' });
    await until('the other replica refuses', async () => (await push(b, bearer)) === 401);
    await lab.owner('PATCH', '/api/v1/issuers/github', { state: 'enabled' });
    const later = await lab.bearer(id, await lab.token());
    assert.equal(await lab.push(later), 202);
    file.write([]);
    await until('the first replica refuses', async () => (await lab.push(later)) === 401);
  });
});
