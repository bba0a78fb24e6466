import assert from 'node:assert/strict';
import { dockerEngine, type ImageStore, startDockerEngine } from '../support/docker-engine.ts';
import { succeeded } from '../support/transcript.ts';
import { assertImageIs } from './engine-image.ts';
import { clientRules, type Session } from './rules.ts';

/** What `docker info` calls the store, to see that the engine took the one asked for. */
const drivers = { overlay2: 'overlay2', containerd: 'overlayfs' } as const;

const open = async (store: ImageStore): Promise<Session> => {
  const engine = await startDockerEngine(store);
  const { docker, room } = engine;
  const { stdout } = succeeded(await docker(['info', '--format', '{{.Driver}}']));
  assert.equal(stdout.trim(), drivers[store]);
  return {
    room,
    login: (host, apikey) =>
      docker(['login', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push({ context }, reference) {
      succeeded(await docker(['build', '--network=host', '-t', reference, context]));
      const { stdout } = succeeded(await docker(['push', reference]));
      const [, digest = ''] = /digest: (sha256:[0-9a-f]{64})/.exec(stdout) ?? [];
      return digest;
    },
    pull: (reference) => docker(['pull', reference]),
    async assertHolds(reference, content) {
      assertImageIs(succeeded(await docker(['image', 'inspect', reference])).stdout, content);
    },
    run: (reference) => docker(['run', '--rm', '--network=host', reference]),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
};

for (const store of ['overlay2', 'containerd'] as const) {
  clientRules({
    title: `docker with the ${store} image store`,
    component: dockerEngine,
    open: () => open(store),
  });
}
