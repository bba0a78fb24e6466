import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { KeylessLab } from '../identity/keyless-lab.ts';
import { client, clients } from '../support/clients.ts';
import { MINUTE } from '../support/clock.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { makeImageSource, writeImageLayout } from './image.ts';

suite('F1: docker with a raw token', needs(dockerEngine), () => {
  test('docker logs in with a build’s token, pushes and pulls, also after the token’s own end', async () => {
    await using lab = await KeylessLab.start();
    const { id } = await lab.profile();
    await using engine = await startDockerEngine('overlay2');
    const { docker, room } = engine;
    const host = new URL(lab.registry.url).host;
    const login = (token: string) => docker(['login', '-u', id, '--password-stdin', host], { stdin: token });
    succeeded(await login(await lab.token()));
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
