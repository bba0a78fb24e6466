import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { ContainerRuntime, type PullCredentials } from '../../support/container-runtime.ts';
import { succeeded } from '../../support/transcript.ts';
import type { Check } from '../check.ts';
import type { PageLab } from '../page-lab.ts';
import type { Shell } from '../shell.ts';
import { Robot } from './automation.ts';

interface Place {
  readonly host: string;
  readonly image: string;
  readonly shell: Shell;
  readonly namespace: string;
}

/** What a kubelet finds in a pull secret for a host. */
const credentialsFor = (manifest: string, host: string): PullCredentials => {
  const secret = parse(manifest);
  assert.equal(secret.kind, 'Secret');
  assert.equal(secret.type, 'kubernetes.io/dockerconfigjson');
  const config = JSON.parse(Buffer.from(secret.data['.dockerconfigjson'], 'base64').toString());
  const { username, password, auth } = config.auths[host];
  assert.equal(Buffer.from(auth, 'base64').toString(), `${username}:${password}`);
  return { username, password };
};

/** The page's tip: images of other namespaces, regions and accounts, in Kubernetes. */
export const kubernetes = (lab: PageLab, check: Check): void => {
  const place = async (shell: Shell, apikey: string, region: string, host: string): Promise<Place> => {
    succeeded(await shell.types(`ibmcloud cr region-set ${region}`));
    const namespace = await shell.addNamespace();
    await using publisher = lab.holder('skopeo');
    succeeded(await publisher.login(host, apikey, 'iamapikey'));
    const image = `${host}/${namespace}/${randomUUID()}:1`;
    succeeded(await publisher.push(image));
    return { host, image, shell, namespace };
  };

  check(
    'C68: a kubelet pulls with the pull secrets of two regions and two accounts, each where it is good',
    async () => {
      const { shell: other, apikey } = await lab.newAccount('Neighbours');
      const own = lab.newShell();
      await own.logIn(lab.server.apikey);
      const places = [
        await place(own, lab.server.apikey, 'us-south', 'us.icr.io'),
        await place(own, lab.server.apikey, 'eu-central', 'de.icr.io'),
        await place(other, apikey, 'us-south', 'us.icr.io'),
      ];
      await using runtime = await ContainerRuntime.start(lab.lab.surroundings);
      const secrets: PullCredentials[] = [];
      for (const { shell, namespace, host } of places) {
        const robot = await Robot.make(shell);
        await robot.grant('Reader', { namespace });
        const line = `ibmcloud pull-secret ${namespace} --host ${host} --credential -`;
        const { stdout } = succeeded(await shell.types(line, { stdin: robot.key.apikey }));
        secrets.push(credentialsFor(stdout, host));
      }
      for (const [at, { image }] of places.entries()) {
        await assert.rejects(runtime.pull(image), /401|authoriz/i, 'not without a secret');
        for (const [of, secret] of secrets.entries()) {
          if (of === at) assert.match(await runtime.pull(image, secret), /sha256:/);
          else await assert.rejects(runtime.pull(image, secret), /401|authoriz/i);
        }
      }
    },
  );
};
