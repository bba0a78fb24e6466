import assert from 'node:assert/strict';
import test from 'node:test';
import { compileTemplate } from '../../src/cli/go-template.ts';
import { TemplateError } from '../../src/cli/go-template-tokens.ts';

const image = {
  Created: 1_495_798_639,
  Repository: 'us.icr.io/birds/bluebird',
  Tag: '1',
  ReadOnly: true,
  Description: '',
  SecurityStatus: { Status: 'OK', IssueCount: 0 },
  Tags: ['1', 'latest'],
  Labels: { b: '2', a: '1' },
};

const renders = (source: string, expected: string): void => {
  assert.equal(compileTemplate(source)(image), expected, source);
};

const fails = (source: string, message: RegExp): void => {
  assert.throws(
    () => compileTemplate(source)(image),
    (error) => error instanceof TemplateError && message.test(error.message),
    source,
  );
};

test('text outside of actions is kept as it is', () => {
  renders('', '');
  renders('plain { text }', 'plain { text }');
});

test('a field is printed by its path, a whole value with a dot alone', () => {
  renders('{{.Repository}}:{{ .Tag }}', 'us.icr.io/birds/bluebird:1');
  renders('{{.SecurityStatus.Status}}', 'OK');
  renders('{{range .Tags}}{{.}};{{end}}', '1;latest;');
});

test("the template of IBM's reference works as written", () => {
  renders(
    '{{ if eq .ReadOnly true}}{{.Tag}} - {{.Created}} - {{.ReadOnly}} - {{.Description}}{{ end }}',
    '1 - 1495798639 - true - ',
  );
});

test('if takes the first branch whose value is not empty', () => {
  renders('{{if .Description}}a{{else}}b{{end}}', 'b');
  renders('{{if .SecurityStatus.IssueCount}}a{{else if eq .Tag "1"}}b{{else}}c{{end}}', 'b');
  renders('{{if .Tags}}{{if .Description}}a{{else}}b{{end}}c{{end}}', 'bc');
});

test('range and with change what the dot means, and take their else for an empty value', () => {
  renders('{{range .Tags}}<{{.}}>{{end}}', '<1><latest>');
  renders('{{range .Description}}a{{else}}none{{end}}', 'none');
  renders('{{with .SecurityStatus}}{{.Status}}{{end}}', 'OK');
});

test('comparisons and logic work on values, nested in parentheses', () => {
  renders('{{eq .Tag "2" "1"}} {{ne .Tag "1"}} {{lt 1 2}} {{ge .Created 5}}', 'true false true true');
  renders('{{and .ReadOnly .Description}}|{{or .Description .Tag}}|{{not .ReadOnly}}', '|1|false');
  renders('{{if and (eq .Tag "1") (not .Description)}}yes{{end}}', 'yes');
});

test('and gives the first empty value even where that is nothing at all', () => {
  renders('{{and nil .Tag}}', '<no value>');
});

test('printf, print and len do what they do in Go', () => {
  renders('{{printf "%-4s|%5d|%q|%05d|%.2f|%%" .Tag 42 .Tag 42 1}}', '1   |   42|"1"|00042|1.00|%');
  renders('{{print .Tag "x"}} {{len .Tags}} {{len .Tag}}', '1 x 2 1');
});

test('a pipe hands its value on as the last argument', () => {
  renders('{{.Tag | printf "<%s>"}}', '<1>');
  renders('{{.Tags | len | eq 2}}', 'true');
});

test('strings take escapes between quotes and none between backquotes', () => {
  renders('{{"a\\tb\\"}}"}}{{`\\t`}}', 'a\tb"}}\\t');
});

test('lists and maps print as in Go', () => {
  renders('{{.Tags}} {{.Labels}}', '[1 latest] map[a:1 b:2]');
});

test('trim marks take the white space beside them, comments vanish', () => {
  renders('a  {{- .Tag -}}  b {{/* note */}}c', 'a1b c');
  renders('a {{- /* note */ -}} b', 'ab');
});

test('an unknown field is an error that says which fields there are', () => {
  fails('{{.Foo}}', /no field \.Foo here; the fields are \.Created \.Repository/);
  fails('{{.Tag.Foo}}', /no field \.Foo here; the fields are none/);
  fails('{{.constructor}}', /no field \.constructor/);
});

test('a template that cannot be read is an error before it meets any data', () => {
  for (const [source, message] of [
    ['{{.Tag', /not closed with }}/],
    ['{{if .Tag}}a', /no {{end}}/],
    ['{{if .Tag}}a{{else}}b', /no {{end}}/],
    ['{{end}}', /without {{if}}/],
    ['{{foo .Tag}}', /unknown function 'foo'/],
    ['{{$x}}', /variables/],
    ['{{(eq .Tag "1"}}', /parenthesis is not closed/],
    ['{{eq .Tag "1")}}', /unexpected '\)'/],
    ['{{}}', /empty/],
    ['{{"a\\z"}}', /escape/],
    ['{{.Tag ! }}', /unexpected text at '!/],
  ] as const) {
    assert.throws(() => compileTemplate(source), { name: 'TemplateError', message }, source);
  }
});

test('what Go refuses to compare or call is refused', () => {
  fails('{{eq .ReadOnly "true"}}', /one kind/);
  fails('{{lt .Tag 1}}', /two numbers or two texts/);
  fails('{{.Tag .Tags}}', /only a function/);
  fails('{{printf "%s"}}', /no value for %s/);
  fails('{{printf "%z" 1}}', /does not know %z/);
  fails('{{range 5}}{{end}}', /takes a list/);
});
