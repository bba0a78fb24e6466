/**
 * The reference tables of the documents, made from the code: `node scripts/run.cjs scripts/reference.ts` writes them, and
 * test/house holds the written ones against what this makes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagOf, SETTINGS, type SettingKey, yamlKeyOf } from '../src/config/settings.ts';
import { ERRORS, type ErrorCode, rowOf } from '../src/errors.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const errorRows = (): string[] =>
  (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { status, message, oci, v1, iam } = rowOf(code);
    return `| ${code} | ${status} | ${oci ?? code} | ${v1 ?? ''} | ${iam ?? ''} | ${cell(message)} |`;
  });

const errorPage = (): string => `# Errors

Every answer that is not a success comes from one table, \`src/errors.ts\`; this page is made from it. The status is the same at every door, the
code is the one that door's clients know: the distribution-spec's at \`/v2/\` and \`/oauth/token\`, IBM Container Registry's at \`/api/v1\`, IBM IAM's
at \`/identity\` and \`/v1\`. The message may be more precise than the one here. Every answer carries \`X-Request-Id\`; the same id finds the request
in the log, with the reason. Secrets that a request has in a wrong place are masked in both. [What every request has in common](requests.md) has
the bounds.

| name | status | \`/v2/\`, \`/oauth/token\` | \`/api/v1\` | IAM | message |
|---|---|---|---|---|---|
${errorRows().join('\n')}
`;

const settingRows = (): string[] =>
  (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const row = SETTINGS[key];
    const fallback = 'fallback' in row && row.fallback !== undefined ? `\`${row.fallback}\`` : '(none)';
    const file = 'fromFile' in row ? ` (or \`${row.env}_FILE\`)` : '';
    return `| \`${row.env}\`${file} | \`${flagOf(key)}\` | \`${yamlKeyOf(key)}\` | ${fallback} | ${cell(row.doc)} |`;
  });

const settingPage = (): string => `# Configuration

Flags win over the environment, the environment over one YAML file, the file over the defaults. The file is the one that \`--config FILE\` or
\`TIDEGATE_CONFIG\` names, else \`tidegate.yaml\` in the folder where the program is started; \`tidegate init\` writes one.
\`tidegate config\` prints what is in force and where each value came from; secrets are not printed. A setting that does not exist is refused, so
that a misspelt one never silently means the default; a key of the file with nothing behind it counts as absent. This page is made from \`src/config/settings.ts\`.

| environment | flag | YAML | default | meaning |
|---|---|---|---|---|
${settingRows().join('\n')}

Durations are written \`6s\`, \`15m\`, \`24h\`, \`30d\`. The client half of the program reads \`TIDEGATE_HOME\`, \`IBMCLOUD_API_KEY\` and others; see
[the command line](../cli.md#environment).
`;

/** Path from the repository's root to the text of the page. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  'docs/api/errors.md': errorPage,
  'docs/operate/configuration.md': settingPage,
};

if (import.meta.main) {
  for (const [path, text] of Object.entries(REFERENCE))
    writeFileSync(join(import.meta.dirname, '..', path), text());
}
