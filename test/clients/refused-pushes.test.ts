import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, type ImageStore, startDockerEngine } from '../support/docker-engine.ts';
import { refused, succeeded, type Turn } from '../support/transcript.ts';
import { makeImageSource } from './image.ts';
import { writeIndexLayout } from './index-layout.ts';
import { namespace, Stand } from './stand.ts';

/** Logs in with a key and pushes some image to this name. */
type Push = (image: string, key: string) => Promise<Turn>;

let stand: Stand;
before(async () => {
  stand = await Stand.open();
});
after(() => stand[Symbol.asyncDispose]());

/** The key of a service ID without any policy. */
const powerlessKey = async (): Promise<string> => {
  const { accountId } = await stand.registry.signIn();
  const response = await stand.registry.request('/v1/serviceids', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ account_id: accountId, name: 'ci', apikey: { name: 'k' } }),
  });
  const made = (await response.json()) as { apikey: { apikey: string } };
  return made.apikey.apikey;
};

/** The same words for a namespace that is not there and for one without rights. */
const showsTheFix = async (push: Push): Promise<void> => {
  for (const [name, key] of [
    ['missing', stand.apikey],
    [namespace, await powerlessKey()],
  ] as const) {
    const said = new RegExp(
      `You need a policy that allows push on namespace ${name}; if your account has no such namespace yet, add it: tidegate cr namespace-add ${name}\\.`,
    );
    refused(await push(`${stand.host}/${name}/heron:1`, key), said);
  }
};

test('crane says how to be allowed a push that is refused', needs(clients(['crane'])), async () => {
  const crane = stand.client('crane');
  const [tar = ''] = makeImageSource(crane.room).tars.slice(1);
  await showsTheFix(async (image, key) => {
    const login = ['auth', 'login', '--insecure', '-u', 'iamapikey', '--password-stdin', stand.host];
    succeeded(await crane.run(login, { stdin: key }));
    return crane.run(['append', '--insecure', '--oci-empty-base', '-f', tar, '-t', image]);
  });
});

test('oras says how to be allowed a push that is refused', needs(clients(['oras'])), async () => {
  const oras = stand.client('oras');
  writeFileSync(join(oras.room.outside, 'song.txt'), 'tjirp');
  await showsTheFix(async (image, key) => {
    const login = ['login', '--plain-http', '-u', 'iamapikey', '--password-stdin', stand.host];
    succeeded(await oras.run(login, { stdin: key }));
    return oras.run(['push', '--plain-http', image, 'song.txt']);
  });
});

test(
  'skopeo says how to be allowed a push or a pull that is refused',
  needs(clients(['skopeo'])),
  async () => {
    const skopeo = stand.client('skopeo');
    writeIndexLayout(skopeo.room, 'source', 'made');
    await showsTheFix(async (image, key) => {
      const login = ['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', stand.host];
      succeeded(await skopeo.run(login, { stdin: key }));
      return skopeo.run(['copy', '--dest-tls-verify=false', 'oci:source:made', `docker://${image}`]);
    });
    await showsTheFixOfPull(async (image, key) => {
      const login = ['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', stand.host];
      succeeded(await skopeo.run(login, { stdin: key }));
      return skopeo.run(['copy', '--src-tls-verify=false', `docker://${image}`, 'oci:pulled:1']);
    });
  },
);

test(
  'podman says how to be allowed a push or a pull that is refused',
  needs(clients(['podman'])),
  async () => {
    const podman = stand.client('podman');
    const { context } = makeImageSource(podman.room);
    await showsTheFix(async (image, key) => {
      const login = ['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', stand.host];
      succeeded(await podman.run(login, { stdin: key }));
      succeeded(await podman.run(['build', '--network=host', '-t', image, context]));
      return podman.run(['push', '--tls-verify=false', image]);
    });
    await showsTheFixOfPull(async (image, key) => {
      const login = ['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', stand.host];
      succeeded(await podman.run(login, { stdin: key }));
      return podman.run(['pull', '--tls-verify=false', image]);
    });
  },
);

/** The same for pulls. What of a client's words is ours depends on the client. */
const showsTheFixOfPull = async (pull: Push): Promise<void> => {
  for (const [name, key] of [
    ['missing', stand.apikey],
    [namespace, await powerlessKey()],
  ] as const)
    refused(
      await pull(`${stand.host}/${name}/heron:1`, key),
      new RegExp(`You need a policy that allows pull on namespace ${name}\\.`),
    );
};

for (const store of ['overlay2', 'containerd'] satisfies ImageStore[])
  test(
    `docker with the ${store} image store says how to be allowed a push or a pull that is refused`,
    needs(dockerEngine),
    async () => {
      await using engine = await startDockerEngine(store);
      const { docker, room } = engine;
      const { context } = makeImageSource(room);
      await showsTheFix(async (image, key) => {
        succeeded(await docker(['login', '-u', 'iamapikey', '--password-stdin', stand.host], { stdin: key }));
        succeeded(await docker(['build', '--network=host', '-t', image, context]));
        return docker(['push', image]);
      });
      await showsTheFixOfPull(async (image, key) => {
        succeeded(await docker(['login', '-u', 'iamapikey', '--password-stdin', stand.host], { stdin: key }));
        return docker(['pull', image]);
      });
    },
  );
