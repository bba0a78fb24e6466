import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { table } from '../../src/cli/table.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { type PushedImage, pushImage } from './push-image.ts';
import { shows, Terminal } from './terminal.ts';

const minute = 60_000;

describe('cr image-list', () => {
  let registry: RegistryProcess;
  let bird: PushedImage;
  let fish: PushedImage;
  const shell = new Terminal();
  const created = new Date('2026-01-02T03:04:05Z');
  const clock = { now: () => created.getTime() + 36 * minute };

  before(async () => {
    registry = await startRegistryProcess();
    await registry.namespaceAdd('birds');
    await registry.namespaceAdd('fish');
    const layer = 'x'.repeat(3 * 1024 * 1024);
    bird = await pushImage(registry, 'birds/nested/bluebird', ['1', 'latest'], { created, layer });
    fish = await pushImage(registry, 'fish/cod', ['v2'], { created, layer });
    await shell.logIn(registry.url, registry.apikey);
  });
  after(async () => {
    shell[Symbol.dispose]();
    await registry[Symbol.asyncDispose]();
  });

  // the session must not look expired to a clock that is set back: only the table is told the time of the images
  const images = (...words: string[]) => shell.run(['cr', 'images', ...words], { clock });

  const short = ({ digest }: PushedImage): string => digest.slice('sha256:'.length, 'sha256:'.length + 12);

  const listing = (digestOf: (image: PushedImage) => string) => [
    'Listing images...',
    '',
    ...table([
      ['Repository', 'Tag', 'Digest', 'Namespace', 'Created', 'Size'],
      [`${registry.host}/birds/nested/bluebird`, '1', digestOf(bird), 'birds', '36 minutes ago', '3 MB'],
      [`${registry.host}/birds/nested/bluebird`, 'latest', digestOf(bird), 'birds', '36 minutes ago', '3 MB'],
      [`${registry.host}/fish/cod`, 'v2', digestOf(fish), 'fish', '36 minutes ago', '3 MB'],
    ]),
    '',
    'OK',
  ];

  test('image-list and its alias show every tag with digest, namespace, age and size', async () => {
    shows(await images(), { stdout: listing(short) });
    shows(await shell.run('cr image-list', { clock }), { stdout: listing(short) });
  });

  test('--no-trunc shows digests whole', async () => {
    shows(await images('--no-trunc'), { stdout: listing(({ digest }) => digest) });
  });

  test('-q prints names only, ready for another program', async () => {
    shows(await images('-q'), {
      stdout: [
        `${registry.host}/birds/nested/bluebird:1`,
        `${registry.host}/birds/nested/bluebird:latest`,
        `${registry.host}/fish/cod:v2`,
      ],
    });
  });

  test('--restrict keeps one namespace or one repository, with the host before it or without', async () => {
    const birds = [
      `${registry.host}/birds/nested/bluebird:1`,
      `${registry.host}/birds/nested/bluebird:latest`,
    ];
    for (const scope of ['birds', 'birds/nested/bluebird', `${registry.host}/birds`]) {
      shows(await images('-q', '--restrict', scope), { stdout: birds });
    }
    for (const scope of ['birds/nested', 'birds/other', 'nowhere']) {
      shows(await images('-q', '--restrict', scope), {});
    }
  });

  test('--format prints each tag through the template, with the fields of the IBM reference', async () => {
    const template =
      '{{if eq .Tag "v2"}}{{.Repository}} {{.Tag}} {{.Digest}} {{.Namespace}} {{.Created}} {{.Size}} {{.ManifestType}}{{end}}';
    const { size, digest } = fish;
    const type = 'application/vnd.oci.image.manifest.v1+json';
    shows(await images('--format', template), {
      stdout: [
        '',
        '',
        `${registry.host}/fish/cod v2 ${digest} fish ${created.getTime() / 1000} ${size} ${type}`,
      ],
    });
    const turn = await images('--format', '{{.SecurityStatus.Status}}{{.Nothing}}');
    assert.equal(turn.code, 2);
    assert.match(
      turn.stderr,
      /^FAILED\nThe template of --format is not valid: there is no field \.Nothing here/,
    );
  });

  test('-o json prints the answer of the API', async () => {
    const answer: { RepoTags: string[]; DigestTags: Record<string, string[]> }[] = JSON.parse(
      (await images('-o', 'json')).stdout,
    );
    const birds = answer.find(({ DigestTags }) => bird.digest in DigestTags);
    assert.deepEqual(birds?.DigestTags[bird.digest]?.sort(), [
      `${registry.host}/birds/nested/bluebird:1`,
      `${registry.host}/birds/nested/bluebird:latest`,
    ]);
  });

  test('without images the header and a possible reason are shown, and -q prints nothing', async () => {
    shows(await images('--restrict', 'nowhere'), {
      stdout: [
        'Listing images...',
        '',
        'Repository   Tag   Digest   Namespace   Created   Size',
        '',
        'You see no images: push one, or ask for a policy with the role Reader.',
        '',
        'OK',
      ],
    });
    shows(await images('--restrict', 'nowhere', '-q'), {});
  });
});
