import { KUBELET_API, PROFILE_ANNOTATION } from './kubelet-request.ts';
import type { Paste, Pasted } from './trust-paste.ts';

/**
 * What lets the nodes of a cluster pull with the tokens of service accounts. `cacheType: Token` lets the kubelet keep an
 * answer for the pods that sent the token, and for no others. Source: KEP-4412, and kubelet.config.k8s.io/v1.
 */
export const kubeletPastes = ({ profile, host, audience, subject }: Pasted): Paste[] => {
  const [namespace = '', account = ''] = subject.split('/');
  return [
    {
      into: 'the file of --image-credential-provider-config on each node, for pods whose images the kubelet pulls',
      lines: [
        'apiVersion: kubelet.config.k8s.io/v1',
        'kind: CredentialProviderConfig',
        'providers:',
        '  - name: tidegate',
        `    apiVersion: ${KUBELET_API}`,
        `    matchImages: [${JSON.stringify(host)}]`,
        '    defaultCacheDuration: 10m',
        `    args: [credential-provider, --registry, ${JSON.stringify(host)}]`,
        '    tokenAttributes:',
        `      serviceAccountTokenAudience: ${audience}`,
        '      cacheType: Token',
        '      requireServiceAccount: true',
        `      optionalServiceAccountAnnotationKeys: [${PROFILE_ANNOTATION}]`,
      ],
    },
    {
      into: 'the cluster (kubectl apply): the account names its profile, and nodes may ask for its tokens',
      lines: [
        'apiVersion: v1',
        'kind: ServiceAccount',
        'metadata:',
        `  name: ${account}`,
        `  namespace: ${namespace}`,
        '  annotations:',
        `    ${PROFILE_ANNOTATION}: ${profile}`,
        '---',
        ...audienceRole(audience),
      ],
    },
  ];
};

/** Since Kubernetes 1.32 a node asks only for audiences that it is allowed, or that its pods mount. */
const audienceRole = (audience: string): string[] => [
  'apiVersion: rbac.authorization.k8s.io/v1',
  'kind: ClusterRole',
  'metadata:',
  '  name: tidegate-image-pull',
  'rules:',
  '  - apiGroups: [""]',
  `    resources: [${JSON.stringify(audience)}]`,
  '    verbs: [request-serviceaccounts-token-audience]',
  '---',
  'apiVersion: rbac.authorization.k8s.io/v1',
  'kind: ClusterRoleBinding',
  'metadata:',
  '  name: tidegate-image-pull',
  'roleRef:',
  '  apiGroup: rbac.authorization.k8s.io',
  '  kind: ClusterRole',
  '  name: tidegate-image-pull',
  'subjects:',
  '  - apiGroup: rbac.authorization.k8s.io',
  '    kind: Group',
  '    name: system:nodes',
];

/** What lets the program of a pod log in itself, to push for example. */
export const podPaste = ({ profile, host, audience }: Pasted): Paste => ({
  into: 'the specification of a pod that logs in itself',
  lines: [
    'volumes:',
    '  - name: registry-token',
    '    projected:',
    '      sources:',
    '        - serviceAccountToken:',
    '            path: token',
    `            audience: ${audience}`,
    `# skopeo login -u ${profile} --password-stdin ${host} < /var/run/registry-token/token`,
  ],
});
