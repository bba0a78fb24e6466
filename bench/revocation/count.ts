/** Counts what is still accepted right after rights end: the promise is nothing (ARCHITECTURE.md, promise 1). */
import { smallImage } from '../content.ts';
import type { Target } from '../target.ts';
import { Iam } from './iam.ts';
import { KINDS, type Outstanding } from './kinds.ts';

export interface Count {
  readonly kind: string;
  readonly trials: number;
  /** Requests sent after the revocation was acknowledged. */
  readonly sent: number;
  readonly accepted: number;
  /** Answers that are neither a success nor a refusal. */
  readonly wrong: number;
}

/** So many trials of each kind. Throws where something does not work before it is revoked: then nothing was shown. */
export const countAccepted = async (
  target: Target,
  { trials, signal, progress }: { trials: number; signal: AbortSignal; progress: (what: string) => void },
): Promise<Count[]> => {
  const repository = target.repository('revoked');
  using registry = target.connect(1);
  await registry.pushImage(repository, 'v1', smallImage());
  const path = `/v2/${repository}/manifests/v1`;
  const counts: Count[] = [];
  for (const [kind, begin] of Object.entries(KINDS)) {
    progress(`${kind}, ${trials} times`);
    const statuses: number[] = [];
    using iam = await Iam.signIn(target, target.login?.password ?? '');
    const make = await begin(iam, repository);
    for (let trial = 0; trial < trials; trial++) {
      signal.throwIfAborted();
      const outstanding = await make(trial);
      const works = await ask(iam, path, outstanding);
      if (works.some((status) => status !== 200))
        throw new Error(`${kind}: answered ${works.join(', ')} before it was revoked`);
      await outstanding.revoke();
      statuses.push(...(await ask(iam, path, outstanding)));
    }
    counts.push({
      kind,
      trials,
      sent: statuses.length,
      accepted: statuses.filter((status) => status < 400).length,
      wrong: statuses.filter((status) => status >= 400 && status !== 401 && status !== 429).length,
    });
  }
  return counts;
};

const ask = (iam: Iam, path: string, { pulls, tokens }: Outstanding): Promise<number[]> =>
  Promise.all([
    ...pulls.map((authorization) => iam.status('GET', path, authorization)),
    ...tokens.map((token) => iam.status('GET', '/identity/userinfo', `Bearer ${token}`)),
  ]);

export const formatCounts = (counts: readonly Count[]): string => {
  const rows = [
    ['revoked', 'trials', 'requests after', 'accepted', 'wrong answers'],
    ...counts.map(({ kind, ...numbers }) => [kind, ...Object.values(numbers).map(String)]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
};
