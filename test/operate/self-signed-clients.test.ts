import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClientRoom, clients, type Surroundings, treeOf } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { type DockerEngine, dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { Lab, labNetwork } from '../support/lab.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { run, succeeded, type Turn } from '../support/transcript.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const TREE = treeOf('sid');
/** A name of this run's own: its folder in the tree's certs.d is no other test's. */
const HOST = `tidegate-${process.pid}.example.com`;

describe(
  'the lines that a first start prints make real clients trust the CA',
  needs(labNetwork, dockerEngine, clients(['podman', 'skopeo', 'oras', 'openssl'])),
  () => {
    const folder = temporaryFolder();
    let lab: Lab;
    let registry: RegistryProcess;
    let engine: DockerEngine;
    let ca: string;
    /** In the lab's network, with its host names, but trusting what the tree trusts. */
    let surroundings: Surroundings;

    before(async () => {
      lab = await Lab.open([HOST]);
      surroundings = {
        enter: lab.enter,
        files: { '/etc/hosts': lab.surroundings.files['/etc/hosts'] ?? '' },
      };
      [registry, engine] = await Promise.all([
        startRegistryProcess({
          command: [...lab.enter, process.execPath, join(root, 'src/main.ts'), 'serve'],
          env: {
            TIDEGATE_LISTEN: `${lab.address}:443`,
            TIDEGATE_EXTERNAL_URL: `https://${HOST}`,
            TIDEGATE_TLS: 'self-signed',
          },
        }),
        startDockerEngine('overlay2', surroundings),
      ]);
      ca = join(registry.dataDir, 'ca.pem');
      await until('it has said how to trust its CA', () => /everything {2}/.test(registry.logs()));
    });
    after(async () => {
      for (const engine of ['docker', 'containers'])
        rmSync(join(TREE, 'etc', engine, 'certs.d', HOST), { recursive: true, force: true });
      await engine?.[Symbol.asyncDispose]();
      await registry?.[Symbol.asyncDispose]();
      lab?.[Symbol.dispose]();
      folder[Symbol.dispose]();
    });

    const printed = (client: string): string => {
      const line = new RegExp(`^ {2}${client} +(.*)$`, 'm').exec(registry.logs())?.[1];
      assert.ok(line, registry.logs());
      return line;
    };

    const exported = (): Record<string, string> => {
      const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(printed('tidegate')) ?? [];
      return { [name]: value };
    };

    const tidegate = (env: Record<string, string>, ...args: string[]): Promise<Turn> =>
      lab.run([process.execPath, join(root, 'src/main.ts'), ...args], {
        env: { PATH: process.env.PATH, HOME: folder.path, ...env },
      });

    /** Types the line of a client, which puts the file into the tree in the place of this machine. */
    const trusts = async (client: string): Promise<void> => {
      const line = printed(client)
        .replace('sudo ', '')
        .replace(/ (\/etc\/\S+)$/, ` ${TREE}$1`);
      succeeded(await run(['/bin/sh', '-euc', line], { shownAs: line }));
    };

    const login = ['login', '-u', 'iamapikey', '--password-stdin', HOST];
    const refusedAs = ({ code, stdout, stderr }: Turn, words: RegExp): void => {
      assert.notEqual(code, 0);
      assert.match(stdout + stderr, words);
    };

    test('the command line: refused before, with the name of the variable; then logged in', async () => {
      const env = { TIDEGATE_HOME: folder.path };
      const loginHere = ['login', '-a', `https://${HOST}`, '--apikey', registry.apikey];
      refusedAs(
        await tidegate(env, ...loginHere),
        /authority this machine does not trust; name its file in NODE_EXTRA_CA_CERTS/,
      );
      succeeded(await tidegate({ ...env, ...exported() }, ...loginHere));
      succeeded(await tidegate({ ...env, ...exported() }, 'cr', 'namespace-add', 'birds'));
    });

    test('docker: refused before; then it pushes and pulls', async () => {
      refusedAs(await engine.docker(login, { stdin: registry.apikey }), /x509/);
      await trusts('docker');
      succeeded(await engine.docker(login, { stdin: registry.apikey }));
      const archive = engine.room.write('one.txt', 'one');
      succeeded(await engine.room.run(['tar', '-C', dirname(archive), '-cf', 'one.tar', 'one.txt']));
      const image = `${HOST}/birds/docker:1`;
      succeeded(await engine.docker(['import', join(engine.room.home, 'one.tar'), image]));
      succeeded(await engine.docker(['push', image]));
      succeeded(await engine.docker(['rmi', image]));
      succeeded(await engine.docker(['pull', image]));
    });

    test('podman and skopeo: refused before; then they log in, and copy', async () => {
      using room = new ClientRoom('sid', surroundings);
      const env = { REGISTRY_AUTH_FILE: join(room.home, 'auth.json') };
      // what the line of docker put into the tree is read by podman too: only its own line is to count here
      rmSync(join(TREE, 'etc/docker/certs.d', HOST), { recursive: true, force: true });
      const logsIn = () => room.run(['podman', ...login], { stdin: registry.apikey, env });
      refusedAs(await logsIn(), /x509/);
      await trusts('podman');
      succeeded(await logsIn());
      const tags = await room.run(['skopeo', 'list-tags', `docker://${HOST}/birds/docker`], { env });
      assert.deepEqual(JSON.parse(succeeded(tags).stdout).Tags, ['1']);
    });

    test('everything that asks the system: refused before; then logged in', async () => {
      using room = new ClientRoom('sid', surroundings);
      room.write('ca.pem', readFileSync(ca, 'utf8'));
      refusedAs(await room.run(['oras', ...login], { stdin: registry.apikey }), /x509/);
      const line = printed('everything').replaceAll('sudo ', '').replace(ca, join(room.home, 'ca.pem'));
      // its system's folders, as copies that go away with this command
      const script = [
        'cp -a /etc/ssl "$HOME/ssl"; mount --bind "$HOME/ssl" /etc/ssl',
        'mount -t tmpfs tidegate-test /usr/local/share/ca-certificates',
        line,
        `oras ${login.join(' ')}`,
      ].join('\n');
      succeeded(await room.run(['/bin/sh', '-euc', script], { stdin: registry.apikey }));
    });
  },
);
