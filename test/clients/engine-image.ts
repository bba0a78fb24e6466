import assert from 'node:assert/strict';
import type { Content } from './content.ts';

interface Inspected {
  Id: string;
  RepoDigests: string[];
  RootFS: { Layers: string[] };
}

/**
 * Judges the output of `image inspect`. An engine unpacks layers, so what it holds is known by digests it computed: of
 * the manifest it pulled, of the configuration (or, in containerd's store, again the manifest) and of each unpacked layer.
 */
export const assertImageIs = (inspected: string, content: Content): void => {
  const [image] = JSON.parse(inspected) as Inspected[];
  assert.ok(image, 'the engine holds the image');
  const digests = image.RepoDigests.map((name) => name.replace(/^.*@/, ''));
  assert.ok(digests.includes(content.digest), `${digests} should be ${content.digest}`);
  const id = `sha256:${image.Id.replace('sha256:', '')}`;
  assert.ok(content.sizes.has(id), `${id} should be one of ${[...content.sizes.keys()]}`);
  const candidates = [...content.layersOf.values()].map((layers) => layers.join());
  assert.ok(
    candidates.includes(image.RootFS.Layers.join()),
    'the unpacked layers are those of the configuration',
  );
};
