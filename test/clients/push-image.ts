import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/oci/digest.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { namespace, type Stand } from './stand.ts';
import { tarOf } from './tar.ts';

/** Pushes a small new image that clients can unpack, by no client: for what others do to an image. Returns its digest. */
export const pushImage = async ({ registry }: Stand, name: string, tag: string): Promise<string> => {
  const repository = new TestRepository(registry, `${namespace}/${name}`);
  const tar = tarOf('noise', randomBytes(10_000));
  const layer = gzipSync(tar);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const config = jsonOf({ architecture, os: 'linux', config: {}, rootfs });
  for (const bytes of [config, layer]) await repository.pushBlob(bytes);
  const fields = { config: descriptorOf(CONFIG, config), layers: [descriptorOf(LAYER, layer)] };
  return (await repository.pushImage(tag, fields)).descriptor.digest;
};
