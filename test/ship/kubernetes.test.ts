import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Compile } from 'typebox/schema';
import { parseAllDocuments } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';
import { ClientRoom, clients } from '../support/clients.ts';
import { type Component, needs } from '../support/component.ts';
import { succeeded } from '../support/transcript.ts';
import { type Chart, renderChart, valuesOf } from './helm-template.ts';
import { faultsOf } from './kubernetes-fields.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly readinessProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}
interface Peer {
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
}
interface Resource {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly serviceName?: string;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly securityContext: object;
        readonly volumes?: readonly Volume[];
      };
    };
    readonly ingress: readonly {
      readonly from: readonly Peer[];
      readonly ports: readonly { readonly port: string }[];
    }[];
  };
}

const documentsIn = (text: string, where: string): Resource[] =>
  parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], where);
    return document.contents === null ? [] : [document.toJS() as Resource];
  });

const workloadIn = (resources: readonly Resource[]): Resource => {
  const found = resources.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  assert.ok(found);
  return found;
};

/** The volume that the registry has at a path. */
const mountOf = (resources: readonly Resource[], path: string): string | undefined =>
  workloadIn(resources).spec.template.spec.containers[0]?.volumeMounts.find(
    ({ mountPath }) => mountPath === path,
  )?.name;

/** What must hold of each way to run it in a cluster. */
const assertSound = (resources: readonly Resource[]): void => {
  for (const resource of resources) assert.deepEqual(faultsOf(resource), [], resource.metadata.name);
  const { spec } = workloadIn(resources);
  const { labels } = spec.template.metadata;
  const selects = (wanted: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value);
  assert.ok(selects(spec.selector.matchLabels));
  const [container] = spec.template.spec.containers;
  assert.ok(container);
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  const volumes = spec.template.spec.volumes ?? [];
  const names = [...volumes, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)].map(
    ({ name }) => name,
  );
  assert.equal(new Set(names).size, names.length, 'each volume is there once');
  assert.deepEqual(container.volumeMounts.map(({ name }) => name).sort(), names.sort());
  const claims = resources.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  assert.deepEqual(
    volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : [])),
    claims.map(({ metadata }) => metadata.name),
  );
  // requests wait up to 30 s for an engine that is away, and a pod stays ready meanwhile
  assert.ok(container.readinessProbe.periodSeconds * container.readinessProbe.failureThreshold > 30);
  for (const service of resources.filter(({ kind }) => kind === 'Service'))
    assert.ok(selects(service.spec.selector as unknown as Record<string, string>), service.metadata.name);
  const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');
  assert.ok(policies.length > 0);
  for (const { spec: policy } of policies) assert.ok(selects(policy.podSelector.matchLabels));
  const rules = policies.flatMap(({ spec: policy }) => policy.ingress ?? []);
  for (const { from, ports } of rules)
    for (const { namespaceSelector, podSelector } of from) {
      assert.ok(podSelector, 'pods are named, not whole namespaces');
      const isTest = podSelector.matchLabels['app.kubernetes.io/component'] === 'test';
      assert.ok(namespaceSelector || (isTest && ports[0]?.port === 'http'), 'in one namespace');
    }
  assert.deepEqual(
    rules.map(({ ports }) => ports.map(({ port }) => port)),
    [['http'], ['ops']],
  );
};

describe('Kubernetes with kustomize', () => {
  const folder = 'deploy/kubernetes';
  const files = globSync(`${folder}/**/*.yaml`, { cwd: root }).sort();

  test('every field of every file is one that Kubernetes has', () => {
    assert.ok(files.length >= 14);
    for (const path of files)
      for (const document of documentsIn(read(path), path)) assert.deepEqual(faultsOf(document), [], path);
    const [misspelt] = documentsIn(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndatas: {}',
      'here',
    );
    assert.ok(misspelt);
    assert.deepEqual(faultsOf(misspelt), ['ConfigMap has the unknown field datas']);
  });

  test('every file is named by a kustomization', () => {
    const named = files
      .filter((path) => path.endsWith('kustomization.yaml'))
      .flatMap((path) => {
        const [document] = documentsIn(read(path), path) as unknown as { resources: string[] }[];
        return [path, ...(document?.resources ?? []).map((name) => join(path, '..', name))];
      });
    for (const path of files) assert.ok(named.includes(path), path);
  });

  const onPath = spawnSync('kustomize', ['version']).error === undefined;
  const kustomize: Component = onPath
    ? { name: 'kustomize', absence: () => undefined }
    : clients(['kustomize']);
  const build = async (overlay: string): Promise<Resource[]> => {
    if (onPath) {
      const { status, stdout, stderr } = spawnSync('kustomize', ['build', join(root, folder, overlay)], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return documentsIn(stdout, overlay);
    }
    using room = new ClientRoom();
    cpSync(join(root, folder), join(room.outside, 'kubernetes'), { recursive: true });
    return documentsIn(
      succeeded(await room.run(['kustomize', 'build', `kubernetes/${overlay}`])).stdout,
      overlay,
    );
  };

  test(
    'kustomize builds one process: a StatefulSet with a volume, and no disruption budget',
    needs(kustomize),
    async () => {
      const resources = await build('one');
      assertSound(resources);
      assert.equal(workloadIn(resources).kind, 'StatefulSet');
      assert.equal(mountOf(resources, '/backups'), 'backups');
      assert.ok(!resources.some(({ kind }) => kind === 'PodDisruptionBudget'));
      assert.match(resources.find(({ kind }) => kind === 'ConfigMap')?.metadata.name ?? '', /^tidegate-\w+$/);
    },
  );

  test(
    'kustomize builds replicas: a Deployment without a volume, and a disruption budget',
    needs(kustomize),
    async () => {
      const resources = await build('replicas');
      assertSound(resources);
      assert.equal(workloadIn(resources).kind, 'Deployment');
      assert.ok(resources.some(({ kind }) => kind === 'PodDisruptionBudget'));
    },
  );
});

describe('the Helm chart', () => {
  const folder = 'deploy/helm/tidegate';
  const chart: Chart = {
    chart: read(`${folder}/Chart.yaml`),
    values: read(`${folder}/values.yaml`),
    templates: Object.fromEntries(
      globSync(`${folder}/templates/**/*`, { cwd: root, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .map((path) => [path, read(path)]),
    ),
  };
  const resourcesOf = (over: Record<string, unknown> = {}, of = chart): Resource[] =>
    Object.entries(renderChart(of, over))
      .filter(([name]) => name.endsWith('.yaml'))
      .flatMap(([name, text]) => documentsIn(text, `${name}\n${text}`));
  const replicas = { replicas: { enabled: true }, existingSecret: 'registry' };

  test('it renders sound resources for one process and for replicas, with a route or an ingress', () => {
    const routes = { httpRoute: { enabled: false }, ingress: { enabled: true } };
    const more = {
      image: { digest: `sha256:${'a'.repeat(64)}`, pullSecrets: ['pull'] },
      scheduling: { nodeSelector: { disk: 'fast' } },
      persistence: { storageClass: 'fast' },
    };
    const plain = { backups: { enabled: false } };
    for (const over of [{}, replicas, routes, { ...replicas, ...routes }, more, plain])
      assertSound(resourcesOf(over));
    const kinds = (over: Record<string, unknown>): string[] => resourcesOf(over).map(({ kind }) => kind);
    assert.ok(kinds({}).includes('StatefulSet') && !kinds({}).includes('PodDisruptionBudget'));
    assert.ok(kinds(replicas).includes('Deployment') && kinds(replicas).includes('PodDisruptionBudget'));
    assert.ok(kinds(routes).includes('Ingress') && !kinds(routes).includes('HTTPRoute'));
    assert.ok(
      !resourcesOf({ networkPolicy: { enabled: false } }).some(({ kind }) => kind === 'NetworkPolicy'),
    );
  });

  test('the image is that of the digest, else of the tag, else of the version of the application', () => {
    const image = (over: object): string | undefined =>
      workloadIn(resourcesOf({ image: over })).spec.template.spec.containers[0]?.image;
    const digest = `sha256:${'a'.repeat(64)}`;
    assert.equal(image({ digest, tag: '9' }), `registry.example.com/tidegate@${digest}`);
    assert.equal(image({ tag: '9' }), 'registry.example.com/tidegate:9');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    assert.equal(image({}), `registry.example.com/tidegate:${version}`);
  });

  test('its settings exist, and a setting that is changed changes the pods', () => {
    const known = new Set(Object.values(SETTINGS).map(({ env }) => env as string));
    const podOf = (settings: Record<string, string>) => workloadIn(resourcesOf({ settings })).spec.template;
    const names = podOf({}).spec.containers[0]?.env?.map(({ name }) => name) ?? [];
    assert.ok(names.length >= 2);
    for (const name of names) assert.ok(known.has(name), name);
    assert.notDeepEqual(podOf({ TIDEGATE_DRAIN: '10s' }), podOf({}));
  });

  test('settings that are files come from the values, and further volumes beside those of the chart', () => {
    const files = { 'issuers.yaml': 'issuers: []\n', 'regions.yaml': 'default: eu\n' };
    const extra = {
      files,
      extraVolumes: [{ name: 'tls', secret: { secretName: 'registry-tls' } }],
      extraVolumeMounts: [{ name: 'tls', mountPath: '/etc/tidegate-tls', readOnly: true }],
    };
    for (const over of [extra, { ...replicas, ...extra }, { ...extra, backups: { enabled: false } }]) {
      const resources = resourcesOf(over);
      assertSound(resources);
      assert.equal(mountOf(resources, '/etc/tidegate'), 'files');
      assert.equal(mountOf(resources, '/etc/tidegate-tls'), 'tls');
      const map = resources.find(({ kind }) => kind === 'ConfigMap');
      assert.equal(map?.metadata.name, 'images-files');
      assert.deepEqual(map?.data, files);
      const changed = resourcesOf({ ...over, files: { ...files, 'issuers.yaml': 'issuers: [x]\n' } });
      assert.notDeepEqual(workloadIn(changed).spec.template, workloadIn(resources).spec.template);
    }
    assert.ok(!resourcesOf().some(({ kind }) => kind === 'ConfigMap'));
  });

  test('one process has a volume for backups, which an uninstall leaves', () => {
    const claimOf = (over: Record<string, unknown>): Resource | undefined =>
      resourcesOf(over).find(({ kind }) => kind === 'PersistentVolumeClaim');
    assert.equal(mountOf(resourcesOf(), '/backups'), 'backups');
    assert.equal(claimOf({})?.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
    assert.equal(claimOf(replicas), undefined);
    assert.equal(claimOf({ backups: { enabled: false } }), undefined);
  });

  test('labels of a gateway of yours stand in the place of those of the chart', () => {
    const peersOf = (networkPolicy: object): readonly Peer[] =>
      resourcesOf({ networkPolicy })
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .flatMap(({ spec }) => spec.ingress.flatMap(({ from }) => from));
    const own = { namespaceLabels: { team: 'edge' }, podLabels: { app: 'nginx' } };
    for (const [index, name] of [
      [0, 'gateway'],
      [2, 'monitoring'],
    ] as const) {
      const { namespaceSelector, podSelector } = peersOf({ [name]: own })[index] ?? {};
      assert.deepEqual(namespaceSelector?.matchLabels, own.namespaceLabels);
      assert.deepEqual(podSelector?.matchLabels, own.podLabels);
    }
    const [gateway] = peersOf({});
    assert.deepEqual(gateway?.podSelector?.matchLabels, {
      'app.kubernetes.io/name': 'envoy',
      'app.kubernetes.io/component': 'proxy',
    });
  });

  test('an upgrade keeps what cannot be changed: selectors, claims and the service of the set', () => {
    const next: Chart = {
      ...chart,
      chart: chart.chart.replace('version: 0.1.0', 'version: 0.2.0').replace("'0.1.0'", "'0.2.0'"),
    };
    for (const over of [{}, replicas]) {
      const [before, after] = [workloadIn(resourcesOf(over)), workloadIn(resourcesOf(over, next))];
      assert.notDeepEqual(after.metadata.labels, before.metadata.labels);
      assert.deepEqual(after.spec.selector, before.spec.selector);
      assert.deepEqual(after.spec.volumeClaimTemplates, before.spec.volumeClaimTemplates);
      assert.equal(after.spec.serviceName, before.spec.serviceName);
      assert.deepEqual(resourcesOf(over), resourcesOf(over), 'nothing is made up');
    }
  });

  test('its schema takes its values, and refuses what is misspelt or of another type', () => {
    const schema = Compile(JSON.parse(read(`${folder}/values.schema.json`)));
    assert.ok(schema.Check(valuesOf(chart)));
    assert.ok(schema.Check(valuesOf(chart, replicas)));
    for (const wrong of [
      { replica: { enabled: true } },
      { replicas: { enabled: 'yes' } },
      { replicas: { count: 1 } },
      { settings: { tidegate_drain: '10s' } },
      { settings: { TIDEGATE_DRAIN: 10 } },
      { externalUrl: 'registry.example.com' },
      { image: { digest: 'latest' } },
      { files: { 'a/b.yaml': '' } },
      { files: { 'a.yaml': { issuers: [] } } },
      { extraVolumes: [{ name: 'data', emptyDir: {} }] },
      { scheduling: { volumes: [] } },
      { scheduling: { topologySpreadConstraints: [] } },
    ])
      assert.ok(!schema.Check(valuesOf(chart, wrong)), JSON.stringify(wrong));
  });

  test('its notes say how to read the key of the owner, and its test asks the registry', () => {
    const rendered = renderChart(chart);
    assert.match(
      rendered[`${folder}/templates/NOTES.txt`] ?? '',
      /kubectl -n registry exec images-0 -- node/,
    );
    assert.match(rendered[`${folder}/templates/tests/registry.yaml`] ?? '', /http:\/\/images\/v2\//);
  });
});
