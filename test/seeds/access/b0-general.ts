import assert from 'node:assert/strict';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED } from '../holder.ts';
import type { PageLab } from '../page-lab.ts';
import { basic, request } from '../request.ts';
import { accessToken, json, Robot, userKey } from './automation.ts';

const HOST = 'us.icr.io';

/** B0: what API keys are, and what they may. */
export const general = (lab: PageLab, check: Check): void => {
  check('B38: one API key logs in to the registry, the REST API and the command line', async () => {
    const { apikey } = await userKey(await lab.owner());
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, apikey, 'iamapikey'));
    succeeded(await holder.pull(await lab.published()));
    const shell = lab.newShell();
    await shell.logIn(apikey);
    succeeded(await shell.types('ibmcloud cr namespace-list'));
    const form = new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey });
    const answer = await request(lab.lab, HOST, 'POST /identity/token', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).token_type, 'Bearer');
  });

  check('B39: automation that logs in with a key acts as its identity, and the history says so', async () => {
    const owner = await lab.owner();
    const robot = await Robot.make(owner);
    await robot.grant('Manager');
    const shell = lab.newShell();
    await shell.logIn(robot.key.apikey);
    const namespace = await shell.addNamespace();
    assert.ok(succeeded(await owner.types('ibmcloud cr namespace-list')).stdout.includes(namespace));
    const token = await accessToken(shell);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    assert.equal(claims.iam_id, `iam-${robot.id}`);
    assert.equal(claims.sub_type, 'ServiceId');
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, robot.key.apikey, 'iamapikey'));
    succeeded(await holder.push(`${HOST}/${namespace}/hello:1`));
    const put = new RegExp(`"PUT".*/v2/${namespace}/hello/manifests/1`);
    await lab.loggedLine((line) => put.test(line) && line.includes(`/iam-${robot.id}`));
  });

  check(
    'B40: without a policy a key reaches nothing (401 insufficient_scope, 403); Reader on a namespace pulls from it alone',
    async () => {
      const owner = await lab.owner();
      const [mine, other] = [await owner.addNamespace(), await owner.addNamespace()];
      const [image, foreign] = [
        await lab.published({ namespace: mine }),
        await lab.published({ namespace: other }),
      ];
      const robot = await Robot.make(owner);
      await using holder = lab.holder();
      succeeded(await holder.login(HOST, robot.key.apikey, 'iamapikey'));
      refused(await holder.pull(image), DENIED);
      const path = image.slice(HOST.length + 1).replace(/:1$/, '');
      const refusal = await request(lab.lab, HOST, `GET /v2/${path}/manifests/1`, {
        headers: { Authorization: basic('iamapikey', robot.key.apikey) },
      });
      assert.equal(refusal.status, 401);
      assert.match(refusal.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/);
      const shell = lab.newShell();
      await shell.logIn(robot.key.apikey);
      refused(await shell.types(`ibmcloud cr namespace-add ${mine}-2`), /not authorized/);

      await robot.grant('Reader', { namespace: mine });
      succeeded(await holder.pull(image));
      refused(await holder.pull(foreign), DENIED);
    },
  );

  check('B41: Reader cannot push, Writer can, Manager also removes namespaces and sets quotas', async () => {
    const owner = await lab.owner();
    const namespace = await owner.addNamespace();
    const robot = await Robot.make(owner);
    const shell = lab.newShell();
    await shell.logIn(robot.key.apikey);
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, robot.key.apikey, 'iamapikey'));
    await robot.grant('Reader', { namespace });
    refused(await holder.push(`${HOST}/${namespace}/hello:1`), DENIED);
    await robot.grant('Writer', { namespace });
    succeeded(await holder.push(`${HOST}/${namespace}/hello:1`));
    refused(await shell.types(`ibmcloud cr namespace-rm ${namespace} -f`), /not authorized/);
    refused(await shell.types('ibmcloud cr quota-set --traffic 4900'), /not authorized/);
    await robot.grant('Manager');
    succeeded(await shell.types('ibmcloud cr quota-set --traffic 4900'));
    succeeded(await shell.types(`ibmcloud cr namespace-rm ${namespace} -f`));
  });

  check(
    'B42: a policy counts and ends at once, for the key and for every token there is already',
    async () => {
      const owner = await lab.owner();
      const namespace = await owner.addNamespace();
      const image = await lab.published({ namespace });
      const robot = await Robot.make(owner);
      const shell = lab.newShell();
      await shell.logIn(robot.key.apikey);
      const token = await accessToken(shell);
      const path = image.slice(HOST.length + 1).replace(/:1$/, '');
      const ask = async (): Promise<number> => {
        const headers = { Authorization: basic('iambearer', token) };
        return (await request(lab.lab, HOST, `GET /v2/${path}/manifests/1`, { headers })).status;
      };
      assert.equal(await ask(), 401);
      const policy = await robot.grant('Reader', { namespace });
      assert.equal(await ask(), 200);
      await robot.revoke(policy);
      assert.equal(await ask(), 401);
      const policies = await json<unknown[]>(owner, `iam service-policies ${robot.id}`);
      assert.deepEqual(policies, []);
    },
  );
};
