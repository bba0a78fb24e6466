import { onOneLine, type Warning, type WarningSource } from '../../warning.ts';
import type { Failing } from '../issuers/issuers.ts';

/** What did not answer for a moment is asked again by itself. */
const PATIENCE = 10 * 60_000;

/** Issuers whose keys cannot be read, or whose provider does not say any more who is still there; and their file. */
export const issuerWarnings = ({
  issuers,
  checks,
}: {
  readonly issuers: { readonly failing: readonly Failing[] };
  readonly checks: { readonly failing: readonly Failing[] };
}): WarningSource => ({
  kind: 'issuer-fails',
  of: 'process',
  find: async (now) => {
    const keys = issuers.failing.map((each) =>
      warningOf(each, (name) => `the keys of the issuer ${name} cannot be read`),
    );
    const people = checks.failing.map((each) =>
      warningOf(
        each,
        (name) => `the issuer ${name} does not say whether those who signed in are still there`,
      ),
    );
    const all = [...keys, ...people].filter(({ at }) => now - at >= PATIENCE);
    // one for each issuer: one that is down fails in both ways
    return { warnings: [...new Map(all.map((each) => [each.target, each])).values()], next: undefined };
  },
});

const FILE = 'TIDEGATE_ISSUERS_FILE';

const warningOf = ({ name, since, reason }: Failing, saysOf: (name: string) => string): Warning => {
  const what = name === undefined ? `${FILE} is not valid, and what it said before holds` : saysOf(name);
  return {
    kind: 'issuer-fails',
    accountId: undefined,
    target: name ?? FILE,
    name: name ?? FILE,
    level: 1,
    at: since,
    says: `${what}: ${onOneLine(reason).slice(0, 300)}`,
    mend: 'tidegate issuers',
  };
};
