import { algorithmOf, type Digest, digestOf, parseDigest, RunningDigest } from '../oci/digest.ts';

interface Pulling {
  readonly url: string;
  readonly repository: string;
  readonly apikey: string;
}

export interface Pulled {
  readonly blobs: number;
  readonly bytes: number;
}

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** Of an index the first image is pulled; deeper ones are not images. */
const DEEPEST = 3;

/** Pulls an image as a client does, through the door, and compares every byte with its digest. */
export const pullForDrill = async (pulling: Pulling, reference: string, depth = 0): Promise<Pulled> => {
  const answer = await get(pulling, `manifests/${reference}`, MANIFESTS);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = parseDigest(reference) ?? parseDigest(answer.headers.get('docker-content-digest') ?? '');
  if (digest === undefined || digestOf(bytes, algorithmOf(digest)) !== digest)
    throw new Error(`the manifest of ${pulling.repository} at ${reference} is not what its digest says`);
  const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString());
  const [child] = manifests;
  if (child !== undefined && depth < DEEPEST) return pullForDrill(pulling, child.digest, depth + 1);
  let pulled = 0;
  const wanted: string[] = [...(config ? [config] : []), ...layers].map((each) => each.digest);
  for (const each of new Set(wanted)) pulled += await pullBlob(pulling, each);
  return { blobs: new Set(wanted).size, bytes: pulled };
};

const pullBlob = async (pulling: Pulling, text: string): Promise<number> => {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error(`${pulling.repository} names a digest that is none`);
  const answer = await get(pulling, `blobs/${digest}`);
  const running = new RunningDigest(algorithmOf(digest as Digest));
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    running.update(chunk);
    size += chunk.byteLength;
  }
  if (running.finish() !== digest) throw new Error(`the bytes of ${digest} are not what their digest says`);
  return size;
};

const get = async ({ url, repository, apikey }: Pulling, path: string, accept = '*/*'): Promise<Response> => {
  const Authorization = `Basic ${Buffer.from(`iamapikey:${apikey}`).toString('base64')}`;
  const answer = await fetch(`${url}/v2/${repository}/${path}`, {
    headers: { Authorization, Accept: accept },
  });
  if (answer.ok) return answer;
  throw new Error(
    `the restored server answered ${answer.status} to ${repository}/${path}: ${await answer.text()}`,
  );
};
