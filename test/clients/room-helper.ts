import { chmodSync, copyFileSync, cpSync, linkSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientRoom } from '../support/clients.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Puts docker-credential-tidegate into a room: its clients see nothing of this machine, so Node, the sources and the one
 * package that the helper needs are copied. Answers the PATH that finds it.
 */
export const putHelper = (room: ClientRoom): string => {
  const [bin, program] = [join(room.outside, 'bin'), join(room.outside, 'tidegate')];
  for (const folder of [bin, join(program, 'node_modules')]) mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'src'), join(program, 'src'), { recursive: true });
  cpSync(realpathSync(join(root, 'node_modules/typebox')), join(program, 'node_modules/typebox'), {
    recursive: true,
  });
  copyFileSync(join(root, 'package.json'), join(program, 'package.json'));
  const node = join(program, 'node');
  try {
    linkSync(process.execPath, node);
  } catch {
    copyFileSync(process.execPath, node);
  }
  const [path, seen] = [join(bin, 'docker-credential-tidegate'), `${room.home}/tidegate`];
  writeFileSync(
    path,
    `#!/bin/bash\nexec -a docker-credential-tidegate ${seen}/node ${seen}/src/main.ts "$@"\n`,
  );
  chmodSync(path, 0o755);
  return `${room.home}/bin:${room.env.PATH}`;
};
