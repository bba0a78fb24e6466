import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { KeylessLab } from '../identity/keyless-lab.ts';
import { type ClientRoom, client, clients } from '../support/clients.ts';
import { MINUTE } from '../support/clock.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded } from '../support/transcript.ts';
import { makeImageSource, writeImageLayout } from './image.ts';
import { putHelper } from './room-helper.ts';

/** What a build has in its environment. */
const buildOf = async (lab: KeylessLab, room: ClientRoom, claims: object = {}) => {
  const { id } = await lab.profile();
  return {
    PATH: putHelper(room),
    TIDEGATE_HOME: join(room.home, 'settings'),
    TIDEGATE_REGISTRY: new URL(lab.registry.url).host,
    TIDEGATE_PROFILE: id,
    TIDEGATE_ID_TOKEN: await lab.token(claims),
  };
};

/** The secrets that stand in the files of a client. */
const secretsIn = (room: ClientRoom, ...files: string[]): string[] =>
  files
    .map((file) => join(room.outside, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .filter((content) => /"(auth|identitytoken|password)": ?"[^"]/.test(content));

suite('F56: docker with docker-credential-tidegate', needs(dockerEngine), () => {
  test('a build pushes and pulls without a login step, also after its token ended; docker login keeps no secret', async () => {
    await using lab = await KeylessLab.start();
    await using engine = await startDockerEngine('overlay2');
    const { docker, room } = engine;
    const env = await buildOf(lab, room);
    const host = env.TIDEGATE_REGISTRY;
    mkdirSync(join(room.outside, '.docker'));
    const settings = JSON.stringify({ credHelpers: { [host]: 'tidegate' } });
    room.write('.docker/config.json', settings);
    const image = `${host}/birds/app:1`;
    const { context } = makeImageSource(room);
    succeeded(await docker(['build', '--network=host', '-t', image, context], { env }));
    succeeded(await docker(['push', image], { env }));
    lab.registry.clock.advance(10 * MINUTE);
    succeeded(await docker(['pull', image], { env }));

    const { PATH, TIDEGATE_HOME } = env;
    const person = { PATH, TIDEGATE_HOME };
    refused(await docker(['pull', image], { env: person }), /denied|unauthorized|authentication required/i);
    const login = ['login', '-u', 'iamapikey', '--password-stdin', host];
    succeeded(await docker(login, { stdin: lab.registry.apikey, env: person }));
    succeeded(await docker(['pull', image], { env: person }));
    const token = await lab.token();
    const raw = ['login', '-u', env.TIDEGATE_PROFILE, '--password-stdin', host];
    succeeded(await docker(raw, { stdin: token, env: person }));
    succeeded(await docker(['push', image], { env: person }));
    assert.deepEqual(secretsIn(room, '.docker/config.json'), [], 'F13: no secret in config.json');
    succeeded(await docker(['logout', host], { env: person }));
    refused(await docker(['push', image], { env: person }), /denied|unauthorized|authentication required/i);
    const wrong = await docker(login, { stdin: 'wrong', env: person });
    refused(wrong, /credentials are not valid/);
  });
});

const asking = ['skopeo', 'podman', 'buildah'] as const;

suite('F56: skopeo, podman and buildah with docker-credential-tidegate', needs(clients(asking)), () => {
  for (const name of asking)
    test(`${name} asks the helper of its auth.json, and shows why a build is refused`, async () => {
      await using lab = await KeylessLab.start();
      const source = client('skopeo');
      using _source = source.room;
      const asker = name === 'skopeo' ? source : client(name);
      using _asker = asker.room;
      const sourceEnv = await buildOf(lab, source.room);
      const host = sourceEnv.TIDEGATE_REGISTRY;
      const settings = JSON.stringify({ credHelpers: { [host]: 'tidegate' } });
      const reference = `docker://${host}/birds/app:1`;
      for (const { room } of [source, asker]) room.write('auth.json', settings);
      const digest = writeImageLayout(source.room, makeImageSource(source.room), 'source', 'made');
      const copy = ['copy', '--dest-tls-verify=false', 'oci:source:made', reference];
      succeeded(await source.run(copy, { env: sourceEnv }));

      const ask =
        name === 'skopeo'
          ? ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', reference]
          : ['pull', '--tls-verify=false', ...(name === 'buildah' ? ['--policy', 'always'] : []), reference];
      const env = name === 'skopeo' ? sourceEnv : await buildOf(lab, asker.room);
      const { stdout } = succeeded(await asker.run(ask, { env }));
      if (name === 'skopeo') assert.equal(stdout.trim(), digest);
      const { PATH, TIDEGATE_HOME } = env;
      // F57: nothing to log in with is an anonymous request; a refused token is shown in the words of the registry
      const without = { PATH, TIDEGATE_HOME };
      refused(await asker.run(ask, { env: without }), /unauthorized|authentication required|denied/i);
      const foreign = { ...env, TIDEGATE_ID_TOKEN: await lab.token({ repository_id: '1' }) };
      refused(await asker.run(ask, { env: foreign }), /does not trust you/);
      assert.deepEqual(secretsIn(asker.room, 'auth.json'), []);
    });
});

suite('F56: cosign with docker-credential-tidegate', needs(clients(['skopeo', 'cosign'])), () => {
  test('cosign asks the helper of config.json', async () => {
    await using lab = await KeylessLab.start();
    using source = client('skopeo');
    const env = await buildOf(lab, source.room);
    const host = env.TIDEGATE_REGISTRY;
    const settings = JSON.stringify({ credHelpers: { [host]: 'tidegate' } });
    source.room.write('auth.json', settings);
    writeImageLayout(source.room, makeImageSource(source.room), 'source', 'made');
    const copy = ['copy', '--dest-tls-verify=false', 'oci:source:made', `docker://${host}/birds/app:1`];
    succeeded(await source.run(copy, { env }));
    mkdirSync(join(source.room.outside, '.docker'));
    source.room.write('.docker/config.json', settings);
    const ask = ['cosign', 'tree', '--allow-http-registry', `${host}/birds/app:1`];
    const run = (more: Record<string, string>) => source.room.run(ask, { env: more });
    succeeded(await run(env));
    const { PATH, TIDEGATE_HOME } = env;
    refused(await run({ PATH, TIDEGATE_HOME }), /unauthorized|denied|authentication/i);
  });
});
