import { answered } from '../spec/answers.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import type { Spoken } from '../support/registry.ts';

export interface PushedImage {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Bytes of the manifest's configuration and layer. */
  readonly size: number;
}

/** Pushes an image of one layer to `namespace/repository`, under each of the tags, as its owner. */
export const pushImage = async (
  registry: Spoken,
  name: string,
  tags: readonly string[],
  { layer: text = 'a layer', created }: { layer?: string; created?: Date } = {},
): Promise<PushedImage> => {
  const repository = new TestRepository(registry, name);
  const layer = Buffer.from(text);
  const rootfs = { type: 'layers', diff_ids: [await repository.pushBlob(layer)] };
  const config = jsonOf({ architecture: 'amd64', os: 'linux', created, rootfs });
  await repository.pushBlob(config);
  const fields = { config: descriptorOf(CONFIG, config), layers: [descriptorOf(LAYER, layer)] };
  const { bytes, descriptor } = await repository.pushImage(tags[0], fields);
  for (const tag of tags.slice(1)) await answered(await repository.putManifest(tag, bytes), 201);
  return { digest: descriptor.digest, size: config.length + layer.length };
};
