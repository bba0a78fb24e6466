import { blobGet } from './workloads/blob-get.ts';
import { buildAgain, buildLogin } from './workloads/build-login.ts';
import { growth } from './workloads/growth.ts';
import { manifestGet } from './workloads/manifest-get.ts';
import { manifestHead } from './workloads/manifest-head.ts';
import { pullLarge } from './workloads/pull-large.ts';
import { pushImage } from './workloads/push-image.ts';
import { pushLarge } from './workloads/push-large.ts';
import { revocation } from './workloads/revocation.ts';
import { revocationElsewhere } from './workloads/revocation-elsewhere.ts';
import { token } from './workloads/token.ts';
import type { Workload } from './workloads/workload.ts';

/** All workloads in the order they run. */
export const WORKLOADS: readonly Workload<unknown>[] = [
  manifestGet,
  manifestHead,
  blobGet,
  pushLarge,
  pullLarge,
  pushImage,
  token,
  buildLogin,
  buildAgain,
  growth,
  revocation,
  revocationElsewhere,
];

/** The workloads of these names, in running order. Throws for a name that is none. */
export const selectWorkloads = (names: readonly string[]): readonly Workload<unknown>[] => {
  const known = WORKLOADS.map((workload) => String(workload.name));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no workload is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return WORKLOADS.filter((workload) => names.includes(workload.name));
};
