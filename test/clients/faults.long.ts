/**
 * A world in which every kind of request fails once: which clients go on by themselves. What they cannot is theirs, and
 * stands here so that docs/clients.md is right; what the registry has to hold in each case is that nothing wrong is kept
 * and that the same command, given again, succeeds.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { ContainerRuntime, containerRuntime } from '../support/container-runtime.ts';
import { type DockerEngine, dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { succeeded, type Turn } from '../support/transcript.ts';
import { allowPlainHttp } from './hosts-toml.ts';
import { makeImageSource, writeImageLayout } from './image.ts';
import { pushImage } from './push-image.ts';
import { Stand } from './stand.ts';
import type { Fault, Mishap } from './wire.ts';

/** The kinds of requests an image needs. */
const kinds = {
  'GET blob': ['GET', /\/blobs\/sha256:/],
  'GET manifest': ['GET', /\/manifests\//],
  'HEAD blob': ['HEAD', /\/blobs\/sha256:/],
  'POST upload': ['POST', /\/blobs\/uploads\//],
  'PATCH upload': ['PATCH', /\/blobs\/uploads\//],
  'PUT upload': ['PUT', /\/blobs\/uploads\//],
  'PUT manifest': ['PUT', /\/manifests\//],
  'GET token': ['GET', /\/oauth\/token/],
} as const;

type Kind = keyof typeof kinds;

const mishaps: readonly Mishap[] = ['busy', 'cut', 'lost'];

/** The first request of that kind to each address fails; all uploads of a repository are one address. */
const onceEach = (kind: Kind, mishap: Mishap): { fault: Fault; struck: () => number } => {
  const [wanted, pattern] = kinds[kind];
  const seen = new Set<string>();
  const fault: Fault = (method, url) => {
    const [path = ''] = url.split(/\?|(?<=\/uploads\/)/);
    if (method !== wanted || !pattern.test(url) || seen.has(path)) return undefined;
    seen.add(path);
    return mishap;
  };
  return { fault, struck: () => seen.size };
};

interface Traveller {
  push(reference: string): Promise<Turn>;
  pull(reference: string): Promise<Turn>;
}

const pushing: readonly Kind[] = [
  'HEAD blob',
  'POST upload',
  'PATCH upload',
  'PUT upload',
  'PUT manifest',
  'GET token',
];
const pulling: readonly Kind[] = ['GET token', 'GET manifest', 'GET blob'];

const login = (stand: Stand): string[] => ['-u', 'iamapikey', '--password-stdin', stand.host];

const skopeo =
  (...retries: string[]) =>
  async (stand: Stand): Promise<Traveller> => {
    const { room, run } = stand.client('skopeo');
    writeImageLayout(room, makeImageSource(room), 'source', 'made');
    const key = `iamapikey:${stand.apikey}`;
    const [from, to] = ['src', 'dest'].map((end) => [`--${end}-tls-verify=false`, `--${end}-creds`, key]);
    const copy = ['copy', ...retries];
    return {
      push: (reference) => run([...copy, ...(to ?? []), 'oci:source:made', `docker://${reference}`]),
      pull(reference) {
        rmSync(join(room.outside, 'pulled'), { recursive: true, force: true });
        return run([...copy, ...(from ?? []), `docker://${reference}`, 'oci:pulled:1']);
      },
    };
  };

const crane = async (stand: Stand): Promise<Traveller> => {
  const { room, run } = stand.client('crane');
  const layers = makeImageSource(room).tars.flatMap((tar) => ['-f', tar]);
  succeeded(await run(['auth', 'login', ...login(stand)], { stdin: stand.apikey }));
  return {
    push: (reference) => run(['append', '--insecure', '--oci-empty-base', ...layers, '-t', reference]),
    pull(reference) {
      rmSync(join(room.outside, 'pulled'), { recursive: true, force: true });
      return run(['pull', '--insecure', '--format=oci', reference, 'pulled']);
    },
  };
};

const oras = async (stand: Stand): Promise<Traveller> => {
  const { room, run } = stand.client('oras');
  writeImageLayout(room, makeImageSource(room), 'source', 'made');
  succeeded(await run(['login', '--plain-http', ...login(stand)], { stdin: stand.apikey }));
  return {
    push: (reference) => run(['cp', '--from-oci-layout', '--to-plain-http', 'source:made', reference]),
    pull(reference) {
      rmSync(join(room.outside, 'pulled'), { recursive: true, force: true });
      return run(['cp', '--from-plain-http', '--to-oci-layout', reference, 'pulled:1']);
    },
  };
};

const docker =
  (engine: DockerEngine) =>
  async (stand: Stand): Promise<Traveller> => {
    const { context } = makeImageSource(engine.room);
    succeeded(await engine.docker(['build', '--network=host', '-t', 'made', context]));
    succeeded(await engine.docker(['login', ...login(stand)], { stdin: stand.apikey }));
    return {
      async push(reference) {
        succeeded(await engine.docker(['tag', 'made', reference]));
        return engine.docker(['push', reference]);
      },
      pull: (reference) => engine.docker(['pull', reference]),
    };
  };

/** Each kind of request fails in each way; answers what the client gave up on, `WAY KIND MISHAP`. */
const journey = async (stand: Stand, traveller: Traveller, t: TestContext): Promise<string[]> => {
  const gaveUp: string[] = [];
  const tries = [
    ...pushing.map((kind) => ({ way: 'push', kind }) as const),
    ...pulling.map((kind) => ({ way: 'pull', kind }) as const),
  ].flatMap((leg) => mishaps.map((mishap) => ({ ...leg, mishap })));
  for (const [number, { way, kind, mishap }] of tries.entries()) {
    const repository = `trip-${number}`;
    const reference = `${stand.at(repository)}:1`;
    if (way === 'pull') await pushImage(stand, repository, '1');
    const { fault, struck } = onceEach(kind, mishap);
    stand.wire.fault = fault;
    const turn = await traveller[way](reference);
    stand.wire.fault = () => undefined;
    if (struck() === 0) continue;
    if (turn.code !== 0) {
      gaveUp.push(`${way}, ${kind} ${mishap}`);
      t.diagnostic(`${way}, ${kind} ${mishap}: ${turn.stderr.trim().split('\n').at(-1)}`);
      succeeded(await traveller[way](reference));
    }
    await stand.content(repository, '1');
  }
  return gaveUp;
};

/** Whether a cut connection is noticed in time to ask again is chance in some clients; `busy` is not. */
const whenBusy = (gaveUp: readonly string[]): string[] =>
  gaveUp.filter((what) => what.endsWith(' busy')).map((what) => what.replace(/ busy$/, ''));

for (const { name, command, prepare, givesUp } of [
  {
    name: 'skopeo',
    command: 'skopeo',
    prepare: skopeo(),
    givesUp: [
      'push, HEAD blob',
      'push, PATCH upload',
      'push, PUT upload',
      'push, PUT manifest',
      'push, GET token',
      'pull, GET token',
      'pull, GET manifest',
      'pull, GET blob',
    ],
  },
  {
    name: 'skopeo with --retry-times',
    command: 'skopeo',
    prepare: skopeo('--retry-times=3', '--retry-delay=1s'),
    givesUp: [],
  },
  { name: 'crane', command: 'crane', prepare: crane, givesUp: [] },
  { name: 'oras', command: 'oras', prepare: oras, givesUp: ['push, PUT upload'] },
]) {
  const title = `${name} in a world that fails: what it gives up on succeeds when the command is given again`;
  test(title, needs(clients([command])), async (t) => {
    await using stand = await Stand.open();
    const gaveUp = await journey(stand, await prepare(stand), t);
    assert.deepEqual(whenBusy(gaveUp), givesUp);
  });
}

test(
  'docker in a world that fails: a busy registry costs time, and nothing else',
  needs(dockerEngine),
  async (t) => {
    await using stand = await Stand.open();
    await using engine = await startDockerEngine('containerd');
    const gaveUp = await journey(stand, await docker(engine)(stand), t);
    assert.deepEqual(whenBusy(gaveUp), []);
  },
);

test(
  'containerd in a world that fails: a pull recovers from a busy registry, and a second one from all else',
  needs(containerRuntime),
  async () => {
    await using stand = await Stand.open();
    await using runtime = await ContainerRuntime.start();
    allowPlainHttp(runtime.room, stand.host);
    const secret = { username: 'iamapikey', password: stand.apikey };
    for (const kind of pulling) {
      for (const mishap of mishaps) {
        const repository = `${mishap}-${pulling.indexOf(kind)}`;
        await pushImage(stand, repository, '1');
        const pull = () => runtime.pull(`${stand.at(repository)}:1`, secret);
        stand.wire.fault = onceEach(kind, mishap).fault;
        // a kubelet asks again by itself
        const digest = mishap === 'busy' ? pull() : pull().catch(pull);
        assert.match(await digest, /sha256:/, `${kind} ${mishap}`);
      }
    }
  },
);
