/** What clients print where a tag is protected, and what they can do with a right on some tags. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { refused, succeeded, type Turn } from '../support/transcript.ts';
import { makeImageSource } from './image.ts';

/** One client that is logged in, and pushes an image of its own under names. */
interface Pusher extends AsyncDisposable {
  login(host: string, apikey: string): Promise<Turn>;
  /** Another image each time. */
  push(reference: string): Promise<Turn>;
  pull(reference: string): Promise<Turn>;
}

const crane = async (): Promise<Pusher> => {
  const { room, run } = client('crane');
  return {
    login: (host, apikey) =>
      run(['auth', 'login', '--insecure', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    push: (reference) => {
      const layers = makeImageSource(room).tars.flatMap((tar) => ['-f', tar]);
      return run(['append', '--insecure', '--oci-empty-base', ...layers, '-t', reference]);
    },
    pull: (reference) => run(['pull', '--insecure', reference, `pulled-${randomUUID()}.tar`]),
    [Symbol.asyncDispose]: async () => room[Symbol.dispose](),
  };
};

const podman = async (): Promise<Pusher> => {
  const { room, run } = client('podman');
  return {
    login: (host, apikey) =>
      run(['login', '--tls-verify=false', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push(reference) {
      succeeded(await run(['build', '--layers', '-t', reference, makeImageSource(room).context]));
      return run(['push', '--tls-verify=false', reference]);
    },
    pull: (reference) => run(['pull', '--tls-verify=false', reference]),
    async [Symbol.asyncDispose]() {
      await run(['rmi', '--all', '--force']);
      room[Symbol.dispose]();
    },
  };
};

const docker = async (): Promise<Pusher> => {
  const engine = await startDockerEngine('overlay2');
  return {
    login: (host, apikey) =>
      engine.docker(['login', '-u', 'iamapikey', '--password-stdin', host], { stdin: apikey }),
    async push(reference) {
      const { context } = makeImageSource(engine.room);
      succeeded(await engine.docker(['build', '--network=host', '-t', reference, context]));
      return engine.docker(['push', reference]);
    },
    pull: (reference) => engine.docker(['pull', reference]),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
};

for (const [title, component, open] of [
  ['crane', clients(['crane']), crane],
  ['podman', clients(['podman', 'runc']), podman],
  ['docker', dockerEngine, docker],
] as const) {
  describe(title, needs(component), () => {
    const opened = new AsyncDisposableStack();
    let registry: RegistryProcess;
    let pusher: Pusher;
    before(async () => {
      registry = opened.use(await startRegistryProcess());
      await registry.namespaceAdd('birds');
      pusher = opened.use(await open());
    });
    after(() => opened.disposeAsync());

    const ask = async (method: string, path: string, body: object): Promise<Record<string, string>> => {
      const grant = { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: registry.apikey };
      const login = await fetch(`${registry.url}/identity/token`, {
        method: 'POST',
        body: new URLSearchParams(grant),
      });
      const { access_token: token } = (await login.json()) as { access_token: string };
      const response = await fetch(`${registry.url}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          Account: accountOf(token),
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({
          ...body,
          ...(path.startsWith('/v1/') ? { account_id: accountOf(token) } : {}),
        }),
      });
      assert.equal(response.status, 201, await response.clone().text());
      return (await response.json()) as Record<string, string>;
    };

    test('is told which rule protects a tag that it would move, and pushes a new tag', async () => {
      const repository = `${registry.host}/birds/protected`;
      succeeded(await pusher.login(registry.host, registry.apikey));
      succeeded(await pusher.push(`${repository}:v1`));
      await ask('POST', '/api/v1/namespaces/birds/protections', { tags: 'v*' });
      refused(
        await pusher.push(`${repository}:v1`),
        /the tag v1 cannot be moved or deleted: the rule [0-9a-f-]{36} of this namespace protects tags v\*/,
      );
      succeeded(await pusher.push(`${repository}:v2`));
    });

    test('with a right on some tags pushes and pulls those, and no others', async () => {
      const repository = `${registry.host}/birds/limited`;
      succeeded(await pusher.login(registry.host, registry.apikey));
      succeeded(await pusher.push(`${repository}:prod-1`));
      const made = await ask('POST', '/v1/serviceids', { name: 'ci', apikey: { name: 'key' } });
      const { apikey } = made.apikey as unknown as { apikey: string };
      const attributes = Object.entries({
        ...{ accountId: made.account_id, serviceName: 'container-registry' },
        ...{ resourceType: 'namespace', resource: 'birds' },
      }).map(([key, value]) => ({ key, operator: 'stringEquals', value }));
      await ask('POST', '/v2/policies', {
        type: 'access',
        subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: made.iam_id }] },
        control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Writer' }] } },
        resource: { attributes: [...attributes, { key: 'tag', operator: 'stringMatch', value: 'dev-*' }] },
      });
      succeeded(await pusher.login(registry.host, apikey));
      succeeded(await pusher.push(`${repository}:dev-1`));
      succeeded(await pusher.pull(`${repository}:dev-1`));
      const denied = /denied|unauthorized|UNAUTHORIZED|not authorized/i;
      refused(await pusher.push(`${repository}:prod-1`), denied);
      refused(await pusher.pull(`${repository}:prod-1`), denied);
    });
  });
}

const accountOf = (token: string): string => {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return (claims as { account: { bss: string } }).account.bss;
};
