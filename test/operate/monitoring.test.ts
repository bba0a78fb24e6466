import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge } from 'prom-client';
import { parse } from 'yaml';
import { Metrics } from '../../src/observe/metrics.ts';
import { makeCertificate } from '../support/certificate.ts';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { Prometheus, prometheus, promtool } from '../support/prometheus.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const RULES = 'deploy/prometheus/tidegate.rules.yaml';
const RULE_TESTS = [
  'deploy/prometheus/tidegate.rules.test.yaml',
  'deploy/prometheus/tidegate.rules.days.test.yaml',
] as const;
const DASHBOARD = 'deploy/grafana/tidegate.json';
const PAGE = 'docs/operate/alerts.md';

/** Served only where what they are about is set up. */
const ELSEWHERE = new Set([
  'tidegate_backup_last_success_timestamp_seconds',
  'tidegate_backup_last_drill_timestamp_seconds',
  'tidegate_backup_journal_lag_seconds',
  'tidegate_audit_seal_lag_seconds',
]);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const rules: readonly Rule[] = (parse(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const alerts = rules.filter(({ alert }) => alert !== undefined);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const dashboard = JSON.parse(read(DASHBOARD)) as {
  uid: string;
  id: unknown;
  panels: Panel[];
  templating: { list: { name: string; type: string }[] };
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
const SOURCE = '${datasource}';

/** As Grafana would send it, for every replica and the scrape interval of this test. */
const sent = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.*');

const expressions: readonly string[] = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => sent(expr))),
];

const namesIn = (expression: string): string[] =>
  [...expression.matchAll(/(?<![\w:])(?:tidegate|nodejs|process)_\w+/g)].map(([name]) => name);

const baseOf = (name: string): string => name.replace(/_(bucket|count|sum)$/, '');

suite('what is served to Prometheus', () => {
  let registry: TestRegistry;
  let target: string;
  const folder = temporaryFolder();
  before(async () => {
    const port = await freePort();
    target = `127.0.0.1:${port}`;
    const { certFile, keyFile } = makeCertificate(folder.path);
    registry = await TestRegistry.start({
      env: {
        TIDEGATE_OPS_LISTEN: target,
        TIDEGATE_TLS_CERT: certFile,
        TIDEGATE_TLS_KEY: keyFile,
      },
    });
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const scrape = async (): Promise<string> => (await fetch(`http://${target}/metrics`)).text();

  const served = async (): Promise<Set<string>> =>
    new Set([...(await scrape()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));

  test('O52: promtool finds no fault in /metrics', needs(prometheus), async () => {
    const { code, output } = promtool('check-metrics', { input: await scrape() });
    assert.deepEqual([code, output.trim()], [0, '']);
  });

  test('O52: every metric that a rule or the dashboard names is served', async () => {
    const names = await served();
    for (const expression of expressions)
      for (const name of namesIn(expression))
        assert.ok(
          names.has(baseOf(name)) || names.has(name) || ELSEWHERE.has(name),
          `${name} in ${expression}`,
        );
  });

  test('every metric of Tidegate stands in docs/operate/monitoring.md, and those there are served', async () => {
    const page = read('docs/operate/monitoring.md');
    const names = [...(await served())].filter((name) => name.startsWith('tidegate_'));
    assert.ok(names.length >= 15, names.join());
    for (const name of names) assert.ok(page.includes(`\`${name}\``), `${name} is not in the page`);
    for (const [, name = ''] of page.matchAll(/`(tidegate_[a-z_]+)`/g))
      assert.ok(names.includes(name) || ELSEWHERE.has(name), `${name} is not served`);
  });

  test('gauges are read when the scrape comes', async () => {
    const text = await scrape();
    for (const name of [
      'tidegate_build_info{version="',
      'tidegate_up{engine="database"} 1',
      'tidegate_up{engine="blobs"} 1',
      'tidegate_change_feed_lag_seconds 0',
      'tidegate_job_failures_in_a_row{job_name="collect-garbage"} 0',
      'tidegate_warnings{kind="disk-fills"} ',
    ])
      assert.ok(text.includes(name), `${name} in ${text}`);
    assert.match(text, /^tidegate_disk_free_bytes [1-9]/m);
    assert.match(text, /^tidegate_database_size_bytes [1-9]/m);
    assert.match(text, /^tidegate_tls_certificate_end_timestamp_seconds [1-9]/m);
  });

  test(
    'O52: a real Prometheus understands every expression, and those of the dashboard have an answer',
    needs(prometheus),
    async () => {
      await using server = await Prometheus.start(target);
      for (const expression of expressions) {
        const { status, error } = await server.query(expression);
        assert.equal(status, 'success', `${expression}: ${error}`);
      }
      const shown = dashboard.panels
        .flatMap(({ targets = [] }) => targets.map(({ expr }) => sent(expr)))
        // what nothing was done for yet has no answer
        .filter(
          (expression) => !/logins|blob_bytes|collected|status=~"\[45\]|backup_|seal_|> 0$/.test(expression),
        );
      assert.ok(shown.length > 15);
      const waiting = new Set(shown);
      for (const end = Date.now() + 60_000; waiting.size > 0; await sleep(500)) {
        assert.ok(Date.now() < end, `no answer to ${[...waiting].join('\n')}`);
        for (const expression of waiting)
          if (((await server.query(expression)).data?.result.length ?? 0) > 0) waiting.delete(expression);
      }
    },
  );
});

test('what cannot be read is left out of the answer; an old value would look like a new one', async () => {
  const metrics = new Metrics();
  const gauge = new Gauge({ name: 'read', help: 'h', labelNames: ['of'], registers: [metrics.registry] });
  const plain = new Gauge({ name: 'plain', help: 'h', registers: [metrics.registry] });
  let value: number | undefined = 7;
  metrics.beforeScrape([gauge, plain], async () => {
    if (value === undefined) throw new Error('not now');
    gauge.labels('disk').set(value);
    plain.set(value);
  });
  assert.match(await metrics.scrape(), /^read\{of="disk"\} 7$/m);
  value = undefined;
  assert.doesNotMatch(await metrics.scrape(), /^(read|plain)\b/m);
});

test('O52: the alert rules are valid, and their own tests pass', needs(prometheus), () => {
  for (const [what, file] of [
    ['check-rules', RULES],
    ...RULE_TESTS.map((file) => ['test-rules', file] as const),
  ] as const) {
    const { code, output } = promtool(what, { file });
    assert.equal(code, 0, output);
  }
});

test('every alert has a severity, a time, a summary, and a test that has seen it fire', () => {
  const tried = RULE_TESTS.map(read).join('\n');
  assert.ok(alerts.length >= 15);
  for (const { alert = '', labels, annotations, for: time } of alerts) {
    assert.match(labels?.severity ?? '', /^(page|ticket)$/, alert);
    assert.ok(time, alert);
    for (const each of ['summary', 'description', 'runbook_url'])
      assert.ok(annotations?.[each], `${alert}: ${each}`);
    assert.match(tried, new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n +- exp_labels`), alert);
  }
});

test('O53: the runbook_url of each alert is its section, and each section is that of an alert', () => {
  const sections = [...read(PAGE).matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  for (const { alert = '', annotations } of alerts)
    assert.equal(annotations?.runbook_url, `${PAGE}#${alert.toLowerCase()}`);
  assert.deepEqual(sections.toSorted(), alerts.map(({ alert }) => alert).toSorted());
});

test('the dashboard has a fixed uid, no id, a variable for the data source, and no plugin', () => {
  assert.deepEqual([dashboard.uid, dashboard.id], ['tidegate', null]);
  assert.deepEqual(
    dashboard.templating.list.map(({ name, type }) => [name, type]),
    [
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ],
  );
  const builtIn = ['row', 'stat', 'timeseries'];
  for (const { type, title, description, datasource, targets = [] } of dashboard.panels) {
    assert.ok(builtIn.includes(type), `${title} is a ${type}`);
    if (type === 'row') continue;
    assert.ok(description, title);
    assert.equal(datasource?.uid, SOURCE, title);
    for (const { expr, datasource: own } of targets) {
      assert.equal(own.uid, SOURCE, title);
      if (/rate\(/.test(expr)) assert.match(expr, /\[\$__rate_interval\]/, title);
    }
  }
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});
