import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { table } from '../../src/cli/table.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { transcript } from '../support/transcript.ts';
import { pushImage } from './push-image.ts';
import { shows, Terminal } from './terminal.ts';

let registry: RegistryProcess;
const shell = new Terminal();
const created = new Date('2026-01-02T03:04:05Z');
const clock = { now: () => created.getTime() + 36 * 60_000 };

before(async () => {
  registry = await startRegistryProcess();
  await registry.namespaceAdd('birds');
  await registry.namespaceAdd('fish');
  await shell.logIn(registry.url, registry.apikey);
});
after(async () => {
  shell[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

const named = (name: string): string => `${registry.host}/${name}`;
/** An image that is like no other. */
const push = (name: string, ...tags: string[]) =>
  pushImage(registry, name, tags, { created, layer: `layer of ${name} ${tags.join(' ')}` });
const missing = (name: string): string[] => [
  'FAILED',
  `There is no image ${named(name)}.`,
  '(CRG0004E, request <id>)',
];

describe('cr image-digests', () => {
  test('shows every digest with its tags, and - for one without; -q prints repository@digest', async () => {
    const old = await push('birds/digests', '1');
    const now = await pushImage(registry, 'birds/digests', ['1', '2'], { created, layer: 'another' });
    const repository = named('birds/digests');
    const rows = [
      [repository, old.digest, '-', 'birds', '36 minutes ago', `${old.size} B`],
      [repository, now.digest, '1,2', 'birds', '36 minutes ago', `${now.size} B`],
    ].sort(([, a = ''], [, b = '']) => (a < b ? -1 : 1));
    const head = ['Repository', 'Digest', 'Tags', 'Namespace', 'Created', 'Size'];
    const listed = (more: readonly string[] = [], cell: readonly string[] = []) => [
      'Listing image digests...',
      '',
      ...table([[...head, ...more], ...rows.map((row) => [...row, ...cell])]),
      '',
      'OK',
    ];
    const restrict = ['--restrict', 'birds/digests'];
    shows(await shell.run(['cr', 'image-digests', ...restrict], { clock }), { stdout: listed() });
    shows(
      await shell.run(['cr', 'digests', '--include-ibm', '--no-va', '--restrict', repository], { clock }),
      {
        stdout: listed(),
      },
    );
    shows(await shell.run(['cr', 'digests', '--va', ...restrict], { clock }), {
      stdout: listed(['Security status'], ['Unscanned']),
    });
    const names = rows.map(([, digest]) => `${repository}@${digest}`);
    shows(await shell.run(['cr', 'digests', '-q', ...restrict]), { stdout: names });
    const template = '{{range .Tags}}{{.}} {{end}}{{.Namespace}}';
    shows(await shell.run(['cr', 'digests', '--format', template, ...restrict]), {
      stdout: rows.map(([, digest]) => (digest === now.digest ? '1 2 birds' : 'birds')),
    });
    const json = JSON.parse((await shell.run(['cr', 'digests', '-o', 'json', ...restrict])).stdout);
    assert.deepEqual(
      json.map(({ id }: { id: string }) => id),
      rows.map(([, digest]) => digest),
    );
    shows(await shell.run('cr digests --restrict nowhere'), {
      stdout: [
        'Listing image digests...',
        '',
        head.join('   '),
        '',
        'You see no images: push one, or ask for a policy with the role Reader.',
        '',
        'OK',
      ],
    });
    shows(await shell.run('cr digests --restrict nowhere -o json'), { stdout: ['[]'] });
  });
});

describe('cr image-list', () => {
  test('--show-type and --va add their columns; --include-ibm and --no-va change nothing', async () => {
    const { digest, size } = await push('fish/typed', '1');
    const cells = [
      named('fish/typed'),
      '1',
      digest.slice(7, 19),
      'fish',
      '36 minutes ago',
      `${size} B`,
      'OCI Image Manifest v1',
      'Unscanned',
    ];
    const head = ['Repository', 'Tag', 'Digest', 'Namespace', 'Created', 'Size', 'Type', 'Security status'];
    const listed = (columns: number) => [
      'Listing images...',
      '',
      ...table([head.slice(0, columns), cells.slice(0, columns)]),
      '',
      'OK',
    ];
    const list = (words: string) => shell.run(`cr images --restrict fish/typed ${words}`, { clock });
    shows(await list('--show-type --va'), { stdout: listed(8) });
    shows(await list('--show-type'), { stdout: listed(7) });
    shows(await list('--include-ibm --no-va'), { stdout: listed(6) });
  });
});

test('--restrict of another registry is refused, so that a namespace of the same name is not taken for it', async () => {
  for (const line of ['cr images', 'cr digests', 'cr image-prune-untagged -f'])
    shows(await shell.run(`${line} --restrict docker.io/birds`), {
      code: 2,
      stderr: ['FAILED', `'docker.io/birds' is of another registry; this one is ${registry.host}.`],
    });
});

describe('cr image-inspect and manifest-inspect', () => {
  test('show what the registry knows, who pushed it, and the manifest', async () => {
    const { digest } = await push('birds/inspected', '1');
    const turn = await shell.run('cr image-inspect birds/inspected:1');
    assert.equal(turn.code, 0, transcript(turn));
    const lines = turn.stdout.split('\n');
    assert.deepEqual(lines.slice(0, 3), ["Inspecting 'birds/inspected:1'...", '', '{']);
    assert.deepEqual(lines.slice(-4), ['}', '', 'OK', '']);
    const shown = JSON.parse(lines.slice(2, -3).join('\n'));
    assert.deepEqual(shown.RepoDigests, [`${named('birds/inspected')}@${digest}`]);
    assert.match(shown.push.by, /^user:/);
    shows(
      await shell.run([
        'cr',
        'image-inspect',
        '--format',
        '{{.Architecture}} {{.Created}}',
        'birds/inspected:1',
      ]),
      {
        stdout: ['amd64 2026-01-02T03:04:05.000Z'],
      },
    );
    const several = JSON.parse(
      (await shell.run(`cr image-inspect -o json birds/inspected:1 ${named('birds/inspected')}@${digest}`))
        .stdout,
    );
    assert.deepEqual(several, [shown, shown]);
    const manifest = await shell.run('cr manifest-inspect -q birds/inspected:1');
    assert.deepEqual(Object.keys(JSON.parse(manifest.stdout)), [
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
    ]);
    shows(await shell.run('cr manifest-inspect birds/inspected:1'), {
      stdout: [
        "Inspecting the manifest of 'birds/inspected:1'...",
        '',
        ...manifest.stdout.trimEnd().split('\n'),
        '',
        'OK',
      ],
    });
    assert.equal((await shell.run('cr manifest-inspect -o json birds/inspected:1')).stdout, manifest.stdout);
    shows(await shell.run('cr image-inspect --attestations birds/inspected:1'), {
      stdout: [
        "Listing what hangs on 'birds/inspected:1'...",
        '',
        'No SBOM, provenance or signature hangs on this image.',
        '',
        'OK',
      ],
    });
  });

  test('an image that is not there is exit code 4, another registry is exit code 1, a template with a mistake 2', async () => {
    shows(await shell.run('cr image-inspect birds/none:1'), {
      code: 4,
      stdout: ["Inspecting 'birds/none:1'...", ''],
      stderr: missing('birds/none:1'),
    });
    shows(await shell.run('cr manifest-inspect -q birds/none:1'), {
      code: 4,
      stderr: missing('birds/none:1'),
    });
    const foreign = await shell.run('cr manifest-inspect -q docker.io/birds/x');
    assert.deepEqual([foreign.code, foreign.stdout], [1, '']);
    assert.match(foreign.stderr, /^FAILED\nThe name is of "docker.io", and this registry is /);
    assert.equal((await shell.run(['cr', 'image-inspect', '--format', '{{', 'birds/x'])).code, 2);
    assert.equal((await shell.run('cr image-inspect')).code, 2);
  });

  test('--attestations lists what hangs on an image', async () => {
    const { digest } = await push('birds/signed', '1');
    const { attached } = await attach('birds/signed', digest);
    shows(await shell.run('cr image-inspect --attestations birds/signed:1'), {
      stdout: [
        "Listing what hangs on 'birds/signed:1'...",
        '',
        ...table([
          ['Kind', 'Digest', 'Type', 'Through', 'About'],
          ['sbom', attached, 'application/spdx+json', 'referrer', digest],
        ]),
        '',
        'OK',
      ],
    });
  });
});

/** Pushes an SBOM of an image that is there. */
const attach = async (repository: string, subject: string): Promise<{ attached: string }> => {
  const authorization = `Basic ${Buffer.from(`iamapikey:${registry.apikey}`).toString('base64')}`;
  const about = await fetch(`${registry.url}/v2/${repository}/manifests/${subject}`, {
    headers: { authorization },
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const { config } = (await about.clone().json()) as { config: object };
  const size = (await about.text()).length;
  const response = await fetch(`${registry.url}/v2/${repository}/manifests/sbom`, {
    method: 'PUT',
    headers: { authorization, 'content-type': mediaType },
    body: JSON.stringify({
      schemaVersion: 2,
      mediaType,
      artifactType: 'application/spdx+json',
      config,
      layers: [],
      subject: { mediaType, digest: subject, size },
    }),
  });
  assert.equal(response.status, 201, await response.text());
  return { attached: response.headers.get('docker-content-digest') ?? '' };
};

describe('cr image-tag and image-untag', () => {
  test('give an image another name, in another namespace too, and take names away', async () => {
    await push('birds/tagged', '1');
    shows(await shell.run(`cr image-tag birds/tagged:1 ${named('fish/tagged')}:2`), {
      stdout: [
        `Tagging 'birds/tagged:1' to '${named('fish/tagged')}:2'...`,
        '',
        `Successfully tagged 'birds/tagged:1' to '${named('fish/tagged')}:2'`,
        '',
        'OK',
      ],
    });
    shows(await shell.run('cr images -q --restrict fish/tagged'), { stdout: [named('fish/tagged:2')] });
    shows(await shell.run('cr image-untag fish/tagged:2 birds/none:1 birds/tagged:1'), {
      code: 4,
      stdout: [
        "Removing the tag of 'fish/tagged:2'...",
        '',
        `Successfully removed tag '2' from image '${named('fish/tagged')}'.`,
        '',
        "Removing the tag of 'birds/none:1'...",
        '',
        '',
        "Removing the tag of 'birds/tagged:1'...",
        '',
        `Successfully removed tag '1' from image '${named('birds/tagged')}'.`,
      ],
      stderr: missing('birds/none:1'),
    });
    const digest = await shell.run('cr digests -q --restrict birds/tagged');
    assert.match(digest.stdout, /birds\/tagged@sha256:/, 'the image stays');
    const refused = await shell.run('cr image-untag birds/tagged');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^FAILED\n"birds\/tagged" has no tag: write NAMESPACE\/REPOSITORY:TAG/);
    assert.equal((await shell.run('cr image-tag birds/tagged:1')).code, 2);
  });
});
