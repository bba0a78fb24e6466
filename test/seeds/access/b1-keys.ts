import assert from 'node:assert/strict';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED } from '../holder.ts';
import type { PageLab } from '../page-lab.ts';
import { request } from '../request.ts';
import { accessToken, json, Robot, userKey } from './automation.ts';

const HOST = 'us.icr.io';

/** B1: making API keys. */
export const keys = (lab: PageLab, check: Check): void => {
  check('B43: iam api-key-create makes a user key and shows its secret this once', async () => {
    const owner = await lab.owner();
    const made = succeeded(await owner.types('ibmcloud iam api-key-create my-key -d "for automation"'));
    const secret = /^API Key +(\S{32,})$/m.exec(made.stdout)?.[1] ?? '';
    assert.ok(secret, made.stdout);
    owner.remember(secret);
    for (const line of ['iam api-keys', 'iam api-key my-key', 'iam api-key my-key -o json']) {
      assert.ok(!succeeded(await owner.types(`ibmcloud ${line}`)).stdout.includes(secret), line);
    }
    const { id } = await json(owner, 'iam api-key my-key');
    const answer = await request(lab.lab, HOST, `GET /v1/apikeys/${id}`, {
      headers: { Authorization: `Bearer ${await accessToken(owner)}` },
    });
    assert.equal(answer.status, 200);
    assert.ok(!answer.body.includes(secret));
    succeeded(await owner.types('ibmcloud iam api-key-delete my-key -f'));
  });

  check('B43: POST /v1/apikeys makes one as well', async () => {
    const owner = await lab.owner();
    const token = await accessToken(owner);
    const { iam_id } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const answer = await request(lab.lab, HOST, 'POST /v1/apikeys', {
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'by-rest', iam_id }),
    });
    assert.equal(answer.status, 201, answer.body);
    const { apikey } = JSON.parse(answer.body);
    owner.remember(apikey);
    await using holder = lab.holder('skopeo');
    succeeded(await holder.login(HOST, apikey, 'iamapikey'));
  });

  check('B44: iam service-api-key-create makes a service ID key, which works for the registry', async () => {
    const owner = await lab.owner();
    const robot = await Robot.make(owner);
    await robot.grant('Reader');
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, robot.key.apikey, 'iamapikey'));
    succeeded(await holder.pull(await lab.published()));
  });

  check('B45: user keys and service ID keys both log in as iamapikey', async () => {
    const owner = await lab.owner();
    for (const { apikey } of [await userKey(owner), (await Robot.make(owner)).key]) {
      await using holder = lab.holder('podman');
      succeeded(await holder.login(HOST, apikey, 'iamapikey'));
    }
  });

  check(
    'B46: a user key has the user’s rights, a service ID key the service ID’s and no others',
    async () => {
      const owner = await lab.owner();
      const namespace = await owner.addNamespace();
      await using byUser = lab.holder();
      succeeded(await byUser.login(HOST, (await userKey(owner)).apikey, 'iamapikey'));
      succeeded(await byUser.push(`${HOST}/${namespace}/hello:1`));
      const robot = await Robot.make(owner);
      await using byRobot = lab.holder();
      succeeded(await byRobot.login(HOST, robot.key.apikey, 'iamapikey'));
      refused(await byRobot.push(`${HOST}/${namespace}/hello:2`), DENIED);
      refused(await byRobot.pull(`${HOST}/${namespace}/hello:1`), DENIED);
    },
  );
};
