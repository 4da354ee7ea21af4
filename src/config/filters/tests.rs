//! What templates become, what is wrong with them, and where.

use std::sync::Arc;

use super::*;

const ENVIRONMENT: [(&str, &str); 5] = [
    ("HOST", "example.com"),
    ("EMPTY", ""),
    ("AUTHELIA_SESSION_SECRET", "hunter2-hunter2"),
    ("AUTHELIA_THEME", "dark"),
    ("signet_storage_encryption_key", "hunter2-hunter2"),
];

pub(super) fn run(source: &str) -> (Option<Made>, Vec<Fault>) {
    let environment = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables = Variables::of(&environment);
    fill_in(source, &Outside { variables: &variables, source, files_read: Default::default() })
}

#[track_caller]
fn filled(source: &str) -> String {
    match run(source) {
        (Some(made), _) => made.text,
        (None, faults) => panic!("{source}: {faults:?}"),
    }
}

/// The places of all faults, as bytes, and the first of them in words.
#[track_caller]
fn faults(source: &str) -> (Vec<usize>, String) {
    let (made, faults) = run(source);
    assert!(made.is_none(), "{source} becomes {}", made.unwrap().text);
    let first = faults.first().map(|fault| format!("{}; {}", fault.says, fault.mend));
    assert!(faults.iter().all(|fault| !fault.says.is_empty() && !fault.mend.is_empty()), "{faults:?}");
    (faults.iter().map(|fault| fault.at).collect(), first.unwrap())
}

#[test]
fn functions_give_what_go_and_authelia_give() {
    for (source, becomes) in [
        (r#"{{ "a b" | quote }}"#, r#""a b""#),
        (r#"{{ quote "a\"b" 1 true "ü\n\x01\u200b" }}"#, r#""a\"b" "1" "true" "ü\n\x01\u200b""#),
        (r#"{{ squote "it's" 5 }}"#, "'it's' '5'"),
        (r#"{{ "one" | msquote }}{{ "one\ntwo" | msquote }}"#, "'one'one\ntwo"),
        (r#"{{ "a\"b" | mquote }}{{ "one\ntwo" | mquote }}"#, "\"a\"b\"one\ntwo"),
        (r#"{{ "one\ntwo" | indent 2 }}"#, "  one\n  two"),
        (r#"{{ "one\ntwo" | nindent 2 }}"#, "\n  one\n  two"),
        (r#"{{ "one\ntwo" | mindent 2 "|" }}"#, "|\n  one\n  two"),
        (r#"{{ "one" | mindent 2 "|" | msquote }}"#, "'one'"),
        (r#"{{ "one\ntwo" | mindent 2 "|-" | msquote }}"#, "|-\n  one\n  two"),
        (r#"[{{ " \t a b\u00a0\n" | trim }}]"#, "[a b]"),
        (
            r#"{{ trimAll "/." "/./a/b./" }} {{ trimPrefix "aa" "aaaab" }} {{ "x.yml" | trimSuffix ".yml" }}"#,
            "a/b aab x",
        ),
        (r#"{{ upper "aß1ŉ" }} {{ lower "ÄİΣ" }}"#, "Aß1ŉ äiσ"),
        (r#"{{ "aXbX" | replace "X" "--" }} {{ "ab" | replace "" "-" }}"#, "a--b-- -a-b-"),
        (
            r#"{{ b64enc "hällo?>" }} {{ b64dec "aMOkbGxvPz4=" }} {{ b64dec "YW\nI=" }}"#,
            "aMOkbGxvPz4= hällo?> ab",
        ),
        (r#"{{ sha256sum "abc" }}"#, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            r#"{{ list "a" 1 true 1.5 | join "," }} {{ join "," "alone" }} [{{ join "," (list) }}]"#,
            "a,1,true,1.5 alone []",
        ),
        (r#"{{ (split "," "a,b,c")._1 }} {{ $x := "a/b" | split "/" }}{{ $x._0 }}{{ len $x }}"#, "b a2"),
        (r#"{{ range split "" "äb" }}<{{ . }}>{{ end }}"#, "<ä><b>"),
        (r#"{{ split "," "a,b" }} {{ list 1 "x" (list) }}"#, "map[_0:a _1:b] [1 x []]"),
        (
            r#"{{ env "HOST" }}|{{ env "NOBODY" }}|{{ env "AUTHELIA_THEME" }}|{{ env "$" }}"#,
            "example.com||dark|$",
        ),
        (r#"{{ mustEnv "HOST" }}{{ mustEnv "EMPTY" }}"#, "example.com"),
        (r#"{{ expandenv "https://${HOST}:$$1/$NOBODY" }}"#, "https://example.com:$1/"),
        (
            r#"{{ env "NOBODY" | default "x" }}{{ env "HOST" | default "x" }}{{ default 1 0 }}{{ default "d" }}"#,
            "xexample.com1d",
        ),
        (
            r#"{{ empty "" }} {{ empty 0 }} {{ empty (list) }} {{ empty "x" }} {{ empty false }}"#,
            "true true true false true",
        ),
    ] {
        assert_eq!(filled(source), becomes, "{source}");
    }
}

#[test]
fn actions_decide_and_repeat_as_in_go() {
    for (source, becomes) in [
        ("{{ if true }}a{{ else }}b{{ end }}", "a"),
        ("{{ if eq 1 2 }}a{{ else if ne 1 1 }}b{{ else if gt 2 1 }}c{{ else }}d{{ end }}", "c"),
        (r#"{{ if and "x" (not "") (or 0 "" 3) }}a{{ end }}"#, "a"),
        (r#"{{ or "" "b" "c" }} {{ and "a" 0 "c" }} {{ "z" | or "" }} {{ "z" | and "y" }}"#, "b 0 z z"),
        (r#"{{ or "there" (mustEnv "NOBODY") }}"#, "there"),
        (
            r#"{{ eq "a" "b" "a" }} {{ lt "a" "b" }} {{ le 2 2 }} {{ ge 1.5 2.5 }} {{ lt -1 +1 }}"#,
            "true true true false true",
        ),
        (r#"{{ range list "a" "b" }}[{{ . }}]{{ else }}none{{ end }}"#, "[a][b]"),
        (r#"{{ range $i, $x := list "a" "b" }}{{ $i }}{{ $x }}{{ . }} {{ end }}"#, "0aa 1bb "),
        (r#"{{ range $k, $v := split "," "x,y" }}{{ $k }}={{ $v }} {{ end }}"#, "_0=x _1=y "),
        ("{{ range list }}x{{ else }}none{{ end }}", "none"),
        ("{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}", "01201"),
        (r#"{{ with env "HOST" }}{{ . }}{{ end }}{{ with "" }}a{{ else }}b{{ end }}"#, "example.comb"),
        (r#"{{ with "" }}a{{ else with "c" }}{{ . }}{{ end }}"#, "c"),
        (r#"{{ with $x := "v" }}{{ $x }}{{ . }}{{ end }}"#, "vv"),
        (r#"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}"#, "2"),
        (r#"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}"#, "21"),
        (r#"{{ $x := "" }}{{ range $y := list "a" "b" }}{{ $x = print $x $y }}{{ end }}{{ $x }}"#, "ab"),
        (r#"{{ $x := 0 }}{{ range $x = list 1 2 }}{{ end }}{{ $x }}"#, "2"),
        (r#"{{ index (list "a" "b") 1 }} {{ index (list (list 7)) 0 0 }} {{ len "äb" }}"#, "b 7 3"),
        (
            r#"{{ print 1 2 "x" 3 true }} {{ printf "%s=%d %v %q %t %%" "a" 1 (list 1) "b" false }}"#,
            "1 2x3 true a=1 [1] \"b\" false %",
        ),
        (
            "{{ 1.0 }} {{ 1e21 }} {{ 0.00001 }} {{ 0x1F }} {{ 1.50 }} {{ .5 }} {{ -3 }}",
            "1 1e+21 1e-05 31 1.5 0.5 -3",
        ),
        ("{{ `raw \\n \"` }}{{ \"\\t\\u00e4\\x41\\101\" }}", "raw \\n \"\täAA"),
        ("{{\n  env\n  \"HOST\"\n}}", "example.com"),
    ] {
        assert_eq!(filled(source), becomes, "{source}");
    }
}

#[test]
fn dashes_eat_white_space_only_with_a_space_beside_them() {
    for (source, becomes) in [
        ("a \n\t {{- 1 -}} \r\n b", "a1b"),
        ("a {{- 1 }} b", "a1 b"),
        ("a {{ 1 -}} b", "a 1b"),
        ("a {{-1}} b", "a -1 b"),
        ("a {{ -1 }} b", "a -1 b"),
        ("a {{- -1 -}} b", "a-1b"),
        ("a {{-\n1\n-}} b", "a1b"),
        ("a {{- \"x\"   -}} b", "axb"),
        ("a {{/* {{ nothing }} */}} b", "a  b"),
        ("a {{- /* c */ -}} b", "ab"),
        ("a {{- /* c */}} b", "a b"),
        (" {{- 1 -}} {{- 2 -}} ", "12"),
        ("}} { { %}", "}} { { %}"),
        ("\u{a0}{{- 1 }}", "\u{a0}1"),
    ] {
        assert_eq!(filled(source), becomes, "{source}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (source, places, says) in [
        ("a: {{ env ", vec![3], "the action is not closed"),
        ("a: {{ nosuch 1 }}", vec![6], "no function 'nosuch'"),
        ("a: {{ trimm 1 }}\nb: {{ now }}", vec![6, 23], "did you mean 'trim'?"),
        ("{{ define \"x\" }}", vec![3], "no action 'define'"),
        ("x{{ if true }}y", vec![1], "`if` that begins here is not closed"),
        ("x{{ end }}", vec![1], "no `if`, `range` or `with` is open"),
        ("{{ if true }}{{ else }}{{ else }}{{ end }}", vec![23], "second `else`"),
        ("{{ end 1 }}", vec![7], "nothing may come behind `end`"),
        ("{{ }}", vec![0], "is missing here"),
        ("{{ \"a\" | }}", vec![0], "is missing here"),
        ("{{ \"a\" | \"b\" }}", vec![9], "only a function takes what comes through `|`"),
        ("{{ \"a\" \"b\" }}", vec![7], "only a function takes arguments"),
        ("{{ \"a }}", vec![3], "the text is not closed"),
        ("{{ `a }}", vec![3], "the text is not closed"),
        ("{{ \"\\q\" }}", vec![4], "backslash"),
        ("{{ 'a' }}", vec![3], "single quotes"),
        ("{{ (env \"HOST\" }}", vec![3], "the parenthesis is not closed"),
        ("{{ 1) }}", vec![4], "no parenthesis is open"),
        ("{{ $x }}", vec![3], "variable $x is not set"),
        ("{{ $long := 1 }}{{ $lang }}", vec![19], "did you mean $long?"),
        ("{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", vec![38], "variable $x is not set"),
        ("{{ 010 }}", vec![3], "no number"),
        ("{{ env\"HOST\" }}", vec![6], "does not belong into a name"),
        ("{{ env # }}", vec![7], "means nothing here"),
        ("{{/* a ", vec![0], "comment is not closed"),
        ("{{/* a */ 1 }}", vec![9], "comment must end"),
        ("{{ /* a */ }}", vec![3], "alone in its action"),
        ("{{ .Values.x }}", vec![3], "given no data"),
        ("{{ . }}", vec![0], "given no data"),
        ("{{ 1 | indent \"2\" }}", vec![7], "takes a whole number here, but this is a text"),
        ("{{ indent -1 \"a\" }}", vec![3], "no negative number"),
        ("{{ upper 1 }}", vec![3], "takes a text here, but this is a whole number"),
        ("{{ trim }}", vec![3], "is given 0 values"),
        ("{{ eq 1 \"1\" }}", vec![3], "cannot be compared"),
        ("{{ range \"abc\" }}{{ end }}", vec![0], "`range` goes through a list, but this is a text"),
        ("{{ index (list 1) 1 }}", vec![3], "has 1 items"),
        ("{{ (split \",\" \"a\")._1 }}", vec![3], "none of this name"),
        ("{{ b64dec \"*\" }}", vec![3], "not base64"),
        ("{{ b64dec \"/w==\" }}", vec![3], "not UTF-8"),
        ("{{ printf \"%x\" 1 }}", vec![3], "not carried out"),
        (
            "{{ mustEnv \"NOBODY\" }}{{ secret \"/nowhere/at/all\" }}",
            vec![3, 25],
            "variable named 'NOBODY' is not set",
        ),
        ("{{ secret \"/\" }}", vec![3], "the file named '/' is a folder"),
        ("{{ env \"AUTHELIA_SESSION_SECRET\" }}", vec![3], "holds a secret that sets its option by itself"),
        ("{{ expandenv \"$signet_storage_encryption_key\" }}", vec![3], "holds a secret"),
    ] {
        let (at, told) = faults(source);
        assert_eq!(at, places, "{source}: {told}");
        assert!(told.contains(says), "{source}: {told}");
    }
}

#[test]
fn what_a_secret_holds_of_dollar_signs_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "abcdefgh$HUNTER2XYZ$SIGNET_HUNTER3_KEY").unwrap();
    let text = format!("a: 1\nb: '{{{{ secret \"{}\" }}}}'\n", path.display());
    let report = Report::default();
    let filters = Filters { order: vec![Filter::Template, Filter::ExpandEnv] };
    let filtered = filters.run(&Arc::from("c.yml"), &text, &Variables::of(&[]), &report);
    let told = report.into_problems().to_string();
    assert!(filtered.is_none() && !told.contains("HUNTER"), "{told}");
    assert!(told.contains("c.yml:2:5: no variable has the name") && told.contains("$$"), "{told}");
}

#[test]
fn no_template_grows_or_works_without_end() {
    let deep = format!("{}1{}", "(".repeat(70), ")".repeat(70));
    let nested = format!("{}{}", "{{ if true }}".repeat(70), "{{ end }}".repeat(70));
    for source in [
        "{{ range 9000000000000000000 }}{{ end }}",
        "{{ range 1000000 }}0123456789{{ end }}",
        "{{ range 1500000 }}{{ end }}",
        "{{ indent 9223372036854775807 \"a\" }}",
        "{{ $x := \"aaaaaaaa\" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}{{ $x }}",
        "{{ $x := \"aa\" }}{{ range 60 }}{{ $x = replace \"a\" \"aaaa\" $x }}{{ end }}",
        "{{ $x := list 1 1 }}{{ range 60 }}{{ $x = list $x $x $x $x $x $x $x $x }}{{ end }}",
        "{{ $x := list 1 1 }}{{ range 14 }}{{ $x = list $x $x $x $x $x $x $x $x }}{{ end }}{{ $x }}",
        "{{ $x := printf `%s` (indent 4000000 ``) }}{{ range 1000000 }}{{ if eq $x $x }}{{ end }}{{ end }}",
        &"{{1}}x".repeat(200_000),
        "{{ range 1000 }}{{ $x := fileContent \"/dev/zero\" }}{{ end }}",
        &format!("{{{{range 1000}}}}{{{{$x := \"{}\"}}}}{{{{end}}}}", "a".repeat(1 << 20)),
        &format!("{{{{range 1000}}}}{{{{if \"{}\"}}}}{{{{end}}}}{{{{end}}}}", "a".repeat(1 << 20)),
        &(0..201).map(|number| format!("{{{{$x{number} := 1}}}}")).collect::<String>(),
        &(format!("{}{}", "{{$x := 1}}".repeat(199), "{{range 400000}}{{if $x}}{{end}}{{end}}")),
        &format!("{{{{ {deep} }}}}"),
        &nested,
    ] {
        assert!(run(source).0.is_none(), "{source}");
    }
}

/// Where the characters of what a template becomes stand in it.
pub(super) fn mapped(source: &str) -> Vec<(u32, u32)> {
    let (made, faults) = run(source);
    let made = made.unwrap_or_else(|| panic!("{faults:?}"));
    let places = Places::of(source).after(&made);
    let mut found = Vec::new();
    for (number, line) in made.text.split('\n').enumerate() {
        for column in 0..=line.chars().count() {
            found.push(
                places.of_place(u32::try_from(number + 1).unwrap(), u32::try_from(column + 1).unwrap()),
            );
        }
    }
    found
}

#[test]
fn every_line_is_told_as_the_author_wrote_it() {
    let source = "a: 1\nb: {{ \"x\\ny\\nz\" | indent 2 }}\n{{- /* a\nb */ -}}\n\nc: ü{{ env \"HOST\" }}d\n";
    let places = mapped(source);
    assert_eq!(places[0], (1, 1));
    assert_eq!(places.last(), Some(&(7, 1)));
    let (made, _) = run(source);
    let made = made.unwrap();
    let of = |word: &str| {
        let byte = made.text.find(word).unwrap();
        Places::of(source).after(&made).of_byte(byte)
    };
    assert_eq!((of("b:"), of("x"), of("z")), ((2, 1), (2, 4), (2, 4)));
    assert_eq!((of("c:"), of("example.com"), of("d\n")), ((6, 1), (6, 5), (6, 21)));
}

#[test]
fn filters_run_in_their_order_and_lines_stay_true_through_both() {
    let environment = [("HOST".to_owned(), "{{ upper `x` }}".to_owned()), ("X".to_owned(), "y".to_owned())];
    let variables = Variables::of(&environment);
    let file: Arc<str> = Arc::from("c.yml");
    let ran = |names: &[&str], text: &str| {
        let report = Report::default();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let filtered = Filters::named(&names, &report).run(&file, text, &variables, &report);
        (filtered, report.into_problems().to_string())
    };
    let text = "{{- /* long\n comment */ -}}\n\n$HOST {{ `$X` }}\n  b";
    let (filtered, _) = ran(&["expand-env", " Template"], text);
    let filtered = filtered.unwrap();
    assert_eq!(filtered.text, "X y\n  b");
    assert_eq!(filtered.places.of_place(2, 3), (5, 3));
    assert_eq!(filtered.places.of_place(1, 1), (4, 1));
    let (filtered, _) = ran(&["template", "expand-env"], text);
    let filtered = filtered.unwrap();
    assert_eq!(filtered.text, "{{ upper `x` }} y\n  b");
    assert_eq!(filtered.places.of_place(2, 3), (5, 3));
    let (filtered, told) = ran(&["template", "expand-env"], "{{- /*\n*/ -}}\n\n a ${");
    assert!(filtered.is_none() && told.contains("c.yml:4:4: `${` is not closed"), "{told}");
    let (_, told) = ran(&["templat", "expand-env", "EXPAND-ENV", ""], "");
    assert!(
        told.contains("did you mean 'template'?") && told.contains("'expand-env' is named twice"),
        "{told}"
    );
}

#[test]
fn no_message_shows_what_came_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hunter2-hunter2\n").unwrap();
    let path = file.display();
    for source in [
        format!("{{{{ secret (secret \"{path}\") }}}}"),
        format!("{{{{ mustEnv (secret \"{path}\") }}}}"),
        format!("{{{{ b64dec (secret \"{path}\") }}}}"),
        format!("{{{{ index (split \",\" (secret \"{path}\")) \"x\" }}}}"),
        format!("{{{{ env (printf \"AUTHELIA_%s_KEY\" (secret \"{path}\")) }}}}"),
        format!("{{{{ printf (secret \"{path}\") 1 }}}}"),
    ] {
        let (_, told) = faults(&source);
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert_eq!(filled(&format!("[{{{{ secret \"{path}\" }}}}]")), "[hunter2-hunter2]");
    assert_eq!(filled(&format!("[{{{{ fileContent \"{path}\" }}}}]")), "[hunter2-hunter2\n]");
}

#[test]
fn the_page_of_templates_names_every_function_and_its_examples_run() {
    let page = include_str!("../../../docs/configuration-templates.md");
    for name in functions::names() {
        assert!(page.contains(&format!("`{name}")), "{name} is not in the table");
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("oidc.pem", "-----BEGIN\nabc\n-----END\n"), ("storage", "s3cr3t\n"), ("a", "x\n"), ("b", "y\n")]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let environment = [("APPS".to_owned(), "a,b".to_owned())];
    let variables = Variables::of(&environment);
    let mut all = String::new();
    for example in page.split("```yaml\n").skip(1) {
        let source = example.split("```").next().unwrap();
        let source = source.replace("/run/secrets", &folder.path().display().to_string());
        let (made, faults) = fill_in(
            &source,
            &Outside { variables: &variables, source: &source, files_read: Default::default() },
        );
        let text = made.unwrap_or_else(|| panic!("{source}: {faults:?}")).text;
        crate::yaml::read("example.yml", &text).unwrap();
        all.push_str(&text);
    }
    for becomes in [
        "      - key: |\n          -----BEGIN\n          abc\n          -----END\n",
        "  encryption_key: 's3cr3t'\n",
        "  level: 'info'\n",
        "    clients:\n      - client_id: 'a'\n        client_secret: 'x'\n",
        "        redirect_uris: ['https://b.example.com/callback']\n",
    ] {
        assert!(all.contains(becomes), "{becomes}\n{all}");
    }
}
