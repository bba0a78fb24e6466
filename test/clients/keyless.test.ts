import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Terminal } from '../cli/terminal.ts';
import { KeylessLab, when } from '../identity/keyless-lab.ts';
import { SAMPLES } from '../identity/platform.ts';
import { client, clients } from '../support/clients.ts';
import { MINUTE } from '../support/clock.ts';
import { needs } from '../support/component.ts';
import { ContainerRuntime, containerRuntime } from '../support/container-runtime.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { allowPlainHttp } from './hosts-toml.ts';
import { makeImageSource, writeImageLayout } from './image.ts';

suite('F1: docker with a raw token', needs(dockerEngine), () => {
  test('F1, F13: docker logs in with a build’s token, keeps no part of it, pushes and pulls, also after the token’s own end', async () => {
    await using lab = await KeylessLab.start();
    const { id } = await lab.profile();
    await using engine = await startDockerEngine('overlay2');
    const { docker, room } = engine;
    const host = new URL(lab.registry.url).host;
    const login = (token: string) => docker(['login', '-u', id, '--password-stdin', host], { stdin: token });
    const token = await lab.token();
    succeeded(await login(token));
    const kept = readFileSync(join(room.outside, '.docker/config.json'), 'utf8');
    const [pair = ''] = kept.match(/(?<="auth": ")[^"]*/) ?? [];
    for (const text of [kept, Buffer.from(pair, 'base64').toString()])
      for (const part of token.split('.')) assert.ok(!text.includes(part), 'a part of the token is kept');
    const { context } = makeImageSource(room);
    const image = `${host}/birds/app:1`;
    succeeded(await docker(['build', '--network=host', '-t', image, context]));
    succeeded(await docker(['push', image]));
    lab.registry.clock.advance(10 * MINUTE);
    succeeded(await docker(['pull', image]));
    refused(await login(await lab.token({ repository_id: '1' })), /credentials are not valid/);
  });
});

suite('F1: podman and skopeo with a raw token', needs(clients(['skopeo', 'podman'])), () => {
  test('both log in with a build’s token, by the profile’s id and by its name, and a push is let in', async () => {
    await using lab = await KeylessLab.start();
    const profile = await lab.profile();
    const host = new URL(lab.registry.url).host;
    for (const user of [profile.id, `${profile.name}@${lab.registry.accountId}`]) {
      const { room, run } = client('skopeo');
      using _room = room;
      const digest = writeImageLayout(room, makeImageSource(room), 'source', 'made');
      const login = ['login', '--tls-verify=false', '-u', user, '--password-stdin', host];
      succeeded(await run(login, { stdin: await lab.token() }));
      const reference = `docker://${host}/birds/app:1`;
      succeeded(await run(['copy', '--dest-tls-verify=false', 'oci:source:made', reference]));
      const format = ['--format', '{{.Digest}}'];
      const { stdout } = succeeded(await run(['inspect', '--tls-verify=false', ...format, reference]));
      assert.equal(stdout.trim(), digest);
      const podman = client('podman');
      using _podman = podman.room;
      succeeded(await podman.run(login, { stdin: await lab.token() }));
      const stranger = await lab.token({ event_name: 'pull_request' });
      refused(await podman.run(login, { stdin: stranger }), /invalid username\/password/);
    }
  });
});

const present = needs(containerRuntime, clients(['ctr']));

test(
  'F55: containerd pulls, as the kubelet asks it, with the pair of credential-provider',
  present,
  async () => {
    await using lab = await KeylessLab.start('kubernetes');
    const { id } = await lab.profile([when('sub', SAMPLES.kubernetes.sub)]);
    const host = new URL(lab.registry.url).host;
    const image = `${host}/birds/app:1`;
    const source = client('skopeo');
    using _source = source;
    writeImageLayout(source.room, makeImageSource(source.room), 'source', 'made');
    const owner = ['--dest-creds', `iamapikey:${lab.registry.apikey}`, '--dest-tls-verify=false'];
    succeeded(await source.run(['copy', ...owner, 'oci:source:made', `docker://${image}`]));
    using shell = new Terminal();
    const turn = await shell.run(['credential-provider', '--registry', host], {
      stdin: JSON.stringify({
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        kind: 'CredentialProviderRequest',
        image: `${host}/birds/app`,
        serviceAccountToken: await lab.token(),
        serviceAccountAnnotations: { 'tidegate.dev/profile-id': id },
      }),
    });
    await using runtime = await ContainerRuntime.start();
    allowPlainHttp(runtime.room, host);
    await assert.rejects(runtime.pull(image), /authorization failed|401|insufficient_scope/);
    assert.match(await runtime.pull(image, JSON.parse(succeeded(turn).stdout).auth[host]), /sha256:/);
  },
);
