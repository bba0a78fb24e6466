import type { BrowserContext, Route } from 'playwright-core';
import type { ConsoleSession } from '../../src/wire/console-session.ts';
import type { TestRegistry } from '../support/registry.ts';

const claimsOf = (token: string): { iam_id: string; name?: string; sub?: string } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/**
 * Answers in the place of the session door, until that is there: whose key is typed is signed in. Rights are asked of the
 * registry, one question after the other.
 */
export const standInForSession = async (context: BrowserContext, registry: TestRegistry): Promise<void> => {
  let apikey: string | undefined;
  const sessionOf = async (key: string): Promise<ConsoleSession> => {
    const { iam_id, name, sub } = claimsOf((await registry.login(key)).access_token);
    return {
      user: { iam_id, name: name ?? sub ?? iam_id },
      accounts: [{ id: registry.accountId, name: 'birds inc' }],
      is_operator: iam_id === registry.ownerIamId,
      providers: [],
      version: '0.1.0',
    };
  };
  await context.route('**/console/session', async (route) => {
    const method = route.request().method();
    if (method === 'DELETE') apikey = undefined;
    if (method === 'POST') apikey = (route.request().postDataJSON() as { apikey?: string }).apikey;
    await route.fulfill({
      json: apikey === undefined ? { providers: [], version: '0.1.0' } : await sessionOf(apikey),
    });
  });
  await context.route('**/console/session/token', async (route) => {
    const { access_token } = await registry.login(apikey);
    await route.fulfill({ json: { access_token, expires_in: 900 } });
  });
  await context.route('**/v1/explain', explainEach);
};

const UNKNOWN = { allowed: false, because: 'unknown', resource: '', groups: [], policies: [] };

/** A list of questions, as one after the other. */
const explainEach = async (route: Route): Promise<void> => {
  const request = route.request();
  const { questions } = (request.postDataJSON() ?? {}) as { questions?: { action: string }[] };
  if (!questions) return route.continue();
  const { authorization = '' } = await request.allHeaders();
  const explanations: unknown[] = [];
  for (const question of questions) {
    const response = await fetch(request.url(), {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
    explanations.push(response.ok ? await response.json() : { ...UNKNOWN, action: question.action });
  }
  await route.fulfill({ json: { explanations } });
};
