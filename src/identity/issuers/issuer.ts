import type { JSONWebKeySet } from 'jose';
import type { IssuerRow } from '../../database/federation-schema.ts';
import type { PeopleClient } from './people-client.ts';
import type { PresetName } from './presets.ts';

/** An issuer of tokens, as the operator's file declares it. */
export interface DeclaredIssuer {
  readonly name: string;
  readonly preset: PresetName | undefined;
  /** `iss` of its tokens, compared byte for byte. */
  readonly issuer: string;
  /** Every audience of a workload's token must be one of these; none where it is for people alone. */
  readonly audiences: readonly string[];
  /** Its public keys, or the discovery document that says where they are. */
  readonly keys: JSONWebKeySet | URL;
  /** Ids of the accounts whose profiles may trust it; undefined for all. */
  readonly accounts: readonly string[] | undefined;
  /** Its tokens let workloads in. */
  readonly forWorkloads: boolean;
  /** How people sign in through it; undefined where they do not. */
  readonly people: PeopleClient | undefined;
}

/** What all replicas know of an issuer. */
export interface IssuerState {
  readonly name: string;
  readonly issuer: string;
  /** Another one each time the issuer ends: tokens that came from it before stay ended. */
  readonly generation: string;
  readonly disabledAt: number | undefined;
  readonly disabledBy: string | undefined;
  readonly removedAt: number | undefined;
}

/**
 * Ends the generation of a row whose issuer was missing where a server started. Others may have it and go on; where it comes
 * back, it begins anew.
 */
export const MISSED = '~';

export const issuerStateOfRow = (row: IssuerRow): IssuerState => ({
  name: row.name,
  issuer: row.issuer,
  generation: row.generation.endsWith(MISSED) ? row.generation.slice(0, -1) : row.generation,
  disabledAt: row.disabled_at ?? undefined,
  disabledBy: row.disabled_by ?? undefined,
  removedAt: row.removed_at ?? undefined,
});

/** What the operator's file says, and what is wrong with it where it could not be read again. */
export interface IssuerSource {
  /** The issuers as the file has them now; undefined where it did not change since the last time. Throws where it is not valid. */
  read(): Promise<readonly DeclaredIssuer[] | undefined>;
}

export const NO_ISSUERS: IssuerSource = { read: async () => undefined };
