import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type AccessRoom, type GroupRule, openAccess } from '../../src/access/room.ts';
import { IssuersFile } from '../../src/config/issuers.ts';
import type { Database, ReadStatement } from '../../src/database/database.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import type { Issuers } from '../../src/identity/issuers/issuers.ts';
import type { ChainLink } from '../../src/identity/login/credential.ts';
import { Providers } from '../../src/identity/providers/providers.ts';
import { type Identity, MasterKey, openIdentity } from '../../src/identity/room.ts';
import { type Principal, systemActor } from '../../src/principal.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { membershipRow, userRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { IssuersFile as TestIssuersFile } from '../identity/platform.ts';
import type { MovableClock } from '../support/clock.ts';
import type { OpenIdProvider } from '../support/openid-provider.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { forgetRefreshToken, signInAs, vouch } from './live-writes.ts';

const EXTERNAL = new URL('https://reg.example.com');
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const ACTOR = systemActor('test');
const AUTHOR = { actor: ACTOR, iamId: 'IBMid-owner' };

/** A person who signed in: what their requests come with. */
export interface SignedIn {
  readonly iamId: string;
  readonly principal: Principal;
  readonly chain: readonly ChainLink[];
}

export interface RoomsOptions {
  readonly provider: OpenIdProvider;
  readonly clock: MovableClock;
  /** `people:` of the issuer. */
  readonly people?: object;
  /** On this PostgreSQL database in place of a file of its own. */
  readonly postgres?: string;
  readonly masterKey?: Buffer;
  /** Other issuers of the file. */
  readonly more?: readonly object[];
}

/** Identity and access of one replica that lets people in through a provider, without doors. */
export class PeopleRooms implements AsyncDisposable {
  readonly clock: MovableClock;
  readonly identity: Identity;
  readonly access: AccessRoom;
  readonly database: Database;
  readonly providers: Providers;
  readonly accountId: string;
  readonly file: TestIssuersFile;
  readonly #provider: OpenIdProvider;
  readonly #statements: string[];

  private constructor(of: {
    options: RoomsOptions;
    identity: Identity;
    access: AccessRoom;
    database: Database;
    file: TestIssuersFile;
    statements: string[];
  }) {
    this.#statements = of.statements;
    this.clock = of.options.clock;
    this.identity = of.identity;
    this.access = of.access;
    this.database = of.database;
    this.file = of.file;
    this.#provider = of.options.provider;
    this.accountId = of.identity.first.account.id;
    this.providers = new Providers(of.identity.issuers as Issuers, this.clock, EXTERNAL);
  }

  static async open(options: RoomsOptions): Promise<PeopleRooms> {
    const { provider, clock, people = {}, postgres, more = [] } = options;
    await provider.allow([`${EXTERNAL.origin}/console/session/callback/company`]);
    const folder = temporaryFolder().path;
    const statements: string[] = [];
    const onRead = ({ text }: ReadStatement): void => void statements.push(text);
    const database = postgres
      ? await PostgresDatabase.open(postgres, { onRead })
      : await SqliteDatabase.open(
          join(folder, 'tidegate.db'),
          new URL('live-writes.ts', import.meta.url).href,
          { onRead },
        );
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'secret'), provider.client.secret);
    const company = {
      name: 'company',
      issuer: provider.issuer,
      for: ['people'],
      client_id: provider.client.id,
      client_secret_file: join(folder, 'secret'),
      scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
      discovery: `${provider.issuer}/.well-known/openid-configuration`,
      people,
    };
    const file = new TestIssuersFile([company, ...more]);
    const identity = await openIdentity({
      database,
      clock,
      masterKey: new MasterKey(options.masterKey ?? randomBytes(32)),
      bootstrap: {
        accountName: 'company',
        apikey: randomBytes(33).toString('base64url'),
        keep: () => undefined,
      } as never,
      issuer: `${EXTERNAL.origin}/identity`,
      computeIssuers: [],
      issuers: new IssuersFile(file.path),
      log: SILENT as never,
    });
    const access = openAccess({ database, clock, log: SILENT, people: identity.federatedIdentities });
    return new PeopleRooms({ options, identity, access, database, file, statements });
  }

  /** A user of the account, without rights. */
  async newUser(): Promise<string> {
    const user = { ...userRow(), iam_id: `IBMid-${randomUUID().replaceAll('-', '').slice(0, 30)}` };
    const member = { ...membershipRow({ id: this.accountId } as never, user), iam_id: user.iam_id };
    await this.database.write(insert, { users: [user], memberships: [member] });
    return user.iam_id;
  }

  /** Signs a person of the provider in, as this user or a new one. */
  async signIn(name: string, iamId?: string, issuer = 'company'): Promise<SignedIn> {
    const { providers, identity } = this;
    const of = await providers.issuer(issuer);
    assert.ok(of);
    const secrets = providers.newAttempt();
    const back = await this.#provider.signIn((await providers.authorizationUrl(of, secrets)).href, name);
    const { person, ...rest } = await providers.signIn(of, new URL(back).searchParams, secrets);
    const arrival = await identity.federatedIdentities.arrival({ ...person, ...rest });
    const who = iamId ?? (await this.newUser());
    await this.database.write(signInAs, { ...arrival, iamId: who, accountId: this.accountId, actor: ACTOR });
    return {
      iamId: who,
      principal: { kind: 'user', iamId: who, accountId: this.accountId },
      chain: [
        { kind: 'sign-in', id: arrival.id },
        { kind: 'issuer', id: arrival.issuerLink },
      ],
    };
  }

  /** A group whose members may pull from a namespace; its id. */
  async newGroup(name: string, namespace: string): Promise<string> {
    const { accessGroups, policies } = this.access;
    const group = await accessGroups.create(this.accountId, { name, description: '' }, AUTHOR);
    const document = v2Policy(group.id, 'Reader', this.accountId, onNamespace(namespace));
    await policies.create(this.accountId, { version: 'v2', document } as never, AUTHOR);
    return group.id;
  }

  newRule(groupId: string, document: object): Promise<GroupRule> {
    return this.access.accessGroups.createRule(groupId, document as never, AUTHOR);
  }

  deleteRule(groupId: string, id: string): Promise<void> {
    return this.access.accessGroups.deleteRule({ groupId, id }, AUTHOR);
  }

  async explain({ principal }: SignedIn, namespace: string) {
    const resource = { accountId: this.accountId, namespace };
    const { standings, ...told } = await this.access.explainer.explain(
      principal,
      'container-registry.image.pull',
      resource,
    );
    return { ...told, providers: standings };
  }

  /** As if the provider said now that the person is there, and nothing of their claims. */
  async keepClaimsOf(iamId: string): Promise<void> {
    await this.database.write(vouch, { iamId, at: this.clock.now() });
  }

  /** The statements that reads make meanwhile. */
  async statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    this.#statements.length = 0;
    await work();
    return [...this.#statements];
  }

  /** A personal API key of a user. */
  newKey(iamId: string): Promise<{ secret: string }> {
    return this.identity.apiKeys.create(
      {
        ...{ identityKind: 'user', iamId, accountId: this.accountId, createdBy: iamId },
        ...{ name: 'key', description: '', secret: undefined, expiresAt: undefined },
        ...{ locked: false, disabled: false, supportSessions: false, actionWhenLeaked: 'none' },
      },
      ACTOR,
    );
  }

  /** As if the provider had given none. */
  async forgetRefreshToken(iamId: string): Promise<void> {
    await this.database.write(forgetRefreshToken, { iamId });
  }

  /** Why what a person has is refused, or undefined. */
  fault({ principal, chain }: SignedIn): Promise<string | undefined> {
    return this.identity.liveness.fault(principal, chain);
  }

  /** Whether a person may pull from a namespace of the account. */
  async mayPull({ principal }: Pick<SignedIn, 'principal'>, namespace = 'birds'): Promise<boolean> {
    const resource = { accountId: this.accountId, namespace };
    return (await this.access.access.decide(principal, 'container-registry.image.pull', resource)).allowed;
  }

  async runJob(name: string): Promise<void> {
    const job = this.identity.jobs.find((each) => each.name === name);
    assert.ok(job, name);
    await job.run(new AbortController().signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.identity[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }
}
