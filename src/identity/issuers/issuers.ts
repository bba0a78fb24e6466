import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import { randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { ChainLink } from '../login/credential.ts';
import { type DeclaredIssuer, type IssuerSource, type IssuerState, issuerStateOfRow } from './issuer.ts';
import { KeptKeys } from './kept-keys.ts';
import { discovered, KeySet } from './key-set.ts';
import type { PeopleClient } from './people-client.ts';
import { type PresetName, presetOf } from './presets.ts';
import { findIssuer, hasIssuers } from './rows.ts';
import { declareIssuers, switchIssuer } from './writes.ts';

/** A declared issuer and its keys. */
export interface OpenIssuer extends DeclaredIssuer {
  readonly keySet: KeySet;
  /** Its audiences, as links name them. */
  readonly marks: ReadonlySet<string>;
  /** Another declared issuer has the same `iss`; their audiences differ. */
  readonly shared: boolean;
}

/** A declared issuer through which people sign in. */
export interface PeopleIssuer extends OpenIssuer {
  readonly people: PeopleClient;
}

/** An issuer as the operator sees it. */
export interface IssuerReport extends DeclaredIssuer {
  readonly disabledAt: number | undefined;
  readonly disabledBy: string | undefined;
  /** When its keys were last read, and why the last attempt failed if it did. */
  readonly keysReadAt: number | undefined;
  readonly keysFault: string | undefined;
}

/** What came from an issuer: the account it is used in, and whether a workload's token or a person's sign-in began it. */
export interface LinkUse {
  readonly accountId: string | undefined;
  readonly isWorkload: boolean;
}

/** What cannot be read or asked. */
export interface Failing {
  /** Of the issuer; undefined: the file that declares all of them. */
  readonly name: string | undefined;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly reason: string;
}

const SOME = 1000;

/** The issuers whose tokens count: those that the operator's file declares now and that are not disabled. */
export class Issuers {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #source: IssuerSource;
  readonly #states: LiveCache<IssuerState>;
  #open: ReadonlyMap<string, OpenIssuer> = new Map();
  #isStarted = false;
  #fileFault: { readonly since: number; readonly reason: string } | undefined;

  constructor(database: Database, clock: Clock, source: IssuerSource) {
    this.#database = database;
    this.#clock = clock;
    this.#source = source;
    this.#states = new LiveCache(database, ['issuer'], SOME);
  }

  /** Why the file could not be read again, while what it said before still holds. */
  get fileFault(): string | undefined {
    return this.#fileFault?.reason;
  }

  /** Of what cannot be read, the file and the keys of issuers: since when, and why. */
  get failing(): readonly Failing[] {
    const file = this.#fileFault && [{ ...this.#fileFault, name: undefined }];
    const keys = [...this.#open.values()].flatMap(({ name, keySet }) =>
      keySet.state.failing ? [{ ...keySet.state.failing, name }] : [],
    );
    return [...(file ?? []), ...keys];
  }

  /**
   * Takes what the file says now. What it lost ends here at once and, with the row, on every replica. What it lacks at the
   * start, where others may have it, is noted: it begins anew when it comes back. A file that is not valid changes nothing;
   * answers why, once.
   */
  async readAgain(): Promise<string | undefined> {
    let declared: readonly DeclaredIssuer[] | undefined;
    try {
      declared = await this.#source.read();
    } catch (error) {
      const reason = (error as Error).message;
      this.#fileFault = { since: this.#fileFault?.since ?? this.#clock.now(), reason };
      return reason;
    }
    const isStart = !this.#isStarted;
    if (!declared && !isStart) return undefined;
    this.#isStarted = true;
    this.#fileFault = undefined;
    await this.#declare(declared ?? [], isStart);
    return undefined;
  }

  async #declare(declared: readonly DeclaredIssuer[], isStart: boolean): Promise<void> {
    const before = this.#open;
    const isShared = ({ issuer }: DeclaredIssuer): boolean =>
      declared.filter((each) => each.issuer === issuer).length > 1;
    this.#open = new Map(
      declared.map((issuer) => [
        issuer.name,
        {
          ...issuer,
          shared: isShared(issuer),
          marks: new Set(issuer.audiences.map(markOf)),
          keySet: this.#keySetOf(issuer, before.get(issuer.name)),
        },
      ]),
    );
    const removed = [...before.keys()].filter((name) => !this.#open.has(name));
    const isNothing = declared.length + removed.length === 0;
    if (isNothing && !(isStart && (await hasIssuers(this.#database.db)))) return;
    await this.#database.write(declareIssuers, {
      declared: declared.map(({ name, issuer }) => ({ name, issuer, isNew: !before.has(name) })),
      removed,
      isStart,
      at: this.#clock.now(),
      generation: randomText(9),
    });
  }

  /** Those whose tokens have this `iss` and let workloads in: clusters may share one. */
  named(iss: string): OpenIssuer[] {
    return [...this.#open.values()].filter(({ issuer, forWorkloads }) => forWorkloads && issuer === iss);
  }

  /** The one of this name, where people sign in through it and it is not disabled. */
  async forPeople(name: string): Promise<PeopleIssuer | undefined> {
    const open = this.#open.get(name);
    const isOpen = open?.people !== undefined && typeof (await this.link(name)) !== 'string';
    return isOpen ? { ...open, people: open.people } : undefined;
  }

  /** Those through which people sign in now, in the file's order. */
  async allForPeople(): Promise<PeopleIssuer[]> {
    const found = await Promise.all([...this.#open.keys()].map((name) => this.forPeople(name)));
    return found.filter((issuer) => issuer !== undefined);
  }

  /** Whether a declared issuer has this `iss`, whatever it is for. */
  isDeclared(iss: string): boolean {
    return [...this.#open.values()].some(({ issuer }) => issuer === iss);
  }

  /** What this registry is at a declared issuer through which people sign in. */
  peopleClient(name: string): PeopleClient | undefined {
    return this.#open.get(name)?.people;
  }

  /** The preset of a declared issuer, where it has one. */
  presetOf(name: string): PresetName | undefined {
    return this.#open.get(name)?.preset;
  }

  /** The `iss` of a declared issuer. */
  issOf(name: string): string | undefined {
    return this.#open.get(name)?.issuer;
  }

  /** Those that profiles of an account may trust under this `iss`. */
  forAccount(iss: string, accountId: string): OpenIssuer[] {
    return this.named(iss).filter(({ accounts }) => accounts?.includes(accountId) ?? true);
  }

  /** Stands for an issuer as it is now; why not, where its tokens do not count. `audiences`: those of a workload's token. */
  async link(name: string, audiences?: readonly string[]): Promise<ChainLink | string> {
    const state = await this.#state(name);
    const fault = this.#faultOf(name, state);
    if (fault || !state) return fault ?? notDeclared(name);
    const preset = this.#open.get(name)?.preset ?? '';
    const letIn = audiences ? [[preset, ...new Set(audiences.map(markOf))].join('~')] : [];
    return { kind: 'issuer', id: [name, state.generation, ...letIn].join('.') };
  }

  /** Why what came from the issuer under this link is over, or undefined: what the file took away since ends it too. */
  async linkFault(id: string, use: LinkUse): Promise<string | undefined> {
    const [name = '', generation, letIn] = id.split('.');
    const state = await this.#state(name);
    const fault = this.#faultOf(name, state);
    if (fault) return fault;
    if (state?.generation !== generation) return `the issuer ${name} ended meanwhile`;
    const open = this.#open.get(name);
    return open && faultOfUse(open, use, letIn);
  }

  async list(): Promise<IssuerReport[]> {
    const reports: IssuerReport[] = [];
    for (const { keySet, shared: _, ...declared } of this.#open.values()) {
      const state = await this.#state(declared.name);
      reports.push({
        ...declared,
        disabledAt: state?.disabledAt,
        disabledBy: state?.disabledBy,
        keysReadAt: keySet.state.readAt,
        keysFault: keySet.state.failing?.reason,
      });
    }
    return reports;
  }

  /** Throws NOT_FOUND. */
  async switch(name: string, disabled: boolean, by: string, actor: Actor): Promise<IssuerReport> {
    const at = this.#clock.now();
    await this.#database.write(switchIssuer, { name, disabled, generation: randomText(9), at, by, actor });
    const report = (await this.list()).find((each) => each.name === name);
    if (!report) throw new RegistryError('NOT_FOUND');
    return report;
  }

  #state(name: string): Promise<IssuerState | undefined> {
    return this.#states.get(name, async () => {
      const row = await findIssuer(this.#database.db, name);
      return row && issuerStateOfRow(row);
    });
  }

  #faultOf(name: string, state: IssuerState | undefined): string | undefined {
    const open = this.#open.get(name);
    if (!open || !state || state.removedAt !== undefined || state.issuer !== open.issuer)
      return notDeclared(name);
    return state.disabledAt === undefined ? undefined : `the issuer ${name} is disabled`;
  }

  /** Keys that were read are kept while the issuer is declared as before. */
  #keySetOf(issuer: DeclaredIssuer, before: OpenIssuer | undefined): KeySet {
    const { keys } = issuer;
    const isSame =
      before &&
      keys instanceof URL &&
      String(before.keys) === String(keys) &&
      before.issuer === issuer.issuer;
    if (isSame && before.preset === issuer.preset) return before.keySet;
    const keyHosts = presetOf(issuer.preset).keyHosts ?? [];
    if (!(keys instanceof URL)) return new KeySet(keys, this.#clock);
    const of = { name: issuer.name, issuer: issuer.issuer, discovery: keys };
    const kept = new KeptKeys(this.#database, of);
    const ask = discovered(keys, { issuer: issuer.issuer, keyHosts });
    return new KeySet({ ask, kept }, this.#clock);
  }
}

/** Why the file does not allow any more what it allowed. `letIn`: the preset and the audiences that a token was judged by. */
const faultOfUse = (
  { name, preset, accounts, forWorkloads, people, marks }: OpenIssuer,
  { accountId, isWorkload }: LinkUse,
  letIn: string | undefined,
): string | undefined => {
  if (!isWorkload)
    return people === undefined ? `people do not sign in through the issuer ${name} any more` : undefined;
  if (!forWorkloads) return `the issuer ${name} does not let workloads in any more`;
  if (accounts && (accountId === undefined || !accounts.includes(accountId)))
    return `the issuer ${name} is not for this account any more`;
  if (letIn === undefined) return undefined;
  const [judgedBy, ...audiences] = letIn.split('~');
  if (judgedBy !== (preset ?? '')) return `the issuer ${name} has another preset now`;
  return audiences.every((mark) => marks.has(mark))
    ? undefined
    : `the issuer ${name} has no longer the audience of this token`;
};

/** An audience as a link names it: short, and of characters that a link can have. */
const markOf = (audience: string): string =>
  createHash('sha256').update(audience).digest('base64url').slice(0, 16);

const notDeclared = (name: string): string => `the issuer ${name} is not declared`;
