import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client } from '../../support/clients.ts';
import { HOUR, MINUTE } from '../../support/clock.ts';
import { refused, succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import { DENIED, WRONG_CREDENTIALS } from '../holder.ts';
import type { PageLab } from '../page-lab.ts';
import { basic, request } from '../request.ts';
import type { Shell } from '../shell.ts';
import { accessToken, Robot, userKey } from './automation.ts';

const HOST = 'us.icr.io';

/** The refresh token that the command line keeps, by logging in as it does. */
const refreshToken = async (lab: PageLab, apikey: string): Promise<string> => {
  const answer = await request(lab.lab, HOST, 'POST /identity/token', {
    headers: {
      Authorization: basic('bx', 'bx'),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }).toString(),
  });
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body).refresh_token;
};

const fresh = async (lab: PageLab): Promise<{ shell: Shell; apikey: string }> => {
  const { apikey } = await userKey(await lab.owner());
  const shell = lab.newShell();
  await shell.logIn(apikey);
  return { shell, apikey };
};

/** B3: every way of logging in, from any client. */
export const anyClient = (lab: PageLab, check: Check): void => {
  check(
    'B52, B58: ibmcloud cr login logs docker in as iamrefresh; pull and push then need no password',
    async () => {
      const { shell } = await fresh(lab);
      const namespace = await shell.addNamespace();
      await using holder = lab.holder();
      lab.installDocker(holder);
      const turn = succeeded(await shell.types('ibmcloud cr login --client docker'));
      assert.match(turn.stdout, /Logging 'docker' in to 'us\.icr\.io'/);
      succeeded(await holder.push(`${HOST}/${namespace}/hello:1`));
      succeeded(await holder.pull(`${HOST}/${namespace}/hello:1`));
      const config = JSON.parse(readFileSync(join(holder.room.outside, '.docker/config.json'), 'utf8'));
      const auth = Buffer.from(config.auths[HOST].auth, 'base64').toString();
      assert.equal(auth.split(':', 1)[0], 'iamrefresh');
    },
  );

  check(
    'B53: the user name says what the password is: no other kind of secret is accepted under it',
    async () => {
      const { shell, apikey } = await fresh(lab);
      const secrets = {
        iamapikey: apikey,
        iambearer: await accessToken(shell),
        iamrefresh: await refreshToken(lab, apikey),
        token: (await (await lab.owner()).addToken()).value,
      };
      await using holder = lab.holder('skopeo');
      for (const user of Object.keys(secrets)) {
        for (const [kind, secret] of Object.entries(secrets)) {
          const turn = await holder.login(HOST, secret, user);
          if (user === kind) succeeded(turn);
          else refused(turn, WRONG_CREDENTIALS);
        }
      }
    },
  );

  check(
    'B54: iambearer with an access token logs in and pulls, and is refused once the token has expired',
    async () => {
      const { shell } = await fresh(lab);
      const image = await lab.published();
      await using holder = lab.holder();
      succeeded(await holder.login(HOST, await accessToken(shell), 'iambearer'));
      succeeded(await holder.pull(image));
      lab.advance(HOUR + MINUTE);
      refused(await holder.pull(image), /not valid|unauthorized/);
    },
  );

  check('B55: iambearer works for a user and for a service ID', async () => {
    const owner = await lab.owner();
    const robot = await Robot.make(owner);
    await robot.grant('Reader');
    const image = await lab.published();
    for (const apikey of [(await userKey(owner)).apikey, robot.key.apikey]) {
      const shell = lab.newShell();
      await shell.logIn(apikey);
      await using holder = lab.holder();
      succeeded(await holder.login(HOST, await accessToken(shell), 'iambearer'));
      succeeded(await holder.pull(image));
    }
  });

  check('B55: iambearer works for a trusted profile', async () => {
    const owner = await lab.owner();
    const robot = await Robot.make(owner);
    const profile = `profile-${robot.id.slice(-12)}`;
    succeeded(await owner.types(`ibmcloud iam trusted-profile-create ${profile}`));
    const trust = `--id ${robot.id} --id-type SERVICEID`;
    succeeded(await owner.types(`ibmcloud iam trusted-profile-identity-create ${profile} ${trust}`));
    const policy = '--roles Reader --service-name container-registry';
    succeeded(await owner.types(`ibmcloud iam trusted-profile-policy-create ${profile} ${policy}`));
    const shell = lab.newShell();
    await shell.logIn(robot.key.apikey);
    const owned = await lab.accountOf(owner);
    const answer = await request(lab.lab, HOST, 'POST /identity/token', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'urn:ibm:params:oauth:grant-type:assume',
        access_token: await accessToken(shell),
        profile_name: profile,
        account: owned,
      }).toString(),
    });
    assert.equal(answer.status, 200, answer.body);
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, JSON.parse(answer.body).access_token, 'iambearer'));
    succeeded(await holder.pull(await lab.published()));
  });

  check(
    'B56: iamrefresh with a refresh token logs in, and the registry gets the access it needs from it',
    async () => {
      const { apikey } = await fresh(lab);
      await using holder = lab.holder();
      succeeded(await holder.login(HOST, await refreshToken(lab, apikey), 'iamrefresh'));
      succeeded(await holder.pull(await lab.published()));
    },
  );

  check('B57: an iamrefresh login outlives access tokens, and ends with its session', async () => {
    const { apikey } = await fresh(lab);
    const image = await lab.published();
    await using holder = lab.holder();
    succeeded(await holder.login(HOST, await refreshToken(lab, apikey), 'iamrefresh'));
    for (let hour = 0; hour < 23; hour++) {
      lab.advance(HOUR);
      if (hour % 4 === 0 || hour > 20) succeeded(await holder.pull(image));
      else succeeded(await holder.run(['manifest', 'inspect', image]));
    }
    lab.advance(2 * HOUR);
    refused(await holder.pull(image), /expired|not valid/);
  });

  check('B59: for automation a user key or a service ID key is given as iamapikey', async () => {
    const owner = await lab.owner();
    const robot = await Robot.make(owner);
    await robot.grant('Reader');
    const image = await lab.published();
    for (const apikey of [(await userKey(owner)).apikey, robot.key.apikey]) {
      await using holder = lab.holder('skopeo');
      succeeded(await holder.login(HOST, apikey, 'iamapikey'));
      succeeded(await holder.pull(image));
    }
  });

  check('B60: any other user name is refused with what to type instead', async () => {
    const { apikey } = await fresh(lab);
    await using holder = lab.holder();
    for (const user of ['someone', 'ada@example.com', 'iamApiKey', '_json_key', 'AWS']) {
      refused(await holder.login(HOST, apikey, user), /docker login -u iamapikey/);
    }
  });

  check('B61: no docker is needed: skopeo, podman, crane and a Basic → Bearer exchange by hand', async () => {
    const { apikey } = await fresh(lab);
    const image = await lab.published();
    for (const name of ['skopeo', 'podman'] as const) {
      await using holder = lab.holder(name);
      succeeded(await holder.login(HOST, apikey, 'iamapikey'));
      succeeded(await holder.pull(image));
    }
    using crane = client('crane', 'sid', lab.lab.surroundings);
    succeeded(await crane.run(['auth', 'login', '-u', 'iamapikey', '-p', apikey, HOST]));
    assert.match(succeeded(await crane.run(['digest', image])).stdout, /^sha256:/);
    const repository = image.slice(HOST.length + 1).replace(/:1$/, '');
    const token = await request(
      lab.lab,
      HOST,
      `GET /oauth/token?service=registry&scope=repository:${repository}:pull`,
      { headers: { Authorization: basic('iamapikey', apikey) } },
    );
    const bearer = `Bearer ${JSON.parse(token.body).token}`;
    const manifest = await request(lab.lab, HOST, `GET /v2/${repository}/manifests/1`, {
      headers: { Authorization: bearer },
    });
    assert.equal(manifest.status, 200);
  });

  check(
    'B62, B63: a service that is given CF_DOCKER_PASSWORD and the user iamapikey pulls <region>.icr.io/<my_namespace>/<image_repo>, tag latest',
    async () => {
      const { apikey, shell } = await fresh(lab);
      const namespace = await shell.addNamespace();
      await using pusher = lab.holder();
      succeeded(await pusher.login(HOST, apikey, 'iamapikey'));
      succeeded(await pusher.push(`${HOST}/${namespace}/app:latest`));
      await using service = lab.holder('skopeo');
      const pull = [
        'copy',
        '--src-creds',
        `iamapikey:${apikey}`,
        `docker://${HOST}/${namespace}/app`,
        'oci:app:1',
      ];
      succeeded(await service.run(pull));
      const wrong = [
        'copy',
        '--src-creds',
        'iamapikey:wrong',
        `docker://${HOST}/${namespace}/app`,
        'oci:app:2',
      ];
      refused(await service.run(wrong), WRONG_CREDENTIALS);
      await using stranger = lab.holder('skopeo');
      refused(await stranger.pull(`${HOST}/${namespace}/app`), DENIED);
    },
  );
};
