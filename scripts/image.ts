/**
 * `npm run image -- --output DIR [--platform linux/amd64,linux/arm64] [--revision COMMIT]`: puts the container image together and writes it as
 * an OCI layout; the last line is the digest of its index. No registry and no container engine is needed, and the same
 * sources and packages give the same digest (docs/decisions/0086-an-image-without-a-registry.md).
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, fetchDebianPackages } from './image/debian.ts';
import { billOfMaterials, type ImageParts, IN_TOTO, provenance, SPDX } from './image/documents.ts';
import { type Layer, placeDebian, USER, writeLayer } from './image/layers.ts';
import { type Descriptor, Layout, TYPES } from './image/layout.ts';
import { PRODUCT, pinnedNode, placeProduct } from './image/parts.ts';
import { type Release, releaseOfSources } from './image/release.ts';

const cache = join(import.meta.dirname, '../.cache/image');

const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];
/** The ops port may have been changed; what it listens on, loopback reaches. */
const HEALTH = [
  "const port = process.env.TIDEGATE_OPS_LISTEN.split(':').at(-1);",
  "fetch('http://127.0.0.1:' + port + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1));",
].join(' ');

/** As docker's own images have it; the form of OCI has no field for the check, and docker reads this one. */
const configOf = (
  architecture: Architecture,
  { version, created, commit }: Release,
  layers: readonly Layer[],
) => ({
  created,
  architecture,
  os: 'linux',
  config: {
    User: `${USER}:${USER}`,
    ExposedPorts: { '5000/tcp': {}, '5001/tcp': {} },
    Env: [
      'PATH=/usr/local/bin:/usr/bin',
      'NODE_ENV=production',
      'MALLOC_ARENA_MAX=2',
      'TIDEGATE_LISTEN=0.0.0.0:5000',
      'TIDEGATE_OPS_LISTEN=0.0.0.0:5001',
      'TIDEGATE_DATA=/data',
    ],
    Entrypoint: ['/usr/local/bin/node', ...FLAGS, `${PRODUCT}/program/main.js`],
    Cmd: ['serve'],
    Volumes: { '/data': {}, '/backups': {} },
    WorkingDir: '/data',
    StopSignal: 'SIGTERM',
    Healthcheck: {
      Test: ['CMD', '/usr/local/bin/node', '-e', HEALTH],
      Interval: 10e9,
      Timeout: 3e9,
      StartPeriod: 60e9,
      Retries: 3,
    },
    Labels: {
      'org.opencontainers.image.title': 'Tidegate',
      'org.opencontainers.image.description': 'A self-hosted container registry',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.created': created,
      ...(commit ? { 'org.opencontainers.image.revision': commit } : {}),
    },
  },
  rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  history: layers.map(({ about }) => ({ created, created_by: about })),
});

/** A folder to fill for each layer, gone when the layer is written. */
const layerOf = async (
  layout: Layout,
  about: string,
  fill: (folder: string) => void,
  owner = 0,
): Promise<Layer> => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-image-'));
  try {
    fill(folder);
    return await writeLayer(folder, layout.blobs, about, owner);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What does not depend on the architecture: made once. */
const commonLayers = async (layout: Layout): Promise<Layer[]> => [
  await layerOf(layout, 'Tidegate', (folder) => {
    mkdirSync(join(folder, PRODUCT), { recursive: true });
    placeProduct(join(folder, PRODUCT));
    // the image has no shell, so Node is the interpreter
    const launcher = `#!/usr/local/bin/node ${FLAGS[0]}\nimport('${PRODUCT}/program/main.js');\n`;
    mkdirSync(join(folder, 'usr/local/bin'), { recursive: true });
    writeFileSync(join(folder, 'usr/local/bin/tidegate'), launcher, { mode: 0o755 });
  }),
  // a new volume takes its owner from here
  await layerOf(
    layout,
    'the data folder',
    (folder) => {
      for (const name of ['data', 'backups']) mkdirSync(join(folder, name), { mode: 0o700 });
    },
    USER,
  ),
];

interface Built {
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Layer[];
  readonly parts: ImageParts;
}

const build = async (
  layout: Layout,
  architecture: Architecture,
  release: Release,
  common: readonly Layer[],
): Promise<Built> => {
  const debian = fetchDebianPackages(architecture, cache);
  const node = pinnedNode(architecture, cache);
  const layers = [
    await layerOf(layout, 'libraries of Debian', (folder) => placeDebian(folder, debian)),
    await layerOf(layout, 'Node.js', (folder) => {
      for (const path of ['usr/local/bin', 'usr/local/share/licenses'])
        mkdirSync(join(folder, path), { recursive: true });
      copyFileSync(join(node.folder, 'bin/node'), join(folder, 'usr/local/bin/node'));
      copyFileSync(join(node.folder, 'LICENSE'), join(folder, 'usr/local/share/licenses/node'));
    }),
    ...common,
  ];
  const config = layout.put(TYPES.config, configOf(architecture, release, layers));
  const manifest = layout.put(TYPES.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config,
    layers: layers.map(({ digest, size }) => ({ mediaType: TYPES.layer, digest, size })),
  });
  const parts = { architecture, debian, node: node.package };
  return { descriptor: { ...manifest, platform: { os: 'linux', architecture } }, config, layers, parts };
};

/** What readers of the layout call the image: the tag alone, and the whole name for containerd, and docker with its image store. */
const namesOf = (name: string, tag: string) => ({
  'org.opencontainers.image.ref.name': tag,
  'io.containerd.image.name': `docker.io/library/${name}`,
});

/** An image for each architecture, one index over them, and what is attached: answers the index. */
const writeImage = async (
  folder: string,
  architectures: readonly Architecture[],
  release: Release,
): Promise<Descriptor> => {
  const layout = new Layout(folder);
  const common = await commonLayers(layout);
  const built: Built[] = [];
  for (const architecture of architectures) built.push(await build(layout, architecture, release, common));
  const index = layout.put(TYPES.index, {
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests: built.map(({ descriptor }) => descriptor),
    annotations: {
      'org.opencontainers.image.version': release.version,
      'org.opencontainers.image.created': release.created,
      ...(release.commit ? { 'org.opencontainers.image.revision': release.commit } : {}),
    },
  });
  const name = `tidegate:${release.version}`;
  layout.addRoot({ ...index, annotations: namesOf(name, release.version) });
  for (const { descriptor, parts } of built) {
    const bill = layout.put(SPDX, billOfMaterials(release, descriptor, parts));
    const title = `tidegate-${parts.architecture}.spdx.json`;
    // scanners ask for the documents of the image of one architecture, people for those of the tag
    for (const subject of [descriptor, index]) layout.attach(subject, SPDX, bill, title);
  }
  const subjects = [index, ...built.map(({ descriptor }) => descriptor)];
  const statement = layout.put(
    IN_TOTO,
    provenance(
      release,
      subjects,
      built.map(({ parts }) => parts),
    ),
  );
  layout.attach(index, IN_TOTO, statement, 'tidegate.provenance.json');
  const [first] = built;
  if (first) layout.close({ ...first, name });
  return index;
};

const KNOWN: readonly Architecture[] = ['amd64', 'arm64'];

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      output: { type: 'string' },
      revision: { type: 'string' },
      platform: { type: 'string', default: 'linux/amd64,linux/arm64' },
    },
  });
  if (values.output === undefined)
    throw new Error('say where to write the image: npm run image -- --output DIR');
  if (values.revision !== undefined && !/^[0-9a-f]{40,64}$/.test(values.revision))
    throw new Error('--revision is the id of a commit');
  const asked = values.platform.split(',');
  const architectures = KNOWN.filter((architecture) => asked.includes(`linux/${architecture}`));
  if (architectures.length !== new Set(asked).size)
    throw new Error('--platform knows linux/amd64 and linux/arm64, with a comma between them');
  const folder = resolve(values.output);
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  mkdirSync(cache, { recursive: true });
  const { digest } = await writeImage(folder, architectures, releaseOfSources(values.revision));
  console.log(
    `An OCI layout of ${architectures.map((each) => `linux/${each}`).join(' and ')} is in ${folder}.`,
  );
  console.log(digest);
};

try {
  await main();
} catch (error) {
  console.error(`image: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
