/** What the kubelet sends and reads. Source: k8s.io/kubelet/pkg/apis/credentialprovider/v1, and KEP-4412 for the tokens. */
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export const KUBELET_API = 'credentialprovider.kubelet.k8s.io/v1';
/** On a service account: the trusted profile that its pods pull as. */
export const PROFILE_ANNOTATION = 'tidegate.dev/profile-id';

/** More than any request of a kubelet has. */
const LONGEST_REQUEST = 65_536;
const PROFILE_ID = /^Profile-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface KubeletRequest {
  /** Host and port of the image, as its name has them. */
  readonly host: string;
  /** The token of the pod's service account; undefined where the kubelet sends none. */
  readonly token: string | undefined;
  /** The profile that the service account names; undefined where it names none. */
  readonly profileId: string | undefined;
}

interface Fields {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly image?: unknown;
  readonly serviceAccountToken?: unknown;
  readonly serviceAccountAnnotations?: unknown;
}

/** Throws a CliError for everything that is no request of the version that this command answers. */
export const parseKubeletRequest = (text: string): KubeletRequest => {
  const { apiVersion, kind, image, serviceAccountToken, serviceAccountAnnotations } = fieldsOf(text);
  if (apiVersion !== KUBELET_API || kind !== 'CredentialProviderRequest')
    throw refused(
      `the request is not a CredentialProviderRequest of ${KUBELET_API}; set that apiVersion in the kubelet's configuration`,
    );
  if (typeof image !== 'string' || image === '') throw refused('the request names no image');
  const annotations = (serviceAccountAnnotations ?? {}) as Record<string, unknown>;
  const profile = annotations[PROFILE_ANNOTATION];
  return {
    host: image.split('/', 1)[0] ?? '',
    token: textOf(serviceAccountToken),
    profileId:
      profile === undefined ? undefined : profileIdOf(profile, `the annotation ${PROFILE_ANNOTATION}`),
  };
};

export const profileIdOf = (value: unknown, what: string): string => {
  if (typeof value === 'string' && PROFILE_ID.test(value)) return value;
  throw refused(`${what} is not the id of a trusted profile, which begins with Profile-`);
};

/** Credentials for a host, which the kubelet may keep for some seconds; none where there is nothing to give. */
export const kubeletResponse = (
  found: { host: string; username: string; password: string; seconds: number } | undefined,
): string => {
  const { host = '', username, password, seconds = 0 } = found ?? {};
  return `${JSON.stringify({
    apiVersion: KUBELET_API,
    kind: 'CredentialProviderResponse',
    cacheKeyType: 'Registry',
    cacheDuration: `${seconds}s`,
    auth: found ? { [host]: { username, password } } : null,
  })}\n`;
};

const fieldsOf = (text: string): Fields => {
  if (text.length > LONGEST_REQUEST) throw refused('the request is too long');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // told below
  }
  throw refused('standard input has no JSON object; the kubelet starts this command');
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const refused = (why: string): CliError => new CliError(EXIT.FAILED, `No credentials: ${why}.`);
