/** The fields of Kubernetes that our files use, with their types. A field that is not here is an error: it may be misspelt. */

export type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'port'
  | { readonly [field: string]: Shape }
  | readonly [Shape];

/** A map whose keys are free. */
const texts: Shape = { '*': 'text' };

const metadata: Shape = { name: 'text', namespace: 'text', labels: texts, annotations: texts };
const selector: Shape = { matchLabels: texts };
const probe: Shape = {
  httpGet: { path: 'text', port: 'port' },
  periodSeconds: 'number',
  timeoutSeconds: 'number',
  failureThreshold: 'number',
};
const container: Shape = {
  name: 'text',
  image: 'text',
  imagePullPolicy: 'text',
  command: ['text'],
  env: [{ name: 'text', value: 'text' }],
  envFrom: [{ configMapRef: { name: 'text' }, secretRef: { name: 'text' } }],
  ports: [{ name: 'text', containerPort: 'number' }],
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: { preStop: { sleep: { seconds: 'number' } } },
  resources: { requests: texts, limits: texts },
  securityContext: {
    allowPrivilegeEscalation: 'flag',
    readOnlyRootFilesystem: 'flag',
    capabilities: { drop: ['text'] },
  },
  volumeMounts: [{ name: 'text', mountPath: 'text', readOnly: 'flag' }],
};
const pod: Shape = {
  restartPolicy: 'text',
  automountServiceAccountToken: 'flag',
  enableServiceLinks: 'flag',
  terminationGracePeriodSeconds: 'number',
  imagePullSecrets: [{ name: 'text' }],
  nodeSelector: texts,
  tolerations: [{ key: 'text', operator: 'text', value: 'text', effect: 'text' }],
  securityContext: {
    runAsNonRoot: 'flag',
    runAsUser: 'number',
    runAsGroup: 'number',
    fsGroup: 'number',
    fsGroupChangePolicy: 'text',
    seccompProfile: { type: 'text' },
  },
  topologySpreadConstraints: [
    { maxSkew: 'number', topologyKey: 'text', whenUnsatisfiable: 'text', labelSelector: selector },
  ],
  containers: [container],
  volumes: [
    {
      name: 'text',
      emptyDir: { medium: 'text', sizeLimit: 'text' },
      persistentVolumeClaim: { claimName: 'text' },
      configMap: { name: 'text' },
      secret: { secretName: 'text' },
    },
  ],
};
const template: Shape = { metadata: { labels: texts, annotations: texts }, spec: pod };
const claim: Shape = {
  accessModes: ['text'],
  storageClassName: 'text',
  resources: { requests: { storage: 'text' } },
};
const ports: Shape = [{ port: 'port', protocol: 'text' }];
const peers: Shape = [{ namespaceSelector: selector, podSelector: selector }];

const SPECS: Readonly<Record<string, Shape>> = {
  'v1 Namespace': { metadata },
  'v1 ConfigMap': { metadata, data: texts },
  'v1 Secret': { metadata, type: 'text', stringData: texts },
  'v1 Service': {
    metadata,
    spec: {
      clusterIP: 'text',
      selector: texts,
      ports: [{ name: 'text', port: 'number', targetPort: 'port' }],
    },
  },
  'v1 PersistentVolumeClaim': { metadata, spec: claim },
  'v1 Pod': { metadata, spec: pod },
  'apps/v1 Deployment': {
    metadata,
    spec: {
      replicas: 'number',
      selector,
      strategy: { rollingUpdate: { maxSurge: 'number', maxUnavailable: 'number' } },
      template,
    },
  },
  'apps/v1 StatefulSet': {
    metadata,
    spec: {
      replicas: 'number',
      serviceName: 'text',
      selector,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'text', whenScaled: 'text' },
      template,
      volumeClaimTemplates: [{ metadata: { name: 'text' }, spec: claim }],
    },
  },
  'policy/v1 PodDisruptionBudget': { metadata, spec: { maxUnavailable: 'number', selector } },
  'networking.k8s.io/v1 NetworkPolicy': {
    metadata,
    spec: {
      podSelector: selector,
      policyTypes: ['text'],
      ingress: [{ from: peers, ports }],
      egress: [{ to: peers, ports }],
    },
  },
  'networking.k8s.io/v1 Ingress': {
    metadata,
    spec: {
      ingressClassName: 'text',
      tls: [{ hosts: ['text'], secretName: 'text' }],
      rules: [
        {
          host: 'text',
          http: {
            paths: [
              {
                path: 'text',
                pathType: 'text',
                backend: { service: { name: 'text', port: { name: 'text' } } },
              },
            ],
          },
        },
      ],
    },
  },
  'gateway.networking.k8s.io/v1 HTTPRoute': {
    metadata,
    spec: {
      parentRefs: [{ name: 'text', namespace: 'text' }],
      hostnames: ['text'],
      rules: [
        {
          matches: [{ path: { type: 'text', value: 'text' } }],
          timeouts: { request: 'text' },
          backendRefs: [{ name: 'text', port: 'number' }],
        },
      ],
    },
  },
  'kustomize.config.k8s.io/v1beta1 Kustomization': {
    namespace: 'text',
    resources: ['text'],
    components: ['text'],
    configMapGenerator: [{ name: 'text', envs: ['text'] }],
  },
  'kustomize.config.k8s.io/v1alpha1 Component': { resources: ['text'] },
};

const TYPES = { text: 'string', number: 'number', flag: 'boolean' } as const;

const faultsAt = (value: unknown, shape: Shape, place: string): string[] => {
  if (shape === 'port') return ['string', 'number'].includes(typeof value) ? [] : [`${place} is no port`];
  if (typeof shape === 'string') return typeof value === TYPES[shape] ? [] : [`${place} is no ${shape}`];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${place} is no list`];
    return value.flatMap((item, index) => faultsAt(item, shape[0], `${place}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place} is no object`];
  const fields = shape as { readonly [field: string]: Shape };
  return Object.entries(value).flatMap(([name, item]) => {
    const known = fields[name] ?? fields['*'];
    return known ? faultsAt(item, known, `${place}.${name}`) : [`${place} has the unknown field ${name}`];
  });
};

/** What is wrong with a document, as `kubectl apply --validate=strict` would say it. */
export const faultsOf = (document: { apiVersion?: unknown; kind?: unknown }): string[] => {
  const { apiVersion, kind, ...rest } = document;
  const shape = SPECS[`${apiVersion} ${kind}`];
  return shape ? faultsAt(rest, shape, String(kind)) : [`${apiVersion} ${kind} is unknown`];
};
