/* SPDX-License-Identifier: Apache-2.0 */
/* Templates print what Go's text/template prints with docker's functions, and fail where it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/template.h"

DEFINE_AUTO(template, template_free);

static const char data[] =
	"{\"S\": \"text\", \"E\": \"\", \"I\": 7, \"Z\": 0, \"N\": -3, \"F\": 1.5, \"T\": true, \"W\": false,"
	"\"U\": \"caf\u00e9 \u20ac\", \"H\": \"<a href='x'>&\\\"</a>\", \"L\": [\"a\", \"b\", \"c\"], \"LE\": [],"
	"\"LI\": [1, 2, 3], \"O\": {\"b\": 2, \"a\": 1}, \"OE\": {}, \"LO\": [{\"K\": \"x\", \"V\": 1},"
	"{\"K\": \"y\", \"V\": 2}], \"D\": {\"E\": {\"F\": \"deep\"}}, \"Q\": \"say \\\"hi\\\"\\n\","
	"\"LL\": [[1, 2], [3]], \"M\": {\"Labels\": {\"com.x\": \"y\", \"z\": \"\"}}, \"B\": 1000000000000,"
	"\"P\": \"one two-three_four\", \"C\": \"a,b,,c\"}";

struct template_case {
	const char *text;
	const char *output;	/* NULL: an error */
};

/* Each of these was held against Go's own implementation. */
static const struct template_case cases[] = {
	/* text, fields, literals */
	{ "", "" },
	{ "plain } } text { {", "plain } } text { {" },
	{ "{{.S}}", "text" },
	{ "a{{.S}}b{{ .I }}c", "atextb7c" },
	{ "{{.D.E.F}}", "deep" },
	{ "{{$.D.E.F}}", "deep" },
	{ "{{.I}} {{.N}} {{.F}} {{.T}} {{.W}} {{.B}}", "7 -3 1.5 true false 1000000000000" },
	{ "{{.L}} {{.LE}} {{.LL}} {{.O}} {{.OE}}", "[a b c] [] [[1 2] [3]] map[a:1 b:2] map[]" },
	{ "{{.LO}}", "[map[K:x V:1] map[K:y V:2]]" },
	{ "{{\"a\\tb\\\"c\\\\\"}}{{`r\\n\"`}}", "a\tb\"c\\r\\n\"" },
	{ "{{\"\\x41\\u00e9\\101\\U0001F600\"}}", "A\u00e9A\U0001F600" },
	{ "{{1}} {{-2}} {{+3}} {{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}", "1 -2 3 31 5 15 15 1000" },
	{ "{{1.5}} {{.5}} {{1e3}} {{1e21}} {{1e-7}} {{2.50}}", "1.5 0.5 1000 1e+21 1e-07 2.5" },
	{ "{{0.1}} {{123456789.0}} {{0.000001234}}", "0.1 1.23456789e+08 1.234e-06" },
	{ "{{100000.0}} {{1000000.0}} {{123456.5}} {{1234567.5}}", "100000 1e+06 123456.5 1.2345675e+06" },
	{ "{{'a'}} {{'\\n'}} {{'\u20ac'}}", "97 10 8364" },
	{ "{{true}} {{false}}", "true false" },
	/* trimming and comments */
	{ "a  {{- .S -}}  b", "atextb" },
	{ "a \n\t{{- 3}} b", "a3 b" },
	{ "a {{3 -}} \n b", "a 3b" },
	{ "{{-3}}", "-3" },
	{ "a {{- -3 -}} b", "a-3b" },
	{ "a {{/* note */}} b", "a  b" },
	{ "a {{- /* note }} */ -}} b", "ab" },
	{ "{{\n.S\n}}", "text" },
	{ "{{.S -}}\n{{- .S}}", "texttext" },
	/* if */
	{ "{{if .T}}yes{{end}}", "yes" },
	{ "{{if .W}}yes{{else}}no{{end}}", "no" },
	{ "{{if .Z}}a{{else if .E}}b{{else if .S}}c{{else}}d{{end}}", "c" },
	{ "{{if .Z}}a{{else if .E}}b{{else}}d{{end}}!", "d!" },
	{ "{{if .L}}1{{end}}{{if .LE}}2{{end}}{{if .O}}3{{end}}{{if .OE}}4{{end}}{{if .F}}5{{end}}", "135" },
	{ "{{if and .T (not .W)}}ok{{end}}", "ok" },
	{ "{{if $x := .S}}{{$x}}{{end}}", "text" },
	{ "{{if eq .I 7}}{{if eq .S \"text\"}}both{{end}}{{end}}", "both" },
	/* range */
	{ "{{range .L}}[{{.}}]{{end}}", "[a][b][c]" },
	{ "{{range .LE}}x{{else}}none{{end}}", "none" },
	{ "{{range $i, $x := .L}}{{$i}}={{$x}} {{end}}", "0=a 1=b 2=c " },
	{ "{{range $x := .LI}}{{$x}}{{.}}{{end}}", "112233" },
	{ "{{range $k, $v := .O}}{{$k}}{{$v}}{{end}}", "a1b2" },
	{ "{{range .O}}{{.}}{{end}}", "12" },
	{ "{{range .LO}}{{.K}}{{$.I}}{{end}}", "x7y7" },
	{ "{{range .LL}}({{range .}}{{.}}{{end}}){{end}}", "(12)(3)" },
	{ "{{range .L}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}!", "a!" },
	{ "{{range .L}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}!", "ac!" },
	{ "{{range $k, $v := .O}}{{range $.L}}{{break}}{{end}}{{$k}}{{end}}", "ab" },
	{ "{{range $i, $x := .L}}{{if $i}},{{end}}{{$x}}{{end}}", "a,b,c" },
	/* with, variables */
	{ "{{with .D.E}}{{.F}}{{end}}", "deep" },
	{ "{{with .E}}x{{else}}empty{{end}}", "empty" },
	{ "{{with $x := .S}}{{.}}{{$x}}{{$.I}}{{end}}", "texttext7" },
	{ "{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "12" },
	{ "{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2" },
	{ "{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21" },
	{ "{{$n := 0}}{{range .LI}}{{$n = .}}{{end}}{{$n}}", "3" },
	{ "{{$d := .D}}{{$d.E.F}}", "deep" },
	/* pipelines and parentheses */
	{ "{{.S | upper}}", "TEXT" },
	{ "{{.S | printf \"%s-%s\" \"a\"}}", "a-text" },
	{ "{{.I | printf \"%03d\" | printf \"<%s>\"}}", "<007>" },
	{ "{{(.D).E.F}}{{(index .LO 1).K}}", "deepy" },
	{ "{{len (split .C \",\")}}", "4" },
	{ "{{((((.S))))}}", "text" },
	{ "{{(index .LO 0).V | printf \"%d%%\"}}", "1%" },
	{ "{{ .S|len|print }}", "4" },
	/* comparison and logic */
	{ "{{eq .I 7}} {{eq .S \"a\" \"text\"}} {{ne .S \"x\"}}", "true true true" },
	{ "{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 3 2}}", "true true false true" },
	{ "{{lt \"a\" \"b\"}} {{gt 1.5 1.0}} {{eq true .T}}", "true true true" },
	{ "{{and 1 0 2}} {{and 1 2}} {{or 0 \"\" 3}} {{or 0 \"\"}}", "0 2 3 " },
	{ "{{or .T (index .L 9)}} {{and .W (index .L 9)}}", "true false" },
	{ "{{not 0}} {{not .S}} {{.T | and 1}}", "true false true" },
	/* functions */
	{ "{{len .S}} {{len .L}} {{len .O}} {{len .U}}", "4 3 2 9" },
	{ "{{index .L 1}} {{index .O \"b\"}} {{index .LL 0 1}} {{index .LO 1 \"K\"}}", "b 2 2 y" },
	{ "{{index .O \"none\"}}", "<no value>" },
	{ "{{slice .S 1 3}} {{slice .L 1}} {{slice .S 2}} {{slice .L}}", "ex [b c] xt [a b c]" },
	{ "{{print 1 2 \"a\" 3 4 .T}}", "1 2a3 4 true" },
	{ "{{print \"a\" \"b\"}}|{{println \"a\" 1}}|{{println}}", "ab|a 1\n|\n" },
	{ "{{json .S}} {{json .L}} {{json .O.a}} {{json .T}} {{json .H}}",
	  "\"text\" [\"a\",\"b\",\"c\"] 1 true \"<a href='x'>&\\\"</a>\"" },
	{ "{{json .Q}}", "\"say \\\"hi\\\"\\n\"" },
	{ "{{join .L \"-\"}}|{{join .LE \"-\"}}", "a-b-c|" },
	{ "{{split .C \",\"}} {{split \"abc\" \"\"}} {{len (split \"\" \",\")}}", "[a b  c] [a b c] 1" },
	{ "{{lower \"ABC\"}} {{upper .P}} {{title .P}}", "abc ONE TWO-THREE_FOUR One Two-Three_four" },
	{ "[{{pad .S 1 2}}] [{{pad .E 1 2}}]", "[ text  ] []" },
	{ "{{truncate .S 2}} {{truncate .S 9}} {{truncate .S 4}}", "te text text" },
	{ "{{html .H}}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;&lt;/a&gt;" },
	{ "{{js .H}} {{js \"a=\\n\"}}",
	  "\\u003Ca href\\u003D\\'x\\'\\u003E\\u0026\\\"\\u003C/a\\u003E a\\u003D\\u000A" },
	{ "{{urlquery \"a b/\u00e9~.-_\"}} {{urlquery .I}}", "a+b%2F%C3%A9~.-_ 7" },
	{ "{{html 1 2}} {{html \"a\" \"<\"}}", "1 2 a&lt;" },
	/* printf */
	{ "{{printf \"%s|%v|%d|%5d|%-5d|%05d|%+d\" .S .I .I .I .I .I .I}}", "text|7|7|    7|7    |00007|+7" },
	{ "{{printf \"%x %X %o %b %#x %c %q\" 255 255 8 5 255 8364 .Q}}",
	  "ff FF 10 101 0xff \u20ac \"say \\\"hi\\\"\\n\"" },
	{ "{{printf \"%x %x %05d %.3d\" -255 .S -42 7}}", "-ff 74657874 -0042 007" },
	{ "{{printf \"%f %.2f %e %g %8.3f|%-8.1f|\" .F .F .F .F .F .F}}",
	  "1.500000 1.50 1.500000e+00 1.5    1.500|1.5     |" },
	{ "{{printf \"%10s|%-10s|%.2s|%5.1s|\" .S .S .S .S}}", "      text|text      |te|    t|" },
	{ "{{printf \"%7s|%-7s|%.4s\" .U .U .U}}", " caf\u00e9 \u20ac|caf\u00e9 \u20ac |caf\u00e9" },
	{ "{{printf \"%t %v %t\" true false .W}}", "true false false" },
	{ "{{printf \"%v %s %d %q\" .L .L .LI .L}}", "[a b c] [a b c] [1 2 3] [\"a\" \"b\" \"c\"]" },
	{ "{{printf \"%v %d\" .O .LL}}", "map[a:1 b:2] [[1 2] [3]]" },
	{ "{{printf \"%d\" .S}} {{printf \"%s\" .I}} {{printf \"%d\" .T}}",
	  "%!d(string=text) %!s(int=7) %!d(bool=true)" },
	{ "{{printf \"%d %d\" 1}} {{printf \"a\" 1 \"b\"}} {{printf \"%\"}} {{printf \"100%%\"}}",
	  "1 %!d(MISSING) a%!(EXTRA int=1, string=b) %!(NOVERB) 100%" },
	{ "{{printf \"%*d|%-*d|%.*f\" 4 7 4 7 1 .F}}", "   7|7   |1.5" },
	{ "{{printf \"%T %T %T\" .S 1 true}}", "string int bool" },
	{ "{{printf \"%q %q\" \"\\x01\\x7f\\u00a0\" \"\\t\u20ac\"}}", "\"\\x01\\x7f\\u00a0\" \"\\t\u20ac\"" },
	{ "{{printf \"%z\" 1}}", "%!z(int=1)" },
	/* errors of syntax */
	{ "{{", NULL }, { "{{.S", NULL }, { "{{.S}", NULL }, { "{{}}", NULL }, { "{{ | .S}}", NULL },
	{ "{{if}}x{{end}}", NULL }, { "{{if .T}}", NULL }, { "{{end}}", NULL },
	{ "{{else}}", NULL }, { "{{if .T}}a{{else}}b{{else}}c{{end}}", NULL },
	{ "{{range .L}}a{{else if .T}}b{{end}}", NULL }, { "{{nope .S}}", NULL }, { "{{.S | nope}}", NULL },
	{ "{{\"open}}", NULL }, { "{{`open}}", NULL }, { "{{\"a\nb\"}}", NULL }, { "{{\"\\q\"}}", NULL },
	{ "{{'ab'}}", NULL }, { "{{'\u00e9 and a long text of 32 bytes'}}", NULL },
	{ "{{(.S}}", NULL }, { "{{.S)}}", NULL }, { "{{$x}}", NULL },
	{ "{{$x = 1}}", NULL }, { "{{if true}}{{$x := 1}}{{end}}{{$x}}", NULL },
	{ "{{$a, $b := .L}}", NULL }, { "{{3x}}", NULL }, { "{{1__2}}", NULL }, { "{{99999999999999999999}}", NULL },
	{ "{{1e999}}", NULL }, { "{{.S\"x\"}}", NULL }, { "{{\"a\"\"b\"}}", NULL }, { "{{.S-}}", NULL },
	{ "{{.A-b}}", NULL }, { "{{/* open }}", NULL }, { "{{break}}", NULL },
	{ "{{range .L}}{{else}}{{continue}}{{end}}", NULL }, { "{{#}}", NULL }, { "{{len.S}}", NULL },
	{ "{{template \"x\"}}", NULL }, { "{{.S}}{{end}}", NULL },
	/* errors while executing */
	{ "{{.S.X}}", NULL }, { "{{.I.X}}", NULL }, { "{{.S 1}}", NULL }, { "{{1 | .S}}", NULL },
	{ "{{index .L 3}}", NULL }, { "{{index .L -1}}", NULL }, { "{{index .L \"a\"}}", NULL },
	{ "{{index .I 1}}", NULL }, { "{{slice .S 3 1}}", NULL }, { "{{slice .S 9}}", NULL },
	{ "{{slice .S \"a\"}}", NULL }, { "{{len 3}}", NULL }, { "{{len .S .S}}", NULL }, { "{{len}}", NULL },
	{ "{{eq .I \"7\"}}", NULL }, { "{{eq .T 1}}", NULL }, { "{{lt .T .W}}", NULL }, { "{{lt 1 \"a\"}}", NULL },
	{ "{{eq .L .L}}", NULL }, { "{{range .S}}{{end}}", NULL }, { "{{upper .I}}", NULL },
	{ "{{join .S \",\"}}", NULL }, { "{{printf 1}}", NULL }, { "{{pad .S \"a\" 1}}", NULL }, { "{{and}}", NULL },
	{ "{{not 1 2}}", NULL }, { "{{truncate .S \"a\"}}", NULL },
};

/* Where docker's templates see Go structs and we see JSON. */
static const char container[] =
	"{\"Id\": \"c0ffee\", \"State\": {\"Status\": \"running\", \"Pid\": 42},"
	"\"Config\": {\"Env\": [\"A=1\"], \"Cmd\": null, \"Labels\": {\"com.x\": \"y\"}, \"Entrypoint\": null},"
	"\"HostConfig\": {\"NetworkMode\": \"bridge\", \"NanoCpus\": 5, \"Binds\": null, \"PortBindings\": null,"
	"\"LogConfig\": {\"Type\": \"json-file\", \"Config\": {\"max-size\": \"1m\"}}},"
	"\"Mounts\": [{\"Source\": \"/a\", \"Destination\": \"/b\"}],"
	"\"NetworkSettings\": {\"Networks\": {\"bridge\": {\"IPAddress\": \"10.0.0.2\"}},"
	"\"Ports\": {\"80/tcp\": [{\"HostIp\": \"0.0.0.0\", \"HostPort\": \"8080\"}], \"81/tcp\": null}}}";

static const struct template_case container_cases[] = {
	{ "{{.Id}} {{.ID}} {{.HostConfig.NanoCPUs}}", "c0ffee c0ffee 5" },
	{ "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none" },
	{ "{{.State.Health}} {{.SizeRw}}", "<nil> <nil>" },
	{ "{{.Config.Cmd}} {{.Config.Entrypoint}} {{.Config.OnBuild}} {{.HostConfig.Binds}}", "[] [] [] []" },
	{ "{{.HostConfig.PortBindings}} {{.Config.ExposedPorts}} {{.Config.Volumes}}", "map[] map[] map[]" },
	{ "[{{.Config.StopSignal}}]", "[]" },
	{ "{{json .Config.Cmd}} {{len .Config.Cmd}}", "null 0" },
	{ "{{range .Config.Cmd}}x{{else}}none{{end}}", "none" },
	{ "{{range .Mounts}}[{{.Type}}{{.Name}}]{{.Destination}}{{end}}", "[]/b" },
	{ "{{.Config.Labels.nope}}", "<no value>" },
	{ "[{{index .Config.Labels \"nope\"}}]", "[]" },
	{ "{{index .Config.Labels \"com.x\"}}", "y" },
	{ "{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080" },
	{ "{{(index .NetworkSettings.Ports \"80/tcp\" 0).HostIP}}", "0.0.0.0" },
	{ "{{range $p, $c := .NetworkSettings.Ports}}{{$p}}{{if $c}}={{(index $c 0).HostPort}}{{end}} {{end}}",
	  "80/tcp=8080 81/tcp " },
	{ "{{.NetworkSettings.Networks.bridge.IPAddress}}", "10.0.0.2" },
	{ "{{.NetworkSettings.Networks.other.IPAddress}}", "<no value>" },
	{ "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "10.0.0.2" },
	{ "{{.HostConfig.LogConfig.Config.nope}}", "<no value>" },
	{ "{{print .Config.Cmd}} {{printf \"%s\" .Config.Cmd}}", "<nil> %!s(<nil>)" },
	{ "{{eq .State.Status \"running\"}} {{eq .Config.Cmd nil}}", "true true" },
	{ "{{.Nope}}", NULL }, { "{{.Config.Nope}}", NULL }, { "{{.State.status}}", NULL },
	{ "{{.State.Status.X}}", NULL }, { "{{.Config.Healthy}}", NULL }, { "{{.id}}", NULL },
};

static void check_case(const char *json, const struct template_case *expected)
{
	auto_error err = { 0 };
	auto_json json_t *value = json_loads(json, 0, NULL);
	auto_of(template) struct template *template = template_parse(expected->text, &err);
	auto_release(buffer) struct buffer output = { 0 };
	int result = template ? template_execute(template, value, &output, &err) : -1;

	assert_non_null(value);
	if (expected->output && result < 0)
		fail_msg("%s: %s", expected->text, err.message);
	if (!expected->output && result == 0)
		fail_msg("%s: no error but '%s'", expected->text, output.data);
	if (result < 0) {
		assert_int_equal(err.kind, ERROR_INVALID);
		assert_non_null(strstr(err.message, template ? "template: executing" :
							       "template parsing error: template: :"));
	} else if (strcmp(output.data, expected->output) != 0) {
		fail_msg("%s:\n   got %s\nwanted %s", expected->text, output.data, expected->output);
	}
}

static void templates_print_as_in_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(data, &cases[i]);
}

static void fields_are_those_of_docker(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(container_cases); i++)
		check_case(container, &container_cases[i]);
}

static void errors_say_what_and_where(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{ "a\n\n{{nope}}", "template parsing error: template: :3: function \"nope\" not defined" },
		{ "{{.S", ":1: unclosed action" },
		{ "{{if .S}}", ":1: unexpected EOF" },
		{ "{{end}}", "unexpected {{end}}" },
		{ "{{if .S}}{{else}}{{else}}{{end}}", "unexpected {{else}}" },
		{ "{{$x}}", "undefined variable \"$x\"" },
		{ "{{}}", "missing value for command" },
		{ "{{with}}{{end}}", "missing value for with" },
		{ "{{(.S}}", "unclosed left paren" },
		{ "{{.S)}}", "unexpected right paren" },
		{ "{{/* }}", "unclosed comment" },
		{ "{{\"a}}", "unterminated quoted string" },
		{ "{{\"\\ud8", "bad character escape" },
		{ "{{99x}}", "bad number syntax: \"99x\"" },
		{ "{{continue}}", "{{continue}} outside {{range}}" },
		{ "{{\"\xff\"}}", "not UTF-8" },
		{ "{{.Nope}}", "can't evaluate field Nope" },
		{ "{{len}}", "wrong number of args for len" },
		{ "{{eq 1 \"1\"}}", "error calling eq: incompatible types for comparison" },
		{ "{{.S 1}}", "can't give argument to non-function" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_error err = { 0 };
		auto_json json_t *value = json_pack("{s:s}", "S", "text");
		auto_of(template) struct template *template = template_parse(wrong[i].text, &err);
		auto_release(buffer) struct buffer output = { 0 };

		if (template && template_execute(template, value, &output, &err) == 0)
			fail_msg("%s: no error", wrong[i].text);
		if (!strstr(err.message, wrong[i].message))
			fail_msg("%s: %s", wrong[i].text, err.message);
	}
}

/* `count` times `part`, and then `rest`. */
static char *repeat(const char *part, unsigned int count, const char *rest)
{
	struct buffer text = { 0 };

	for (unsigned int i = 0; i < count; i++)
		buffer_puts(&text, part);
	buffer_puts(&text, rest);
	return buffer_take(&text);
}

/* Takes `text`. */
static void check_refused(char *text, const char *message)
{
	auto_free char *owned = text;
	auto_error err = { 0 };
	auto_json json_t *value = json_object();
	auto_of(template) struct template *template = template_parse(owned, &err);
	auto_release(buffer) struct buffer output = { 0 };

	if (template && template_execute(template, value, &output, &err) == 0)
		fail_msg("'%.40s...' is not refused", owned);
	if (!strstr(err.message, message))
		fail_msg("'%.40s...': %s", owned, err.message);
}

static void sizes_are_bounded(void **state)
{
	auto_free char *inner = repeat("{{if 1}}", 101, "");
	auto_free char *ends = repeat("{{end}}", 101, "");
	auto_free char *chain = repeat("{{else if 0}}", 2000, "{{end}}");
	auto_free char *arguments = repeat(" 1", 64, "}}");
	auto_free char *escapes = repeat(" | js | html", 30, "}}");
	auto_free char *parentheses = repeat("(", 101, "");

	(void)state;
	check_refused(repeat("x", TEMPLATE_SIZE_MAX, "x"), "larger than");
	check_refused(xasprintf("%s%s", inner, ends), "too deep");
	check_refused(repeat("{{", 1, parentheses), "too deep");
	check_refused(repeat("{{if 0}}{{else if 0}}", 1, chain), "too deep");
	check_refused(repeat("{{$x := 1}}", 65, ""), "too many variables");
	check_refused(repeat("{{print 1", 1, arguments), "too many arguments");
	check_refused(repeat("{{\"&\"", 1, escapes), "more than");
	check_refused(xstrdup("{{printf \"%4000s\" (split (printf \"%4000s\" \"\") \"\")}}"), "more than");
	check_refused(repeat("{{$x := printf \"%4000s\" \"\"}}", 1,
			     "{{$y := html $x}}{{range split $x \"\"}}{{range split $x \"\"}}"
			     "{{$x}}{{end}}{{end}}"), "too long");
}

/* A width that does not fit is cut, and a precision too. */
static void widths_are_bounded(void **state)
{
	auto_error err = { 0 };
	auto_of(template) struct template *template =
		template_parse("{{printf \"%99999999999d|%.99999999999f\" 1 1.5}}", &err);
	auto_release(buffer) struct buffer output = { 0 };

	(void)state;
	assert_int_equal(template_execute(template, json_null(), &output, &err), 0);
	assert_true(output.size < 10000);
}

/* In a table docker's functions leave the headings alone. */
static void headings_stay_as_they_are(void **state)
{
	static const struct template_case headings[] = {
		{ "{{.ID}}", "CONTAINER ID" },
		{ "{{upper .Names}} {{json .Names}} {{truncate .ID 3}}", "Names Names CONTAINER ID" },
		{ "{{join (split .Names \"m\") \"-\"}}", "Names" },
		{ "{{.Label \"com.example.first-owner_name\"}} {{.Label \"plain\"}}", "first owner name plain" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headings); i++)
		check_case("{\"ID\": \"CONTAINER ID\", \"Names\": \"Names\", \"Labels\": \"LABELS\","
			   "\"__heading\": true}", &headings[i]);
}

static void rows_have_labels(void **state)
{
	static const struct template_case labels[] = {
		{ "{{.Label \"a\"}}", "1" },
		{ "{{.Label \"b.c\"}}|{{.Label \"none\"}}|{{.Label \"empty\"}}", "x=y||" },
		{ "{{if eq (.Label \"a\") \"1\"}}yes{{end}}", "yes" },
		{ "{{\"a\" | .Label}} {{.Label \"list\"}}", "1 1,2,,3" },
		{ "{{.Label}}", NULL }, { "{{.Label 1}}", NULL }, { "{{.Label \"a\" \"b\"}}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		check_case("{\"Labels\": \"a=1,b.c=x=y,empty=,list=1,2,,3\"}", &labels[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_print_as_in_go),
		cmocka_unit_test(fields_are_those_of_docker),
		cmocka_unit_test(errors_say_what_and_where),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(widths_are_bounded),
		cmocka_unit_test(headings_stay_as_they_are),
		cmocka_unit_test(rows_have_labels),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
