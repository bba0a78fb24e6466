interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'head'];

/** The OpenAPI document as one page without scripts, fonts or anything else from elsewhere. */
export const page = (document: { info?: { title?: string; version?: string }; paths?: object }): string => {
  const title = `${document.info?.title ?? 'API'} ${document.info?.version ?? ''}`.trim();
  const rows = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, Operation | undefined>)[method];
      return operation ? [rowOf(method, path, operation)] : [];
    }),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8884; vertical-align: top }
  code { font-family: ui-monospace, monospace }
</style>
<h1>${escapeHtml(title)}</h1>
<p>The whole description, with every parameter and body, is in <a href="openapi.json"><code>/api/openapi.json</code></a>.
Images are pushed and pulled below <code>/v2/</code> as the OCI distribution specification says.</p>
<table>
<thead><tr><th>Request<th>What it does<th>Door</thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
`;
};

/** The refusal at an address that is not served. */
export const NOTHING_HERE = 'there is nothing at this address; GET /api/doc lists what there is';

const rowOf = (method: string, path: string, { summary = '', tags = [] }: Operation): string =>
  `<tr><td><code>${method.toUpperCase()} ${escapeHtml(path)}</code><td>${escapeHtml(summary)}<td>${escapeHtml(tags.join(', '))}`;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
