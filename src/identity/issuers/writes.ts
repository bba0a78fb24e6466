import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { IssuerKeysRow, IssuerRow } from '../../database/federation-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { MISSED } from './issuer.ts';
import * as issuers from './rows.ts';

export interface Declaration {
  /** `isNew`: this process did not have it before. */
  readonly declared: readonly { readonly name: string; readonly issuer: string; readonly isNew: boolean }[];
  /** Names that the file had before and has no more. */
  readonly removed: readonly string[];
  /** The file is read for the first time. */
  readonly isStart: boolean;
  readonly at: number;
  /** The generation of what begins or ends here. */
  readonly generation: string;
}

/**
 * Notes what the operator's file declares now. An issuer that was removed, or whose address changed, ends for every
 * replica; one that is disabled stays so. One that comes back after a server started without it begins anew.
 */
export const declareIssuers = defineWrite(
  'identity.issuers.declare',
  async (tx: Tx, { declared, removed, isStart, at, generation }: Declaration): Promise<void> => {
    for (const { name, issuer, isNew } of declared) {
      const known = await issuers.findIssuer(tx.db, name);
      if (!known) await issuers.insertIssuer(tx, begun(name, issuer, at, generation));
      else if (known.removed_at !== null || known.issuer !== issuer || (isNew && isMissed(known)))
        await issuers.updateIssuer(tx, name, { issuer, generation, removed_at: null });
      // what was put together from what the file said before is put together again
      else if (!isStart) await issuers.updateIssuer(tx, name, { issuer });
    }
    if (isStart) {
      const names = declared.map(({ name }) => name);
      await issuers.markIssuersBeside(tx, names, MISSED);
    }
    for (const name of removed) {
      const known = await issuers.findIssuer(tx.db, name);
      if (known?.removed_at === null) await issuers.updateIssuer(tx, name, { generation, removed_at: at });
      await issuers.deleteIssuerKeys(tx, name);
    }
  },
);

const isMissed = ({ generation }: IssuerRow): boolean => generation.endsWith(MISSED);

const begun = (name: string, issuer: string, at: number, generation: string): IssuerRow => ({
  name,
  issuer,
  generation,
  created_at: at,
  disabled_at: null,
  disabled_by: null,
  removed_at: null,
});

export interface IssuerSwitch {
  readonly name: string;
  readonly disabled: boolean;
  readonly generation: string;
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

/** Disables an issuer, so that every token that came from it ends, or lets it in again. Throws NOT_FOUND. */
export const switchIssuer = defineWrite(
  'identity.issuers.switch',
  async (tx: Tx, { name, disabled, generation, at, by, actor }: IssuerSwitch): Promise<void> => {
    const known = await issuers.findIssuer(tx.db, name);
    if (!known) throw new RegistryError('NOT_FOUND');
    if ((known.disabled_at !== null) === disabled) return;
    const set = disabled
      ? { disabled_at: at, disabled_by: by, generation: isMissed(known) ? generation + MISSED : generation }
      : { disabled_at: null, disabled_by: null };
    await issuers.updateIssuer(tx, name, set);
    const action = disabled ? 'tidegate.issuer.disable' : 'tidegate.issuer.enable';
    await recordEvent(tx, actor, { accountId: null, at, action, target: name });
  },
);

/** Keeps the keys that an issuer published last. */
export const keepIssuerKeys = defineWrite(
  'identity.issuers.keep-keys',
  (tx: Tx, row: IssuerKeysRow): Promise<void> => issuers.replaceIssuerKeys(tx, row),
);
