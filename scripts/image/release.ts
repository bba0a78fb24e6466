import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What is built. */
export interface Release {
  readonly version: string;
  /** Of the commit, or SOURCE_DATE_EPOCH: never the time of the build. RFC 3339. */
  readonly created: string;
  /** Undefined where the sources are not exactly those of a commit. */
  readonly commit: string | undefined;
}

const git = (...args: string[]): string | undefined => {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/** `revision` is for sources without git: it is believed. */
export const releaseOfSources = (revision: string | undefined): Release => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const isClean = revision === undefined && git('status', '--porcelain') === '';
  const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct') ?? 0);
  return {
    version,
    created: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
    commit: isClean ? git('rev-parse', 'HEAD') : revision,
  };
};
