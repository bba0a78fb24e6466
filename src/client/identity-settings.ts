import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Settings of an account's identities; numbers are texts there. Source: IBM IAM Identity Services API. */
export const IdentitySettings = Type.Record(Type.String(), Type.Unknown());
export type IdentitySettings = Static<typeof IdentitySettings>;

const pathOf = (account: string): string => `/v1/accounts/${segment(account)}/settings/identity`;

export const identitySettings = async (client: Client, account: string): Promise<IdentitySettings> => {
  const path = pathOf(account);
  return (await client.send({ method: 'GET', path, answer: IdentitySettings })).body;
};

/** Changes some of the settings, unless somebody else was faster. */
export const updateIdentitySettings = async (
  client: Client,
  account: string,
  json: Record<string, string>,
): Promise<IdentitySettings> => {
  const path = pathOf(account);
  const { body, etag } = await client.send({ method: 'GET', path, answer: IdentitySettings });
  const headers = { 'If-Match': etag || String(body.entity_tag) };
  return (await client.send({ method: 'PUT', path, headers, json, answer: IdentitySettings })).body;
};
